"""The greedy choice for many readers at once: worth against likeness (MMR), under hard caps; size is met afterwards."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.model.edition import Edition
from digest.selection.bench import SAME_EVENT
from digest.selection.masks import Offer
from digest.selection.orders import BY_HAND, precedence
from digest.selection.rules import Rule, Rules
from digest.selection.voices import voice

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

FULL_LIKENESS = 0.3
SAME_SECTION = 0.5
SAME_PUBLISHER = 0.4
UPDATE_WORTH = 0.6
"""What a story is worth to a reader who was told it before, as a share of its worth to others."""

ABOVE_ALL = 1e6
"""More worth than any story has: what a reader follows is worth no more on a day without worth."""

ALL = slice(None)
FOREVER = 1 << 40
"""More reading than there is, in hundredths of a minute."""

NO_SECTION = -1
"""A story without a section shares it with nobody."""


class Chooser:
    """An edition's bench as arrays, ready to choose from for any number of readers."""

    def __init__(self, edition: Edition, rules: Rules) -> None:
        self.rules = rules
        self.size = len(edition.bench)
        best = max(entry.score.total for entry in edition.bench)
        unit = best if best > 0 else 1.0
        self.worth = np.array([entry.score.total / unit for entry in edition.bench], np.float32)
        self.interest = np.float32(min(edition.interest / unit, ABOVE_ALL))
        self.publishers = numbered([voice(entry.story.lead) for entry in edition.bench])
        self.sections = numbered([entry.section for entry in edition.bench])
        alike = np.frombuffer(edition.likeness, dtype=np.uint8).reshape(self.size, self.size) / np.float32(255)
        self.precedence = np.array(precedence(edition, rules.orders), dtype=np.int64)
        self.clashing = alike >= SAME_EVENT
        self.clashing[:, self.precedence >= BY_HAND] = False
        np.fill_diagonal(self.clashing, val=True)
        self.nearness = nearness(alike.astype(np.float32), self.sections, self.publishers)
        room = rules.limit - rules.frame
        lengths = np.array(rules.lengths or ((0, 0, 0, 0),) * self.size, dtype=np.int64)
        self.too_large, self.too_large_as_update = lengths[:, 1] > room, lengths[:, 2] > room
        self.reading = np.array([hundredths(entry.minutes) for entry in edition.bench], dtype=np.int64)
        self.dropped = np.array([entry.story.id in rules.orders.dropped for entry in edition.bench], dtype=np.bool_)

    def choose(self, offers: Sequence[Offer]) -> list[list[int]]:
        """The indices chosen for each reader, best first."""
        desk = self.desk(offers)
        for place in range(min(self.size, max((offer.count for offer in offers), default=0))):
            if not desk.pick(place):
                break
        return desk.picked

    def desk(self, offers: Sequence[Offer]) -> "Desk":
        """The choice for these readers before its first story."""
        updates = flags([offer.updates for offer in offers], self.size)
        return Desk(
            self,
            flags([offer.open_to for offer in offers], self.size) & ~self.dropped & ~self.over(updates),
            updates,
            self.worth + self.interest * flags([offer.followed for offer in offers], self.size).astype(np.float32),
            np.array([offer.count for offer in offers], dtype=np.int64),
            np.array([hundredths(offer.minutes) for offer in offers], dtype=np.int64),
        )

    def over(self, updates: Flags) -> Flags:
        """The stories that no mail has room for, however short; each reader's updates as such."""
        return np.where(updates, self.too_large_as_update, self.too_large)


