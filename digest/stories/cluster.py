"""Items in, stories out: copies first, then average linkage by language; every item ends in exactly one story."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from digest.model.feed import Item
from digest.model.memory import Memory
from digest.model.story import Story
from digest.ports import Embed
from digest.stories.brief import brief_of
from digest.stories.canonical import bare_title
from digest.stories.cut import groups
from digest.stories.duplicates import copies
from digest.stories.language import languages
from digest.stories.similarity import space_of

NO_MEMORY = Memory()
CENTRAL = 0.8
FULL_LEAD = 80


@dataclass(frozen=True, slots=True)
class Text:
    """The copies of one text, the best first, and how near it is to the middle of its story."""

    copies: tuple[Item, ...]
    nearness: float = 1.0

    @property
    def best(self) -> Item:
        """The copy to show."""
        return self.copies[0]


def cluster(items: Sequence[Item], *, memory: Memory = NO_MEMORY, embed: Embed | None = None) -> tuple[Story, ...]:
    """Partition items into stories, in the order of the stories' ids.

    The order of the items does not matter; of several with one id the last by title and text is taken. Cost grows
    with the square of the number of texts, in fast products; memory is bounded by blocks.
    """
    known = sorted({item.id: item for item in sorted(items, key=content)}.values(), key=lambda item: item.id)
    spoken = languages(known)
    texts = [tuple(sorted((known[index] for index in text), key=quality)) for text in copies(known, spoken)]
    language_of = {item.id: language for item, language in zip(known, spoken, strict=True)}
    stories: list[Story] = []
    for language in sorted(set(spoken)):
        own = [text for text in texts if language_of[text[0].id] == language]
        stories.extend(story(told, language) for told in gather(own, language))
    return tuple(sorted(stories, key=lambda told: told.id))


def content(item: Item) -> tuple[str, str, str]:
    """What tells two items of one id apart."""
    return item.title, item.summary, item.url


def quality(item: Item) -> tuple[bool, float, datetime, str]:
    """Sorts the copy to show first: with a full lead, from the most trusted source, the earliest."""
    return len(item.summary) < FULL_LEAD, -item.weight, moment(item), item.id


def moment(item: Item) -> datetime:
    """When an item came out, as far as we know."""
    return item.published or item.seen


def gather(texts: Sequence[tuple[Item, ...]], language: str) -> list[list[Text]]:
    """The texts of one language by story."""
    if not texts:
        return []
    space = space_of([text[0] for text in texts], language)
    labels = groups(space)
    means = space.means(labels, np.ones(len(texts), dtype=np.float32))
    nearness = space.nearness(means, labels).tolist()
    told: list[list[Text]] = [[] for _ in range(len(means))]
    for text, near, label in zip(texts, nearness, labels.tolist(), strict=True):
        told[label].append(Text(text, near))
    return told


def story(texts: list[Text], language: str) -> Story:
    """Make a story of its texts: the lead first, then the other texts from the middle outwards, then the copies."""
    by_nearness = sorted(texts, key=lambda text: (-text.nearness, quality(text.best)))
    bar = CENTRAL * by_nearness[0].nearness
    lead = min((text for text in texts if text.nearness >= bar), key=lambda text: quality(text.best))
    ordered = [lead, *(text for text in by_nearness if text is not lead)]
    spare = sorted((item for text in ordered for item in text.copies[1:]), key=lambda item: (moment(item), item.id))
    items = (*(text.best for text in ordered), *spare)
    brief = brief_of([text.best for text in by_nearness], bare_title(lead.best), language)
    return Story(
        id=min(items, key=lambda item: (moment(item), item.id)).id,
        items=items,
        texts=tuple(tuple(item.id for item in text.copies) for text in ordered),
        summary=brief.summary,
        told_by=brief.told_by,
        points=brief.points,
        language=language,
    )
