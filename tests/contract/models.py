"""Models for the tests of vectors: a server that speaks the embeddings API, and a small ONNX model in a folder."""

import base64
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from digest.testing import by_words

REFUSALS = {"locked": 401, "forbidden": 403, "unknown": 404, "long": 400, "broken": 500, "busy": 429}
"""Models that never answer, with their status."""

STRANGE: dict[str, object] = {
    "page": "<html>hello</html>",
    "listing": [],
    "other": {"models": []},
    "bare": {"data": [{"embedding": [0.5, 0.5]}] * 3},
    "junk": {"data": [{"index": index, "embedding": "no base64!"} for index in range(3)]},
    "talk": {"data": "hello"},
}
"""Models that answer with something else."""


class Answering(BaseHTTPRequestHandler):
    """`POST /v1/embeddings`; what is wrong with the answer is the name of the model."""

    server: "Server"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append({"path": self.path, "key": self.headers["Authorization"], **asked})
        model = asked["model"]
        if model == "slow":
            self.server.released.wait(10)
        elif model in REFUSALS or (model == "busy-once" and len(self.server.asked) == 1):
            self.answer(REFUSALS.get(model, 429), {"error": {"message": self.refusal(model)}})
        elif model in STRANGE:
            self.answer(200, STRANGE[model])
        else:
            self.answer(200, {"object": "list", "model": model, "data": self.data(model, asked)})

    def refusal(self, model: str) -> str:
        return f"{model} says no\x1b[31m to {self.headers['Authorization']}\nand more"

    def data(self, model: str, asked: dict) -> list[dict]:
        rows = [by_words(text) for text in asked["input"]]
        if model == "packed":
            return entries([base64.b64encode(struct.pack(f"<{len(row)}f", *row)).decode() for row in rows])
        if model == "reversed":
            return entries(rows)[::-1]
        if model == "ragged":
            return entries([row[: len(row) - index] for index, row in enumerate(rows)])
        wrong = {"few": rows[:-1], "many": [*rows, rows[0]], "nothing": [], "numbers": [0.5] * len(rows)}
        wrong |= {
            "zero": [[0.0] * 8] * len(rows),
            "infinite": [[float("nan")] * 8] * len(rows),
            "empty": [[]] * len(rows),
        }
        return entries(wrong.get(model, rows))

    def answer(self, status: int, content: object) -> None:
        body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(content, str) else "application/json")
        self.send_header("Retry-After", "0.01")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the name the library gave it
        """Tests are quiet."""


def entries(rows: list) -> list[dict]:
    return [{"object": "embedding", "index": index, "embedding": row} for index, row in enumerate(rows)]


class Server(ThreadingHTTPServer):
    """What it was asked, and what lets go of those who wait."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[dict] = []
        self.released = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@contextmanager
def serving() -> Iterator[Server]:
    """A server on loopback that speaks the embeddings API."""
    with Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()


WORDS = ["[PAD]", "[UNK]", "[CLS]", "the", "harbour", "bridge", "opens", "is", "open", "to", "traffic"]
WORDS += ["bakers", "protest", "against", "tax", "in"]


def write_model(folder: Path, *, graph: str = "model.onnx", pooled: bool = False, broken: bool = False) -> None:
    """A model whose tokens are words and whose states are looked up; `pooled` has the sentence as an output too."""
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 2)])
    tokenizer.enable_padding(length=512)  # as hubs ship them: far longer than needed
    tokenizer.save(str(folder / "tokenizer.json"))
    table = np.random.default_rng(7).normal(size=(len(WORDS), 16)).astype(np.float32)
    inputs = ["input_ids", "attention_mask", *(["pixels"] if broken else [])]
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["texts", "tokens", 16])]
    if pooled:
        nodes.append(helper.make_node("ReduceMax", ["last_hidden_state"], ["sentence_embedding"], axes=[1], keepdims=0))
        outputs.append(helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["texts", 16]))
    given = [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]) for name in inputs]
    made = helper.make_graph(nodes, "words", given, outputs, [numpy_helper.from_array(table, "table")])
    path = folder / graph
    path.parent.mkdir(exist_ok=True)
    save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
