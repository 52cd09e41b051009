"""What a model answers, made sure of: one vector of length one for each text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from digest.errors import VectorsDown

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    from digest.ports import Vectors

LONGEST = 1_000
"""The most characters of a text that a model reads: a headline and a lead."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A ports.Embed that knows the vectors of some texts, and no others; it can be handed to another process."""

    places: Mapping[str, int]
    vectors: "NDArray[float32]"

    def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Their vectors, as one array."""
        return as_rows(self.vectors[[self.places[text] for text in texts]])


def place(vectors: "Vectors", texts: Sequence[str]) -> Placed:
    """Ask a model for the vectors of these texts, of each text once. Raises VectorsDown."""
    import numpy as np

    places = {text: index for index, text in enumerate(dict.fromkeys(texts))}
    return Placed(places, np.asarray(vectors.embed(tuple(places)), dtype=np.float32))


def readable(text: str) -> str:
    """The text as every model takes it: not too long, not empty, no lone surrogates."""
    return text[:LONGEST].encode("utf-8", "replace").decode("utf-8").strip() or "?"


def of_length_one(rows: Any, *, count: int, name: str) -> "NDArray[float32]":  # noqa: ANN401 whatever a model answers
    """The rows as float32, each divided by its length; raises VectorsDown where they are not `count` good vectors."""
    import numpy as np

    try:
        matrix: NDArray[float32] = np.asarray(rows, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise nonsense(name, "vectors that differ in length, or are no numbers") from error
    if matrix.ndim != 2 or len(matrix) != count or not matrix.size:  # noqa: PLR2004 a table has two
        raise nonsense(name, f"an array of shape {matrix.shape} for {count} texts")
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise nonsense(name, "vectors that are not finite, or all zeros")
    unit: NDArray[float32] = matrix / lengths
    return unit


def nonsense(name: str, what: str) -> VectorsDown:
    """The error that says which model answered what."""
    return VectorsDown(f"the model {name} answered with {what}", hint="check DIGEST_VECTORS: it is no text embedding")


def as_rows(matrix: "NDArray[float32]") -> Sequence[Sequence[float]]:
    """An array by the name that the ports know it under."""
    return cast("Sequence[Sequence[float]]", matrix)
