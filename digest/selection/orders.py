"""What the operator and the editor ordered beforehand: words, sources and stories that must be in, or must not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from digest.model.edition import Edition
from digest.model.feed import Item
from digest.model.story import Story
from digest.selection.words import mentions, said


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Words and sources in any case; what is blocked or dropped stays so, pinned or not.

    A story that would show one of `blocked_words` is out; an item of `blocked_sources` is as if it had not been read,
    so that its story is told by the others, if there are any. A story that shows one of `pinned_words`, is led by one
    of `pinned_sources` or whose id is in `pinned` has its place before all others; one whose id is in `dropped` is out.
    A story with no item younger than `window` is no news.
    """

    blocked_words: tuple[str, ...] = ()
    blocked_sources: tuple[str, ...] = ()
    pinned_words: tuple[str, ...] = ()
    pinned_sources: tuple[str, ...] = ()
    pinned: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    window: timedelta = timedelta(hours=24)

    def admit(self, items: Iterable[Item]) -> tuple[Item, ...]:
        """The items without those of blocked sources."""
        blocked = folded(self.blocked_sources)
        return tuple(item for item in items if not blocked or blocked.isdisjoint(sources(item)))

    def blocking(self, story: Story) -> str:
        """The blocked word that a story would show; empty where it shows none."""
        return mentioned(self.blocked_words, lambda: shown(story))

    def allow(self, text: str) -> bool:
        """Whether a text says no blocked word."""
        return not mentioned(self.blocked_words, lambda: (text,))

    def pinning(self, story: Story) -> str:
        """What pins a story: a word, its source, or "the editor"; empty where nothing does."""
        if story.id in self.pinned:
            return "the editor"
        if not folded(self.pinned_sources).isdisjoint(sources(story.lead)):
            return story.lead.source or story.lead.publisher
        return mentioned(self.pinned_words, lambda: shown(story))


NO_ORDERS = Orders()
"""Nothing is blocked, pinned or dropped."""

BY_HAND = 2
"""The precedence from which on it is the editor who pinned a story; what the operator ordered has less."""


def precedence(edition: Edition, orders: Orders) -> list[int]:
    """For each bench story how far it comes before others, 0 where nothing pins it: first what the editor pinned, in
    the editor's order, then what is ordered beforehand.
    """
    hand = edition.hand
    pinned = [story for story in dict.fromkeys((*hand.order, *hand.pinned)) if story in hand.pinned]
    by_hand = {story: BY_HAND + later for later, story in enumerate(reversed(pinned))}
    stories = (entry.story for entry in edition.bench)
    return [by_hand.get(story.id) or int(bool(orders.pinning(story))) for story in stories]


def mentioned(words: tuple[str, ...], texts: Callable[[], Iterable[str]]) -> str:
    """The first of some words or phrases that one of these texts says; they are read only where there are any."""
    spoken = said(*texts()) if words else ""
    return next((word for word in words if mentions(spoken, said(word))), "")


def shown(story: Story) -> tuple[str, ...]:
    """The texts of a story's own that a reader may see."""
    return story.lead.title, story.summary, story.lead.summary, *(point.text for point in story.points)


def sources(item: Item) -> set[str]:
    """The names an item's source goes by."""
    return folded((item.publisher, item.source)) - {""}


def folded(names: Iterable[str]) -> set[str]:
    """Names without their case and without spaces around them."""
    return {name.strip().casefold() for name in names}
