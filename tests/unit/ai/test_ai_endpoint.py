"""A server that answers badly, slowly or not at all."""

import sys
from collections.abc import Iterator

import numpy as np
import pytest

from digest.ai.endpoint import BATCH, RETRIES, EndpointVectors
from digest.errors import VectorsDown
from tests.contract.models import STRANGE, Server, serving

TEXTS = ("Harbour bridge opens", "Bakers protest", "Orchestra hires conductor")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def fault_is_plain(fault: VectorsDown) -> bool:
    return fault.message.isprintable() and len(fault.message) < 400


def fault_of(server: Server, model: str, **more: object) -> VectorsDown:
    with pytest.raises(VectorsDown) as caught:
        EndpointVectors(server.url, model, key="a-secret", **more).embed(TEXTS)
    assert model in caught.value.message
    assert "127.0.0.1" in caught.value.message
    assert caught.value.hint
    assert fault_is_plain(caught.value)
    assert "a-secret" not in caught.value.message + caught.value.hint
    return caught.value


def test_it_asks_as_the_api_wants_it(server):
    EndpointVectors(server.url, "words", key="a-secret").embed(TEXTS)
    (asked,) = server.asked
    assert (asked["path"], asked["key"], asked["model"]) == ("/v1/embeddings", "Bearer a-secret", "words")
    assert tuple(asked["input"]) == TEXTS


def test_no_key_from_elsewhere_is_sent(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "somebody-elses")
    EndpointVectors(server.url, "words").embed(TEXTS)
    assert "somebody" not in server.asked[0]["key"]


def test_many_texts_go_in_batches(server):
    found = EndpointVectors(server.url, "words").embed([f"number {number}" for number in range(2 * BATCH + 1)])
    assert len(found) == 2 * BATCH + 1
    assert [len(asked["input"]) for asked in server.asked] == [BATCH, BATCH, 1]


@pytest.mark.parametrize("model", ["packed", "reversed", "busy-once"])
def test_other_good_answers_are_the_same(server, model):
    plain = EndpointVectors(server.url, "words").embed(TEXTS)
    server.asked.clear()
    assert np.allclose(EndpointVectors(server.url, model).embed(TEXTS), plain, atol=1e-6)


@pytest.mark.parametrize(
    ("model", "status", "tries"),
    [
        ("locked", 401, 1),
        ("forbidden", 403, 1),
        ("unknown", 404, 1),
        ("long", 400, 1),
        ("broken", 500, RETRIES + 1),
        ("busy", 429, RETRIES + 1),
    ],
)
def test_a_refusal_is_told_and_repeated_only_where_it_may_pass(server, model, status, tries):
    fault = fault_of(server, model)
    assert f"answered {status}" in fault.message
    assert "\n" not in fault.message
    assert len(server.asked) == tries


def test_a_wrong_key_and_a_wrong_model_say_which_setting(server):
    assert "DIGEST_VECTORS_KEY" in fault_of(server, "locked").hint
    assert "DIGEST_VECTORS_MODEL" in fault_of(server, "unknown").hint


@pytest.mark.parametrize(
    "model", ["few", "many", "nothing", "ragged", "numbers", "zero", "infinite", "empty", *sorted(STRANGE)]
)
def test_what_is_no_answer_is_refused(server, model):
    fault_of(server, model)


def test_silence_ends(server):
    assert "does not answer" in fault_of(server, "slow", seconds=0.1).message


def test_nobody_there_is_told():
    with pytest.raises(VectorsDown, match=r"small at 127\.0\.0\.1:1 does not answer"):
        EndpointVectors("http://127.0.0.1:1/v1", "small", seconds=1).embed(TEXTS)


def test_without_the_extra_it_says_what_to_install(server, monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    assert "digest[vectors]" in fault_of(server, "words").hint
    assert server.asked == []
