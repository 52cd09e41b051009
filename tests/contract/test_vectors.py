"""What every ports.Vectors does: the fake, a server on loopback, a small model in a folder, a real one if there is."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from digest.ai.endpoint import EndpointVectors
from digest.ai.local import LocalVectors
from digest.ports import Vectors
from digest.testing import FakeVectors
from tests.contract.models import serving, write_model

TEXTS = (
    "Harbour bridge opens to traffic",
    "The harbour bridge is open to traffic",
    "Bakers protest against flour tax",
)


def fake(_folder: Path) -> Iterator[Vectors]:
    yield FakeVectors()


def endpoint(_folder: Path) -> Iterator[Vectors]:
    with serving() as server:
        yield EndpointVectors(server.url, "words")


def small(folder: Path) -> Iterator[Vectors]:
    write_model(folder)
    yield LocalVectors(folder)


def chosen(_folder: Path) -> Iterator[Vectors]:
    yield LocalVectors(Path(os.environ["DIGEST_TEST_MODEL"]))


MODELS = [fake, endpoint, small, *([chosen] if os.environ.get("DIGEST_TEST_MODEL") else [])]
"""A model of one's own is held to the contract too, where DIGEST_TEST_MODEL names its folder."""


@pytest.fixture(params=MODELS, ids=lambda build: build.__name__)
def vectors(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vectors]:
    build: Callable[[Path], Iterator[Vectors]] = request.param
    yield from build(tmp_path)


def rows(vectors: Vectors, *texts: str) -> np.ndarray:
    return np.asarray(vectors.embed(texts), dtype=np.float32)


def test_each_text_has_a_vector_of_length_one(vectors):
    found = rows(vectors, *TEXTS)
    assert found.shape[0] == len(TEXTS)
    assert found.shape[1] > 1
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_texts_of_like_meaning_lie_nearer(vectors):
    bridge, again, bakers = rows(vectors, *TEXTS)
    assert bridge @ again > bridge @ bakers
    assert bridge @ again > again @ bakers


def test_vectors_come_in_the_order_of_the_texts_however_many(vectors):
    texts = [f"{TEXTS[number % 3]} {'again ' * (number % 7)}in {number}" for number in range(150)]
    found = rows(vectors, *texts)
    assert np.allclose(rows(vectors, *texts[::-1])[::-1], found, atol=1e-4)
    assert np.allclose(rows(vectors, texts[101])[0], found[101], atol=1e-4)


def test_the_same_text_has_the_same_vector(vectors):
    found = rows(vectors, TEXTS[0], TEXTS[2], TEXTS[0])
    assert np.allclose(found[0], found[2], atol=1e-5)


def test_no_text_has_no_vector(vectors):
    assert len(vectors.embed(())) == 0


@pytest.mark.parametrize("odd", ["", "   ", "\0", "\ud800 half", "x" * 1_000_000, "🜁" * 5000, "עיתון הבוקר"])
def test_no_text_is_too_odd(vectors, odd):
    found = rows(vectors, odd, TEXTS[0])
    assert np.isfinite(found).all()
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert np.allclose(found[1], rows(vectors, TEXTS[0])[0], atol=1e-4)


def test_a_model_has_a_name_that_stays(vectors):
    before = vectors.name
    vectors.embed(TEXTS)
    assert before
    assert vectors.name == before
