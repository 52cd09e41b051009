"""One accent colour becomes two whole palettes, light and dark, readable in both."""

import re
from collections.abc import Iterator
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass

READABLE = 4.5
"""The least contrast of text (WCAG 2.2, 1.4.3)."""

_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_DEFAULT = "#8c1d18"


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of one scheme, as #rrggbb. `desk` lies around the `paper`; `rule` is for hairlines, not text."""

    desk: str
    paper: str
    ink: str
    text: str
    muted: str
    rule: str
    accent: str
    notice: str

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every (text colour, background) that occurs in the templates."""
        for front in (self.ink, self.text, self.muted, self.accent):
            yield front, self.paper
        yield self.muted, self.desk
        yield self.ink, self.notice


def palettes(accent: str) -> tuple[Palette, Palette]:
    """The light and the dark palette for an accent (#rgb or #rrggbb; anything else gives the default one).

    The accent is darkened or lightened until it can be read on the paper.
    """
    colour = _parse(accent if _HEX.fullmatch(accent.strip()) else _DEFAULT)
    light = Palette(
        desk="#f1eee6", paper="#fffefb", ink="#16150f", text="#35332c", muted="#625e53", rule="#d8d3c6",
        accent=_readable(colour, on="#fffefb", towards=0), notice="#fbe9b5",
    )  # fmt: skip
    dark = Palette(
        desk="#0e0e0f", paper="#18181a", ink="#f3f1ea", text="#d5d2c9", muted="#a5a196", rule="#3b3b3f",
        accent=_readable(colour, on="#18181a", towards=1), notice="#4a3c0c",
    )  # fmt: skip
    return light, dark


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(_parse(one)), _luminance(_parse(other))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _parse(colour: str) -> tuple[int, int, int]:
    digits = colour.strip().lstrip("#")
    if len(digits) == 3:  # noqa: PLR2004 - #rgb
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _linear(part: float) -> float:
    """One channel of sRGB as light (IEC 61966-2-1)."""
    knee = 0.04045
    return part / 12.92 if part <= knee else float(((part + 0.055) / 1.055) ** 2.4)


def _luminance(colour: tuple[int, int, int]) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _readable(colour: tuple[int, int, int], *, on: str, towards: int) -> str:
    """The colour nearest to this one, its lightness moved in 40 steps towards none (0) or all (1), that can be read.

    Hue and saturation stay, so that a deep red becomes a bright one on a dark paper and no pale pink.
    """
    hue, lightness, saturation = rgb_to_hls(*(part / 255 for part in colour))
    mixed = ""
    for step in range(41):
        parts = hls_to_rgb(hue, lightness + (towards - lightness) * step / 40, saturation)
        mixed = "#{:02x}{:02x}{:02x}".format(*(round(part * 255) for part in parts))
        if contrast(mixed, on) >= READABLE + 0.1:
            break
    return mixed
