"""Vectors that a model gave, so that no text is asked about twice."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from digest.storage.dialects import insert_into
from digest.storage.engine import Database
from digest.storage.schema import vectors

KEPT = timedelta(days=7)
"""How long a vector is kept: longer than an item is news."""

AT_ONCE = 5_000
"""Values in one statement: fewer than either database takes."""


class Vectors:
    """ports.VectorStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, fingerprints: Sequence[bytes]) -> dict[bytes, bytes]:
        """Those that are kept."""
        found: dict[bytes, bytes] = {}
        with self._database.read() as connection:
            for start in range(0, len(fingerprints), AT_ONCE):
                query = select(vectors).where(vectors.c.fingerprint.in_(fingerprints[start : start + AT_ONCE]))
                rows = connection.execute(query).mappings()
                found.update((bytes(row["fingerprint"]), bytes(row["content"])) for row in rows)
        return found

    def keep(self, found: Mapping[bytes, bytes], *, now: datetime) -> None:
        """Keep these beside the others, in place of older ones of a text; what was kept a week ago is dropped."""
        rows = [{"fingerprint": key, "content": found[key], "kept_at": now} for key in sorted(found)]
        self._database.write(lambda connection: _keep(connection, rows, now))


def _keep(connection: Connection, rows: Sequence[Mapping[str, object]], now: datetime) -> None:
    connection.execute(delete(vectors).where(vectors.c.kept_at <= now - KEPT))
    if rows:
        upsert = insert_into(connection, vectors)
        newer = {"content": upsert.excluded.content, "kept_at": upsert.excluded.kept_at}
        connection.execute(upsert.on_conflict_do_update(index_elements=[vectors.c.fingerprint], set_=newer), rows)
