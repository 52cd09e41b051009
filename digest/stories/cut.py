"""Where a tree of merges is cut into stories: where they stand out best, which differs from day to day."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from digest.stories.linkage import NOBODY, contract, link
from digest.stories.pairs import EVERY_PAIR_UP_TO, alike_pairs
from digest.stories.silhouette import near_groups, near_texts, silhouettes
from digest.stories.similarity import Space
from digest.stories.slots import Named, named_slots, opposed, together
from digest.stories.weighing import Indices

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


def groups(
    space: Space, usual: Callable[[int], float], known: Indices, titles: Sequence[str]
) -> tuple[Indices, sparse.csr_matrix]:
    """The story 0..k-1 of each text, and how alike the texts are: average linkage, cut where the silhouette and the bar
    that is `usual` for so many stories agree best.

    `known` has for each text the number of the story that it was in yesterday, NOBODY for a new one: the texts of
    such a story stay together, and two such stories stay apart.
    """
    named = named_slots(titles)
    alike = opposed(alike_pairs(space), named)
    bars = bars_about(usual(1)) if len(space) >= FEW else [usual(1)]
    if len(space) > EVERY_PAIR_UP_TO:
        cuts = cuts_of_likely(space, alike, known, named, bars)
        gained = silhouettes(near_groups(space, cuts[-1]), cuts[-1], cuts)
    else:
        cuts = cuts_of(alike, *started(known), bars)
        gained = silhouettes(near_texts(alike), np.arange(len(space)), cuts)
    strange = np.array([bar - usual(int(labels.max()) + 1) for bar, labels in zip(bars, cuts, strict=True)])
    return cuts[int(np.argmax(gained - TRUST * (strange / 0.1) ** 2))], alike


def cuts_of(
    alike: sparse.csr_matrix, units: Indices, settled: NDArray[np.bool_], bars: Sequence[float]
) -> list[Indices]:
    """The texts linked as their `units` are, and cut at each bar."""
    sizes = np.bincount(units, minlength=len(settled)).astype(np.float64)
    tree = link(contract(alike, units, len(settled)), sizes, settled, bars[0])
    return [tree.cut(bar)[units] for bar in bars]


def cuts_of_likely(
    space: Space, alike: sparse.csr_matrix, known: Indices, named: Named, bars: Sequence[float]
) -> list[Indices]:
    """The same on a large day, of which only likely pairs are known.

    Texts that are very much alike are made one point each before all others are linked, so that no large story is
    taken for a loose one.
    """
    units, settled = tightened(alike, *started(known))
    sizes = np.bincount(units, minlength=len(settled)).astype(np.float64)
    points = opposed(alike_pairs(space.means(units)), together(named, units))
    tree = link(weighted(points, sizes), sizes, settled, bars[0])
    return [tree.cut(bar)[units] for bar in bars]


def tightened(
    alike: sparse.csr_matrix, units: Indices, settled: NDArray[np.bool_]
) -> tuple[Indices, NDArray[np.bool_]]:
    """The units after those very much alike are made one, and which of them are yesterday's stories."""
    sizes = np.bincount(units, minlength=len(settled)).astype(np.float64)
    becomes = link(contract(alike, units, len(settled)), sizes, settled, TIGHT).cut(TIGHT)
    return becomes[units], np.bincount(becomes, weights=settled) > 0


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
