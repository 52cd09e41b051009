"""Average linkage on a sparse table is average linkage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage

from digest.stories.linkage import FullLinker, Linker, Tree, contract, link
from digest.stories.pairs import CANDIDATES, LOOKED_AT, RARE_COUNT, alike_pairs, candidate_pairs, rarest
from digest.stories.similarity import Space
from digest.stories.weighing import orthonormal


def linked(table: NDArray[np.float64], floor: float, settled: tuple[int, ...] = ()) -> Tree:
    size = len(table)
    flags = np.isin(np.arange(size), settled)
    return link(sparse.csr_matrix(table), np.ones(size), flags, floor)


def points(size: int, seed: int) -> NDArray[np.float64]:
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(6, 12))
    raw = centres[generator.integers(0, 6, size)] + 0.6 * generator.normal(size=(size, 12))
    raw /= np.linalg.norm(raw, axis=1, keepdims=True)
    table = np.round(raw @ raw.T, 6)
    np.fill_diagonal(table, 0)
    return table


def partition(labels: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("bar", [0.2, 0.5, 0.8])
def test_it_cuts_as_the_textbook_algorithm_does(seed: int, bar: float) -> None:
    table = points(120, seed)
    textbook = linkage((1 - table)[np.triu_indices(120, 1)], "average")
    expected = partition(fcluster(textbook, 1 - bar, "distance"))
    assert partition(linked(table, 0.1).cut(bar)) == expected


def test_nothing_alike_stays_alone() -> None:
    assert len(partition(linked(np.zeros((5, 5)), 0.1).cut(0.1))) == 5


def test_equal_points_all_meet() -> None:
    assert len(partition(linked(1 - np.eye(40), 0.1).cut(0.9))) == 1


def test_two_settled_units_never_meet_not_even_through_a_third() -> None:
    groups = linked(1 - np.eye(6), 0.1, settled=(0, 1)).cut(0.1)
    assert groups[0] != groups[1]
    assert len(partition(groups)) == 2


def test_time_parts_what_words_do_not() -> None:
    topics = np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (2, 1))
    space = Space(sparse.csr_matrix((2, 1), dtype=np.float32), topics, np.array([0.0, 24.0 * 30]))
    assert alike_pairs(space)[0, 1] == pytest.approx(0.4, abs=0.01)


def test_likely_pairs_are_as_alike_as_all_pairs_say() -> None:
    generator = np.random.default_rng(1)
    words = sparse.random(300, 900, density=0.01, format="csr", dtype=np.float32, rng=generator)
    space = Space(words, generator.random((300, 3), dtype=np.float32), generator.random(300) * 90)
    every, likely = alike_pairs(space), candidate_pairs(space)
    left, right = likely.nonzero()
    assert len(left) > 300
    assert np.allclose(likely[left, right], every[left, right], atol=1e-5)


def test_units_that_only_change_places_take_their_likeness_along() -> None:
    table = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]])
    moved = contract(sparse.csr_matrix(table), np.array([2, 0, 1]), 3)
    assert moved.toarray().tolist() == [[0, 3, 1], [3, 0, 2], [1, 2, 0]]


def test_contracting_adds_up_what_is_between_and_forgets_what_is_inside() -> None:
    table = contract(sparse.csr_matrix(1 - np.eye(4)), np.array([0, 0, 1, 1]), 2)
    assert table.toarray().tolist() == [[0, 4], [4, 0]]


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 40), st.integers(0, 99), st.sampled_from((0.2, 0.5)))
def test_an_unrelated_text_changes_no_other_story(size: int, seed: int, bar: float) -> None:
    table = np.maximum(points(size, seed), 0)
    wider = np.zeros((size + 1, size + 1))
    wider[:size, :size] = table
    assert partition(linked(wider, 0.1).cut(bar)) == partition(linked(table, 0.1).cut(bar)) | {frozenset({size})}


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 40), st.integers(0, 99), st.integers(0, 6))
def test_a_full_table_gives_the_tree_of_a_sparse_one(size: int, seed: int, settled: int) -> None:
    table = np.maximum(points(size, seed), 0)
    fixed = np.arange(size) < settled
    trees = []
    for way in (Linker, FullLinker):
        linker = way(sparse.csr_matrix(table), np.ones(size), fixed)
        while linker.step(0.1):
            pass
        trees.append(linker.tree)
    assert (trees[0].left, trees[0].right) == (trees[1].left, trees[1].right)
    assert trees[0].alike == pytest.approx(trees[1].alike, abs=1e-8)


def test_no_text_is_looked_at_with_more_than_a_bounded_number_of_others() -> None:
    table = sparse.random(6000, 400, density=0.1, format="csr", dtype=np.float32, rng=np.random.default_rng(0))
    kept = rarest(table)
    frequency = np.bincount(table.indices, minlength=400)
    asked = np.bincount(np.repeat(np.arange(6000), np.diff(kept.indptr)), weights=frequency[kept.indices])
    assert 30 * frequency.min() > 5 * LOOKED_AT
    assert LOOKED_AT / 2 < asked.mean() <= asked.max() <= LOOKED_AT


def test_likely_pairs_of_a_day_of_one_template_stay_few() -> None:
    words = sparse.csr_matrix(np.tile(np.float32(0.1), (RARE_COUNT, 3)))
    space = Space(words, np.ones((RARE_COUNT, 1), dtype=np.float32), np.zeros(RARE_COUNT))
    assert 0 < candidate_pairs(space).nnz <= RARE_COUNT * (CANDIDATES + 1)
    many = 5 * RARE_COUNT
    crowd = Space(sparse.vstack([words] * 5, format="csr"), np.ones((many, 1), dtype=np.float32), np.zeros(many))
    assert candidate_pairs(crowd).nnz == 0


@pytest.mark.parametrize("columns", [np.zeros((6, 3)), np.ones((6, 3)), np.eye(6)[:, :3]])
def test_what_columns_span_is_spanned_at_right_angles(
    columns: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
) -> None:
    basis = orthonormal(columns.astype(np.float32))
    assert basis.shape[1] == np.linalg.matrix_rank(columns)
    assert np.allclose(basis.T @ basis, np.eye(basis.shape[1]), atol=1e-5)
    assert np.allclose(basis @ (basis.T @ columns), columns, atol=1e-5)
