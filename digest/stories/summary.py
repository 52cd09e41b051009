"""A few sentences that stand for one text: its lead in whole sentences, without what stands around it."""

import re
from functools import lru_cache

from digest.scripts import MARKS, UNSPACED
from digest.sentences import joined, sentences
from digest.stories.canonical import without_signs
from digest.stories.clutter import is_clutter, without_advertisement, without_byline, without_dateline
from digest.stories.terms import jaccard, tokens

LONGEST = 520
"""The most characters of a summary of several sentences: some ninety words."""
LONGEST_SENTENCE = 640
"""The most characters of a summary that is one sentence."""
MOST_SENTENCES = 4
MOST_READ = 16
"""The sentences whose words are kept: few leads have more."""

REPEATS_HEADLINE = 0.8
LEAST_NEW = 0.25
"""A sentence of which fewer words are new says again what stands before it, as captions do."""
SHORTEST_PART = 40
TELLING_WORDS = 4
LETTERS = re.compile(r"[^\W\d_]+")
TELLING = re.compile(rf"(?:[\W\d_]*+[^\W\d_]++){{{TELLING_WORDS}}}")
WORD = re.compile(rf"[^\W_][\w{MARKS}]*")
ASCII_WORD = re.compile(r"[a-z0-9][a-z0-9_]*")
"""What WORD finds in plain ASCII, in less time."""

TEXT_LIMIT = 1600
UNENDED = re.compile(r"[\w,–—-]")
"""The last sign of a sentence without a mark at its end."""

CUT_SHORT = ("[…]", "[...]", "…", "...")
"""How feeds mark that they cut a text off."""


def summarise(text: str, headline: str, language: str = "") -> str:
    """The first sentences of a lead, at most four and 520 characters, without the headline said again.

    Empty where the text says nothing more. A first sentence of up to 640 characters stands whole and alone. Only one
    that is longer still, or was cut off by its feed, ends at a word with "…".
    """
    return opening(told(text, headline, language))


def told(text: str, headline: str, language: str = "") -> list[str]:
    """The sentences of a lead from the first that tells something, without the headline and what is no sentence.

    Bylines and datelines before the first are too short to tell. A last one without a mark at its end, where another
    is, was cut off by its feed.
    """
    found = sentences(without_dateline(without_byline(without_advertisement(text[:TEXT_LIMIT]))), language)
    first = next((place for place, one in enumerate(found) if tells(one)), 0)
    said = [one for one in found[first:] if not is_clutter(one) and not repeats(one, headline)]
    return said[:-1] if len(said) > 1 and UNENDED.match(said[-1][-1]) else said


def tells(sentence: str) -> bool:
    """Whether a piece of text has words enough to tell something; of scripts without blanks, letters."""
    if has_no_blanks(sentence):
        return len("".join(LETTERS.findall(sentence))) >= TELLING_WORDS
    return bool(TELLING.match(sentence))


def repeats(sentence: str, headline: str) -> bool:
    """Whether a sentence says nothing but the headline."""
    if len(sentence) > 2 * len(headline) + SHORTEST_PART:
        return False
    return jaccard(words_of(sentence), headline_words(headline)) >= REPEATS_HEADLINE


@lru_cache(maxsize=1)
def headline_words(headline: str) -> frozenset[str]:
    """The words of a headline, kept while its story's sentences are held against it."""
    return words_of(headline)


@lru_cache(maxsize=MOST_READ)
def words_of(text: str) -> frozenset[str]:
    """The different words of a text, kept while its sentences are held against the headline and then weighed."""
    return frozenset(words_in(text))


def words_in(text: str) -> list[str]:
    """The words of a text that is settled already, in lower case; character pairs where a script has no blanks."""
    plain = without_signs(text)
    if plain.isascii():
        return ASCII_WORD.findall(plain.lower())
    return tokens(text) if has_no_blanks(text) else WORD.findall(text.lower())


def has_no_blanks(text: str) -> bool:
    """Whether there is a script in a text that sets no blanks between its words."""
    return not text.isascii() and bool(UNSPACED.search(text))


def is_whole(sentence: str) -> bool:
    """Whether a sentence was not cut off by its feed."""
    return not sentence.rstrip().endswith(CUT_SHORT)


def opening(said: list[str]) -> str:
    """The first of these sentences, as many as a summary has room for."""
    whole = [one for one in said if is_whole(one)]
    if not whole or (said[0] != whole[0] and len(said[0]) >= SHORTEST_PART) or len(whole[0]) > LONGEST_SENTENCE:
        return shorten(said[0]) if said else ""
    chosen = whole[0]
    for sentence in unlike(whole)[1:MOST_SENTENCES]:
        if len(chosen) + 1 + len(sentence) > LONGEST:
            break
        chosen = joined(chosen, sentence)
    return chosen


def unlike(said: list[str]) -> list[str]:
    """These sentences without those that say again what stands before them."""
    kept, known = said[:1], set(said[0].lower().split())
    for sentence in said[1 : 2 * MOST_SENTENCES]:
        words = set(sentence.lower().split())
        if len(words - known) >= LEAST_NEW * len(words):
            kept.append(sentence)
            known |= words
    return kept


def shorten(sentence: str) -> str:
    """A sentence cut at a word, with "…" to say so."""
    mark = next((mark for mark in CUT_SHORT if sentence.rstrip().endswith(mark)), "")
    bare = sentence.rstrip().removesuffix(mark).rstrip(" ,;:–—-")
    if len(bare) > LONGEST - 2:
        bare = bare[: LONGEST - 2]
        bare = (bare.rsplit(" ", 1)[0] if " " in bare else bare).rstrip(" ,;:–—-")
    return f"{bare} …" if bare else ""
