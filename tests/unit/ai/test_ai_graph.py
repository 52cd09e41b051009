"""The graph of a BERT beside the same sums written out plainly."""

import json
from math import erf
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from safetensors.numpy import save_file

from digest.ai.graph import INPUTS, WEIGHTS, bert_graph
from digest.ai.local import LocalVectors
from digest.errors import VectorsDown
from tests.contract.models import WORDS, write_model

SHAPE = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": 8,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "intermediate_size": 12,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 512,
}
LAYER = "encoder.layer.{}."
DENSE = {
    "attention.self.query": (8, 8),
    "attention.self.key": (8, 8),
    "attention.self.value": (8, 8),
    "attention.output.dense": (8, 8),
    "intermediate.dense": (12, 8),
    "output.dense": (8, 12),
}


def weights(prefix: str = "") -> dict[str, np.ndarray]:
    """Weights by chance, under the names they are stored by."""
    chance = np.random.default_rng(3)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), 8),
        "embeddings.token_type_embeddings.weight": (2, 8),
        "embeddings.position_embeddings.weight": (512, 8),
    }
    norms = ["embeddings.LayerNorm."]
    for layer in map(LAYER.format, range(2)):
        shapes |= {f"{layer}{name}.weight": shape for name, shape in DENSE.items()}
        shapes |= {f"{layer}{name}.bias": shape[:1] for name, shape in DENSE.items()}
        norms += [f"{layer}attention.output.LayerNorm.", f"{layer}output.LayerNorm."]
    shapes |= {f"{norm}{part}": (8,) for norm in norms for part in ("weight", "bias")}
    return {prefix + name: chance.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def write_bert(folder: Path, *, prefix: str = "", **changes: object) -> None:
    write_model(folder)
    (folder / "model.onnx").unlink()
    save_file(weights(prefix), folder / WEIGHTS)
    (folder / "config.json").write_text(json.dumps(SHAPE | changes), encoding="utf-8")


def plain(tokens: list[int]) -> np.ndarray:
    """The states of one text, without batches and masks."""
    held = weights()

    def dense(key: str, value: np.ndarray) -> np.ndarray:
        return value @ held[f"{key}.weight"].T + held[f"{key}.bias"]

    def normal(key: str, value: np.ndarray) -> np.ndarray:
        centred = value - value.mean(axis=1, keepdims=True)
        unit = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True))
        return unit * held[f"{key}.weight"] + held[f"{key}.bias"]

    states = held["embeddings.word_embeddings.weight"][tokens] + held["embeddings.token_type_embeddings.weight"][0]
    states = normal("embeddings.LayerNorm", states + held["embeddings.position_embeddings.weight"][: len(tokens)])
    for layer in map(LAYER.format, range(2)):
        heads = []
        query, keys, values = (dense(f"{layer}attention.self.{part}", states) for part in ("query", "key", "value"))
        for head in (slice(0, 4), slice(4, 8)):
            shares = np.exp(query[:, head] @ keys[:, head].T / 2)
            heads.append(shares / shares.sum(axis=1, keepdims=True) @ values[:, head])
        seen = dense(f"{layer}attention.output.dense", np.concatenate(heads, axis=1))
        states = normal(f"{layer}attention.output.LayerNorm", seen + states)
        inner = dense(f"{layer}intermediate.dense", states)
        inner = inner * (1 + np.vectorize(erf)(inner / 2**0.5)) / 2
        states = normal(f"{layer}output.LayerNorm", dense(f"{layer}output.dense", inner) + states)
    return states


@pytest.mark.parametrize("prefix", ["", "bert."])
def test_it_is_the_sum_that_is_written_out(tmp_path, prefix):
    write_bert(tmp_path, prefix=prefix)
    session = onnxruntime.InferenceSession(bert_graph(tmp_path), providers=["CPUExecutionProvider"])
    short, long = [2, 11, 12], [2, 3, 4, 5, 6, 9]
    ids = np.array([[*short, 0, 0, 0], long])
    given = dict(zip(INPUTS, (ids, (ids > 0).astype(int), np.zeros_like(ids)), strict=True))
    (states,) = session.run(None, given)
    assert np.allclose(states[0, :3], plain(short), atol=1e-4)
    assert np.allclose(states[1], plain(long), atol=1e-4)


def test_weights_alone_make_a_model(tmp_path):
    write_bert(tmp_path)
    vectors = LocalVectors(tmp_path)
    found = np.asarray(vectors.embed(("bakers protest against tax", "bakers protest", "")))
    expected = plain([2, 11, 12]).mean(axis=0)
    assert np.allclose(found[1], expected / np.linalg.norm(expected), atol=1e-4)
    assert "@" in vectors.name


@pytest.mark.parametrize(
    "changes",
    [
        {"model_type": "roberta"},
        {"hidden_act": "relu"},
        {"position_embedding_type": "relative_key"},
        {"num_hidden_layers": 3},
    ],
)
def test_another_kind_of_model_is_refused(tmp_path, changes):
    write_bert(tmp_path, **changes)
    with pytest.raises(VectorsDown, match="cannot be loaded"):
        LocalVectors(tmp_path).embed(("bakers",))


@pytest.mark.parametrize("name", [WEIGHTS, "config.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"no such thing"])
def test_files_that_are_none_are_told(tmp_path, name, content):
    write_bert(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(VectorsDown, match="cannot be loaded"):
        LocalVectors(tmp_path).embed(("bakers",))
