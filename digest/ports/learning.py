"""What is kept from one edition to the next, so that the selector need not learn it again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from digest.model.memory import Lesson, Memory


class VectorStore(Protocol):
    """Vectors that a model gave, by a fingerprint of the model and the text."""

    def find(self, fingerprints: Sequence[bytes]) -> dict[bytes, bytes]:
        """Those that are kept."""
        ...

    def keep(self, found: Mapping[bytes, bytes], *, now: datetime) -> None:
        """Keep these beside the others, in place of older ones of a text; what was kept a week ago is dropped."""
        ...


class MemoryStore(Protocol):
    """What earlier days have taught the selector."""

    def recall(self, *, since: datetime, until: datetime) -> Memory:
        """The words of the two weeks before the day (UTC) of `since`, those seen once left out; and the stories of the
        items seen from `since` to `until`.
        """
        ...

    def learn(self, lesson: Lesson) -> None:
        """Keep a lesson, all of it or nothing; learned twice, it is learned once.

        Days outside the two weeks that end with the lesson's newest day are dropped, and so are the stories of items
        that are not kept any more.
        """
        ...
