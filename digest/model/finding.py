"""What a check of an edition found."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """An error keeps an edition back; a warning is for the editor to look at."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault: the `check` that found it, in one word; what is wrong, in one sentence; what to do about it.

    `where` is the part of the mail (html, text, headers, edition) or a line of it; `story` the id of the story it is
    about, empty where it is about none.
    """

    check: str
    level: Level
    message: str
    where: str = ""
    story: str = ""
    hint: str = ""
