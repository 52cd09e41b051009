"""Plain text as people read it: cleaned, shortened and wrapped by the width it has on a screen."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from wcwidth import iter_graphemes, wcswidth

COLUMNS = 74
"""Where the text part wraps (RFC 5322 section 2.1.1 asks for 78; quoting marks need room)."""

_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls; Gmail takes a C1 for a reason to clip
    "\u202a-\u202e\u2066-\u2069"  # bidi overrides and isolates turn the rest of a line round
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"  # no characters at all
    "\U0001fffe\U0001ffff\U0002fffe\U0002ffff\U0010fffe\U0010ffff]"
)
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_STACKED = re.compile("([\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{4})[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]+")
_SPACES = re.compile(r"\s+")
_ADDRESSES = ("https://", "http://")
_TAIL = " ,;:.–—-/|·("


def clean(text: str) -> str:
    """`text` without control characters, bidi overrides and towers of accents; line ends become newlines."""
    if text.isascii() and text.isprintable():
        return text
    return _STACKED.sub(r"\1", _UNWANTED.sub("", _BREAKS.sub("\n", text)))


def one_line(text: str) -> str:
    """`text` cleaned, every run of whitespace one space, none at the ends."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACES.sub(" ", clean(text)).strip()


def shorten(text: str, limit: int) -> str:
    """`text` in at most `limit` characters: cut between words where it can, never inside a grapheme, then "…"."""
    if len(text) <= limit:
        return text
    kept = ""
    for grapheme in graphemes(text):
        if len(kept) + len(grapheme) > limit - 1:
            break
        kept += grapheme
    space = kept.rfind(" ")
    if not text[len(kept) :].startswith(" ") and space > limit * 0.6:
        kept = kept[:space]
    return kept.rstrip(_TAIL) + "…"


def visible(text: str) -> bool:
    """Whether anything of `text` is seen: not only spaces and characters without a shape (zero-width ones, marks)."""
    return any(unicodedata.category(letter)[0] not in "CZ" for letter in text)


def strong(text: str) -> str:
    """The direction of the first letter that has one, "ltr" or "rtl"; empty where none has."""
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind in {"R", "AL"}:
            return "rtl"
        if kind == "L":
            return "ltr"
    return ""


def graphemes(text: str) -> Iterator[str]:
    """What people take for single characters, in order."""
    return iter(iter_graphemes(text))


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes; wide characters take two."""
    return max(wcswidth(text), 0) if not text.isascii() else len(text)


def wrap(
    text: str,
    *,
    indent: str = "",
    width: int = COLUMNS,
    measure: Callable[[str], int] = columns,
    parts: Callable[[str], Iterable[str]] = graphemes,
) -> str:
    """`text` as lines of at most `width` columns, each behind `indent`, without a newline at the end.

    Breaks between words; a word wider than a line (a text without spaces, as Chinese is) is broken between its
    `parts`, unless it is an address, which a break would spoil. `measure` gives the columns of a word or part.
    """
    room = width - len(indent)
    text = one_line(text)
    if measure(text) <= room:
        return indent + text
    lines: list[str] = []
    line, used = "", 0
    for word, size, gap in _words(text, room, measure, parts):
        if line and used + gap + size <= room:
            line, used = f"{line}{' ' * gap}{word}", used + gap + size
            continue
        if line:
            lines.append(line)
        line, used = word, size
    lines.append(line)
    return "\n".join(f"{indent}{line}" for line in lines)


def _words(
    text: str, room: int, measure: Callable[[str], int], parts: Callable[[str], Iterable[str]]
) -> Iterator[tuple[str, int, int]]:
    """Each word with its columns and the spaces before it (0 inside a word that had to be broken)."""
    for word in text.split(" "):
        size = measure(word)
        if size <= room or word.startswith(_ADDRESSES):
            yield word, size, 1
            continue
        for number, part in enumerate(parts(word)):
            yield part, measure(part), 0 if number else 1
