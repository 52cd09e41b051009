"""What earlier days have taught the selector."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCounts:
    """In how many of `documents` texts each word occurs; words as `stories.terms` reads them."""

    documents: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """`background`: the words of the weeks before by language (empty for texts that tell none). `known`: the story
    id of each item as the last edition was cut, so that a running story is extended and not drawn anew. `learned`: the
    newest day whose words are kept (None: no day's); they may have been counted before that day was over.
    """

    background: Mapping[str, TermCounts] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    learned: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a cut adds to the memory. `words`, by day (UTC, when an item was first seen) and language, stand in place of
    all that was kept of those days; `stories` are the story ids of the items that are new or have moved.
    """

    words: Mapping[date, Mapping[str, TermCounts]] = field(default_factory=dict)
    stories: Mapping[str, str] = field(default_factory=dict)
