"""Words of a text as a reader means them: folded, and found at word borders."""

import re
import unicodedata

MARKS = (
    r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0970-\u0dff\u0e31-\u0e4e\u0eb1-\u0ecd"
    r"\u102b-\u103e\u1056-\u109d\u17b4-\u17d3"
)
"""Signs that are written on a letter, such as the vowels of Hindi: to a regular expression they are no letters."""

WORD = re.compile(rf"\w[\w{MARKS}]*")
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff]")

HEADLINE = 1000
"""The most characters that are read of a headline."""


def said(*texts: str) -> str:
    """The words of some texts, folded, with one space around each, and a line for each text: no phrase spans two."""
    folded = (unicodedata.normalize("NFKC", text).casefold() for text in texts)
    return "\n".join(f" {' '.join(WORD.findall(text))} " for text in folded)


def mentions(spoken: str, phrase: str) -> bool:
    """Whether what `said` made of a text holds a phrase (made by `said` too) at word borders.

    Scripts without spaces have no borders to look for.
    """
    if not phrase.strip():
        return False
    return (phrase.strip() if UNSPACED.search(phrase) else phrase) in spoken


def alike(left: str, right: str) -> float:
    """The share of words common to two headlines, 0..1 (Jaccard); of endless ones the beginnings."""
    ours, theirs = set(said(left[:HEADLINE]).split()), set(said(right[:HEADLINE]).split())
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0
