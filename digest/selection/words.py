"""Words of a text as a reader means them: folded, and found at word borders."""

import re
import unicodedata

WORD = re.compile(r"\w+")
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e01-\u0e5b]")

HEADLINE = 1000
"""The most characters that are read of a headline."""


def said(text: str) -> str:
    """The words of a text, folded, with one space around each."""
    return f" {' '.join(WORD.findall(unicodedata.normalize('NFKC', text).casefold()))} "


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
