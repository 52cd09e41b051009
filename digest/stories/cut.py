"""Where a tree of merges is cut into stories: where they stand out best, which differs from day to day."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from digest.stories.linkage import NOBODY, contract, link
from digest.stories.pairs import EVERY_PAIR_UP_TO, alike_pairs
from digest.stories.similarity import Space
from digest.stories.slots import opposed
from digest.stories.weighing import Floats, Indices

LOOSEST = 0.04
TIGHTEST = 0.6
STEP = 0.02
USUAL = 0.05
USUAL_WITH_LEADS = 0.12
"""Texts with leads have more words, and more of them in common by chance."""

USUAL_WITH_VECTORS = 0.11
"""A model finds something in common in any two texts."""

TIGHT = 0.5
TRUST = 0.04
"""How much of a silhouette a bar must gain to be taken 0.1 away from the usual one (twice as far: four times)."""

FEW = 30
"""Of a handful of texts the silhouette tells nothing."""

FEW_STORIES = 60
A_DOUBLING, A_DOUBLING_WITH_VECTORS = 0.11, 0.08
TIGHTEST_USUAL = 0.52
"""Among more stories more look alike by chance: from FEW_STORIES on each doubling of their number asks for so much
more, up to this."""

SAMPLE = 1000


def groups(
    space: Space, usual: Callable[[int], float], known: Indices, titles: Sequence[str]
) -> tuple[Indices, sparse.csr_matrix]:
    """The story 0..k-1 of each text, and how alike the texts are: average linkage, cut where the silhouette and the bar
    that is `usual` for so many stories agree best.

    `known` has for each text the number of the story that it was in yesterday, NOBODY for a new one: the texts of
    such a story stay together, and two such stories stay apart. On a large day, of which only likely pairs are known,
    texts that are very much alike are made one point each before all others are linked, so that no large story is
    taken for a loose one.
    """
    alike = opposed(alike_pairs(space), titles)
    units, settled = started(known)
    large = len(space) > EVERY_PAIR_UP_TO
    if large:
        units, settled = tightened(alike, units, settled)
    sizes = np.bincount(units, minlength=len(settled)).astype(np.float64)
    sums = weighted(alike_pairs(space.means(units)), sizes) if large else contract(alike, units, len(settled))
    bars = bars_about(usual(1)) if len(space) >= FEW else [usual(1)]
    tree = link(sums, sizes, settled, bars[0])
    cuts = [tree.cut(bar)[units] for bar in bars]
    rows = sample_of(len(space))
    near = to_groups_of(space, rows, cuts[-1]) if large else alike[rows]
    gained = silhouettes(near, rows, cuts, base=cuts[-1] if large else np.arange(len(space)))
    habits = [TRUST * ((bar - usual(count_of(labels))) / 0.1) ** 2 for bar, labels in zip(bars, cuts, strict=True)]
    return cuts[int(np.argmax(np.array(gained) - habits))], alike


def tightened(
    alike: sparse.csr_matrix, units: Indices, settled: NDArray[np.bool_]
) -> tuple[Indices, NDArray[np.bool_]]:
    """The units after those very much alike are made one, and which of them are yesterday's stories."""
    sizes = np.bincount(units, minlength=len(settled)).astype(np.float64)
    together = link(contract(alike, units, len(settled)), sizes, settled, TIGHT).cut(TIGHT)
    return together[units], np.bincount(together, weights=settled) > 0


def weighted(means: sparse.csr_matrix, sizes: NDArray[np.float64]) -> sparse.csr_matrix:
    """The likeness in sum over the pairs of texts, where `means` has it in the mean."""
    scale = sparse.diags(sizes)
    return (scale @ means @ scale).tocsr()


def started(known: Indices) -> tuple[Indices, NDArray[np.bool_]]:
    """The unit 0..u-1 of each text, where yesterday's stories are one each, and which units are such stories."""
    lone = np.arange(len(known)) + (known.max(initial=NOBODY) + 1)
    _, first, units = np.unique(np.where(known == NOBODY, lone, known), return_index=True, return_inverse=True)
    return units.astype(np.intp), known[first] != NOBODY


def usual_bar(stories: int, leads: float, *, placed: bool = False) -> float:
    """The bar that fits most days of so many stories, where a share of `leads` (0..1) of the texts has one; `placed` by
    a model.
    """
    doublings = max(0.0, math.log2(max(1, stories) / FEW_STORIES))
    by_chance = doublings * (A_DOUBLING_WITH_VECTORS if placed else A_DOUBLING)
    bar = min(USUAL + USUAL_WITH_LEADS * leads + by_chance, TIGHTEST_USUAL)
    return bar + (USUAL_WITH_VECTORS if placed else 0.0)


def bars_about(usual: float) -> list[float]:
    """The bars worth trying, loosest first; `usual` is that of few stories."""
    shift = max(0.0, usual - USUAL - USUAL_WITH_LEADS)
    return [float(bar) for bar in np.arange(LOOSEST + shift, TIGHTEST + shift + STEP / 2, STEP)]


def count_of(labels: Indices) -> int:
    """How many groups there are."""
    return int(labels.max(initial=-1)) + 1


def sample_of(size: int) -> Indices:
    """The places of the texts that are asked how well they stand: all of a small day, some all over a large one."""
    return np.unique(np.linspace(0, size - 1, min(SAMPLE, size)).astype(np.intp))


def to_groups_of(space: Space, rows: Indices, labels: Indices) -> Floats:
    """How alike some texts are to all others of each group 0..k-1, in sum, (rows, k)."""
    sums = space.take(rows).likeness(space.means(labels)) * np.bincount(labels)
    sums[np.arange(len(rows)), labels[rows]] -= space.likeness_of_pairs(rows, rows)
    return sums


def silhouettes(
    near: sparse.csr_matrix | Floats, rows: Indices, cuts: Sequence[Indices], *, base: Indices
) -> list[float]:
    """How much nearer some texts are to their own group than to the next, -1..1, in the mean (Rousseeuw 1987).

    `near` (rows, b) is how alike the texts `rows` are to the others of each group of `base`, in sum; each of the cuts
    has the groups of the one after it, whole, and the last those of `base`.
    """
    inner, found = base, list[float]()
    for labels in reversed(cuts):
        first = np.unique(inner, return_index=True)[1]
        parts = sparse.csr_matrix((np.ones(len(first), dtype=np.float32), (np.arange(len(first)), labels[first])))
        near, inner = near @ parts, labels
        near = near.toarray() if sparse.issparse(near) else near
        found.append(worth(near, labels[rows], np.bincount(labels)))
    return found[::-1]


def worth(sums: Floats, own: Indices, sizes: Indices) -> float:
    """The mean silhouette of texts of which `sums` has how alike they are to each group, in sum.

    A text alone counts 0, and so does a cut that leaves every one alone; a cut of one group only is worth -1.
    """
    if sizes.max() == 1:
        return 0.0
    if len(sizes) == 1:
        return -1.0
    mine = np.arange(len(own)), own
    inside = sums[mine] / np.maximum(sizes[own] - 1, 1)
    others = sums / sizes.astype(np.float32)
    others[mine] = 0
    outside = others.max(axis=1)
    width = (inside - outside) / np.maximum(np.maximum(1 - outside, 1 - inside), 1e-9)
    return float(np.where(sizes[own] == 1, 0.0, width).mean())
