"""Evidence against one story: headlines that name different slots of one series ("day 2", "day 3")."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from digest.stories.anchors import DATED, slots_in, title_words

MOST_VALUES = 63


def opposed(alike: sparse.csr_matrix, titles: Sequence[str]) -> sparse.csr_matrix:
    """The table of likenesses without those of texts in different slots: they are strangers, however much alike.

    Weekdays and dates are no slots here: one event is foretold for Monday and told on Tuesday.
    """
    counted = slots_of(titles)
    if not counted:
        return alike
    table = alike.tocoo()
    kept = np.ones(len(table.data), dtype=np.bool_)
    for masks in counted:
        mine, theirs = masks[table.row], masks[table.col]
        kept &= (mine == 0) | (theirs == 0) | (mine & theirs != 0)
    return sparse.csr_matrix((table.data[kept], (table.row[kept], table.col[kept])), shape=table.shape)


def slots_of(titles: Sequence[str]) -> list[NDArray[np.int64]]:
    """For each series that some headlines count, the values each headline (n,) names, a bit each."""
    found: dict[str, NDArray[np.int64]] = defaultdict(lambda: np.zeros(len(titles), dtype=np.int64))
    values: dict[str, dict[str, int]] = defaultdict(dict)
    for place, title in enumerate(titles):
        for kind, value in sorted(slots_in(title_words(title))):
            if kind not in DATED:
                number = values[kind].setdefault(value, len(values[kind]))
                found[kind][place] |= np.int64(1 << number % MOST_VALUES)
    return list(found.values())
