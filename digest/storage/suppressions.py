"""Addresses that must not be mailed, and why."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select

from digest.errors import NotFound
from digest.model.subscriber import Suppression
from digest.storage.dialects import insert_into
from digest.storage.engine import Database
from digest.storage.fingerprint import Fingerprints
from digest.storage.schema import suppressions


class Suppressions:
    """ports.SuppressionStore."""

    def __init__(self, database: Database, fingerprints: Fingerprints) -> None:
        self._database = database
        self._fingerprints = fingerprints

    def add(self, suppression: Suppression) -> None:
        """Suppress; an older reason stands."""
        row = {
            "fingerprint": self._fingerprints.of(suppression.address),
            "address": suppression.address,
            "reason": suppression.reason,
            "evidence": suppression.evidence,
            "at": suppression.at,
        }
        self._database.write(
            lambda connection: (
                connection.execute(insert_into(connection, suppressions).values(row).on_conflict_do_nothing()).rowcount
            )
        )

    def find(self, address: str) -> Suppression | None:
        """Why an address is suppressed, or None."""
        query = select(suppressions).where(suppressions.c.fingerprint == self._fingerprints.of(address))
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _suppression(row)

    def lift(self, address: str) -> None:
        """Raises NotFound."""
        statement = delete(suppressions).where(suppressions.c.fingerprint == self._fingerprints.of(address))
        if not self._database.write(lambda connection: connection.execute(statement).rowcount):
            raise NotFound(f"{address} is not suppressed.", hint="`digest suppressions list` shows who is.")

    def all(self) -> tuple[Suppression, ...]:
        """Every one, newest first; address empty where the person was forgotten."""
        query = select(suppressions).order_by(
            suppressions.c.at.desc(), func.coalesce(suppressions.c.address, ""), suppressions.c.fingerprint
        )
        with self._database.read() as connection:
            return tuple(_suppression(row) for row in connection.execute(query).mappings())


def _suppression(row: Mapping[Any, Any]) -> Suppression:
    return Suppression(address=row["address"] or "", reason=row["reason"], evidence=row["evidence"], at=row["at"])
