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

CANDIDATES = 48
PAIRS_AT_ONCE = 200_000


def alike_pairs(space: Space) -> sparse.csr_matrix:
    """How alike the texts are, float64 (n, n): symmetric, nothing on the diagonal, pairs below LEAST left out.

    Of more than EVERY_PAIR_UP_TO texts only pairs are looked at that share a rare word, for each text its nearest.
    """
    upper = every_pair(space) if len(space) <= EVERY_PAIR_UP_TO else candidate_pairs(space)
    return (upper + upper.T).tocsr()


def every_pair(space: Space) -> sparse.csr_matrix:
    """The upper triangle of all pairs, in blocks of bounded memory."""
    parts = []
    step = max(1, BLOCK_CELLS // max(1, len(space)))
    for start in range(0, len(space), step):
        rows = np.arange(start, min(start + step, len(space)))
        alike = space.take(rows).likeness(space)
        alike[alike < LEAST] = 0
        parts.append(sparse.csr_matrix(np.triu(alike, k=start + 1), dtype=np.float64))
    return sparse.vstack(parts, format="csr") if parts else sparse.csr_matrix((0, 0))


def candidate_pairs(space: Space) -> sparse.csr_matrix:
    """The upper triangle of the pairs that share a rare word."""
    size = len(space)
    codes = np.unique(np.concatenate([left * size + right for left, right in candidates(space)]))
    found: list[sparse.csr_matrix] = []
    for start in range(0, len(codes), PAIRS_AT_ONCE):
        left, right = np.divmod(codes[start : start + PAIRS_AT_ONCE], size)
        alike = space.likeness_of_pairs(left, right).astype(np.float64)
        near = alike >= LEAST
        found.append(sparse.csr_matrix((alike[near], (left[near], right[near])), shape=(size, size)))
    return sum(found[1:], found[0]) if found else sparse.csr_matrix((size, size))


def candidates(space: Space) -> Iterator[tuple[Indices, Indices]]:
    """For each text the CANDIDATES others with which its rare words have most in common; the smaller index first."""
    frequency = np.bincount(space.words.indices, minlength=space.words.shape[1])
    rare = np.flatnonzero((frequency > 1) & (frequency <= max(RARE_COUNT, RARE_SHARE * len(space))))
    words = space.words[:, rare].tocsr()
    turned = words.T.tocsr()
    step = 4096
    for start in range(0, len(space), step):
        block = (words[start : start + step] @ turned).tocsr()
        rows = np.repeat(np.arange(start, start + block.shape[0]), np.diff(block.indptr))
        best = nearest(block, rows)
        left, right = rows[best], block.indices[best].astype(np.intp)
        other = left != right
        yield np.minimum(left, right)[other], np.maximum(left, right)[other]


def nearest(block: sparse.csr_matrix, rows: Indices) -> Indices:
    """The entries of the CANDIDATES largest of each row, ties by column."""
    order = np.lexsort((block.indices, -block.data, rows))
    place = np.arange(len(rows)) - np.repeat(block.indptr[:-1], np.diff(block.indptr))
    return np.asarray(order[place <= CANDIDATES], dtype=np.intp)
