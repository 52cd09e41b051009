"""Evidence against one story: headlines that name different slots of one series ("day 2", "day 3")."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from digest.stories.anchors import DATED, slots_in, title_words
from digest.stories.weighing import Indices

MOST_VALUES = 63


Named = list[NDArray[np.int64]]
"""For each series that is counted in some headlines the slots that each text (n,) names, a bit each."""


def opposed(alike: sparse.csr_matrix, named: Named) -> sparse.csr_matrix:
    """The table of likenesses without those of texts in different slots: they are strangers, however much alike."""
    if not named:
        return alike
    table = alike.tocoo()
    kept = np.ones(len(table.data), dtype=np.bool_)
    for masks in named:
        mine, theirs = masks[table.row], masks[table.col]
        kept &= (mine == 0) | (theirs == 0) | (mine & theirs != 0)
    return sparse.csr_matrix((table.data[kept], (table.row[kept], table.col[kept])), shape=table.shape)


def named_slots(titles: Sequence[str]) -> Named:
    """What headlines name. Weekdays and dates are no slots here: what is foretold for Monday is told on Tuesday."""
    found: dict[str, NDArray[np.int64]] = defaultdict(lambda: np.zeros(len(titles), dtype=np.int64))
    values: dict[str, dict[str, int]] = defaultdict(dict)
    for place, title in enumerate(titles):
        for kind, value in sorted(slots_in(title_words(title))):
            if kind not in DATED:
                number = values[kind].setdefault(value, len(values[kind]))
                found[kind][place] |= np.int64(1 << number % MOST_VALUES)
    return list(found.values())


def together(named: Named, units: Indices) -> Named:
    """What units 0..u-1 of texts name: all that their texts do."""
    found = [np.zeros(int(units.max(initial=-1)) + 1, dtype=np.int64) for _ in named]
    for masks, whole in zip(named, found, strict=True):
        np.bitwise_or.at(whole, units, masks)
    return found
