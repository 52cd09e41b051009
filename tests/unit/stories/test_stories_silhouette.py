"""The silhouette is the textbook's, and the quick way of a large day agrees with the table of all pairs."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import silhouette_samples

from digest.stories.pairs import every_pair
from digest.stories.silhouette import near_groups, near_texts, silhouettes
from digest.stories.similarity import Space


def space(size: int, seed: int = 0) -> Space:
    """Points around a few centres, all of one hour."""
    generator = np.random.default_rng(seed)
    topics = np.abs(generator.normal(size=(7, 9)))[generator.integers(0, 7, size)] + generator.random((size, 9)) / 2
    topics /= np.linalg.norm(topics, axis=1, keepdims=True)
    return Space(sparse.csr_matrix((size, 1), dtype=np.float32), topics.astype(np.float32), np.zeros(size))


def cuts(size: int, seed: int = 0) -> list[np.ndarray]:
    """Three cuts, the loosest first, each with the groups of the next whole; some texts are alone in the last."""
    fine = np.unique(np.random.default_rng(seed).integers(0, size // 2, size), return_inverse=True)[1]
    return [fine // 12, fine // 3, fine]


@pytest.mark.parametrize("seed", range(3))
def test_it_is_that_of_the_textbook(seed: int) -> None:
    alike = every_pair(space(200, seed))
    apart = 1 - alike.toarray()
    np.fill_diagonal(apart, 0)
    expected = [silhouette_samples(apart, labels, metric="precomputed").mean() for labels in cuts(200, seed)]
    found = silhouettes(near_texts(alike), np.arange(200), cuts(200, seed))
    assert found == pytest.approx(expected, abs=1e-5)


def test_mean_points_say_the_same_as_all_pairs() -> None:
    points, chosen = space(300), cuts(300)
    by_pairs = silhouettes(near_texts(every_pair(points)), np.arange(300), chosen)
    assert silhouettes(near_groups(points, chosen[-1]), chosen[-1], chosen) == pytest.approx(by_pairs, abs=1e-4)


def test_one_group_is_worth_least_and_all_alone_are_worth_nothing() -> None:
    alike = every_pair(space(20))
    whole, alone = np.zeros(20, dtype=np.intp), np.arange(20)
    assert silhouettes(near_texts(alike), alone, [whole, alone]).tolist() == [-1, 0]
    assert silhouettes(near_texts(every_pair(space(1))), np.zeros(1, dtype=np.intp), [whole[:1]]).tolist() == [0]


def test_a_large_day_is_judged_by_a_sample_of_it() -> None:
    asked = []

    def near(rows: np.ndarray) -> np.ndarray:
        asked.extend(rows.tolist())
        return np.zeros((len(rows), 2), dtype=np.float32)

    halves = (np.arange(50_000) % 2).astype(np.intp)
    silhouettes(near, halves, [halves])
    assert len(set(asked)) == len(asked) == 1_000
    assert asked[0] == 0
    assert asked[-1] == 49_999
