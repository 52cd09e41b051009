"""Where a tree of merges is cut into stories: where they stand out best, which differs from day to day."""

import math

import numpy as np

from digest.stories.linkage import link
from digest.stories.similarity import Floats, Indices, Space

LOOSEST = 0.10
TIGHTEST = 0.22
STEP = 0.02
FEW = 30
BAR_OF_FEW = 0.16
"""Of a handful of texts the silhouette tells nothing."""

SMALL_DAY = 2500
LOOSEST_A_DOUBLING = 0.04
TIGHTEST_A_DOUBLING = 0.06
HIGHEST_BAR = 0.5
SAMPLE = 1500


def groups(space: Space) -> Indices:
    """The story 0..k-1 of each point: average linkage, cut at the bar with the best silhouette."""
    if len(space) <= 1:
        return np.zeros(len(space), dtype=np.intp)
    bars = bars_for(len(space))
    tree = link(space, bars[0])
    cuts = [tree.cut(bar) for bar in bars]
    worth = [silhouette(space, labels) for labels in cuts]
    return cuts[int(np.argmax(worth))]


def bars_for(size: int) -> list[float]:
    """The bars worth trying, loosest first. Among more texts there are more that are alike by chance."""
    if size < FEW:
        return [BAR_OF_FEW]
    doublings = max(0.0, math.log2(size / SMALL_DAY))
    loosest = min(HIGHEST_BAR - STEP, LOOSEST + LOOSEST_A_DOUBLING * doublings)
    tightest = min(HIGHEST_BAR, TIGHTEST + TIGHTEST_A_DOUBLING * doublings)
    return [float(bar) for bar in np.arange(loosest, tightest + STEP / 2, STEP)]


def silhouette(space: Space, labels: Indices) -> float:
    """How much nearer the points are to their own group than to the next, -1..1 (Rousseeuw 1987), on a fixed sample.

    A point alone counts 0, and so does a cut that leaves every one alone; -1 where there is one group only.
    """
    sizes = np.bincount(labels)
    if len(sizes) == len(labels):
        return 0.0
    if len(sizes) == 1:
        return -1.0
    means = space.means(labels, np.ones(len(labels), dtype=np.float32))
    rows = np.unique(np.linspace(0, len(labels) - 1, min(SAMPLE, len(labels))).astype(np.intp))
    step = means.block_rows()
    parts = [gaps(space, means, labels, sizes, rows[start : start + step]) for start in range(0, len(rows), step)]
    return float(np.concatenate(parts).mean())


def gaps(space: Space, means: Space, labels: Indices, sizes: Indices, rows: Indices) -> Floats:
    """The silhouette of each of some points."""
    points = space.take(rows)
    alike = points.likeness(means)
    place, own = np.arange(len(rows)), labels[rows]
    others = np.maximum(sizes[own] - 1, 1)
    itself = points.nearness(points, place)
    inside = 1 - (alike[place, own] * sizes[own] - itself) / others
    alike[place, own] = -1
    outside = 1 - alike.max(axis=1)
    width = (outside - inside) / np.maximum(np.maximum(outside, inside), 1e-9)
    return np.asarray(np.where(sizes[own] == 1, 0.0, width), dtype=np.float32)
