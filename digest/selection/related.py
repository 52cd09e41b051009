"""What to read beside a story: its other texts from other publishers, then stories next to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.model.feed import Item
from digest.model.story import Story
from digest.selection.orders import NO_ORDERS, Orders
from digest.selection.voices import voice
from digest.selection.words import headline_words, shared, words

MOST = 3
SAME_TITLE = 0.6
SAME_WORDS = 0.75
ENOUGH_WORDS = 8
"""Texts of so many words that are so much the same are one text, lightly rewritten."""

ANGLE = 0.3
"""How much a text's likeness to those already offered counts against its likeness to the lead (MMR)."""

LEAD = 4000
"""The most characters that are read of a lead."""

MOST_READ = 100
"""So many texts of a story are looked at; the rest of a huge one is more of the same."""

FEWEST_WORDS = 3
"""Of texts with fewer words nothing can be said of what they do not share; scripts without spaces are such texts."""

LONG_WORD = 4
"""Words with fewer letters say little of what a text is about, in most languages that part them by spaces."""


@dataclass(frozen=True, slots=True)
class Text:
    """An item as it is held against others: the words of its headline, and the longer ones of headline and lead."""

    item: Item
    headline: frozenset[str]
    topic: frozenset[str]


def related(story: Story, neighbours: Sequence[Story] = (), *, orders: Orders = NO_ORDERS) -> tuple[Item, ...]:
    """Up to three items: other texts of the story, then the leads of `neighbours`, in the order given.

    New publishers first; among these what is nearest the lead and adds to what was offered. Never the lead again, never
    one text twice, copied or lightly rewritten, never two headlines that are nearly equal, nor one with a word that
    `orders` block.
    """
    lead = read(story.lead)
    texts = [read(item) for item in others(story)[:MOST_READ] if orders.allow(item.title)]
    left = [text for text in texts if not stray(text.topic, lead.topic)]
    chosen = [lead]
    while len(chosen) <= MOST and (left := [text for text in left if not again(text, chosen[-1])]):
        chosen.append(next_text(left, chosen))
    for text in (read(neighbour.lead) for neighbour in neighbours if orders.allow(neighbour.lead.title)):
        if len(chosen) <= MOST and not any(again(text, other) for other in chosen):
            chosen.append(text)
    return tuple(text.item for text in chosen[1:])


def others(story: Story) -> tuple[Item, ...]:
    """The best copy of each text that is not the lead's."""
    items = {item.id: item for item in story.items}
    return tuple(items[text[0]] for text in story.texts if story.lead.id not in text)


def read(item: Item) -> Text:
    """The words of an item."""
    headline = headline_words(item.title)
    spoken = headline.union(words(item.summary[:LEAD]))
    return Text(item, headline, frozenset([word for word in spoken if len(word) >= LONG_WORD]))


def next_text(left: Sequence[Text], chosen: Sequence[Text]) -> Text:
    """The text of those left to offer after those chosen, the lead first among them; ties go to the earlier one."""
    heard = {voice(text.item) for text in chosen}
    lead, *offered = (text.topic for text in chosen)

    def worth(text: Text) -> tuple[bool, float]:
        twice = max((overlap(text.topic, other) for other in offered), default=0.0)
        return voice(text.item) not in heard, overlap(text.topic, lead) - ANGLE * twice

    return max(left, key=worth)


def stray(text: frozenset[str], lead: frozenset[str]) -> bool:
    """Whether a text has no word in common with the lead: it may be in the story by mistake, and reads like it."""
    return text.isdisjoint(lead) and min(len(text), len(lead)) >= FEWEST_WORDS


def again(candidate: Text, chosen: Text) -> bool:
    """Whether two texts are one to a reader, by their headlines or by all their words."""
    return repeats(candidate, chosen) or rewritten(candidate.topic, chosen.topic)


def repeats(candidate: Text, chosen: Text) -> bool:
    """Whether two items would look like one to a reader."""
    one, other = candidate.item, chosen.item
    same_page = bool(one.url) and one.url == other.url
    return one.id == other.id or same_page or shared(candidate.headline, chosen.headline) >= SAME_TITLE


def rewritten(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether two texts say the same in nearly the same words."""
    return min(len(left), len(right)) >= ENOUGH_WORDS and overlap(left, right) >= SAME_WORDS


def overlap(left: frozenset[str], right: frozenset[str]) -> float:
    """The cosine of two sets of words, 0..1."""
    return len(left & right) / (len(left) * len(right)) ** 0.5 if left and right else 0.0
