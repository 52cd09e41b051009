"""The editor's hand: one change of an edition, and the record of all of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.model.edition import BenchStory

HEADLINE, SUMMARY, NOTE, CORRECTION = 240, 1200, 1000, 1000
"""The most characters of a headline, a summary, an editor's note and a correction that are shown."""


class Act(StrEnum):
    """What an editor can do to an edition that is not frozen yet."""

    PIN = "pin"
    DROP = "drop"
    MOVE = "move"
    RETITLE = "retitle"
    SUMMARY = "summary"
    ADD = "add"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change. `story` is the id of the story it is about (empty for a note), `text` the new headline, summary or
    note, `place` where a moved story stands from now on (1 is the top), `added` a story from elsewhere.
    """

    act: Act
    story: str = ""
    text: str = ""
    place: int = 0
    added: BenchStory | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of an edition's record: who did what, when. `serial` counts from 1 within the edition.

    `what` says it in words; `edit` is the change itself, None for what is no change of content (hold, approve, undo,
    a correction). `undone` where it is in force no more.
    """

    edition: int
    serial: int
    at: datetime
    by: str
    what: str
    edit: Edit | None = None
    undone: bool = False
