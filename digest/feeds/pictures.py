"""Which addresses are pictures of an article, and not counters or icons."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice

from digest.feeds.document import LONGEST_MARKUP

TAG = re.compile(r"<img\b([^<>]{1,3000})>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""(?<![\w-])(src|data-src|width|height)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
ENDING = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:$|[?#])", re.IGNORECASE)
ORNAMENT = re.compile(
    r"/~[a-z]{1,2}/|//(?:[\w.-]{1,60}\.)?(?:feedburner|feedsportal|doubleclick|gravatar|shields)\.\w{2,4}/"
    r"|stats\.wordpress\.com|/pixel\b|/emoji/|/smilies/|//avatars\d*\.",
    re.IGNORECASE,
)
"""Counters, buttons, faces of authors."""

SMALLEST = 50
"""Pixels; what is declared smaller is a counter or an icon."""

MOST = 5
"""How many pictures of a text are looked at."""


def looks_like_picture(link: str) -> bool:
    """Whether a link ends as the links of pictures do."""
    return bool(ENDING.search(link))


def is_ornament(link: str) -> bool:
    """Whether a picture's address tells that it shows nothing of the article."""
    return bool(ORNAMENT.search(link))


def pictures_in(markup: str) -> Iterator[str]:
    """The sources of the first pictures in a text, as written there."""
    for found in islice(TAG.finditer(markup[:LONGEST_MARKUP]), MOST):
        attributes = {name.lower(): unescape(value.strip("\"'")) for name, value in ATTRIBUTE.findall(found[1])}
        source = attributes.get("src", "")
        if source.startswith("data:"):  # a placeholder until a script puts the real one in
            source = attributes.get("data-src", "")
        if source and not any(is_small(attributes.get(side, "")) for side in ("width", "height")):
            yield source


def is_small(size: str) -> bool:
    """Whether a declared size is that of a counter or an icon."""
    return size.isascii() and size.isdigit() and len(size) < 3 and int(size) < SMALLEST  # noqa: PLR2004 -- digits
