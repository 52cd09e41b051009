"""What to read beside a story: its other texts from other publishers, then stories next to it."""

from collections.abc import Iterable, Sequence

from digest.model.feed import Item
from digest.model.story import Story
from digest.selection.voices import voice
from digest.selection.words import alike

MOST = 3
SAME_TITLE = 0.6


def related(story: Story, neighbours: Sequence[Story] = ()) -> tuple[Item, ...]:
    """Up to three items: one of each other text, new publishers first, then the leads of `neighbours` (nearest first).

    Never the lead again, never two copies of one text, never two headlines that are nearly equal.
    """
    items = {item.id: item for item in story.items}
    texts = [items[text[0]] for text in story.texts if story.lead.id not in text]
    chosen = [story.lead]
    for candidate in (*new_voices_first(story.lead, texts), *(other.lead for other in neighbours)):
        if len(chosen) <= MOST and not any(repeats(candidate, item) for item in chosen):
            chosen.append(candidate)
    return tuple(chosen[1:])


def repeats(candidate: Item, chosen: Item) -> bool:
    """Whether two items would look like one to a reader."""
    same_page = bool(candidate.url) and candidate.url == chosen.url
    return candidate.id == chosen.id or same_page or alike(candidate.title, chosen.title) >= SAME_TITLE


def new_voices_first(lead: Item, texts: Iterable[Item]) -> list[Item]:
    """The first text of each publisher that is not the lead's, then the others; each part in the order given."""
    heard = {voice(lead)}
    first: list[Item] = []
    later: list[Item] = []
    for item in texts:
        (later if voice(item) in heard else first).append(item)
        heard.add(voice(item))
    return first + later
