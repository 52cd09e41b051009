"""Vectors from an OpenAI-compatible server: a provider's, or one of your own (Ollama, llama.cpp, vLLM, …)."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.ai.placed import as_rows, of_length_one, readable
from digest.errors import VectorsDown

if TYPE_CHECKING:
    from openai import OpenAI

BATCH = 64
"""Texts in one request: some thousand tokens, far below what any server takes."""

SECONDS = 60.0
"""How long a server may be silent; it may have to load its model first."""

RETRIES = 2
"""How often a request is made again after 408, 409, 429, 5xx or silence; the server's Retry-After is honoured."""

MOST_SAID = 300
"""Characters of an error that are repeated."""

HINTS = {401: "check DIGEST_VECTORS_KEY", 403: "check DIGEST_VECTORS_KEY", 404: "check DIGEST_VECTORS_MODEL"}


class EndpointVectors:
    """A ports.Vectors. `url` is the root of the API, which `/embeddings` is added to; `key` may be empty.

    It comes from the operator, not from a feed, so that it may well be a private address.
    """

    def __init__(self, url: str, model: str, *, key: str = "", seconds: float = SECONDS) -> None:
        self.url = url
        self.model = model
        self._key = key
        self._seconds = seconds

    @property
    def name(self) -> str:
        """The model and its server, such as "small at models.example"."""
        return f"{self.model} at {urlsplit(self.url).netloc}"

    @cached_property
    def _client(self) -> "OpenAI":
        try:
            from openai import OpenAI
        except ImportError as error:
            raise VectorsDown(f"{self.name} needs openai", hint="pip install 'digest[vectors]'") from error
        # Without a key of ours the library would send the one it finds in the environment.
        return OpenAI(base_url=self.url, api_key=self._key or "none", timeout=self._seconds, max_retries=RETRIES)

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector for each text, as one float32 array, asked for in batches. Raises VectorsDown."""
        rows: list[Sequence[float]] = []
        for start in range(0, len(texts), BATCH):
            rows.extend(self._batch(texts[start : start + BATCH]))
        return as_rows(of_length_one(rows, count=len(texts), name=self.name)) if rows else ()

    def _batch(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """One request. The server may answer in any order: each vector says which text it is of."""
        client = self._client
        from openai import APIConnectionError, APIStatusError, OpenAIError

        try:
            found = client.embeddings.create(model=self.model, input=[readable(text) for text in texts]).data
            vectors = {each.index: each.embedding for each in found}
        except APIStatusError as error:
            hint = HINTS.get(error.status_code, "look at that server; editions are cut without vectors meanwhile")
            raise VectorsDown(f"{self.name} answered {error.status_code}: {self._said(error)}", hint=hint) from error
        except APIConnectionError as error:
            what = self._said(error).rstrip(".").lower()
            raise VectorsDown(f"{self.name} does not answer: {what}", hint="check DIGEST_VECTORS") from error
        except (OpenAIError, AttributeError, KeyError, TypeError, ValueError) as error:
            # The library believes what it gets: a page of HTML or JSON of another kind fails anywhere in its reading.
            raise VectorsDown(f"{self.name} answered with something else", hint="check DIGEST_VECTORS") from error
        if vectors.keys() != set(range(len(texts))):
            hint = "check DIGEST_VECTORS: it is no text embedding"
            raise VectorsDown(f"{self.name} gave {len(found)} vectors for {len(texts)} texts", hint=hint)
        return [vectors[index] for index in range(len(texts))]

    def _said(self, error: Exception) -> str:
        """What the server or the network said: one short line, without our key should it be repeated there."""
        said = str(error).replace(self._key, "…") if self._key else str(error)
        line = (said.splitlines() or [type(error).__name__])[0]
        return "".join(letter for letter in line if letter.isprintable())[:MOST_SAID]
