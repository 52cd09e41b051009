"""The terms a text is compared by: words and character four-grams."""

import re

from digest.scripts import MARKS, UNSPACED
from digest.stories.canonical import fold, without_signs
from digest.stories.language import NO_STOP_WORDS, STOP_WORDS

WORD = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*")
ASCII_WORD = re.compile(r"[a-z0-9]+")
GRAM = 4
TEXT_LIMIT = 1200


def tokens(text: str) -> list[str]:
    """The words of a text, folded; a script without spaces gives its character pairs instead."""
    text = without_signs(text[:TEXT_LIMIT])
    if text.isascii():
        return ASCII_WORD.findall(text.lower())
    words: list[str] = WORD.findall(fold(text))
    if not UNSPACED.search(text):
        return words
    return [piece for word in words for piece in (character_pairs(word) if UNSPACED.match(word) else [word])]


def character_pairs(word: str) -> list[str]:
    """Each character with the next one."""
    return [word[at : at + 2] for at in range(max(1, len(word) - 1))]


def content_words(text: str, language: str) -> list[str]:
    """The words that say what a text is about: no stop words, no single letters."""
    return without_stop_words(tokens(text), language)


def without_stop_words(words: list[str], language: str) -> list[str]:
    """These words without stop words and single letters."""
    stop = STOP_WORDS.get(language, NO_STOP_WORDS)
    return [word for word in words if word not in stop and len(word) > 1]


def grams(words: list[str]) -> list[str]:
    """Character four-grams inside words, with the borders of the words marked by a space."""
    found: list[str] = []
    for word in words:
        padded = f" {word} "
        found.extend(padded[at : at + GRAM] for at in range(max(1, len(padded) - GRAM + 1)))
    return found


def jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    """How much of two sets is common to both, 0..1; empty sets have nothing in common."""
    common = len(left & right)
    return common / (len(left) + len(right) - common) if common else 0.0
