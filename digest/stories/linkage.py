"""Average linkage without a table of all pairs: reciprocal nearest neighbours are merged, round by round."""

from dataclasses import dataclass, field

import numpy as np

from digest.stories.similarity import Floats, Indices, Space

NEIGHBOURS = 16
NOBODY = -1
FAR = np.float32(-1)


@dataclass(frozen=True, slots=True)
class Tree:
    """The merges in order: units `left[i]` and `right[i]` became unit `size + i` at likeness `alike[i]`, which never
    rises from a merge to one above it.
    """

    size: int
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    alike: list[float] = field(default_factory=list)

    def cut(self, bar: float) -> Indices:
        """The group 0..k-1 of each point when only the merges at `bar` or above count."""
        parent = np.arange(self.size + len(self.left))
        for place, (left, right, alike) in enumerate(zip(self.left, self.right, self.alike, strict=True)):
            if alike >= bar:
                parent[left] = parent[right] = self.size + place
        for unit in range(len(parent) - 1, -1, -1):
            parent[unit] = parent[parent[unit]]
        return np.unique(parent[: self.size], return_inverse=True)[1].astype(np.intp)


@dataclass(frozen=True, slots=True)
class Near:
    """For each unit its nearest ones, best first: `ids` and `alike` (m, NEIGHBOURS); none unlisted is over `bound`."""

    ids: Indices
    alike: Floats
    bound: Floats

    def take(self, rows: Indices) -> "Near":
        """Those of some units."""
        return Near(self.ids[rows], self.alike[rows], self.bound[rows])

    def join(self, other: "Near") -> "Near":
        """These units and then those."""
        return Near(
            np.concatenate([self.ids, other.ids]),
            np.concatenate([self.alike, other.alike]),
            np.concatenate([self.bound, other.bound]),
        )

    def without(self, gone: Indices) -> "Near":
        """Forget the units that were merged away."""
        kept = ~np.isin(self.ids, gone)
        return best(np.where(kept, self.ids, NOBODY), np.where(kept, self.alike, FAR), self.bound)

    def beside(self, other: "Near") -> "Near":
        """The nearest of two lists of neighbours of the same units."""
        bound = np.maximum(self.bound, other.bound)
        return best(np.hstack([self.ids, other.ids]), np.hstack([self.alike, other.alike]), bound)


def best(ids: Indices, alike: Floats, bound: Floats) -> Near:
    """Keep the nearest of each row, ties by id; what is dropped raises the bound."""
    order = np.lexsort((ids, -alike), axis=1)
    ids, alike = np.take_along_axis(ids, order, axis=1), np.take_along_axis(alike, order, axis=1)
    if alike.shape[1] > NEIGHBOURS:
        bound = np.maximum(bound, alike[:, NEIGHBOURS])
    return Near(ids[:, :NEIGHBOURS], alike[:, :NEIGHBOURS], bound)


def nearest(rows: Space, row_ids: Indices, others: Space, other_ids: Indices) -> Near:
    """The nearest of `others` for each row, itself left out, in blocks of bounded memory."""
    found = [Near(np.empty((0, NEIGHBOURS), np.intp), np.empty((0, NEIGHBOURS), np.float32), np.empty(0, np.float32))]
    step = others.block_rows()
    for start in range(0, len(rows), step):
        block = np.arange(start, min(start + step, len(rows)))
        alike = rows.take(block).likeness(others)
        alike[row_ids[block][:, None] == other_ids[None, :]] = FAR
        found.append(nearest_of(alike, other_ids))
    joined = found[0]
    for part in found[1:]:
        joined = joined.join(part)
    return joined


def nearest_of(alike: Floats, other_ids: Indices) -> Near:
    """The nearest columns of each row of a table of likenesses."""
    spare = NEIGHBOURS + 1 - alike.shape[1]
    if spare > 0:
        alike = np.pad(alike, ((0, 0), (0, spare)), constant_values=FAR)
        other_ids = np.pad(other_ids, (0, spare), constant_values=NOBODY)
    columns = np.argpartition(-alike, NEIGHBOURS, axis=1)[:, : NEIGHBOURS + 1]
    bound = np.full(len(alike), FAR, dtype=np.float32)
    return best(other_ids[columns], np.take_along_axis(alike, columns, axis=1), bound)


