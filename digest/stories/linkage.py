"""Average linkage on a sparse table of pairs: reciprocal nearest neighbours are merged, round by round."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from digest.stories.weighing import Indices

NOBODY = -1
DIGITS = 9
"""Means are compared rounded: the same sum in another order must be the same mean."""

CROWDED = 0.2
"""From this share of all pairs a full table is quicker than a sparse one."""


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


class Linker:
    """The units that may still merge: how alike they are in sum over their pairs, how many texts each has, and the
    lowest merge in each. Two units of which both are `settled` never merge.
    """

    def __init__(self, sums: sparse.csr_matrix, sizes: NDArray[np.float64], settled: NDArray[np.bool_]) -> None:
        self.tree = Tree(len(sizes))
        self.ids: Indices = np.arange(len(sizes))
        self.sums, self.sizes, self.settled = sums, sizes, settled
        self.heights = np.full(len(sizes), np.inf)

    def means(self) -> sparse.csr_matrix:
        """The mean likeness of each two units that may merge."""
        table = self.sums.tocoo()
        free = ~(self.settled[table.row] & self.settled[table.col])
        left, right = table.row[free], table.col[free]
        alike = np.round(table.data[free] / (self.sizes[left] * self.sizes[right]), DIGITS)
        return sparse.csr_matrix((alike, (left, right)), shape=table.shape)

    def nearest(self) -> tuple[Indices, NDArray[np.float64]]:
        """The unit nearest to each that it may merge with, and how alike they are; NOBODY and 0 where there is none."""
        return nearest(self.means())

    def contract(self, becomes: Indices, count: int) -> None:
        """Go on with `count` new units, of which `becomes` says which one each old unit is part of."""
        self.sums = contract(self.sums, becomes, count)

    def step(self, floor: float) -> bool:
        """Merge all pairs of units that are each other's nearest; False where nothing is left at the floor.

        A unit whose nearest is below it is put aside: nothing that merges later will come nearer.
        """
        near, alike = self.nearest()
        wanted = (near != NOBODY) & (alike >= floor)
        self.keep(wanted)
        if not len(self.ids):
            return False
        near = (np.cumsum(wanted) - 1)[near[wanted]]
        mine = np.arange(len(near))
        left = np.flatnonzero((near[near] == mine) & (mine < near))
        self.merge(left, near[left], alike[wanted][left])
        return True

    def keep(self, wanted: NDArray[np.bool_]) -> None:
        """Go on with some of the units."""
        if not wanted.all():
            self.sums = self.sums[wanted][:, wanted]
            self.ids, self.sizes = self.ids[wanted], self.sizes[wanted]
            self.settled, self.heights = self.settled[wanted], self.heights[wanted]

    def merge(self, left: Indices, right: Indices, alike: NDArray[np.float64]) -> None:
        """Make one unit of each pair."""
        alike = np.minimum(alike, np.minimum(self.heights[left], self.heights[right]))
        born = np.arange(len(left)) + self.tree.size + len(self.tree.left)
        self.tree.left.extend(self.ids[left].tolist())
        self.tree.right.extend(self.ids[right].tolist())
        self.tree.alike.extend(alike.tolist())
        self.ids[left] = born
        self.heights[left] = alike
        becomes = np.arange(len(self.ids))
        becomes[right] = left
        kept, becomes = np.unique(becomes, return_inverse=True)
        self.contract(becomes, len(kept))
        self.sizes = np.bincount(becomes, weights=self.sizes).astype(np.float64)
        self.settled = np.bincount(becomes, weights=self.settled) > 0
        self.ids, self.heights = self.ids[kept], self.heights[kept]


class FullLinker(Linker):
    """The same on a table of all pairs: several times as quick where most of them are alike at least a little."""

    sums: NDArray[np.float64]

    def __init__(self, sums: sparse.csr_matrix, sizes: NDArray[np.float64], settled: NDArray[np.bool_]) -> None:
        super().__init__(sums, sizes, settled)
        self.sums = sums.toarray()

    def nearest(self) -> tuple[Indices, NDArray[np.float64]]:
        """The unit nearest to each that it may merge with, and how alike they are; NOBODY and 0 where there is none."""
        means = np.outer(self.sizes, self.sizes)
        np.divide(self.sums, means, out=means)
        np.round(means, DIGITS, out=means)
        means[np.ix_(self.settled, self.settled)] = 0
        near = means.argmax(axis=1)
        alike = means[np.arange(len(near)), near]
        return np.where(alike > 0, near, NOBODY), np.maximum(alike, 0)

    def contract(self, becomes: Indices, count: int) -> None:
        """Go on with `count` new units of one or two old ones each; what is between two stays equal both ways."""
        order = np.argsort(becomes, kind="stable")
        first = np.flatnonzero(np.diff(becomes[order], prepend=-1))
        double = np.flatnonzero(np.bincount(becomes, minlength=count) > 1)
        kept, other = order[first], order[first[double] + 1]
        table = self.sums[:, kept]
        table[:, double] += self.sums[:, other]
        added = table[other]
        table = table[kept]
        table[double] += added
        corner = np.ix_(double, double)
        table[corner] = (table[corner] + table[corner].T) / 2
        np.fill_diagonal(table, 0)
        self.sums = table


def contract(sums: sparse.csr_matrix, becomes: Indices, count: int) -> sparse.csr_matrix:
    """The table between `count` new units, of which `becomes` says which one each old unit is part of."""
    if count == len(becomes) and (np.diff(becomes) > 0).all():
        return sums
    table = sums.tocoo()
    left, right = becomes[table.row], becomes[table.col]
    apart = left != right
    return sparse.coo_matrix((table.data[apart], (left[apart], right[apart])), shape=(count, count)).tocsr()


def nearest(means: sparse.csr_matrix) -> tuple[Indices, NDArray[np.float64]]:
    """The unit nearest to each, ties by place, and how alike they are; NOBODY and 0 where there is none."""
    means.sort_indices()
    alike, near = np.zeros(means.shape[0]), np.full(means.shape[0], NOBODY, dtype=np.intp)
    some = np.flatnonzero(np.diff(means.indptr))
    if not len(some):
        return near, alike
    alike[some] = np.maximum.reduceat(means.data, means.indptr[some])
    rows = np.repeat(np.arange(means.shape[0]), np.diff(means.indptr))
    at_best = np.flatnonzero(means.data == alike[rows])
    found, first = np.unique(rows[at_best], return_index=True)
    near[found] = means.indices[at_best[first]]
    return near, alike


def link(sums: sparse.csr_matrix, sizes: NDArray[np.float64], settled: NDArray[np.bool_], floor: float) -> Tree:
    """The tree of merges, down to a mean likeness of `floor` over the pairs of two groups.

    `sums` (n, n) is how alike two units are in sum over the pairs of their texts, `sizes` (n,) how many texts each has;
    two `settled` units never merge. Average linkage is reducible: a merged group is never nearer to a third than the
    nearer of its parts was. So merging all pairs of reciprocal neighbours at once gives the same tree as merging the
    nearest pair again and again.
    """
    crowded = sums.nnz > CROWDED * sums.shape[0] ** 2
    linker = (FullLinker if crowded else Linker)(sums, sizes, settled)
    while linker.step(floor):
        pass
    return linker.tree
