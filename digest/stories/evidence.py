"""What joins the texts of a story: the words one shares with most others, and the figures that stand against it."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from digest.model.feed import Item
from digest.model.memory import TermCounts
from digest.model.story import Story
from digest.stories.anchors import SERIES, anchors
from digest.stories.canonical import bare_title, listed
from digest.stories.facts import TEXT_LIMIT, counted, said
from digest.stories.terms import content_words

MOST_TEXTS = 24
MOST_WORDS = 5
MOST_DISPUTES = 3
MEASURES = listed(
    "% percent prozent procent k m mn mio b bn mrd t tn thousand tausend mille mil mila million millions millionen"
    " millón millones milione milioni milhão milhões miljoen billion billions billionen milliard milliards milliarden"
    " miliardi bilhões miljard trillion trillions"
)
"""What stands behind a number and does not say what it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """What a text `says` ("15 people", "day 3") where more `others` say another number of the same ("12 people")."""

    says: str
    others: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What joins one text to the others of its story, the most telling first, and what stands against it.

    `item` is the id of the text's best copy.
    """

    item: str
    joined: tuple[str, ...] = ()
    against: tuple[Dispute, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number `of` something: of what it counts ("people"), or of a series ("day"; "q3" names its own)."""

    number: str
    of: str
    ordinal: bool = False

    def __str__(self) -> str:
        if not self.number[0].isdigit():
            return self.number
        return f"{self.of} {self.number}" if self.ordinal else f"{self.number} {self.of}"


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as its words and figures in the order of their first mention, and its figures with what they are of."""

    item: Item
    language: str
    terms: dict[str, None]
    figures: tuple[Figure, ...]

    def says(self, figure: Figure) -> bool:
        """Whether a number stands anywhere in it, in digits or as a word."""
        return any(figure.number in all_said(text, self.language) for text in (self.item.title, self.item.summary))


@lru_cache(maxsize=2 * MOST_TEXTS)
def all_said(text: str, language: str) -> frozenset[str]:
    """What a headline or a lead says, kept while its story's figures are held against it."""
    return said(text, language)


def evidence(story: Story, background: TermCounts) -> tuple[Evidence, ...]:
    """The evidence for each of the story's first 24 texts, in their order; none for a text alone.

    A word is the more telling, the rarer it is in `background`: ln((1 + n) / (1 + df)).
    """
    best = {item.id: item for item in story.items}
    texts = [read(best[text[0]], story.language) for text in story.texts[:MOST_TEXTS]]
    if len(texts) == 1:
        return ()
    saying = Counter(term for text in texts for term in text.terms)
    stating = statements(texts)
    return tuple(
        Evidence(
            item=text.item.id,
            joined=joined(text, saying, len(texts) - 1, background),
            against=tuple(disputes(text, [other for other in texts if other is not text], stating))[:MOST_DISPUTES],
        )
        for text in texts
    )


def read(item: Item, language: str) -> Reading:
    """An item's headline and lead: of the numbers those that count something, and the headline's places in a series."""
    title = bare_title(item)
    parts = title, item.summary[:TEXT_LIMIT]
    counting = [pair for part in parts for pair in counted(part)]
    words = (word for part in parts for word in content_words(part, language) if not word[0].isdigit())
    terms = dict.fromkeys((*words, *(number for number, _ in counting)))
    figures = [Figure(number, of) for number, of in counting if of and of not in MEASURES]
    slots = [Figure(value, series, ordinal=True) for series, value in sorted(anchors(title).slots) if series in SERIES]
    return Reading(item, language, terms, (*figures, *slots))


def joined(text: Reading, saying: Counter[str], others: int, background: TermCounts) -> tuple[str, ...]:
    """The rarest words that at least half of the other texts say too; without any, those that some other says.

    Of equally rare ones first what more texts say, then what the text says first.
    """
    shared = [term for term in text.terms if saying[term] > 1]
    by_most = [term for term in shared if 2 * (saying[term] - 1) >= others]
    ordered = sorted(by_most or shared, key=lambda term: (-rarity(term, background), -saying[term]))
    return tuple(ordered[:MOST_WORDS])


def rarity(term: str, background: TermCounts) -> float:
    """How little a word is used on other days; 0 for a single digit, which is in no background."""
    return math.log((1 + background.documents) / (1 + background.counts.get(term, 0))) if len(term) > 1 else 0.0


def statements(texts: Sequence[Reading]) -> dict[str, Counter[Figure]]:
    """Of each thing that is counted, how many texts state which figure."""
    found: dict[str, Counter[Figure]] = defaultdict(Counter)
    for text in texts:
        for figure in set(text.figures):
            found[figure.of][figure] += 1
    return found


def disputes(text: Reading, others: Sequence[Reading], stating: Mapping[str, Counter[Figure]]) -> Iterator[Dispute]:
    """The figures of something of which more others have one figure, which this text has not, than have its own."""
    own = set(text.figures)
    stated = {figure.of: figure for figure in reversed(text.figures)}
    for mine in (stated[of] for of in sorted(stated)):
        told = {figure: count - (figure in own) for figure, count in stating[mine.of].items()}
        most = min(told, key=lambda figure: (-told[figure], figure.number, figure.ordinal))
        if not text.says(most) and sum(other.says(mine) for other in others) < told[most]:
            yield Dispute(says=str(mine), others=str(most))