class Desk:
    """The choice for a group of readers as it grows, one row a reader."""

    def __init__(
        self, chooser: Chooser, is_open: Flags, updates: Flags, worth: Floats, counts: Numbers, budgets: Numbers
    ) -> None:
        self.chooser = chooser
        self.is_open = is_open
        self.updates = updates
        self.worth = chooser.rules.relevance * np.where(updates, UPDATE_WORTH * worth, worth)
        self.counts = counts
        self.budgets = budgets
        self.spent = np.zeros(len(counts), dtype=np.int64)
        self.section_caps = np.maximum(1, np.floor(chooser.rules.section_cap * counts)).astype(np.int64)
        self.near = np.zeros(is_open.shape, dtype=np.float32)
        self.of_publisher = np.zeros((len(counts), int(chooser.publishers.max()) + 1), dtype=np.int64)
        self.of_section = np.zeros((len(counts), int(chooser.sections.max()) + 2), dtype=np.int64)
        self.picked: list[list[int]] = [[] for _ in counts]

    def pick(self, place: int) -> bool:
        """Give each reader the best story left; a reader for whom none is left is done. False when all are."""
        allowed = self.allowed(place)
        rows = np.flatnonzero(allowed.any(axis=1))
        best = np.where(allowed[rows], self.merit(rows), -math.inf).argmax(axis=1)
        self.take(rows, best)
        self.counts[~allowed.any(axis=1)] = 0
        return bool(len(rows))

    def merit(self, rows: Numbers | slice = ALL) -> Floats:
        """What each story would add to what some readers have."""
        return self.worth[rows] - (1 - self.chooser.rules.relevance) * self.near[rows]

    def allowed(self, place: int) -> Flags:
        """What each reader may get next: what takes most precedence; else what is under both caps, or the publisher's,
        or the section's; else what there is.
        """
        fitting = self.is_open & (self.counts > place)[:, None] & self.in_time()
        few = preferred(fitting & self.under_publisher_cap(), fitting)
        few = preferred(few & self.under_section_cap(), few)
        if not self.chooser.precedence.any():
            return few
        precedence = np.where(fitting, self.chooser.precedence, 0)
        return preferred((precedence > 0) & (precedence == precedence.max(axis=1, keepdims=True)), few)

    def faults(self) -> tuple[tuple[Rule, Flags], ...]:
        """The rules that each story would break for each reader now, with those that never give way first."""
        return (
            (Rule.MINUTES, ~self.in_time()),
            (Rule.PUBLISHER, ~self.under_publisher_cap()),
            (Rule.SECTION, ~self.under_section_cap()),
        )

    def in_time(self) -> Flags:
        """What each reader has time for; the first story of a paper takes what it takes."""
        soon = self.spent[:, None] + self.chooser.reading <= self.budgets[:, None]
        return np.asarray(soon | (self.spent == 0)[:, None])

    def under_publisher_cap(self) -> Flags:
        """The stories whose publisher may lead another one."""
        return np.asarray(self.of_publisher[:, self.chooser.publishers] < self.chooser.rules.publisher_cap)

    def under_section_cap(self) -> Flags:
        """The stories whose section may have another one, and those that are of none."""
        sections = self.chooser.sections
        return np.asarray((sections == NO_SECTION) | (self.of_section[:, sections] < self.section_caps[:, None]))

    def take(self, rows: Numbers, best: Numbers) -> None:
        """Note what was picked, and close what tells the same event."""
        chooser = self.chooser
        self.is_open[rows] &= ~chooser.clashing[best]
        self.near[rows] = np.maximum(self.near[rows], chooser.nearness[best])
        self.of_publisher[rows, chooser.publishers[best]] += 1
        self.of_section[rows, chooser.sections[best]] += 1
        self.spent[rows] += chooser.reading[best]
        for row, index in zip(rows.tolist(), best.tolist(), strict=True):
            self.picked[row].append(index)


def preferred(better: Flags, other: Flags) -> Flags:
    """Row by row what is better, or what else there is where nothing is."""
    return np.where(better.any(axis=1, keepdims=True), better, other)


def hundredths(minutes: float | None) -> int:
    """Minutes as whole hundredths, so that sums are exact; None is as long as anything takes."""
    return FOREVER if minutes is None else min(FOREVER, round(minutes * 100))


def nearness(alike: Floats, sections: Numbers, publishers: Numbers) -> Floats:
    """How little two stories add to each other, 0..1: alike in text, of one section, or led by one publisher."""
    near = np.minimum(alike / FULL_LIKENESS, 1.0)
    same_section = (sections[:, None] == sections[None, :]) & (sections != NO_SECTION)
    same_publisher = publishers[:, None] == publishers[None, :]
    near = np.maximum(near, np.where(same_section, SAME_SECTION, 0.0))
    return np.asarray(np.maximum(near, np.where(same_publisher, SAME_PUBLISHER, 0.0)), dtype=np.float32)


def numbered(names: Sequence[str]) -> Numbers:
    """A number for each distinct name, NO_SECTION for the empty one."""
    known: dict[str, int] = {"": NO_SECTION}
    for name in names:
        known.setdefault(name, len(known) - 1)
    return np.array([known[name] for name in names], dtype=np.int64)


def flags(masks: Sequence[int], size: int) -> Flags:
    """Bit masks as rows of booleans."""
    width = (size + 7) // 8
    raw = np.frombuffer(b"".join(mask.to_bytes(width, "little") for mask in masks), dtype=np.uint8)
    bits = np.unpackbits(raw.reshape(len(masks), width), axis=1, count=size, bitorder="little")
    return bits.astype(np.bool_)
