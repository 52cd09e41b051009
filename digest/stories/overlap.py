"""Which texts share wording: runs of words as numbers, pairs worth a look, and how much two texts have in common.

All of it is arrays: nothing here is done in Python per pair, and memory is bounded by blocks of pairs.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Numbers = NDArray[np.uint64]
Indices = NDArray[np.intp]
Shares = NDArray[np.float32]

BLOCK = 40
HUBS = 6
RAREST = 12
PAIRS_AT_ONCE = 1 << 20
ROWS_AT_ONCE = 1 << 15
MIX = np.uint64(0x9E3779B97F4A7C15)
STEP = np.uint64(0xD6E8FEB86659FD93)
HALF = np.uint64(32)


class Words(dict[str, int]):
    """The number of each word, the same on every day and for every order of the items."""

    def __missing__(self, word: str) -> int:
        self[word] = number = crc32(word.encode("utf-8", "surrogatepass"))
        return number


class Wordings:
    """Many texts as the numbers of their words; filled one text at a time."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.numbers = array("Q")
        self.lengths = array("q")

    def add(self, text: Iterable[str]) -> None:
        """Take the next text, as words."""
        before = len(self.numbers)
        self.numbers.extend(map(self.words.__getitem__, text))
        self.lengths.append(len(self.numbers) - before)

    def runs(self, length: int) -> "Runs":
        """The runs of so many words in every text; a text shorter than that has none."""
        lengths = np.asarray(self.lengths, dtype=np.intp)
        mixed = np.asarray(self.numbers, dtype=np.uint64) * MIX
        mixed ^= mixed >> HALF
        count = max(len(mixed) - length + 1, 0)
        codes = np.zeros(count, dtype=np.uint64)
        for place in range(length):
            codes = codes * STEP + mixed[place : place + count]
        rows = np.repeat(np.arange(len(lengths)), lengths)
        whole = rows[:count] == rows[length - 1 : length - 1 + count]
        return runs_of(rows[:count][whole], codes[whole], len(lengths))


@dataclass(frozen=True, slots=True)
class Runs:
    """What texts consist of. Entry by entry, sorted by what is shared: `rows` the text, `groups` the shared run.

    `starts` has the first entry of each group and the end; `sizes` how many different runs each text has, those of its
    own as well.
    """

    rows: Indices
    groups: Indices
    starts: Indices
    sizes: Indices

    def common(self, left: Indices, right: Indices) -> Shares:
        """How many runs each pair of texts has in common."""
        shape = (len(self.sizes), len(self.starts) - 1)
        table = sparse.csr_matrix((np.ones(len(self.rows), dtype=np.int32), (self.rows, self.groups)), shape=shape)
        found = np.zeros(len(left), dtype=np.float32)
        for at in range(0, len(left), ROWS_AT_ONCE):
            some = slice(at, at + ROWS_AT_ONCE)
            found[some] = table[left[some]].multiply(table[right[some]]).sum(axis=1).ravel()
        return found

    def containment(self, left: Indices, right: Indices) -> Shares:
        """The share of the shorter text's runs that the longer one has as well, 0..1."""
        return share(self.common(left, right), np.minimum(self.sizes[left], self.sizes[right]))

    def likeness(self, left: Indices, right: Indices) -> Shares:
        """The share of both texts' runs that is common to both (Jaccard), 0..1."""
        common = self.common(left, right)
        return share(common, self.sizes[left] + self.sizes[right] - common.astype(np.intp))

    def pairs(self) -> Numbers:
        """Pairs of texts that share one of their rarest runs, as `left * number of texts + right`, sorted.

        Of a run in many texts only some pairs are taken: each text with the most central ones, whose runs most others
        have too, and with its neighbour in that order.
        """
        spread = np.diff(self.starts)[self.groups]
        weight = np.bincount(self.rows, weights=spread, minlength=len(self.sizes)) / np.maximum(self.sizes, 1)
        place = np.empty(len(self.sizes), dtype=np.intp)
        place[np.argsort(-weight, kind="stable")] = np.arange(len(weight))
        order = np.lexsort((place[self.rows], self.groups))
        entries = np.flatnonzero(rarest(self.rows, spread, self.groups)[order])
        members = self.rows[order]
        found = [self.look(entries[at], members) for at in chunks(np.minimum(spread[entries], BLOCK))]
        return distinct(np.concatenate([np.zeros(0, dtype=np.uint64), *found]))

    def look(self, entries: Indices, members: Indices) -> Numbers:
        """The pairs of these entries with the members of their groups."""
        first = self.starts[self.groups[entries]]
        size = self.starts[self.groups[entries] + 1] - first
        count = np.where(size <= BLOCK, size, HUBS)
        offsets = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        here = np.concatenate([np.repeat(entries, count), entries])
        there = np.concatenate([np.repeat(first, count) + offsets, np.maximum(entries - 1, first)])
        return packed(members[here], members[there], len(self.sizes))


