"""Shared runs of words, and the pairs they lead to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.overlap import HUBS, Runs, Wordings, Words, unpacked

TEXTS = st.lists(st.lists(st.sampled_from("abcde"), max_size=12), max_size=12)


def runs(texts: list[list[str]], length: int) -> Runs:
    wordings = Wordings(Words())
    for text in texts:
        wordings.add(text)
    return wordings.runs(length)


def plain(text: list[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(text[at : at + length]) for at in range(len(text) - length + 1)}


@given(TEXTS, st.integers(1, 4))
def test_what_texts_share_is_what_sets_of_runs_share(texts: list[list[str]], length: int) -> None:
    found = runs(texts, length)
    sets = [plain(text, length) for text in texts]
    left, right = (side.ravel() for side in np.meshgrid(np.arange(len(texts)), np.arange(len(texts))))
    apart = left != right
    left, right = left[apart], right[apart]
    assert found.sizes.tolist() == [len(text) for text in sets]
    common = [len(sets[here] & sets[there]) for here, there in zip(left, right, strict=True)]
    assert found.common(left, right).tolist() == common
    for likeness, share, here, there in zip(
        found.likeness(left, right), found.containment(left, right), left, right, strict=True
    ):
        assert likeness == pytest.approx(len(sets[here] & sets[there]) / max(len(sets[here] | sets[there]), 1))
        assert share == pytest.approx(len(sets[here] & sets[there]) / max(min(len(sets[here]), len(sets[there])), 1))


@given(TEXTS)
def test_of_few_texts_every_pair_that_shares_its_rare_runs_is_looked_at(texts: list[list[str]]) -> None:
    left, right = unpacked(runs(texts, 3).pairs(), len(texts))
    sets = [plain(text, 3) for text in texts]
    assert set(zip(left.tolist(), right.tolist(), strict=True)) == {
        (here, there) for there in range(len(texts)) for here in range(there) if sets[here] & sets[there]
    }


def test_many_equal_texts_make_few_pairs_that_hold_together() -> None:
    count = 5000
    left, right = unpacked(runs([list("abcdefgh")] * count, 3).pairs(), count)
    assert len(left) <= count * (HUBS + 1)
    assert set(left.tolist()) | set(right.tolist()) == set(range(count))
