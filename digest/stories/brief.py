"""What a story says in a few lines: the lead that most of its texts bear out, and what others add to it.

Words are compared by their first letters, so that the forms of a word count as one. A word is worth the more, the more
of the other texts say it; what one text says alone says little about the event.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from digest.model.feed import Item
from digest.model.story import KeyPoint
from digest.sentences import is_closed
from digest.stories.canonical import bare_title, listed
from digest.stories.language import NO_STOP_WORDS, STOP_WORDS
from digest.stories.summary import (
    MOST_SENTENCES,
    has_no_blanks,
    is_whole,
    opening,
    summarise,
    told,
    words_in,
    words_of,
)

MOST_TEXTS = 16
"""How many texts of a story are read: past some ten more of them change a summary hardly at all."""

LOGARITHMS = tuple(math.log1p(count) for count in range(2 * MOST_TEXTS))
FIRST_SENTENCES = 3
SHORTEST, LONGEST = 7, 40
"""The words of a key point."""

MOST_POINTS = 3
RELEVANCE = 0.6
"""What counts in a key point: how far others bear it out, against how far it says the same again."""

LATER = 0.85
"""The worth of a sentence against the one before it in its lead."""

STEM = 4
SIZE_POWER = 0.3
TRUST = 0.5
COMMON = 2
NEW_WORDS = 4
NEW_SHARE, NEW_WITH_FIGURES = 0.4, 0.25
"""The share of a sentence's words that must be new, and the share where a figure is among them."""

MOST_ALIKE = 0.4
"""Two sentences more alike than this tell one thing in other words."""

UNFINISHED = ("?", "？", "؟", ":", "：", ";", ",")
REFERRING = {
    "en": listed("he she it they this that these those his her its their but and so then such there"),
    "de": listed("er sie es dies dieser diese dieses doch aber und denn dabei damit darum deshalb"),
    "fr": listed("il elle ils elles ce cela c celui celle mais et or donc"),
    "es": listed("él ella ellos ellas esto eso ese esa pero y"),
    "it": listed("lui lei loro questo questa ciò ma e"),
    "pt": listed("ele ela eles elas isso isto mas e"),
    "nl": listed("hij zij ze dit dat maar en"),
}
"""The words that open a sentence which leans on the one before it."""

