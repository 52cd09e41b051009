"""Items in, stories out: copies first, then average linkage by language; every item ends in exactly one story."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from digest.model.feed import Item
from digest.model.memory import Memory
from digest.model.story import Story
from digest.ports import Embed
from digest.stories.brief import brief_of
from digest.stories.canonical import bare_title
from digest.stories.cut import groups, usual_bar
from digest.stories.duplicates import copies
from digest.stories.language import commonest, languages
from digest.stories.linkage import NOBODY
from digest.stories.similarity import NO_MEMORY, NO_WORDS, space_of
from digest.stories.weighing import Indices, on_one_core

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


@on_one_core
def cluster(items: Sequence[Item], *, memory: Memory = NO_MEMORY, embed: Embed | None = None) -> tuple[Story, ...]:
    """Partition items into stories, in the order of the stories' ids.

    The order of the items does not matter; of several with one id the last by title and text is taken. A story that
    `memory` knows keeps its items and its id. Languages are kept apart, unless `embed` places their texts. On a day of
    some thousands every pair of texts is looked at, on a larger one the likely pairs (see pairs.py).
    """
    known = sorted({item.id: item for item in sorted(items, key=content)}.values(), key=lambda item: item.id)
    spoken = languages(known)
    texts = [tuple(sorted((known[index] for index in text), key=quality)) for text in copies(known, spoken)]
    language_of = {item.id: language for item, language in zip(known, spoken, strict=True)}
    rooms: dict[str, list[tuple[Item, ...]]] = {}
    for text in texts:
        rooms.setdefault("" if embed else language_of[text[0].id], []).append(text)
    told = [told for room in rooms.values() for told in gather(room, language_of, memory, embed)]
    stories = [story(one, language_of, memory.known) for one in told]
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


def gather(
    texts: Sequence[tuple[Item, ...]], language_of: Mapping[str, str], memory: Memory, embed: Embed | None
) -> list[list[Text]]:
    """The texts of one language (of all, where a model places them) by story."""
    best = [text[0] for text in texts]
    spoken = [language_of[item.id] for item in best]
    background = memory.background.get(commonest(spoken), NO_WORDS)
    space = space_of(best, spoken, background, embed)
    leads = sum(bool(item.summary) for item in best) / len(best)
    usual = partial(usual_bar, leads=leads, placed=embed is not None)
    labels, alike = groups(space, usual, numbered(texts, memory.known), [bare_title(item) for item in best])
    told: dict[int, list[Text]] = {}
    for text, label, near in zip(texts, labels.tolist(), nearness(alike, labels).tolist(), strict=True):
        told.setdefault(label, []).append(Text(text, near))
    return list(told.values())


def numbered(texts: Sequence[tuple[Item, ...]], known: Mapping[str, str]) -> Indices:
    """The number of the story each text was in yesterday, NOBODY for a new one."""
    names = [story_of([item.id for item in text], known) for text in texts]
    numbers = {name: number for number, name in enumerate(sorted({name for name in names if name}))}
    return np.array([numbers[name] if name else NOBODY for name in names], dtype=np.intp)


def story_of(ids: Sequence[str], known: Mapping[str, str]) -> str:
    """The story most of some items were in yesterday, ties by id; empty where all are new."""
    counts = Counter(known[one] for one in ids if one in known)
    return min(counts, key=lambda name: (-counts[name], name), default="")


def nearness(alike: sparse.csr_matrix, labels: Indices) -> NDArray[np.float64]:
    """How alike each text is to the others of its story, in the mean; 1 where it is alone."""
    table = alike.tocoo()
    own = labels[table.row] == labels[table.col]
    sums = np.bincount(table.row[own], weights=table.data[own], minlength=len(labels))
    others = np.bincount(labels)[labels] - 1
    return np.asarray(np.where(others > 0, sums / np.maximum(others, 1), 1.0))


def story(texts: list[Text], language_of: Mapping[str, str], known: Mapping[str, str]) -> Story:
    """Make a story of its texts: the lead first, then the other texts from the middle outwards, then the copies."""
    by_nearness = sorted(texts, key=lambda text: (-text.nearness, quality(text.best)))
    bar = CENTRAL * by_nearness[0].nearness
    lead = min((text for text in texts if text.nearness >= bar), key=lambda text: quality(text.best))
    ordered = [lead, *(text for text in by_nearness if text is not lead)]
    spare = sorted((item for text in ordered for item in text.copies[1:]), key=lambda item: (moment(item), item.id))
    items = (*(text.best for text in ordered), *spare)
    language = language_of[lead.best.id]
    brief = brief_of([text.best for text in by_nearness], bare_title(lead.best), language)
    return Story(
        id=story_of([item.id for item in items], known) or min(items, key=lambda item: (moment(item), item.id)).id,
        items=items,
        texts=tuple(tuple(item.id for item in text.copies) for text in ordered),
        summary=brief.summary,
        told_by=brief.told_by,
        points=brief.points,
        language=language,
    )
