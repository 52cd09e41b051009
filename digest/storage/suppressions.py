"""Addresses that must not be mailed, and why."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select

from digest.errors import NotFound
from digest.model.bounce import BounceKind
from digest.model.subscriber import Suppression
from digest.storage.dialects import insert_into
from digest.storage.engine import Database
from digest.storage.fingerprint import Fingerprints
from digest.storage.schema import bounces, suppressions


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

    def lift(self, address: str, *, now: datetime) -> Suppression:
        """Allow mail again, and keep in the record of bounces what was lifted and when; raises NotFound."""
        fingerprint = self._fingerprints.of(address)
        lifted = self._database.write(lambda connection: _lift(connection, fingerprint, now))
        if lifted is None:
            raise NotFound(f"{address} is not suppressed.", hint="`digest suppressions list` shows who is.")
        return replace(lifted, address=lifted.address or address)

    def all(self) -> tuple[Suppression, ...]:
        """Every one, newest first; address empty where the person was forgotten."""
        query = select(suppressions).order_by(
            suppressions.c.at.desc(), func.coalesce(suppressions.c.address, ""), suppressions.c.fingerprint
        )
        with self._database.read() as connection:
            return tuple(_suppression(row) for row in connection.execute(query).mappings())


def _lift(connection: Connection, fingerprint: str, now: datetime) -> Suppression | None:
    here = suppressions.c.fingerprint == fingerprint
    row = connection.execute(select(suppressions).where(here)).mappings().first()
    if row is None:
        return None
    connection.execute(delete(suppressions).where(here))
    marker = {
        "fingerprint": fingerprint,
        "source": f"lifted {now.isoformat()}",
        "kind": BounceKind.LIFTED.value,
        "words": f"{row['reason']}, since {row['at']:%Y-%m-%d}: {row['evidence']}",
        "at": now,
    }
    connection.execute(insert_into(connection, bounces).values(marker).on_conflict_do_nothing())
    return _suppression(row)


def _suppression(row: Mapping[Any, Any]) -> Suppression:
    return Suppression(address=row["address"] or "", reason=row["reason"], evidence=row["evidence"], at=row["at"])
