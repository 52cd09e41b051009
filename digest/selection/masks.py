"""A reader's wishes as bits over the bench: computed once for each distinct wish, not for each reader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter

from digest.model.delivery import Told
from digest.model.edition import Edition, LineUp
from digest.scripts import UNSPACED
from digest.selection.novelty import echo_masks
from digest.selection.orders import shown as texts_of
from digest.selection.orders import sources
from digest.selection.words import mentions, said

EDITION = attrgetter("edition")
NOWHERE = (0, 0)
KEPT = 20_000
"""The most answers of a kind that are kept."""


class Spoken:
    """What the texts of the bench say (each made by `said`): the stories of each word, looked up and not looked for.

    Only phrases, and scripts without word borders, are looked for in every text, and that once.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.words = by_name(set(text.split()) for text in texts)
        self.found: dict[str, int] = {}

    def says(self, word: str) -> int:
        """The stories whose text says a word or phrase, whatever its case, at word borders."""
        if word not in self.found:
            phrase = said(word)
            alone = len(phrase.split()) == 1 and not UNSPACED.search(phrase)
            self.found[word] = self.words.get(phrase.strip(), 0) if alone else self.search(phrase)
        return self.found[word]

    def search(self, phrase: str) -> int:
        """The stories whose text says a phrase (made by `said`)."""
        return union(1 << index for index, text in enumerate(self.texts) if mentions(text, phrase))


@dataclass(slots=True)
class Masks:
    """The bits of one edition's bench: bit i stands for story i. Answers are kept for the next reader.

    `shown` is all that is shown of the stories, `own` their own texts without the headlines beside them; `leads` the
    stories by the sources that lead them, `tellers` by all that tell them; `pinned` and `dropped` what the editor did.
    """

    shown: Spoken
    own: Spoken
    sections: Mapping[str, int]
    leads: Mapping[str, int]
    tellers: Mapping[str, int]
    echoes: Mapping[tuple[int, int], tuple[int, int]]
    pinned: int
    dropped: int
    told: dict[Told, tuple[int, int]] = field(default_factory=dict)

    @property
    def everything(self) -> int:
        """All stories."""
        return (1 << len(self.shown.texts)) - 1

    def of_sections(self, names: Sequence[str]) -> int:
        """The stories of some sections, of all where none is named."""
        if not names:
            return self.everything
        return union(self.sections.get(name, 0) for name in names)

    def of_word(self, word: str) -> int:
        """The stories that show a word or phrase."""
        return self.shown.says(word)

    def of_followed_word(self, word: str) -> int:
        """The stories whose own text says it: a headline beside a story makes it no story about the word."""
        return self.own.says(word)

    def of_source(self, name: str) -> int:
        """The stories that a muted source takes away: those it leads or tells alone.

        A story's blocks are the same for every reader, so its lead cannot be told by another source instead.
        """
        return self.leads.get(name.strip().casefold(), 0)

    def of_teller(self, name: str) -> int:
        """The stories that a source tells, first or among others."""
        return self.tellers.get(name.strip().casefold(), 0)

    def of_told(self, told: Sequence[Told]) -> tuple[int, int]:
        """The stories that were in line-ups a reader got, and those of them with material news since the last did."""
        ever = fresh = 0
        for each in sorted(told, key=EDITION) if len(told) > 1 else told:
            here, material = self.told.get(each) or self.read(each)
            ever |= here
            fresh = fresh & ~here | material
        return ever, fresh

    def tidy(self) -> None:
        """Let go of the answers for earlier readers where there are many: a send may have more readers than room."""
        for kept in (self.told, self.shown.found, self.own.found):
            if len(kept) > KEPT:
                kept.clear()

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
    """What one reader may get: bits over the bench, those of them that are updates to this reader, the stories that
    this reader follows, the most stories, and the most minutes of reading (None: no bound).
    """

    open_to: int
    updates: int
    followed: int
    count: int
    minutes: float | None


def masks_of(edition: Edition) -> Masks:
    """Prepare an edition's masks."""
    own = tuple(said(*texts_of(entry.story)) for entry in edition.bench)
    beside = (said(entry.news, *(item.title for item in entry.related)) for entry in edition.bench)
    return Masks(
        shown=Spoken(tuple(map("\n".join, zip(own, beside, strict=True)))),
        own=Spoken(own),
        sections=by_name([entry.section] for entry in edition.bench),
        leads=by_name(sources(entry.story.lead) for entry in edition.bench),
        tellers=by_name(chain.from_iterable(map(sources, entry.story.items)) for entry in edition.bench),
        echoes=echo_masks(edition),
        pinned=of_ids(edition, edition.hand.pinned),
        dropped=of_ids(edition, edition.hand.dropped),
    )


def of_ids(edition: Edition, ids: Sequence[str]) -> int:
    """The stories with these ids."""
    return union(1 << index for index, entry in enumerate(edition.bench) if entry.story.id in ids)


def by_name(names: Iterable[Iterable[str]]) -> dict[str, int]:
    """The stories under each name, given the names of each story."""
    masks: dict[str, int] = {}
    for index, mine in enumerate(names):
        for name in mine:
            masks[name] = masks.get(name, 0) | 1 << index
    return masks


def union(masks: Iterable[int]) -> int:
    """All bits that are set in any mask."""
    mask = 0
    for one in masks:
        mask |= one
    return mask
