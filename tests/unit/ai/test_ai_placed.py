"""What a model answers is made sure of before it is used."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from digest.ai.placed import LONGEST, of_length_one, place, readable
from digest.errors import VectorsDown
from digest.testing import FakeVectors

TEXTS = ("Harbour bridge opens", "Bakers protest", "Harbour bridge opens")
NUMBERS = st.floats(-1e6, 1e6, width=32).map(lambda number: number + 1e-3 if abs(number) < 1e-3 else number)


@given(arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 8)), elements=NUMBERS))
def test_good_vectors_get_length_one_and_keep_their_direction(rows):
    unit = of_length_one(rows.tolist(), count=len(rows), name="small")
    assert unit.dtype == np.float32
    assert np.allclose(np.linalg.norm(unit, axis=1), 1, atol=1e-4)
    assert ((unit * rows).sum(axis=1) > 0).all()


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [[1.0, 2.0]],
        [[1.0], [2.0], [3.0]],
        [[1.0, 2.0], [1.0]],
        [1.0, 2.0],
        [[], []],
        [["a"], ["b"]],
        [None, None],
        [[0.0, 0.0], [1.0, 0.0]],
        [[float("nan"), 1.0], [1.0, 0.0]],
        [[float("inf"), 1.0], [1.0, 0.0]],
        [[[1.0]], [[1.0]]],
    ],
)
def test_anything_else_is_refused_by_the_models_name(rows):
    with pytest.raises(VectorsDown, match="the model small answered with") as caught:
        of_length_one(rows, count=2, name="small")
    assert caught.value.hint


def test_what_was_placed_is_asked_once_and_travels():
    vectors = FakeVectors()
    placed = place(vectors, TEXTS)
    assert vectors.asked == ["Harbour bridge opens", "Bakers protest"]
    there = pickle.loads(pickle.dumps(placed))
    assert np.allclose(there(TEXTS[::-1]), vectors.embed(TEXTS[::-1]), atol=1e-6)


def test_what_was_not_placed_is_an_error_and_no_guess():
    with pytest.raises(KeyError):
        place(FakeVectors(), TEXTS)(["Orchestra hires conductor"])


def test_nothing_is_placed_without_texts():
    assert place(FakeVectors(), ()).places == {}


@given(st.text(st.characters(), max_size=3) | st.text(min_size=LONGEST, max_size=LONGEST + 5))
def test_a_readable_text_is_short_and_writable_and_says_something(text):
    read = readable(text)
    assert 0 < len(read.encode("utf-8").decode("utf-8")) <= LONGEST
    assert read == readable(read)
