"""Characters a reader can see: valid, visible, in reading order, with blanks that are blanks."""

import re
import unicodedata

UNWANTED = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls
    "\xad\u180e\u200b\u2060-\u2064\ufeff"  # soft hyphen and blanks of no width
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # directions given by hand
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"  # annotations, non-characters, tags
    "]+"
)
JOINERS = re.compile("[\u200c\u200d]+")
BLANKS = re.compile(r"[\s\u00a0\u202f]+")
NARROW = re.compile("(?<=[0-9])[\u00a0\u202f](?=[0-9])|(?<=«)[\u00a0\u202f]|[\u00a0\u202f](?=[;:!?»%€])")
"""Blanks at which no line may break: between the groups of a number, and where French sets off its marks."""

CONTINUED = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
TWICE_ENCODED = re.compile(f"(?:[ÂÃÄÅÎÏÐÑ][{CONTINUED}]|â[{CONTINUED}]{{2}})+")
"""UTF-8 that was read as Windows-1252 and encoded again."""

VIRAMA = 9
"""The combining class of the sign that ties two consonants of an Indic script together."""

HELD = "\ue000"
SURROGATE = re.compile("[\ud800-\udfff]")


def valid(text: str) -> str:
    """The text with what is no character (RFC 3629: lone surrogates) shown as one that is missing."""
    if not SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def mended(text: str) -> str:
    """Text that was encoded twice, decoded as often. One pair alone may be right as it stands («MAÇÃ»)."""
    runs = TWICE_ENCODED.findall(text)
    return TWICE_ENCODED.sub(decoded_again, text) if sum(map(len, runs)) > 2 else text  # noqa: PLR2004


def decoded_again(found: re.Match[str]) -> str:
    """A run of characters as the UTF-8 that it was; unchanged where it was none."""
    codes = b"".join(one.encode("cp1252" if one > "\xff" else "latin-1") for one in found[0])
    try:
        return codes.decode()
    except UnicodeDecodeError:
        return found[0]


def settled(text: str) -> str:
    """The text on one line in composed form (NFC), without controls, direction overrides and unseen characters."""
    text = UNWANTED.sub("", unicodedata.normalize("NFC", mended(valid(text)).replace(HELD, "")))
    text = JOINERS.sub(joiner, text)
    return BLANKS.sub(" ", NARROW.sub(HELD, text)).strip().replace(HELD, "\u00a0")


def joiner(found: re.Match[str]) -> str:
    """A joiner where one has a meaning: inside an emoji, inside words of scripts that join."""
    text, start, end = found.string, found.start(), found.end()
    before, after = text[start - 1 : start], text[end : end + 1]
    return found[0][0] if before > "\u05ff" and after > "\u05ff" and not (before + after).isspace() else ""


def whole(text: str, limit: int) -> int:
    """The largest place up to `limit` where a text can be cut without taking a character apart."""
    if len(text) <= limit:
        return len(text)
    place = limit
    while place > max(0, limit - 64) and joined(text, place):
        place -= 1
    return place


def joined(text: str, place: int) -> bool:
    """Whether the characters before and after a place are one for the reader (Unicode Standard Annex 29, in short)."""
    before, after = text[place - 1], text[place]
    if (
        after == "\u200d"
        or before == "\u200d"
        or unicodedata.combining(before) == VIRAMA
        or "\U0001f3fb" <= after <= "\U0001f3ff"
    ):
        return True
    if is_flag_letter(before) and is_flag_letter(after):
        start = place
        while start > max(0, place - 64) and is_flag_letter(text[start - 1]):
            start -= 1
        return (place - start) % 2 == 1
    return unicodedata.category(after).startswith("M")


def is_flag_letter(character: str) -> bool:
    """Whether a character is one of the letters of which flags are made, two a flag."""
    return "\U0001f1e6" <= character <= "\U0001f1ff"
