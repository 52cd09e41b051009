"""Which story somebody means."""

from collections.abc import Iterable

from digest.errors import Conflict, NotFound
from digest.model.edition import Edition
from digest.model.story import Story

LISTED = 6
"""How many of the stories that words may mean are named."""

SHOWN = 60
"""The most characters of their headlines."""


def meant(words: str, stories: Iterable[Story]) -> tuple[Story, ...]:
    """The stories with this id, or an item with this id or address; else those with the words in a headline."""
    listed = tuple(stories)
    named = tuple(
        story for story in listed if words == story.id or any(words in {item.id, item.url} for item in story.items)
    )
    wanted = words.casefold()
    return named or tuple(story for story in listed if any(wanted in item.title.casefold() for item in story.items))


def one(words: str, edition: Edition) -> Story:
    """The one story of an edition that is meant: by an id or address, its place in the line-up, or words of a headline.

    Raises NotFound, Conflict where several are meant.
    """
    words = words.strip()
    found = meant(words, (entry.story for entry in edition.bench)) if words else ()
    known = any(words in {story.id, *(item.id for item in story.items)} for story in found)
    if not known and (placed := at_place(words, edition)):
        return placed
    if not found:
        raise NotFound(
            f"edition {edition.number} has no story {words!r}",
            hint=f"digest edition show {edition.number} lists what is in it; words of a headline will do",
        )
    if len(found) > 1:
        raise Conflict(f"{words!r} means {len(found)} stories of edition {edition.number}: {listing(found)}")
    return found[0]


def at_place(words: str, edition: Edition) -> Story | None:
    """The story at a place of the default line-up, from 1."""
    picks = edition.lineup.picks
    place = int(words) if words.isascii() and words.isdigit() and len(words) < len("1000") else 0
    return edition.bench[picks[place - 1].index].story if 1 <= place <= len(picks) else None


def listing(stories: tuple[Story, ...]) -> str:
    """Stories by their ids and the beginnings of their headlines."""
    named = [f"{story.id} “{story.lead.title[:SHOWN]}”" for story in stories[:LISTED]]
    return ", ".join([*named, *(["…"] if len(stories) > LISTED else [])])
