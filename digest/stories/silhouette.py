"""How well groups of texts stand out: the silhouette (Rousseeuw 1987), for the cuts of one tree all at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from digest.stories.similarity import Space
from digest.stories.weighing import Floats, Indices

SAMPLE = 1000
ROWS_AT_ONCE = 100

Near = Callable[[Indices], Floats]
"""How alike some texts (m,) are to the others of each group of a base, in sum, (m, b)."""


@dataclass(frozen=True, slots=True)
class Step:
    """A cut: the group of each text, how many texts each group has, and what the groups of the step before become."""

    labels: Indices
    sizes: Indices
    becomes: sparse.csr_matrix


def silhouettes(near: Near, base: Indices, cuts: Sequence[Indices]) -> NDArray[np.float64]:
    """How much nearer texts are to their own group than to the next, -1..1 in the mean of a fixed sample, for each cut.

    `base` has the group of each text that `near` speaks of; the cuts go from the loosest to the tightest, each with the
    groups of the one after it whole, and the last with those of `base`.
    """
    rows = np.unique(np.linspace(0, len(base) - 1, min(SAMPLE, len(base))).astype(np.intp))
    steps = tuple(steps_of(base, cuts))
    total = np.zeros(len(cuts))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        total += list(widths(near(some), some, steps))
    return total[::-1] / len(rows)


def steps_of(base: Indices, cuts: Sequence[Indices]) -> Iterator[Step]:
    """The cuts, the tightest first."""
    inner = base
    for labels in reversed(cuts):
        first = np.unique(inner, return_index=True)[1]
        shape = (np.ones(len(first), dtype=np.float32), (np.arange(len(first)), labels[first]))
        yield Step(labels, np.bincount(labels), sparse.csr_matrix(shape))
        inner = labels


def widths(sums: Floats, rows: Indices, steps: Sequence[Step]) -> Iterator[float]:
    """The silhouettes of some texts, in sum, at each step; `sums` as `Near` gives them."""
    for step in steps:
        sums = np.asarray(sums @ step.becomes)
        yield float(width(sums, step.labels[rows], step.sizes).sum())


def width(sums: Floats, own: Indices, sizes: Indices) -> Floats:
    """The silhouette of each text, of which `sums` has how alike it is to the others of each group.

    A text alone counts 0. Where there is one group only, none stands out: -1.
    """
    if len(sizes) == 1:
        return np.full(len(own), -1.0 if sizes[0] > 1 else 0.0, dtype=np.float32)
    mine = np.arange(len(own)), own
    inside = sums[mine] / np.maximum(sizes[own] - 1, 1)
    others = sums / sizes.astype(np.float32)
    others[mine] = 0
    outside = others.max(axis=1)
    found = (inside - outside) / np.maximum(np.maximum(1 - outside, 1 - inside), 1e-9)
    return np.where(sizes[own] == 1, 0.0, found).astype(np.float32)


def near_texts(alike: sparse.csr_matrix) -> Near:
    """Read from the table of all pairs: each text is a group of its own."""
    return lambda rows: np.asarray(alike[rows].toarray(), dtype=np.float32)


def near_groups(space: Space, labels: Indices) -> Near:
    """Reckoned by the mean points of groups 0..k-1, where no table holds all pairs."""
    means, sizes = space.means(labels), np.bincount(labels)

    def near(rows: Indices) -> Floats:
        sums = space.take(rows).likeness(means) * sizes.astype(np.float32)
        sums[np.arange(len(rows)), labels[rows]] -= space.likeness_of_pairs(rows, rows)
        return sums

    return near
