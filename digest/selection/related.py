"""What to read beside a story: its other texts from other publishers, then stories next to it."""

from collections.abc import Mapping, Sequence

from digest.model.feed import Item
from digest.model.story import Story
from digest.selection.orders import NO_ORDERS, Orders
from digest.selection.voices import voice
from digest.selection.words import HEADLINE, alike, said

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


def related(story: Story, neighbours: Sequence[Story] = (), *, orders: Orders = NO_ORDERS) -> tuple[Item, ...]:
    """Up to three items: other texts of the story, then the leads of `neighbours`, in the order given.

    New publishers first; among these what is nearest the lead and adds to what was offered. Never the lead again, never
    one text twice, copied or lightly rewritten, never two headlines that are nearly equal, nor one with a word that
    `orders` block.
    """
    chosen = [story.lead]
    texts = (item for item in others(story)[:MOST_READ] if orders.allow(item.title))
    topics = {item: topic(item) for item in (story.lead, *texts)}
    while len(chosen) <= MOST and (best := next_text(topics, chosen)):
        chosen.append(best)
    for lead in (neighbour.lead for neighbour in neighbours if orders.allow(neighbour.lead.title)):
        topics[lead] = topic(lead)
        if len(chosen) <= MOST and not told(lead, chosen, topics):
            chosen.append(lead)
    return tuple(chosen[1:])


def others(story: Story) -> tuple[Item, ...]:
    """The best copy of each text that is not the lead's."""
    items = {item.id: item for item in story.items}
    return tuple(items[text[0]] for text in story.texts if story.lead.id not in text)


def next_text(topics: Mapping[Item, frozenset[str]], chosen: Sequence[Item]) -> Item | None:
    """The text to offer after those chosen, the lead first among them; ties go to the earlier one."""
    heard = {voice(item) for item in chosen}
    lead, *offered = (topics[item] for item in chosen)

    def worth(item: Item) -> tuple[bool, float]:
        twice = max((overlap(topics[item], other) for other in offered), default=0.0)
        return voice(item) not in heard, overlap(topics[item], lead) - ANGLE * twice

    fitting = (item for item in topics if not told(item, chosen, topics) and not stray(topics[item], lead))
    return max(fitting, key=worth, default=None)


def told(item: Item, chosen: Sequence[Item], topics: Mapping[Item, frozenset[str]]) -> bool:
    """Whether an item says what one of those chosen says, or looks like it."""
    return any(repeats(item, other) or rewritten(topics[item], topics[other]) for other in chosen)


def stray(text: frozenset[str], lead: frozenset[str]) -> bool:
    """Whether a text has no word in common with the lead: it may be in the story by mistake, and reads like it."""
    return text.isdisjoint(lead) and min(len(text), len(lead)) >= FEWEST_WORDS


def repeats(candidate: Item, chosen: Item) -> bool:
    """Whether two items would look like one to a reader."""
    same_page = bool(candidate.url) and candidate.url == chosen.url
    return candidate.id == chosen.id or same_page or alike(candidate.title, chosen.title) >= SAME_TITLE


def rewritten(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether two texts say the same in nearly the same words."""
    return min(len(left), len(right)) >= ENOUGH_WORDS and overlap(left, right) >= SAME_WORDS


def topic(item: Item) -> frozenset[str]:
    """The longer words of headline and lead."""
    text = f"{item.title[:HEADLINE]} {item.summary[:LEAD]}"
    return frozenset(word for word in said(text).split() if len(word) >= LONG_WORD)


def overlap(left: frozenset[str], right: frozenset[str]) -> float:
    """The cosine of two sets of words, 0..1."""
    return len(left & right) / (len(left) * len(right)) ** 0.5 if left and right else 0.0
