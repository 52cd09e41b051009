"""A few sentences that stand for a story: a lead, cut at a sentence, that does not repeat the headline."""

import re

from digest.stories.terms import jaccard, tokens

LONGEST = 320
MOST_SENTENCES = 3
REPEATS_HEADLINE = 0.8
SHORTEST_PART = 40
TELLING_WORDS = 4
TEXT_LIMIT = 4000
ENDING = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?…][\"'”’»)]))\s+(?=[\"'“‘«(¿¡]?[^\W_a-z])|(?<=[。！？])")
ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|sen|rep|gov|gen|lt|col|sgt|rev|hon|jr|sr|vs|no|inc|ltd|co|corp|jan|feb|mar|apr|jun|jul"
    r"|aug|sept?|oct|nov|dec|bzw|ca|z\.b|u\.a|etc|approx|m|mme)|\b[^\W\d_]|\b(?:[^\W\d_]\.)+[^\W\d_])\.$",
    re.IGNORECASE,
)
CUT_SHORT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$")


def summarise(text: str, headline: str) -> str:
    """The first sentences of a lead, at most three and some 320 characters, without the headline said again.

    Empty where the text says nothing more. A text whose first sentence is too long, or was cut off by its feed, ends at
    a word with "…"; otherwise it ends where a sentence does.
    """
    said = [one for one in told(sentences(text[:TEXT_LIMIT])) if not repeats(one, headline)]
    whole = [one for one in said if not CUT_SHORT.search(one)]
    if not whole or (said[0] != whole[0] and len(said[0]) >= SHORTEST_PART):
        return shorten(said[0]) if said else ""
    chosen: list[str] = []
    for sentence in whole[:MOST_SENTENCES]:
        if len(" ".join([*chosen, sentence])) > LONGEST:
            break
        chosen.append(sentence)
    return " ".join(chosen) or shorten(whole[0])


def sentences(text: str) -> list[str]:
    """The sentences of a plain text; full stops of abbreviations and initials do not end one."""
    found: list[str] = []
    for part in ENDING.split(" ".join(text.split())):
        if found and ABBREVIATION.search(found[-1]):
            found[-1] = f"{found[-1]} {part}"
        elif part.strip():
            found.append(part.strip())
    return found


def told(found: list[str]) -> list[str]:
    """The sentences from the first that tells something: bylines and datelines before it are too short to."""
    first = next((place for place, one in enumerate(found) if sum(map(str.isalpha, tokens(one))) >= TELLING_WORDS), 0)
    return found[first:]


def repeats(sentence: str, headline: str) -> bool:
    """Whether a sentence says nothing but the headline."""
    return jaccard(frozenset(tokens(sentence)), frozenset(tokens(headline))) >= REPEATS_HEADLINE


def shorten(sentence: str) -> str:
    """A sentence cut at a word, with "…" to say so."""
    bare = CUT_SHORT.sub("", sentence).rstrip(" ,;:–—-")
    if len(bare) > LONGEST - 2:
        bare = bare[: LONGEST - 2]
        bare = (bare.rsplit(" ", 1)[0] if " " in bare else bare).rstrip(" ,;:–—-")
    return f"{bare} …" if bare else ""
