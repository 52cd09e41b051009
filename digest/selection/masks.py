"""A reader's wishes as bits over the bench: computed once for each distinct wish, not for each reader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from digest.model.delivery import Told
from digest.model.edition import BenchStory, Edition, LineUp
from digest.selection.novelty import echo_masks
from digest.selection.orders import shown as texts_of
from digest.selection.words import mentions, said

EDITION = attrgetter("edition")
NOWHERE = (0, 0)


@dataclass(slots=True)
class Masks:
    """The bits of one edition's bench: bit i stands for story i. Answers are kept for the next reader."""

    texts: tuple[str, ...]
    sections: Mapping[str, int]
    sources: Mapping[str, int]
    echoes: Mapping[tuple[int, int], tuple[int, int]]
    words: dict[str, int] = field(default_factory=dict)
    told: dict[Told, tuple[int, int]] = field(default_factory=dict)

    @property
    def everything(self) -> int:
        """All stories."""
        return (1 << len(self.texts)) - 1

    def of_sections(self, names: Sequence[str]) -> int:
        """The stories of some sections, of all where none is named."""
        if not names:
            return self.everything
        return union(self.sections.get(name, 0) for name in names)

    def of_word(self, word: str) -> int:
        """The stories whose shown text says a word or phrase, whatever its case, at word borders."""
        if word not in self.words:
            phrase = said(word)
            self.words[word] = union(1 << index for index, text in enumerate(self.texts) if mentions(text, phrase))
        return self.words[word]

    def of_source(self, name: str) -> int:
        """The stories that a muted source takes away: those it leads or tells alone.

        A story's blocks are the same for every reader, so its lead cannot be told by another source instead.
        """
        return self.sources.get(name.strip().casefold(), 0)

    def of_told(self, told: Sequence[Told]) -> tuple[int, int]:
        """The stories that were in line-ups a reader got, and those of them with material news since the last did."""
        ever = fresh = 0
        for each in sorted(told, key=EDITION) if len(told) > 1 else told:
            here, material = self.told.get(each) or self.read(each)
            ever |= here
            fresh = fresh & ~here | material
        return ever, fresh

    def read(self, told: Told) -> tuple[int, int]:
        """The same for one line-up, one look-up for each story in it."""
        ever = fresh = 0
        for index in LineUp.indices(told.lineup):
            here, material = self.echoes.get((told.edition, index), NOWHERE)
            ever |= here
            fresh |= material
        self.told[told] = ever, fresh
        return ever, fresh


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one reader may get: bits over the bench, those of them that are updates to this reader, the most stories,
    and the most minutes of reading (None: no bound).
    """

    open_to: int
    updates: int
    count: int
    minutes: float | None


def masks_of(edition: Edition) -> Masks:
    """Prepare an edition's masks."""
    sections: dict[str, int] = {}
    sources: dict[str, int] = {}
    for index, entry in enumerate(edition.bench):
        sections[entry.section] = sections.get(entry.section, 0) | 1 << index
        for name in silencers(entry):
            sources[name] = sources.get(name, 0) | 1 << index
    texts = tuple(said(*shown(entry)) for entry in edition.bench)
    return Masks(texts=texts, sections=sections, sources=sources, echoes=echo_masks(edition))


def silencers(entry: BenchStory) -> set[str]:
    """The names of the sources without which a story cannot be shown: its lead's."""
    lead = entry.story.lead
    return {name.strip().casefold() for name in (lead.publisher, lead.source)} - {""}


def shown(entry: BenchStory) -> tuple[str, ...]:
    """The texts of a story that a reader would see."""
    return *texts_of(entry.story), entry.news, *(item.title for item in entry.related)


def union(masks: Iterable[int]) -> int:
    """All bits that are set in any mask."""
    mask = 0
    for one in masks:
        mask |= one
    return mask
