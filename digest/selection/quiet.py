"""Why there is little to tell: the sources failed, they are too few, or nothing is new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digest.model.feed import Feed, Item
from digest.selection.voices import voice

THIN_ITEMS = 10
"""Fewer items than this in three days are too few to choose from."""

THIN_PUBLISHERS = 3
"""With fewer publishers than this there is no telling what matters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesState:
    """How the feeds do: `active` are read, of which `failing` could not be read the last time and `silent` could, but
    had nothing in the last days. A file of items has no feeds (`of_feeds`), nor the settings of a newspaper.
    """

    active: int = 0
    failing: int = 0
    silent: int = 0
    of_feeds: bool = True

    @property
    def failed(self) -> bool:
        """Whether most feeds cannot be read."""
        return self.failing * 2 > self.active

    def words(self) -> str:
        """How the feeds do, in words; empty where all can be read."""
        if not self.failing:
            return ""
        return f"{self.failing} of {self.active} {'feed' if self.active == 1 else 'feeds'} could not be read"


NO_SOURCES = SourcesState(of_feeds=False)


def sources_state(feeds: Iterable[Feed], items: Iterable[Item]) -> SourcesState:
    """The state of these feeds, those aside that are given up; `items` are what they had in the last days."""
    active = [feed for feed in feeds if not feed.state.disabled]
    heard = {item.feed_id for item in items}
    well = [feed for feed in active if not feed.state.failures]
    return SourcesState(
        active=len(active),
        failing=len(active) - len(well),
        silent=sum(feed.id not in heard for feed in well),
    )


def quiet(count: int, wanted: int, items: Sequence[Item], sources: SourcesState) -> str:
    """Why `count` stories are not worth a mail when `wanted` are asked for; empty where they are enough.

    Begins with which of the three it is: "a failed fetch", "thin sources" or "a quiet day". `items` are those of the
    last days that the stories were made of.
    """
    if count >= wanted:
        return ""
    few = f"{count} new {'story' if count == 1 else 'stories'}"
    if sources.of_feeds:
        few += f", and at least {wanted} {'is' if wanted == 1 else 'are'} wanted (DIGEST_MIN_STORIES)"
    if sources.failed:
        return f"a failed fetch: {sources.words()}; {few}"
    publishers = len({voice(item) for item in items})
    if len(items) < THIN_ITEMS or publishers < THIN_PUBLISHERS:
        return f"thin sources: {thin(len(items), publishers, sources)}; {few}"
    return f"a quiet day: {few}"


def thin(items: int, publishers: int, sources: SourcesState) -> str:
    """How little there is to choose from."""
    told = f"{items} {'item' if items == 1 else 'items'}"
    told += f" of {publishers} {'publisher' if publishers == 1 else 'publishers'}" if items else ""
    feeds = "feed" if sources.active == 1 else "feeds"
    silent = f", and {sources.silent} of {sources.active} {feeds} had none" if sources.silent else ""
    return f"{told} in three days{silent}" if sources.of_feeds else told
