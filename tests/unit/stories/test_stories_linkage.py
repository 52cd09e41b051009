"""Average linkage by reciprocal neighbours is average linkage."""

import numpy as np
import pytest
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage

from digest.stories.linkage import link
from digest.stories.similarity import Space


def points(size: int, seed: int) -> Space:
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(6, 12))
    raw = centres[generator.integers(0, 6, size)] + 0.6 * generator.normal(size=(size, 12))
    topics = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
    return Space(sparse.csr_matrix((size, 1), dtype=np.float32), topics, np.full(size, np.nan))


def partition(labels: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("bar", [0.2, 0.5, 0.8])
def test_it_cuts_as_the_textbook_algorithm_does(seed: int, bar: float) -> None:
    space = points(120, seed)
    distances = 1 - space.topics.astype(np.float64) @ space.topics.T
    textbook = linkage(distances[np.triu_indices(120, 1)], "average")
    expected = partition(fcluster(textbook, 1 - bar, "distance"))
    assert partition(link(space, 0.1).cut(bar)) == expected


def test_nothing_alike_stays_alone() -> None:
    space = Space(sparse.csr_matrix((5, 1), dtype=np.float32), np.eye(5, dtype=np.float32), np.full(5, np.nan))
    assert len(partition(link(space, 0.1).cut(0.1))) == 5


def test_equal_points_all_meet() -> None:
    topics = np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (40, 1))
    space = Space(sparse.csr_matrix((40, 1), dtype=np.float32), topics, np.full(40, np.nan))
    assert len(partition(link(space, 0.1).cut(0.9))) == 1


def test_time_parts_what_words_do_not() -> None:
    topics = np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (2, 1))
    space = Space(sparse.csr_matrix((2, 1), dtype=np.float32), topics, np.array([0.0, 24.0 * 30]))
    assert len(partition(link(space, 0.1).cut(0.5))) == 2
