"""Lead images: fetched through the guard, decoded within bounds, and made anew as small JPEGs."""

import asyncio
import io
import math
import struct
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from digest.errors import ParseError, SourceError
from digest.feeds.page import Run
from digest.model.edition import Image
from digest.net.answer import SUCCESS, Session

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

IMAGE_BYTES = 5_000_000
AT_ONCE = 8
MOST_PIXELS = 40_000_000
WIDEST = 1200
NARROWEST = 200
FLATTEST, TALLEST = 4.0, 0.4
"""Width by height: beyond these it is a banner, a rule or a skyscraper."""
QUALITY = 80
LOGO = (800, 160)
"""A logo's box in pixels: twice what a masthead shows, for fine screens."""
FAULTS = (
    ArithmeticError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)
"""What Pillow's decoders let out of broken images."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


async def fetch_images(session: Session, urls: Iterable[str], *, run: Run) -> Mapping[str, tuple[Image, bytes]]:
    """For each URL whose image can be shown: the image and its JPEG bytes. The others are simply not there."""
    asked = tuple(dict.fromkeys(url for url in urls if url))
    # A few at a time: what is downloaded waits in memory for a worker.
    places = asyncio.Semaphore(AT_ONCE)

    async def fetched(url: str) -> tuple[Image, bytes] | None:
        async with places:
            return await _fetch(session, url, run)

    shown = await asyncio.gather(*map(fetched, asked))
    return {url: image for url, image in zip(asked, shown, strict=True) if image is not None}


async def _fetch(session: Session, url: str, run: Run) -> tuple[Image, bytes] | None:
    try:
        answer = await session.get(url, limit_bytes=IMAGE_BYTES)
        if answer.status not in SUCCESS:
            return None
        width, height, jpeg = await run(redraw, answer.body)
    except SourceError:
        return None
    return Image(fingerprint=sha256(jpeg).hexdigest(), width=width, height=height), jpeg


def redraw(content: bytes) -> tuple[int, int, bytes]:
    """An image of the web as (width, height, JPEG): upright, at most WIDEST pixels wide, on white, without metadata.

    Only the first frame of an animation. Raises ParseError for what is no image, too large, too small, or of a shape
    that no story is led with. To be run in a worker with time and memory limits.
    """
    with _opened(content) as opened:
        _check_size(*opened.size, least=NARROWEST)
        return _as_jpeg(opened)


def redraw_logo(content: bytes) -> tuple[Image, bytes]:
    """The owner's logo as a PNG within LOGO, transparent where it is, without metadata; raises ParseError."""
    with _opened(content) as opened:
        _check_size(*opened.size, least=1)
        drawn = opened.convert("RGBA")
        drawn.thumbnail(LOGO)
        drawn.info.clear()
        out = io.BytesIO()
        drawn.save(out, "PNG", optimize=True)
    png = out.getvalue()
    return Image(fingerprint=sha256(png).hexdigest(), width=drawn.width, height=drawn.height), png


@contextmanager
def _opened(content: bytes) -> Iterator["Picture"]:
    from PIL import Image as Pillow

    with warnings.catch_warnings():
        # Pillow warns below its own limit of pixels; ours is checked before a pixel is decoded.
        warnings.simplefilter("ignore")
        try:
            with Pillow.open(io.BytesIO(content), formats=FORMATS) as opened:
                yield opened
        except FAULTS as fault:
            raise ParseError("what came is no image that can be read") from fault
        except Pillow.DecompressionBombError as fault:
            raise ParseError("the image has too many pixels") from fault


def _check_size(width: int, height: int, *, least: int) -> None:
    if width * height > MOST_PIXELS:
        raise ParseError(f"the image has too many pixels ({width} × {height})")
    if min(width, height) < 1 or max(width, height) < least:
        raise ParseError(f"the image is too small ({width} × {height})")


def _as_jpeg(opened: "Picture") -> tuple[int, int, bytes]:
    from PIL import Image as Pillow
    from PIL import ImageOps

    # JPEG can be decoded at a fraction of its size, which saves most of the work on a camera's original.
    opened.draft("RGB", (WIDEST, WIDEST))
    upright = ImageOps.exif_transpose(opened)
    width, height = upright.size
    if width < NARROWEST or not TALLEST <= width / height <= FLATTEST:
        raise ParseError(f"the image is too small or of an odd shape ({width} × {height})")
    if width > WIDEST:
        height = max(1, math.floor(height * WIDEST / width + 0.5))
        width = WIDEST
    flat = _on_white(upright).resize((width, height), Pillow.Resampling.LANCZOS, reducing_gap=2.0)
    # A comment would be written again.
    flat.info.clear()
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return width, height, out.getvalue()


def _on_white(picture: "Picture") -> "Picture":
    from PIL import Image as Pillow

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    white = Pillow.new("RGBA", layered.size, "white")
    return Pillow.alpha_composite(white, layered).convert("RGB")
