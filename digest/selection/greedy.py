"""The greedy choice for many readers at once: worth against likeness (MMR), under hard caps."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.model.edition import Edition
from digest.selection.bench import SAME_EVENT
from digest.selection.rules import Rules
from digest.selection.voices import voice

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

FULL_LIKENESS = 0.3
SAME_SECTION = 0.5
SAME_PUBLISHER = 0.4
UPDATE_WORTH = 0.6
"""What a story is worth to a reader who was told it before, as a share of its worth to others."""

ALL = slice(None)
NO_SECTION = -1
"""A story without a section shares it with nobody."""


class Chooser:
    """An edition's bench as arrays, ready to choose from for any number of readers."""

    def __init__(self, edition: Edition, rules: Rules) -> None:
        self.rules = rules
        self.size = len(edition.bench)
        best = max(entry.score.total for entry in edition.bench)
        self.worth = np.array([entry.score.total / best if best > 0 else 0.0 for entry in edition.bench], np.float32)
        self.publishers = numbered([voice(entry.story.lead) for entry in edition.bench])
        self.sections = numbered([entry.section for entry in edition.bench])
        alike = np.frombuffer(edition.likeness, dtype=np.uint8).reshape(self.size, self.size) / np.float32(255)
        self.clashing = alike >= SAME_EVENT
        np.fill_diagonal(self.clashing, val=True)
        self.nearness = nearness(alike.astype(np.float32), self.sections, self.publishers)
        lengths = rules.lengths or ((0, 0, 0),) * self.size
        self.lengths = np.array(lengths, dtype=np.int64).T

    def choose(self, open_to: Sequence[int], updates: Sequence[int], counts: Sequence[int]) -> list[list[int]]:
        """The indices chosen for each reader, best first, at most `counts`.

        `open_to` are bits over the bench, `updates` those of stories the reader was told and has news of.
        """
        desk = Desk(self, flags(open_to, self.size), flags(updates, self.size), np.array(counts, dtype=np.int64))
        for place in range(min(self.size, max(counts, default=0))):
            if not desk.pick(place):
                break
        return desk.picked


class Desk:
    """The choice for a group of readers as it grows, one row a reader."""

    def __init__(self, chooser: Chooser, is_open: Flags, updates: Flags, counts: Numbers) -> None:
        self.chooser = chooser
        self.is_open = is_open
        self.updates = updates
        self.worth = chooser.rules.relevance * np.where(updates, UPDATE_WORTH * chooser.worth, chooser.worth)
        self.leads_left = np.full(len(counts), chooser.rules.leads, dtype=np.int64)
        self.sizes = np.empty(is_open.shape, dtype=np.int64)
        self.measure(chooser.lengths[0 if chooser.rules.leads else 1])
        self.counts = counts
        self.section_caps = np.maximum(1, np.floor(chooser.rules.section_cap * counts)).astype(np.int64)
        self.near = np.zeros(is_open.shape, dtype=np.float32)
        self.of_publisher = np.zeros((len(counts), int(chooser.publishers.max()) + 1), dtype=np.int64)
        self.of_section = np.zeros((len(counts), int(chooser.sections.max()) + 2), dtype=np.int64)
        self.used = np.full(len(counts), chooser.rules.frame, dtype=np.int64)
        self.picked: list[list[int]] = [[] for _ in counts]

    def pick(self, place: int) -> bool:
        """Give each reader the best story left; a reader for whom none is left is done. False when all are."""
        allowed = self.allowed(place)
        rows = np.flatnonzero(allowed.any(axis=1))
        merit = self.worth[rows] - (1 - self.chooser.rules.relevance) * self.near[rows]
        best = np.where(allowed[rows], merit, -math.inf).argmax(axis=1)
        self.take(rows, best)
        self.counts[~allowed.any(axis=1)] = 0
        return bool(len(rows))

    def measure(self, lengths: Numbers, rows: Numbers | slice = ALL) -> None:
        """Set what each story would take for some readers: an update always its own length, the others these."""
        self.sizes[rows] = np.where(self.updates[rows], self.chooser.lengths[2], lengths)

    def allowed(self, place: int) -> Flags:
        """What each reader may get next: under all caps, or without the section's, or without the publisher's."""
        rules, chooser = self.chooser.rules, self.chooser
        fitting = self.is_open & (self.counts > place)[:, None] & (self.used[:, None] + self.sizes <= rules.limit)
        few = fitting & (self.of_publisher[:, chooser.publishers] < rules.publisher_cap)
        free = chooser.sections == NO_SECTION
        balanced = few & (free | (self.of_section[:, chooser.sections] < self.section_caps[:, None]))
        few = np.where(few.any(axis=1, keepdims=True), few, fitting)
        return np.where(balanced.any(axis=1, keepdims=True), balanced, few)

    def take(self, rows: Numbers, best: Numbers) -> None:
        """Note what was picked, and close what tells the same event."""
        chooser = self.chooser
        self.is_open[rows] &= ~chooser.clashing[best]
        self.near[rows] = np.maximum(self.near[rows], chooser.nearness[best])
        self.of_publisher[rows, chooser.publishers[best]] += 1
        self.of_section[rows, chooser.sections[best]] += 1
        self.used[rows] += self.sizes[rows, best]
        full = rows[~self.updates[rows, best]]
        self.leads_left[full] -= 1
        if len(last := full[self.leads_left[full] == 0]):
            self.measure(chooser.lengths[1], last)
        for row, index in zip(rows.tolist(), best.tolist(), strict=True):
            self.picked[row].append(index)


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
