"""Where a tree of merges is cut into stories: where they stand out best, which differs from day to day."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from digest.stories.linkage import NOBODY, contract, link
from digest.stories.pairs import EVERY_PAIR_UP_TO, alike_pairs
from digest.stories.similarity import Space
from digest.stories.slots import opposed
from digest.stories.weighing import Indices

LOOSEST = 0.04
TIGHTEST = 0.32
STEP = 0.02
USUAL = 0.06
USUAL_WITH_LEADS = 0.12
"""Texts with leads have more words, and more of them in common by chance."""

USUAL_WITH_VECTORS = 0.1
"""A model finds something in common in any two texts."""

TIGHT = 0.5
TRUST = 0.04
"""How much of a silhouette a bar must gain to be taken 0.1 away from the usual one (twice as far: four times)."""

FEW = 30
"""Of a handful of texts the silhouette tells nothing."""

SMALL_DAY = 2500
A_DOUBLING = 0.02
"""Among more texts there are more that are alike by chance."""

SAMPLE = 1500


def groups(space: Space, usual: float, known: Indices, titles: Sequence[str]) -> tuple[Indices, sparse.csr_matrix]:
    """The story 0..k-1 of each text, and how alike the texts are: average linkage, cut where the silhouette and what is
    `usual` agree best.

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
    points = alike_pairs(space.means(units)) if large else alike
    sums = weighted(points, sizes) if large else contract(alike, units, len(settled))
    bars = bars_about(usual) if len(space) >= FEW else [usual]
    tree = link(sums, sizes, settled, bars[0])
    cuts = [tree.cut(bar) for bar in bars]
    gained = silhouettes(points, cuts if large else [labels[units] for labels in cuts])
    gained = [one - TRUST * ((bar - usual) / 0.1) ** 2 for one, bar in zip(gained, bars, strict=True)]
    return cuts[int(np.argmax(gained))][units], alike


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


def usual_bar(size: int, leads: float, *, placed: bool = False) -> float:
    """The bar that fits most days of so many texts, of which a share of `leads` (0..1) has one; `placed` by a model."""
    doublings = max(0.0, math.log2(max(1, size) / SMALL_DAY))
    return USUAL + USUAL_WITH_LEADS * leads + A_DOUBLING * doublings + (USUAL_WITH_VECTORS if placed else 0.0)


def bars_about(usual: float) -> list[float]:
    """The bars worth trying, loosest first."""
    shift = max(0.0, usual - USUAL - USUAL_WITH_LEADS)
    return [float(bar) for bar in np.arange(LOOSEST + shift, TIGHTEST + shift + STEP / 2, STEP)]


def silhouettes(alike: sparse.csr_matrix, cuts: Sequence[Indices]) -> list[float]:
    """How much nearer the texts are to their own group than to the next, -1..1 (Rousseeuw 1987), on a fixed sample.

    Each of the cuts has the groups of the one after it, whole. A text alone counts 0, and so does a cut that leaves
    every one alone; a cut of one group only is worth -1.
    """
    size = alike.shape[0]
    rows = np.unique(np.linspace(0, size - 1, min(SAMPLE, size)).astype(np.intp))
    sums, inner, found = alike[rows], np.arange(size), list[float]()
    for labels in reversed(cuts):
        first = np.unique(inner, return_index=True)[1]
        parts = sparse.csr_matrix((np.ones(len(first)), (np.arange(len(first)), labels[first])))
        sums, inner = (sums @ parts).tocsr(), labels
        found.append(worth(sums, labels[rows], np.bincount(labels)))
    return found[::-1]


def worth(sums: sparse.csr_matrix, own: Indices, sizes: Indices) -> float:
    """The mean silhouette of texts of which `sums` has how alike they are to each group, in sum."""
    if sizes.max() == 1:
        return 0.0
    if len(sizes) == 1:
        return -1.0
    return float(gaps(sums, own, sizes).mean())


def gaps(sums: sparse.csr_matrix, own: Indices, sizes: Indices) -> NDArray[np.float64]:
    """The silhouette of each of some texts, whose groups are `own`."""
    table = sums.tocoo()
    mine = table.col == own[table.row]
    inside, outside = np.zeros(len(own)), np.zeros(len(own))
    inside[table.row[mine]] = table.data[mine] / np.maximum(sizes[table.col[mine]] - 1, 1)
    np.maximum.at(outside, table.row[~mine], table.data[~mine] / sizes[table.col[~mine]])
    width = (inside - outside) / np.maximum(np.maximum(1 - outside, 1 - inside), 1e-9)
    return np.asarray(np.where(sizes[own] == 1, 0.0, width))