OPENING = 24
Stems = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """The summary of a story and the id of the item that tells it (both empty where none tells anything), and what
    other items add.
    """

    summary: str = ""
    told_by: str = ""
    points: tuple[KeyPoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One text as it is weighed: its item, the words of its headline, its first sentences each with its words, and its
    lead with the lead's words.
    """

    item: Item
    title: Stems
    said: tuple[tuple[str, Stems], ...]
    lead: str
    words: Stems

    @property
    def spoken(self) -> Stems:
        """All its words."""
        return self.title.union(self.words, *(words for _, words in self.said))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence that may become a key point, its words and figures, and how far the story bears it out."""

    point: KeyPoint
    words: Stems
    worth: float


def brief_of(texts: Sequence[Item], headline: str, language: str) -> Brief:
    """Tell a story in a few lines.

    `texts` are its independent texts from the middle outwards, `headline` is what is printed above. A single text is
    told by its lead; of several, the lead is taken that the others bear out most, a trusted source's rather, one that
    its feed cut off only where there is no other. Key points come from other items than the summary.
    """
    if len(texts) == 1:
        summary = summarise(texts[0].summary, headline, language)
        return Brief(summary=summary, told_by=texts[0].id if summary else "")
    with_leads_first = sorted(texts, key=lambda item: not item.summary)
    tellings = [telling(item, headline, language) for item in with_leads_first[:MOST_TEXTS]]
    shares = borne_out(tellings)
    chosen = max(
        (one for one in tellings if one.lead),
        key=lambda one: (is_whole(one.lead), centrality(one, shares)),
        default=None,
    )
    if chosen is None:
        return Brief()
    others = [one for one in tellings if one.item.id != chosen.item.id]
    points = key_points(candidates(others, shares, language), (stems(headline, language), chosen.words))
    return Brief(summary=chosen.lead, told_by=chosen.item.id, points=points)


def telling(item: Item, headline: str, language: str) -> Telling:
    """Read one text of a story under this headline."""
    found = told(item.summary, headline, language)
    lead = opening(found)
    said = tuple((sentence, stems(sentence, language)) for sentence in found[:MOST_SENTENCES])
    return Telling(
        item=item,
        title=stems(bare_title(item), language),
        said=said[:FIRST_SENTENCES],
        lead=lead,
        words=frozenset[str]().union(*(words for sentence, words in said if sentence in lead)) or stems(lead, language),
    )


def stems(text: str, language: str) -> Stems:
    """The words that say what a text is about: figures whole, words by their first letters."""
    found = words_of(text).difference(STOP_WORDS.get(language, NO_STOP_WORDS))
    return frozenset([word if word[0].isdigit() else word[:STEM] for word in found if len(word) > 1 or word.isdigit()])


def borne_out(tellings: Sequence[Telling]) -> Counter[str]:
    """In how many texts each word stands; in a headline it counts once more."""
    counts: Counter[str] = Counter()
    for one in tellings:
        counts.update(one.spoken)
        counts.update(one.title)
    return counts


def centrality(one: Telling, shares: Counter[str]) -> float:
    """How much of what the other texts say a lead says, for its length; more from a trusted source."""
    return trust(one) * support(sayers(one.words, one, shares)) / math.pow(len(one.words) + 1, SIZE_POWER)


def trust(one: Telling) -> float:
    """How much more the words of a source count that the owner of the feeds trusts."""
    return 1 + TRUST * one.item.weight


def sayers(words: Stems, one: Telling, shares: Counter[str]) -> list[int]:
    """Of each of these words of a text how much other texts say it: once for each, once more for its headline."""
    title = one.title
    return [shares[word] - 1 - (word in title) for word in words]


def support(counts: Sequence[int]) -> float:
    """How far other texts say some words: each by the logarithm of how much they do."""
    return math.fsum([LOGARITHMS[count] for count in counts])


def candidates(tellings: Sequence[Telling], shares: Counter[str], language: str) -> list[Candidate]:
    """The sentences that can stand alone and of which other texts bear out a part."""
    found: list[Candidate] = []
    for one in tellings:
        for place, (sentence, words) in enumerate(one.said):
            counts = sayers(words, one, shares)
            if len(counts) - counts.count(0) >= COMMON and stands_alone(sentence, language):
                worth = trust(one) * support(counts) / math.sqrt(len(words)) * LATER**place
                found.append(Candidate(point=KeyPoint(text=sentence, item=one.item.id), words=words, worth=worth))
    return found


def stands_alone(sentence: str, language: str) -> bool:
    """Whether a sentence is a whole statement of a size to be read at a glance, with its quotations closed."""
    size = len(sentence) // 2 if has_no_blanks(sentence) else len(sentence.split())
    return (
        SHORTEST <= size <= LONGEST
        and is_whole(sentence)
        and not leans(sentence, language)
        and not sentence.endswith(UNFINISHED)
        and is_closed(sentence)
    )


def leans(sentence: str, language: str) -> bool:
    """Whether a sentence opens with a word that refers to what was said before it."""
    return not REFERRING.get(language, NO_STOP_WORDS).isdisjoint(words_in(sentence[:OPENING])[:1])


def key_points(found: Sequence[Candidate], known: Sequence[Stems]) -> tuple[KeyPoint, ...]:
    """At most three sentences by maximal marginal relevance, one an item, each saying something not `known`."""
    chosen: list[Candidate] = []
    most = max((one.worth for one in found), default=1.0)
    told_already = frozenset[str]().union(*known)
    left = [(one, max(alike(one.words, words) for words in known)) for one in found]
    while left := [(one, again) for one, again in left if again <= MOST_ALIKE and adds(one.words, told_already)]:
        best, _ = max(left, key=lambda pair: RELEVANCE * (pair[0].worth / most) - (1 - RELEVANCE) * pair[1])
        chosen.append(best)
        if len(chosen) == MOST_POINTS:
            break
        told_already |= best.words
        others = ((one, again) for one, again in left if one.point.item != best.point.item)
        left = [(one, max(again, alike(one.words, best.words))) for one, again in others]
    return tuple(one.point for one in chosen)


def adds(words: Stems, known: Stems) -> bool:
    """Whether a sentence tells a figure, or words enough, that nothing told already has."""
    new = words - known
    if len(new) >= max(NEW_WORDS, NEW_SHARE * len(words)):
        return True
    return len(new) >= NEW_WITH_FIGURES * len(words) and any(word[0].isdigit() for word in new)


def alike(left: Stems, right: Stems) -> float:
    """The cosine of two sets of words, 0..1."""
    return len(left & right) / math.sqrt(len(left) * len(right)) if left and right else 0.0
