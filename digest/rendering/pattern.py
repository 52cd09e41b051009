"""The pattern of a subject as its operator writes it; what fills it loads more, and settings are read at each start."""

from string import Formatter

PLACES = ("headlines", "headline", "title", "date")
"""What a pattern may name: the first headlines as far as they fit, the first alone, the newsletter, the day."""

FRAME = 40
"""The most characters of a pattern's own words: the rest is for the news."""


def subject_pattern(text: str) -> str:
    """A pattern such as "{headlines}" or "{title}: {headline}"; raises ValueError for any other place, for one
    that stands there twice or would be the same every day, and for one that leaves the news no room.
    """
    parts = tuple(Formatter().parse(text))
    names = [name for _, name, _, _ in parts if name is not None]
    plain = not any(spec or conversion for _, name, spec, conversion in parts if name is not None)
    once = len(names) == len(set(names))
    if not text.isprintable() or not (plain and once) or not set(names) <= set(PLACES) or set(names) <= {"title"}:
        raise ValueError
    if sum(len(literal) for literal, *_ in parts) > FRAME:
        raise ValueError
    return text