class Linker:
    """The units that may still merge: their mean points, sizes, lowest merge so far, and nearest units."""

    def __init__(self, space: Space, floor: float) -> None:
        self.floor = np.float32(floor)
        self.tree = Tree(len(space))
        self.space = space
        self.ids: Indices = np.arange(len(space))
        self.sizes = np.ones(len(space), dtype=np.float32)
        self.heights = np.ones(len(space), dtype=np.float32)
        self.near = nearest(space, self.ids, space, self.ids)

    def retire(self) -> None:
        """Put aside the units whose nearest is below the floor: nothing that merges later will come nearer."""
        self.keep(np.flatnonzero(self.near.alike[:, 0] >= self.floor))

    def keep(self, rows: Indices) -> None:
        """Go on with some of the units."""
        if len(rows) < len(self.ids):
            self.space, self.near = self.space.take(rows), self.near.take(rows)
            self.ids, self.sizes, self.heights = self.ids[rows], self.sizes[rows], self.heights[rows]

    def reciprocal(self) -> tuple[Indices, Indices]:
        """The rows of pairs that are each other's nearest; where rounding leaves none, the nearest pair of all."""
        row_of = np.full(int(self.ids.max()) + 1, NOBODY)
        row_of[self.ids] = np.arange(len(self.ids))
        other = row_of[self.near.ids[:, 0]]
        mine = np.arange(len(self.ids))
        left = np.flatnonzero((other != NOBODY) & (other[other] == mine) & (mine < other))
        if not len(left):
            left = np.array([int(np.argmax(self.near.alike[:, 0]))])
        return left, other[left]

    def merge(self, left: Indices, right: Indices) -> None:
        """Replace pairs of units by their weighted means, and bring everybody's nearest up to date."""
        alike = np.minimum(self.near.alike[left, 0], np.minimum(self.heights[left], self.heights[right]))
        born = np.arange(len(left)) + self.tree.size + len(self.tree.left)
        self.tree.left.extend(self.ids[left].tolist())
        self.tree.right.extend(self.ids[right].tolist())
        self.tree.alike.extend(alike.tolist())
        both = np.concatenate([left, right])
        labels = np.tile(np.arange(len(left)), 2)
        young = self.space.take(both).means(labels, self.sizes[both])
        sizes = self.sizes[left] + self.sizes[right]
        gone = self.ids[both]
        self.keep(np.setdiff1d(np.arange(len(self.ids)), both))
        self.near = self.near.without(gone).beside(nearest(self.space, self.ids, young, born))
        self.space = self.space.join(young)
        self.ids = np.concatenate([self.ids, born])
        self.sizes, self.heights = np.concatenate([self.sizes, sizes]), np.concatenate([self.heights, alike])
        self.near = self.near.join(nearest(young, born, self.space, self.ids))

    def refresh(self) -> None:
        """Look again for units whose known neighbours are gone, where an unlisted one might count."""
        best_known = self.near.alike[:, 0]
        stale = np.flatnonzero((self.near.bound >= self.floor) & (best_known < self.near.bound))
        if len(stale):
            found = nearest(self.space.take(stale), self.ids[stale], self.space, self.ids)
            self.near.ids[stale], self.near.alike[stale], self.near.bound[stale] = found.ids, found.alike, found.bound


def link(space: Space, floor: float) -> Tree:
    """The tree of merges, down to a mean likeness of `floor` over the pairs of two groups.

    Average linkage is reducible: a merged group is never nearer to a third than the nearer of its parts was. So merging
    all pairs of reciprocal neighbours at once gives the same tree as merging the nearest pair again and again.
    """
    linker = Linker(space, floor)
    linker.retire()
    while len(linker.ids):
        linker.merge(*linker.reciprocal())
        linker.refresh()
        linker.retire()
    return linker.tree
