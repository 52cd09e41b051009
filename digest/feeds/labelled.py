"""Days with known stories, from files of JSON lines, for judging the selector."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digest.errors import UsageError
from digest.feeds.jsonl import Record, items_of, read_records
from digest.model.feed import Item

COLUMNS = "each line has an id, a title and the story it belongs to; batch names its day, dup the text it is a copy of"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledDay:
    """The items of one run of the selector at `now`, the true story of each id, and the true text where it is known.

    `references` are what good summaries of a story say, by the story.
    """

    name: str
    items: tuple[Item, ...]
    now: datetime
    stories: Mapping[str, str]
    copies: Mapping[str, str]
    references: Mapping[str, str]


def read_days(path: Path, *, now: datetime | None) -> tuple[LabelledDay, ...]:
    """The days of a file, by the column `batch`, in order; raises UsageError where nothing is labelled.

    The columns are those of jsonl.read_items and `story`, `batch`, `dup` and `reference`; all but `story` may be left
    out.
    """
    batches: dict[str, list[Record]] = defaultdict(list)
    for record in read_records(path):
        batches[text(record[0], "batch")].append(record)
    days = tuple(day_of(name, records, path, now) for name, records in sorted(batches.items()))
    if not any(day.stories for day in days):
        raise UsageError(f"{path} has no item with a known story", hint=COLUMNS)
    return days


def day_of(name: str, records: list[Record], path: Path, now: datetime | None) -> LabelledDay:
    """One batch as a day."""
    items, at = items_of(records, path, now=now)
    rows = [record for record, _ in records]
    return LabelledDay(
        name=name,
        items=items,
        now=at,
        stories=labels(rows, "id", "story"),
        copies=labels(rows, "id", "dup"),
        references=labels(rows, "story", "reference"),
    )


def labels(rows: list[Mapping[str, object]], key: str, value: str) -> dict[str, str]:
    """One column by another, where both are there."""
    pairs = ((text(row, key), text(row, value)) for row in rows)
    return {name: label for name, label in pairs if name and label}


def text(row: Mapping[str, object], column: str) -> str:
    """A cell as text; a list is its parts joined, nothing is the empty text."""
    value = row.get(column)
    if isinstance(value, list):
        return " ".join(str(part) for part in value)
    return "" if value is None else str(value)
