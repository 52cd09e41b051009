"""The record of an edition: who did what to it, and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from digest.model.edit import Edit, Entry
from digest.storage.columns import storable
from digest.storage.schema import edits
from digest.storage.snapshot import pack, unpack


def note(connection: Connection, number: int, *, by: str, what: str, at: datetime, edit: Edit | None = None) -> Entry:
    """Add a line to the record of an edition whose row is locked."""
    last = connection.scalar(select(func.max(edits.c.serial)).where(edits.c.edition == number)) or 0
    entry = Entry(edition=number, serial=last + 1, at=at, by=storable(by), what=storable(what), edit=edit)
    connection.execute(
        insert(edits).values(
            edition=number,
            serial=entry.serial,
            at=at,
            editor=entry.by,
            what=entry.what,
            snapshot=None if edit is None else pack(edit),
            undone=False,
        )
    )
    return entry


def entries(connection: Connection, number: int) -> tuple[Entry, ...]:
    """The lines of an edition's record, oldest first."""
    rows = connection.execute(select(edits).where(edits.c.edition == number).order_by(edits.c.serial)).mappings()
    return tuple(_entry(row) for row in rows)


def _entry(row: Mapping[Any, Any]) -> Entry:
    content, what = row["snapshot"], f"Change {row['serial']} of edition {row['edition']}"
    return Entry(
        edition=row["edition"],
        serial=row["serial"],
        at=row["at"],
        by=row["editor"],
        what=row["what"],
        edit=None if content is None else unpack(bytes(content), Edit, what=what),
        undone=row["undone"],
    )
