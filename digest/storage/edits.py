"""What editors did to the editions: every change, and the edition as it is with those in force."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select, update

from digest.errors import Conflict
from digest.model.edit import Edit, Entry
from digest.model.edition import Edition, EditionState
from digest.ports.editing import Replay
from digest.storage.editions import find, moved, rewritten
from digest.storage.engine import Database
from digest.storage.record import entries, note
from digest.storage.schema import editions, edits
from digest.storage.snapshot import pack, unpack

CLOSED = (EditionState.FROZEN, EditionState.CANCELLED)

SAID = {
    EditionState.DRAFT: "made a draft again",
    EditionState.HELD: "held",
    EditionState.APPROVED: "approved",
    EditionState.CANCELLED: "cancelled",
}
"""A move in the words of the record."""


class Edits:
    """ports.editing.EditStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self, number: int, edit: Edit, *, by: str, what: str, at: datetime, apply: Callable[[Edition], Edition]
    ) -> Edition:
        """Record a change, and keep what `apply` makes of the edition as it is; raises NotFound, Conflict."""

        def work(connection: Connection) -> Edition:
            edition = _open(connection, number)
            _original(connection, edition)
            note(connection, number, by=by, what=what, at=at, edit=edit)
            return _keep(connection, edition, apply(edition))

        return self._database.write(work)

    def undo(self, number: int, *, by: str, at: datetime, replay: Replay) -> Entry:
        """Take back the newest change in force, and keep what `replay` makes of the others.

        Raises NotFound, Conflict.
        """

        def work(connection: Connection) -> Entry:
            edition = _open(connection, number)
            *others, last = _in_force(connection, number)
            mine = (edits.c.edition == number) & (edits.c.serial == last.serial)
            connection.execute(update(edits).where(mine).values(undone=True))
            left = tuple(entry.edit for entry in others if entry.edit is not None)
            _keep(connection, edition, replay(_original(connection, edition), left))
            return note(connection, number, by=by, what=f"took back: {last.what}", at=at)

        return self._database.write(work)

    def move(self, number: int, state: EditionState, *, by: str, at: datetime) -> Edition:
        """Bring an edition into a state, and record who did it; raises NotFound, Conflict."""

        def work(connection: Connection) -> Edition:
            before = find(connection, number, lock=True)
            edition = moved(connection, number, state)
            if edition.state is not before.state:
                note(connection, number, by=by, what=SAID[state], at=at)
            return edition

        return self._database.write(work)

    def hold(self, number: int, reason: str, *, by: str, at: datetime) -> Edition:
        """Keep an edition back for a reason that it shows, and record it; raises NotFound, Conflict."""

        def work(connection: Connection) -> Edition:
            edition = replace(moved(connection, number, EditionState.HELD), held=reason)
            note(connection, number, by=by, what=f"held: {reason}", at=at)
            return rewritten(connection, edition)

        return self._database.write(work)

    def all(self, number: int) -> tuple[Entry, ...]:
        """The record of an edition, oldest first; raises NotFound."""
        with self._database.read() as connection:
            find(connection, number)
            return entries(connection, number)


def check_open(edition: Edition) -> None:
    """Raises Conflict for an edition that cannot be changed any more."""
    if edition.state in CLOSED:
        frozen = edition.state is EditionState.FROZEN
        raise Conflict(
            f"Edition {edition.number} is {edition.state}, and cannot be changed any more.",
            hint=f"digest edition correct {edition.number} TEXT says what was wrong in it." if frozen else "",
        )


def _open(connection: Connection, number: int) -> Edition:
    edition = find(connection, number, lock=True)
    check_open(edition)
    return edition


def _in_force(connection: Connection, number: int) -> list[Entry]:
    """The changes in force, oldest first; raises Conflict where there is none."""
    standing = [entry for entry in entries(connection, number) if entry.edit is not None and not entry.undone]
    if not standing:
        raise Conflict(
            f"There is no change of edition {number} to take back.",
            hint="An edition is held and approved by commands of their own: digest edition hold, approve.",
        )
    return standing


def _original(connection: Connection, edition: Edition) -> Edition:
    """The edition as it was cut, which is kept from its first change on."""
    row = editions.c.number == edition.number
    kept = connection.scalar(select(editions.c.original).where(row))
    if kept is not None:
        return unpack(bytes(kept), Edition, what=f"Edition {edition.number} as it was cut")
    connection.execute(update(editions).where(row).values(original=pack(edition)))
    return edition


def _keep(connection: Connection, edition: Edition, changed: Edition) -> Edition:
    """Keep what an edition has become; its number, its state and what it is held for are not content."""
    standing = replace(changed, state=edition.state, held=edition.held, passed=edition.passed)
    return rewritten(connection, replace(standing, number=edition.number))