def share(part: Shares, whole: Indices) -> Shares:
    """Part of the whole, 0 of nothing."""
    found: Shares = np.divide(part, np.maximum(whole, 1), dtype=np.float32)
    return found


def runs_of(rows: Indices, codes: Numbers, texts: int) -> Runs:
    """Sort entries (a text, a run's number) by run and text; what only one text has is counted and dropped.

    Most runs stand in one place only. They fall out after a quick sort by run alone; few are left to sort by text too.
    """
    order = np.argsort(codes)
    rows, codes = rows[order], codes[order]
    often = repeated(codes)
    sizes = np.bincount(rows[~often], minlength=texts)
    rows, codes = rows[often], codes[often]
    order = np.lexsort((rows, codes))
    rows, codes = rows[order], codes[order]
    fresh = np.ones(len(codes), dtype=bool)
    fresh[1:] = (codes[1:] != codes[:-1]) | (rows[1:] != rows[:-1])
    rows, codes = rows[fresh], codes[fresh]
    sizes += np.bincount(rows, minlength=texts)
    shared = repeated(codes)
    rows, starts = rows[shared], begins(codes[shared])
    return Runs(rows, np.repeat(np.arange(len(starts) - 1), np.diff(starts)), starts, sizes)


def repeated(ordered: Numbers) -> NDArray[np.bool_]:
    """Which of some numbers in order stand there more than once."""
    like_next = ordered[1:] == ordered[:-1]
    found = np.zeros(len(ordered), dtype=bool)
    found[1:] |= like_next
    found[:-1] |= like_next
    return found


def rarest(rows: Indices, spread: Indices, groups: Indices) -> NDArray[np.bool_]:
    """Which entries are among the few of their text that the fewest other texts share."""
    order = np.lexsort((groups, spread, rows))
    ordered = rows[order]
    bounds = begins(ordered)
    chosen = np.zeros(len(rows), dtype=bool)
    chosen[order] = np.arange(len(rows)) - np.repeat(bounds[:-1], np.diff(bounds)) < RAREST
    return chosen


def begins(ordered: Numbers | Indices) -> Indices:
    """Where each run of equal numbers begins, and the end."""
    inner = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    return np.concatenate([np.zeros(min(len(ordered), 1), dtype=np.intp), inner, [len(ordered)]])


def chunks(costs: Indices) -> Iterator[slice]:
    """Slices of about so much cost each."""
    total = np.cumsum(costs)
    at = 0
    while at < len(costs):
        spent = total[at - 1] if at else 0
        end = max(at + 1, int(np.searchsorted(total, spent + PAIRS_AT_ONCE)))
        yield slice(at, end)
        at = end


def packed(left: Indices, right: Indices, texts: int) -> Numbers:
    """Pairs as one number each, once each, without those of a text with itself."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    apart = low != high
    return distinct(low[apart].astype(np.uint64) * np.uint64(max(texts, 1)) + high[apart].astype(np.uint64))


def distinct(numbers: Numbers) -> Numbers:
    """The different numbers, in order. Sorting is several times as fast here as numpy's hashing."""
    ordered = np.sort(numbers)
    return ordered[begins(ordered)[:-1]]


def unpacked(pairs: Numbers, texts: int) -> tuple[Indices, Indices]:
    """The two sides of packed pairs."""
    left, right = np.divmod(pairs, np.uint64(max(texts, 1)))
    return left.astype(np.intp), right.astype(np.intp)
