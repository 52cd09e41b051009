"""A model with a memory: what it has placed lately is not asked again."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from digest.ai.placed import as_rows, of_length_one, readable
from digest.ports import Vectors, VectorStore

HALF = "<f2"
"""How numbers are kept: two bytes each, so that a day of 2,000 items takes 1.5 MB."""


class KeptVectors:
    """A ports.Vectors over another, whose answers it takes from a store where they are there.

    New ones are kept as of `now`; with None nothing is written. New or kept, a text's vector is the same to the bit.
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
        contents = self._store.find(list(dict.fromkeys(keys)))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in contents}
        if missing:
            new = np.asarray(self._vectors.embed(tuple(missing.values())), dtype=HALF)
            fresh = {key: row.tobytes() for key, row in zip(missing, new, strict=True)}
            contents |= fresh
            if self._now is not None:
                self._store.keep(fresh, now=self._now)
        rows = [np.frombuffer(contents[key], dtype=HALF) for key in keys]
        return as_rows(of_length_one(rows, count=len(texts), name=self.name)) if texts else ()

    def _key(self, text: str) -> bytes:
        return sha256(f"{self.name}\0{readable(text)}".encode()).digest()[:16]
