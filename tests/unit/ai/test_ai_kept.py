"""A model that is asked about each text once."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import pytest

from digest.ai.kept import KeptVectors
from digest.errors import VectorsDown
from digest.testing import FakeVectors

NOW = datetime(2026, 3, 12, 6, 30, tzinfo=UTC)
TEXTS = ("Harbour bridge opens", "Bakers protest", "Harbour bridge opens")


class Shelf:
    """A ports.VectorStore in memory."""

    def __init__(self) -> None:
        self.held: dict[bytes, bytes] = {}

    def find(self, fingerprints: Sequence[bytes]) -> dict[bytes, bytes]:
        return {key: self.held[key] for key in fingerprints if key in self.held}

    def keep(self, found: Mapping[bytes, bytes], *, now: datetime) -> None:
        assert now == NOW
        self.held |= found


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def kept(model: FakeVectors, shelf: Shelf, *, now: datetime | None = NOW) -> KeptVectors:
    return KeptVectors(model, shelf, now=now)


def test_each_text_is_asked_about_once_and_has_its_vector(shelf):
    model = FakeVectors()
    first = np.asarray(kept(model, shelf).embed(TEXTS))
    assert model.asked == ["Harbour bridge opens", "Bakers protest"]
    again = np.asarray(kept(model, shelf).embed(("Orchestra hires", *TEXTS)))
    assert model.asked[2:] == ["Orchestra hires"]
    assert (again[1:] == first).all()
    assert np.allclose(first, FakeVectors().embed(TEXTS), atol=1e-3)
    assert np.allclose(np.linalg.norm(again, axis=1), 1, atol=1e-6)


def test_what_only_looks_writes_nothing_and_sees_the_same(shelf):
    looked = np.asarray(kept(FakeVectors(), shelf, now=None).embed(TEXTS))
    assert shelf.held == {}
    assert (looked == np.asarray(kept(FakeVectors(), shelf).embed(TEXTS))).all()


def test_another_model_is_another_matter(shelf):
    kept(FakeVectors(), shelf).embed(TEXTS)
    other = FakeVectors()
    other.name = "other"
    kept(other, shelf).embed(TEXTS)
    assert len(other.asked) == 2
    assert kept(other, shelf).name == "other"


def test_with_all_known_the_model_may_be_down(shelf):
    down = FakeVectors(down=VectorsDown("it is down"))
    kept(FakeVectors(), shelf).embed(TEXTS)
    assert len(kept(down, shelf).embed(TEXTS)) == 3
    with pytest.raises(VectorsDown):
        kept(down, shelf).embed(("Orchestra hires",))


def shorten(shelf: Shelf, *keys: bytes) -> None:
    """Let the model have had fewer dimensions when it placed these."""
    shelf.held |= {key: shelf.held[key][:8] for key in keys}


def test_a_model_with_other_dimensions_than_before_is_asked_anew(shelf):
    kept(FakeVectors(), shelf).embed(TEXTS)
    shorten(shelf, *shelf.held)
    model, texts = FakeVectors(), ("Orchestra hires", *TEXTS)
    found = np.asarray(kept(model, shelf).embed(texts))
    assert model.asked == ["Orchestra hires", *texts[:3]]
    assert np.allclose(found, FakeVectors().embed(texts), atol=1e-3)
    assert len(kept(FakeVectors(down=VectorsDown("it is down")), shelf).embed(texts)) == 4


def test_kept_vectors_of_two_lengths_are_asked_about_anew(shelf):
    kept(FakeVectors(), shelf).embed(TEXTS)
    shorten(shelf, next(iter(shelf.held)))
    model = FakeVectors()
    assert np.allclose(kept(model, shelf, now=None).embed(TEXTS), FakeVectors().embed(TEXTS), atol=1e-3)
    assert model.asked == list(TEXTS[:2])


def test_nothing_is_asked_for_nothing(shelf):
    model = FakeVectors()
    assert len(kept(model, shelf).embed(())) == 0
    assert model.asked == []
