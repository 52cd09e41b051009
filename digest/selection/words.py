"""Words of a text as a reader means them: folded, and found at word borders."""

import re
import unicodedata

from digest.scripts import MARKS, UNSPACED

WORD = re.compile(rf"\w[\w{MARKS}]*")
ASCII_WORD = re.compile(r"[a-z0-9_]+")
"""What WORD finds in plain ASCII, in less time."""

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
