"""What was wrong in editions that had gone out."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select

from digest.errors import Conflict
from digest.model.edition import Correction, EditionState
from digest.storage.columns import storable
from digest.storage.editions import find
from digest.storage.engine import Database
from digest.storage.record import note
from digest.storage.schema import corrections


class Corrections:
    """ports.editing.CorrectionStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, correction: Correction, *, by: str) -> None:
        """Keep a correction, and record it with its edition; raises NotFound, Conflict."""
        self._database.write(lambda connection: _add(connection, correction, by))

    def of(self, edition: int) -> tuple[Correction, ...]:
        """Those about one edition, oldest first."""
        return self._all(corrections.c.edition == edition)

    def waiting(self) -> tuple[Correction, ...]:
        """Those that no edition carries yet, oldest first."""
        return self._all(corrections.c.carried_by.is_(None))

    def _all(self, which: ColumnElement[bool]) -> tuple[Correction, ...]:
        query = select(corrections).where(which).order_by(corrections.c.id)
        with self._database.read() as connection:
            return tuple(_correction(row) for row in connection.execute(query).mappings())


def _add(connection: Connection, correction: Correction, by: str) -> None:
    number, text = correction.edition, storable(correction.text)
    edition = find(connection, number, lock=True)
    if edition.state is not EditionState.FROZEN:
        raise Conflict(
            f"Edition {number} is {edition.state}; only one that went out is corrected.",
            hint=f"Change it instead, with digest edition retitle, summary or drop {number} STORY."
            if edition.state is not EditionState.CANCELLED
            else "",
        )
    same = (corrections.c.edition == number) & (corrections.c.text == text)
    if connection.scalar(select(corrections.c.id).where(same)) is not None:
        raise Conflict(f"Edition {number} has that correction already.")
    connection.execute(insert(corrections).values(edition=number, at=correction.at, editor=by, text=text))
    note(connection, number, by=by, what=f"correction: {text}", at=correction.at)


def _correction(row: Mapping[Any, Any]) -> Correction:
    return Correction(edition=row["edition"], at=row["at"], text=row["text"])
