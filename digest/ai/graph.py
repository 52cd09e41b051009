"""The graph of a BERT drawn around its weights, for models that come as `config.json` and `model.safetensors`.

After Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding" (2019), with the
names of the weights as the transformers library stores them.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from onnx import NodeProto, TensorProto

WEIGHTS = "model.safetensors"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
STATES = "last_hidden_state"
OPERATORS = 20
"""The first set of ONNX operators that has Gelu."""

FORMAT = 9
"""The version of the file format that goes with it."""

NEVER = -1e9
"""Added to the attention that filled-up places would get."""


def bert_graph(folder: Path) -> bytes:
    """The ONNX graph of the BERT in a folder: INPUTS (texts × tokens) to STATES (texts × tokens × numbers).

    Raises ValueError for a model of another kind, KeyError where a weight or a number of its configuration is missing,
    and what the libraries raise for a file that cannot be read.
    """
    from safetensors.numpy import load_file

    shape = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kind = (shape["model_type"], shape["hidden_act"], shape.get("position_embedding_type", "absolute"))
    if kind != ("bert", "gelu", "absolute"):
        raise ValueError(f"it is no plain BERT but {' '.join(kind)}: export it as model.onnx")
    weights = {name.removeprefix("bert."): weight for name, weight in load_file(folder / WEIGHTS).items()}
    drawing = Drawing(weights, heads=shape["num_attention_heads"], epsilon=shape["layer_norm_eps"])
    states = drawing.embeddings()
    reach = drawing.reach()
    for layer in range(shape["num_hidden_layers"]):
        states = drawing.layer(f"encoder.layer.{layer}", states, reach)
    return drawing.finished(states, width=shape["hidden_size"])


class Drawing:
    """Nodes and constants as they are added; each method returns the name of the value it makes."""

    def __init__(self, weights: "Mapping[str, NDArray[float32]]", *, heads: int, epsilon: float) -> None:
        self.weights = weights
        self.heads = heads
        self.epsilon = epsilon
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(self, operator: str, *inputs: str, **options: Any) -> str:  # noqa: ANN401 what each operator takes
        """One node."""
        from onnx import helper

        name = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **options))
        return name

    def constant(self, value: Any, kind: str = "float32") -> str:  # noqa: ANN401 whatever makes an array
        """One constant."""
        import numpy as np
        from onnx import numpy_helper

        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=kind), name))
        return name

    def dense(self, key: str, value: str) -> str:
        """A product with weights, and a bias."""
        product = self.add("MatMul", value, self.constant(self.weights[f"{key}.weight"].T))
        return self.add("Add", product, self.constant(self.weights[f"{key}.bias"]))

    def normal(self, key: str, value: str) -> str:
        """A layer normalisation."""
        scale, bias = (self.constant(self.weights[f"{key}.{part}"]) for part in ("weight", "bias"))
        return self.add("LayerNormalization", value, scale, bias, axis=-1, epsilon=self.epsilon)

    def embeddings(self) -> str:
        """What each token says by itself, by its kind and by its place."""
        words, kinds, places = (
            self.constant(self.weights[f"embeddings.{name}_embeddings.weight"])
            for name in ("word", "token_type", "position")
        )
        first, second = self.constant([1], "int64"), self.constant([2], "int64")
        length = self.add("Slice", self.add("Shape", INPUTS[0]), first, second)
        said = self.add("Add", self.add("Gather", words, INPUTS[0]), self.add("Gather", kinds, INPUTS[2]))
        placed = self.add("Slice", places, self.constant([0], "int64"), length)
        return self.normal("embeddings.LayerNorm", self.add("Add", said, placed))

    def reach(self) -> str:
        """Zero for what may be looked at, NEVER for what only fills up: texts × 1 × 1 × tokens."""
        mask = self.add("Cast", INPUTS[1], to=1)  # to float32
        absent = self.add("Sub", self.constant(1.0), self.add("Unsqueeze", mask, self.constant([1, 2], "int64")))
        return self.add("Mul", absent, self.constant(NEVER))

    def layer(self, key: str, states: str, reach: str) -> str:
        """Attention and a feed-forward net, each added to what it was given."""
        seen = self.dense(f"{key}.attention.output.dense", self.attention(f"{key}.attention.self", states, reach))
        states = self.normal(f"{key}.attention.output.LayerNorm", self.add("Add", seen, states))
        inner = self.add("Gelu", self.dense(f"{key}.intermediate.dense", states))
        outer = self.add("Add", self.dense(f"{key}.output.dense", inner), states)
        return self.normal(f"{key}.output.LayerNorm", outer)

    def attention(self, key: str, states: str, reach: str) -> str:
        """What each token takes from the others, head by head."""
        width = len(self.weights[f"{key}.query.bias"])
        size = width // self.heads
        split, joined = self.constant([0, 0, self.heads, size], "int64"), self.constant([0, 0, width], "int64")
        parts = [self.add("Reshape", self.dense(f"{key}.{part}", states), split) for part in ("query", "key", "value")]
        turns = ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])
        query, keys, values = (self.add("Transpose", part, perm=turn) for part, turn in zip(parts, turns, strict=True))
        scaled = self.add("Mul", self.add("MatMul", query, keys), self.constant(size**-0.5))
        shares = self.add("Softmax", self.add("Add", scaled, reach), axis=-1)
        taken = self.add("Transpose", self.add("MatMul", shares, values), perm=[0, 2, 1, 3])
        return self.add("Reshape", taken, joined)

    def finished(self, states: str, *, width: int) -> bytes:
        """The whole graph, as a runtime reads it."""
        from onnx import TensorProto, helper

        given = [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]) for name in INPUTS]
        told = helper.make_tensor_value_info(STATES, TensorProto.FLOAT, ["texts", "tokens", width])
        last = helper.make_node("Identity", [states], [STATES])
        graph = helper.make_graph([*self.nodes, last], "bert", given, [told], self.constants)
        operators = [helper.make_opsetid("", OPERATORS)]
        whole: bytes = helper.make_model(graph, opset_imports=operators, ir_version=FORMAT).SerializeToString()
        return whole
