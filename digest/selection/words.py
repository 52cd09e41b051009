"""Words of a text as a reader means them: folded, and found at word borders."""

import re
import unicodedata

MARKS = (
    r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0970-\u0dff\u0e31-\u0e4e\u0eb1-\u0ecd"
    r"\u102b-\u103e\u1056-\u109d\u17b4-\u17d3"
)
"""Signs that are written on a letter, such as the vowels of Hindi: to a regular expression they are no letters."""

WORD = re.compile(rf"\w[\w{MARKS}]*")
ASCII_WORD = re.compile(r"[a-z0-9_]+")
"""What WORD finds in plain ASCII, in less time."""

UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff]")

HEADLINE = 1000
"""The most characters that are read of a headline."""


def words(text: str) -> list[str]:
    """The words of a text, folded."""
    if text.isascii():
        return ASCII_WORD.findall(text.lower())
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def said(*texts: str) -> str:
    """The words of some texts, folded, with one space around each, and a line for each text: no phrase spans two."""
    return "\n".join(f" {' '.join(words(text))} " for text in texts)


def mentions(spoken: str, phrase: str) -> bool:
    """Whether what `said` made of a text holds a phrase (made by `said` too) at word borders.

    Scripts without spaces have no borders to look for.
    """
    if not phrase.strip():
        return False
    return (phrase.strip() if UNSPACED.search(phrase) else phrase) in spoken


def alike(left: str, right: str) -> float:
    """The share of words common to two headlines, 0..1 (Jaccard)."""
    return shared(headline_words(left), headline_words(right))


def headline_words(headline: str) -> frozenset[str]:
    """The different words of a headline; of an endless one those of the beginning."""
    return frozenset(words(headline[:HEADLINE]))


def shared(ours: frozenset[str], theirs: frozenset[str]) -> float:
    """The share of words common to two sets, 0..1 (Jaccard)."""
    common = len(ours & theirs)
    return common / (len(ours) + len(theirs) - common) if common else 0.0
