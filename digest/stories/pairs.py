"""Which texts are alike, as a sparse table: every pair of a day of some thousands, likely pairs of a larger one."""

from collections.abc import Iterator

import numpy as np
from scipy import sparse

from digest.stories.similarity import Space
from digest.stories.weighing import Indices

LEAST = 0.01
"""Pairs less alike than this are as good as strangers."""

EVERY_PAIR_UP_TO = 4000
BLOCK_CELLS = 8_000_000
RARE_SHARE = 0.005
RARE_COUNT = 60
"""In a large day texts are candidates where they share a word of so few texts."""

LOOKED_AT = 2_000
"""How many others a text is compared with by its rarest words, each time one of them occurs: what makes the work grow
with the day and not with its square."""

CANDIDATES = 48
ROWS_AT_ONCE = 4096
PAIRS_AT_ONCE = 20_000


def alike_pairs(space: Space) -> sparse.csr_matrix:
    """How alike the texts are, float64 (n, n): symmetric, nothing on the diagonal, pairs below LEAST left out.

    Of more than EVERY_PAIR_UP_TO texts only pairs are looked at that share a rare word, for each text its nearest.
    """
    if len(space) <= EVERY_PAIR_UP_TO:
        return every_pair(space)
    upper = candidate_pairs(space)
    return (upper + upper.T).tocsr()


def every_pair(space: Space) -> sparse.csr_matrix:
    """All pairs, in blocks of bounded memory."""
    size = len(space)
    table = np.zeros((size, size), dtype=np.float32)
    step = max(1, BLOCK_CELLS // max(1, size))
    for start in range(0, size, step):
        here = slice(start, min(start + step, size))
        alike = space.take(np.arange(size)[here]).likeness(space.take(np.arange(start, size)))
        alike[alike < LEAST] = 0
        upper = np.triu(alike, k=1)
        table[here, start:] += upper
        table[start:, here] += upper.T
    rows = [sparse.csr_matrix(table[at : at + step], dtype=np.float64) for at in range(0, size, step)]
    return sparse.vstack(rows, format="csr") if rows else sparse.csr_matrix((0, 0))


def candidate_pairs(space: Space) -> sparse.csr_matrix:
    """The upper triangle of the pairs that share a rare word."""
    size = len(space)
    codes = np.concatenate([np.zeros(0, dtype=np.intp), *candidates(space)])
    codes.sort()
    codes = codes[np.diff(codes, prepend=-1) > 0]
    alike = np.zeros(len(codes), dtype=np.float32)
    for start in range(0, len(codes), PAIRS_AT_ONCE):
        some = slice(start, start + PAIRS_AT_ONCE)
        alike[some] = space.likeness_of_pairs(*np.divmod(codes[some], size))
    near = alike >= LEAST
    return sparse.csr_matrix((alike[near].astype(np.float64), np.divmod(codes[near], size)), shape=(size, size))


def candidates(space: Space) -> Iterator[Indices]:
    """For each text the CANDIDATES others with which its rare words have most in common, as `less * size + more`."""
    size = len(space)
    words = rare_words(space.words)
    turned = words.T.tocsr()
    telling = rarest(words)
    for start in range(0, size, ROWS_AT_ONCE):
        block = (telling[start : start + ROWS_AT_ONCE] @ turned).tocsr()
        best = [nearest(block, row) for row in range(block.shape[0])]
        left = np.repeat(np.arange(start, start + len(best)), [len(found) for found in best])
        right = np.concatenate(best).astype(np.intp)
        yield (np.minimum(left, right) * size + np.maximum(left, right))[left != right]


def rare_words(words: sparse.csr_matrix) -> sparse.csr_matrix:
    """The columns of the words that some texts have in common, but few."""
    frequency = np.bincount(words.indices, minlength=words.shape[1])
    most = min(max(RARE_COUNT, RARE_SHARE * words.shape[0]), LOOKED_AT)
    rare = (frequency > 1) & (frequency <= most)
    return words[:, np.flatnonzero(rare)].tocsr()


def rarest(words: sparse.csr_matrix) -> sparse.csr_matrix:
    """Of each text its rarest words, as many as occur LOOKED_AT times in all."""
    frequency = np.bincount(words.indices, minlength=words.shape[1])
    spread = frequency[words.indices]
    rows = np.repeat(np.arange(words.shape[0]), np.diff(words.indptr))
    order = np.lexsort((words.indices, spread, rows))
    total = np.cumsum(spread[order])
    before = np.concatenate([[0], total])[words.indptr[rows]]
    kept = order[total - before <= LOOKED_AT]
    return sparse.csr_matrix((words.data[kept], (rows[kept], words.indices[kept])), shape=words.shape)


def nearest(block: sparse.csr_matrix, row: int) -> Indices:
    """The columns of the CANDIDATES largest of a row, and of one more: most texts are nearest to themselves."""
    some = slice(block.indptr[row], block.indptr[row + 1])
    columns, values = block.indices[some], block.data[some]
    if len(columns) <= CANDIDATES + 1:
        return np.asarray(columns)
    return np.asarray(columns[np.argpartition(values, -CANDIDATES - 1)[-CANDIDATES - 1 :]])
