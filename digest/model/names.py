"""What is asked of the DNS, and what it says (RFC 1034)."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class RecordKind(StrEnum):
    """The kinds of records we ask for."""

    A = "A"
    AAAA = "AAAA"
    MX = "MX"
    PTR = "PTR"
    TXT = "TXT"


class Known(StrEnum):
    """What the DNS knows: records, a name without such records, no such name, or nothing as nobody answered."""

    FOUND = "found"
    EMPTY = "empty"
    ABSENT = "absent"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The records of one kind at one name."""

    name: str
    kind: RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came: each record as text, a TXT record's strings joined, an MX record as "10 mail.example.org", names
    without their last dot. `why` says why nothing is known where nobody answered.
    """

    known: Known
    values: tuple[str, ...] = ()
    why: str = ""

    @property
    def void(self) -> bool:
        """Whether an answer came and held no record."""
        return self.known in {Known.EMPTY, Known.ABSENT}


Asking = Generator[Question, Reply, T]
"""Work that needs the DNS: it yields its questions, is sent the replies, and returns what it comes to."""


def in_turn(works: Iterable[Asking[T]]) -> Asking[tuple[T, ...]]:
    """One work after the other; returns what each came to."""
    done: list[T] = []
    for work in works:
        done.append((yield from work))  # noqa: PERF401 a comprehension cannot ask
    return tuple(done)
