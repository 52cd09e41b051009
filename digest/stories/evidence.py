"""What joins the texts of a story: the words one shares with most others, and the figures that stand against it."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest.model.feed import Item
from digest.model.memory import TermCounts
from digest.model.story import Story
from digest.stories.canonical import bare_title, listed
from digest.stories.facts import TEXT_LIMIT, counted, said
from digest.stories.terms import content_words

MOST_TEXTS = 24
MOST_WORDS = 5
MOST_DISPUTES = 3
MEASURES = listed(
    "% percent prozent procent m mn mio k bn mrd tn thousand tausend mille mil mila million millions millionen millón"
    " millones milione milioni milhão milhões miljoen billion billions billionen milliard milliards milliarden miliardi"
    " bilhões miljard trillion trillions"
)
"""What stands behind a number and does not say what it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A figure that stands against: of something (`of`: "people") a text `says` one, and more `others` another."""

    says: str
    others: str
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What joins one text to the others of its story, the most telling first, and what stands against it.

    `item` is the id of the text's best copy.
    """

    item: str
    joined: tuple[str, ...] = ()
    against: tuple[Dispute, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as its words and figures in the order of their first mention, and its figures with what they count."""

    item: Item
    language: str
    terms: dict[str, None]
    counted: tuple[tuple[str, str], ...]

    def says(self, figure: str) -> bool:
        """Whether a figure stands anywhere in it, in digits or as a word."""
        return any(figure in said(text, self.language) for text in (self.item.title, self.item.summary))


def evidence(story: Story, background: TermCounts) -> tuple[Evidence, ...]:
    """The evidence for each of the story's first 24 texts, in their order; none for a text alone.

    A word is the more telling, the rarer it is in `background`: ln((1 + n) / (1 + df)).
    """
    best = {item.id: item for item in story.items}
    texts = [read(best[text[0]], story.language) for text in story.texts[:MOST_TEXTS]]
    if len(texts) == 1:
        return ()
    saying = Counter(term for text in texts for term in text.terms)
    return tuple(
        Evidence(
            item=text.item.id,
            joined=joined(text, saying, len(texts) - 1, background),
            against=tuple(disputes(text, [other for other in texts if other is not text]))[:MOST_DISPUTES],
        )
        for text in texts
    )


def read(item: Item, language: str) -> Reading:
    """An item's headline and lead; of the numbers only those that count something."""
    parts = bare_title(item), item.summary[:TEXT_LIMIT]
    figures = tuple(pair for part in parts for pair in counted(part))
    words = (word for part in parts for word in content_words(part, language) if not word[0].isdigit())
    return Reading(item, language, dict.fromkeys((*words, *(figure for figure, _ in figures))), figures)


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


def disputes(text: Reading, others: Sequence[Reading]) -> Iterator[Dispute]:
    """The figures of something of which more others have one figure, which this text has not, than have its own."""
    stated = {unit: figure for figure, unit in reversed(text.counted)}
    for unit in sorted(stated.keys() - MEASURES - {""}):
        told = Counter(figure for other in others for figure, of in set(other.counted) if of == unit)
        most = min(told, key=lambda figure: (-told[figure], figure), default=stated[unit])
        if not text.says(most) and sum(other.says(stated[unit]) for other in others) < told[most]:
            yield Dispute(says=stated[unit], others=most, of=unit)
