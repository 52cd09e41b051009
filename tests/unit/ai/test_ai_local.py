"""Models in folders, as hubs and their exports keep them."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from digest.ai.local import LocalVectors
from digest.errors import VectorsDown
from tests.contract.models import write_model

TEXTS = ("Bakers protest against tax", "The harbour bridge opens")


def rows(folder: Path) -> np.ndarray:
    return np.asarray(LocalVectors(folder).embed(TEXTS))


@pytest.fixture
def averaged(tmp_path: Path) -> np.ndarray:
    (tmp_path / "averaged").mkdir()
    write_model(tmp_path / "averaged")
    return rows(tmp_path / "averaged")


def test_the_graph_may_lie_where_hubs_put_it(tmp_path, averaged):
    write_model(tmp_path, graph="onnx/model.onnx")
    assert np.allclose(rows(tmp_path), averaged)


def test_an_output_of_whole_sentences_is_taken(tmp_path, averaged):
    write_model(tmp_path, pooled=True)
    assert rows(tmp_path).shape == averaged.shape
    assert not np.allclose(rows(tmp_path), averaged)


def test_the_first_token_is_taken_where_the_model_says_so(tmp_path, averaged):
    write_model(tmp_path)
    (tmp_path / "1_Pooling").mkdir()
    how = tmp_path / "1_Pooling" / "config.json"
    how.write_text(json.dumps({"pooling_mode_cls_token": True}))
    first, second = rows(tmp_path)
    assert np.allclose(first, second)  # this model's first token says nothing
    how.write_text(json.dumps({"pooling_mode_mean_tokens": True}))
    assert np.allclose(rows(tmp_path), averaged)


def test_another_graph_has_another_name(tmp_path):
    write_model(tmp_path)
    before = LocalVectors(tmp_path).name
    assert before == LocalVectors(tmp_path).name
    write_model(tmp_path, pooled=True)
    assert LocalVectors(tmp_path).name != before


def test_filling_up_changes_nothing(tmp_path):
    write_model(tmp_path)
    vectors = LocalVectors(tmp_path)
    together = np.asarray(vectors.embed(("bakers", "bakers protest against tax in the harbour")))
    assert np.allclose(together[0], np.asarray(vectors.embed(("bakers",)))[0], atol=1e-5)


def broken(folder: Path, what: str) -> None:
    write_model(folder, broken=what == "inputs")
    if what in {"model.onnx", "tokenizer.json"}:
        (folder / what).write_bytes(b"no such thing")
    elif what != "inputs":
        (folder / what.removeprefix("no ")).unlink()


@pytest.mark.parametrize("what", ["no model.onnx", "no tokenizer.json", "model.onnx", "tokenizer.json", "inputs"])
def test_a_folder_that_is_no_model_is_told_with_its_path(tmp_path, what):
    broken(tmp_path, what)
    with pytest.raises(VectorsDown) as caught:
        LocalVectors(tmp_path).embed(TEXTS)
    assert str(tmp_path) in caught.value.message
    assert caught.value.hint


def test_a_list_that_should_say_how_to_pool_is_told_with_its_path(tmp_path):
    write_model(tmp_path)
    config = tmp_path / "1_Pooling" / "config.json"
    config.parent.mkdir()
    config.write_text('["pooling_mode_cls_token"]', encoding="utf-8")
    with pytest.raises(VectorsDown, match="no JSON object") as caught:
        LocalVectors(tmp_path).embed(TEXTS)
    assert str(config) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("library", ["onnxruntime", "tokenizers"])
def test_without_the_extra_it_says_what_to_install(tmp_path, monkeypatch, library):
    write_model(tmp_path)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(VectorsDown, match=f"needs {library}") as caught:
        LocalVectors(tmp_path).embed(TEXTS)
    assert "digest[vectors]" in caught.value.hint
