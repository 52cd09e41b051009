"""Vectors from a sentence-embedding model in a folder, as model hubs keep them."""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.ai.graph import WEIGHTS, bert_graph
from digest.ai.placed import as_rows, of_length_one, readable
from digest.errors import VectorsDown

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

BATCH = 32
TOKENS = 256
"""The most tokens of a text that are read: a headline and a lead."""

GRAPHS = ("model.onnx", "onnx/model.onnx", WEIGHTS)
"""Where the graph is, or the weights of a BERT, in the order of trying."""

HINT = "docs/vectors.md says what a folder needs"

WHOLE = "sentence_embedding"
"""The output that is pooled already, in exports that have it."""


class LocalVectors:
    """A ports.Vectors over `tokenizer.json` and one of GRAPHS in a folder.

    The tokens' vectors are averaged, or the first token's is taken where `1_Pooling/config.json` says so. The model is
    loaded when it is first asked.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def name(self) -> str:
        """The folder's name with a fingerprint of the model, such as "minilm@1f0c9a3e". Raises VectorsDown."""
        with self._graph.open("rb") as graph:
            return f"{self.folder.name}@{hashlib.file_digest(graph, 'sha256').hexdigest()[:8]}"

    @cached_property
    def _graph(self) -> Path:
        found = next((path for path in map(self.folder.joinpath, GRAPHS) if path.is_file()), None)
        if found is None:
            raise VectorsDown(f"{self.folder} has no model.onnx and no {WEIGHTS}", hint=HINT)
        return found

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401 onnxruntime has no types
        try:
            import onnxruntime

            graph = bert_graph(self.folder) if self._graph.name == WEIGHTS else str(self._graph)
            return onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        except ImportError as error:
            raise self._missing(error.name or "a library") from error
        except Exception as error:  # each fault of onnxruntime is a class of its own
            raise VectorsDown(f"{self._graph} cannot be loaded: {error}", hint=HINT) from error

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise self._missing("tokenizers") from error
        path = self.folder / "tokenizer.json"
        try:
            tokenizer: Tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises Exception itself
            raise VectorsDown(f"{path} cannot be read: {error}", hint=HINT) from error
        filling = {name: (tokenizer.padding or {}).get(name) for name in ("pad_id", "pad_type_id", "pad_token")}
        tokenizer.enable_padding(**{name: value for name, value in filling.items() if value is not None})
        tokenizer.enable_truncation(TOKENS)
        return tokenizer

    @cached_property
    def _first_token(self) -> bool:
        path = self.folder / "1_Pooling" / "config.json"
        try:
            pooling = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        if not isinstance(pooling, dict):
            raise VectorsDown(f"{path} cannot be read: it is no JSON object", hint=HINT)
        return bool(pooling.get("pooling_mode_cls_token"))

    def _missing(self, library: str) -> VectorsDown:
        return VectorsDown(f"the model in {self.folder} needs {library}", hint="pip install 'digest[vectors]'")

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector for each text, as one float32 array; about 10 ms a text. Raises VectorsDown."""
        import numpy as np

        # Texts of like length share a batch: nothing is spent on filling up.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        rows: list[NDArray[float32] | None] = [None] * len(texts)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            for index, row in zip(chosen, self._batch([texts[index] for index in chosen]), strict=True):
                rows[index] = row
        return as_rows(of_length_one(np.stack(rows), count=len(texts), name=self.name)) if texts else ()  # type: ignore[arg-type]  # filled

    def _batch(self, texts: Sequence[str]) -> "NDArray[float32]":
        import numpy as np

        encoded: list[Encoding] = self._tokenizer.encode_batch([readable(text) for text in texts])
        ids = np.array([each.ids for each in encoded], dtype=np.int64)
        mask = np.array([each.attention_mask for each in encoded], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        outputs = [each.name for each in self._session.get_outputs()]
        output = WHOLE if WHOLE in outputs else outputs[0]
        try:
            wanted = {each.name: given[each.name] for each in self._session.get_inputs()}
            (states,) = self._session.run([output], wanted)
        except Exception as error:  # each fault of onnxruntime is a class of its own
            raise VectorsDown(f"{self._graph} does not run: {error!r}", hint=HINT) from error
        return self._pooled(np.asarray(states, dtype=np.float32), mask)

    def _pooled(self, states: "NDArray[float32]", mask: Any) -> "NDArray[float32]":  # noqa: ANN401 an array of ints
        import numpy as np

        if states.ndim != 3:  # noqa: PLR2004 texts, tokens, numbers
            return states
        if self._first_token:
            return states[:, 0]
        weights = mask[..., None].astype(np.float32)
        pooled: NDArray[float32] = (states * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
        return pooled
