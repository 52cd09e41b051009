"""What earlier days have taught the selector."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCounts:
    """In how many of `documents` texts each word occurs; words as `stories.terms` reads them."""

    documents: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """`background`: the words of the last two weeks by language (empty for texts that tell none). `known`: the story
    id of each item as the last edition was cut, so that a running story is extended and not drawn anew.
    """

    background: Mapping[str, TermCounts] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
