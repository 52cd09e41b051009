"""Items from a file of JSON lines, for running the selector alone."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from digest.errors import UsageError
from digest.feeds.characters import valid
from digest.model.feed import Item

SHAPE = "each line is an object with id and title, and perhaps summary, url, publisher, published"

Record = tuple[Mapping[str, object], datetime | None]
"""A line's object, and when it was published."""


def read_items(path: Path, *, now: datetime | None) -> tuple[tuple[Item, ...], datetime]:
    """The items of a file, and the time to select at: `now`, else the newest `published`, else the epoch.

    Where no item says when it was published, all count as published then. Raises UsageError, which names the line.
    """
    return items_of(read_records(path), path, now=now)


def read_records(path: Path) -> tuple[Record, ...]:
    """Every line of a file, packed by gzip where its name ends in .gz; raises UsageError, which names the line."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            return tuple(parsed(lines, path))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        if path.suffix == ".gz" and not getattr(error, "errno", None):
            reason = "it is no gzip file of UTF-8"
        raise UsageError(f"{path} cannot be read: {reason}", hint="check the path and its rights") from error


def items_of(records: Sequence[Record], path: Path, *, now: datetime | None) -> tuple[tuple[Item, ...], datetime]:
    """The items of these lines, and the time to select at; see read_items."""
    times = [moment for _, moment in records if moment is not None]
    at = now or max(times, default=datetime.fromtimestamp(0, UTC))
    items = tuple(item_of(record, moment if times else at, at) for record, moment in records)
    for name, often in Counter(item.id for item in items).most_common(1):
        if often > 1:
            raise UsageError(f"{path} has an id twice: “{name}”", hint="ids must be unique")
    return items, at


def parsed(lines: Iterable[str], path: Path) -> Iterable[Record]:
    """Each line's object with its time, which may be called timestamp too."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                record = json.loads(line)
                if record["id"] is None or record["title"] is None:
                    raise ValueError("null is no id and no title")
                yield record, time_of(record.get("published", record.get("timestamp")))
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError) as error:
                raise UsageError(f"{path}, line {number}, is no item", hint=SHAPE) from error


def time_of(value: object) -> datetime | None:
    """ISO 8601 or milliseconds since the epoch as a UTC time."""
    if value is None or value == "":
        return None
    if isinstance(value, int | float) or str(value).isdigit():
        return datetime.fromtimestamp(float(str(value)) / 1000, UTC)
    moment = datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def item_of(record: Mapping[str, object], published: datetime | None, now: datetime) -> Item:
    """One line as an item."""

    def text(name: str) -> str:
        value = record.get(name)
        return "" if value is None else valid(str(value))

    return Item(
        id=text("id"),
        title=text("title"),
        summary=text("summary"),
        url=text("url"),
        publisher=text("publisher"),
        source=text("publisher"),
        section=text("section"),
        published=published,
        seen=published or now,
    )
