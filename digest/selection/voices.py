"""Who tells a story: the publishers behind its items, each counted once."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from digest.model.feed import Item
from digest.model.story import Story

COPY_WEIGHT = 0.3

RUSH = timedelta(hours=3)
"""Who took a story up within this time did so just now."""


def voice(item: Item) -> str:
    """What tells publishers apart; an item that names none speaks for itself."""
    return named(item) or f"item {item.id}"


def named(item: Item) -> str:
    """Who an item is of, at least by the feed it came with; empty where nothing says."""
    return item.publisher or item.source or (f"feed {item.feed_id}" if item.feed_id else "")


def moment(item: Item, now: datetime) -> datetime:
    """When an item came out; a date in the future counts as now."""
    return min(item.published or item.seen, now)


def dated(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items that say when they came out."""
    return tuple(item for item in items if item.published)


def voices(story: Story) -> dict[str, float]:
    """The publishers of a story and how much each adds: 1 with a text of its own, less with a copy of another's."""
    items = {item.id: item for item in story.items}
    added: dict[str, float] = {}
    for text in story.texts:
        for place, copy in enumerate(text):
            name = voice(items[copy])
            added[name] = max(added.get(name, 0.0), COPY_WEIGHT if place else 1.0)
    return added


def first_heard(items: Iterable[Item], now: datetime) -> dict[str, datetime]:
    """When each publisher first told a story."""
    heard: dict[str, datetime] = {}
    for item in items:
        name = voice(item)
        heard[name] = min(heard.get(name, now), moment(item, now))
    return heard


def just_now(heard: Mapping[str, datetime], now: datetime) -> int:
    """How many publishers first told a story within RUSH."""
    return sum(now - at <= RUSH for at in heard.values())
