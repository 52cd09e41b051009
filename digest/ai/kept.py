"""A model with a memory: what it has placed lately is not asked again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from digest.ai.placed import as_rows, of_length_one, readable
from digest.ports import Vectors
from digest.ports.learning import VectorStore

HALF = "<f2"
"""How numbers are kept: two bytes each, so that a day of 2,000 items takes 1.5 MB."""


class KeptVectors:
    """A ports.Vectors over another, whose answers it takes from a store where they are there.

    New ones are kept as of `now`; with None nothing is written. New or kept, a text's vector is the same to the bit.
    Where the kept ones differ in length from the new or from each other, the model behind the name is not what it was,
    and all texts are asked about anew.
    """

    def __init__(self, vectors: Vectors, store: VectorStore, *, now: datetime | None) -> None:
        self._vectors = vectors
        self._store = store
        self._now = now

    @property
    def name(self) -> str:
        """The model's own."""
        return self._vectors.name

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector for each text, as one float32 array. Raises VectorsDown, StoreError."""
        import numpy as np

        keys = [self._key(text) for text in texts]
        asked = dict(zip(keys, texts, strict=True))
        contents = self._store.find(list(asked))
        contents |= self._ask({key: text for key, text in asked.items() if key not in contents})
        if len({len(content) for content in contents.values()}) > 1:
            contents = self._ask(asked)
        rows = [np.frombuffer(contents[key], dtype=HALF) for key in keys]
        return as_rows(of_length_one(rows, count=len(texts), name=self.name)) if texts else ()

    def _ask(self, texts: Mapping[bytes, str]) -> dict[bytes, bytes]:
        """What the model says of these texts, by their keys; it is kept."""
        import numpy as np

        if not texts:
            return {}
        new = np.asarray(self._vectors.embed(tuple(texts.values())), dtype=HALF)
        fresh = {key: row.tobytes() for key, row in zip(texts, new, strict=True)}
        if self._now is not None:
            self._store.keep(fresh, now=self._now)
        return fresh

    def _key(self, text: str) -> bytes:
        return sha256(f"{self.name}\0{readable(text)}".encode()).digest()[:16]
