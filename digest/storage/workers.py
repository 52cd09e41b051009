"""Who sends, and whether they were heard of."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from digest.ports.sending import Worker
from digest.storage.dialects import clock, insert_into
from digest.storage.engine import Database
from digest.storage.schema import workers

FORGOTTEN = timedelta(days=1)
"""Who was not heard of for so long is dropped: a machine that was taken away, a process that was killed."""


class Workers:
    """A ports.WorkerStore on the table `workers`; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, name: str, doing: str) -> None:
        """A sign of life."""
        self._database.write(lambda connection: _beat(connection, name, doing))

    def leave(self, name: str) -> None:
        """A worker ended in good order."""
        gone = delete(workers).where(workers.c.name == name)
        self._database.write(lambda connection: connection.execute(gone).close())

    def all(self) -> tuple[Worker, ...]:
        """Those heard of within a day, by name."""
        with self._database.read() as connection:
            now = clock(connection)
            heard = select(workers).where(workers.c.seen_at >= now - FORGOTTEN).order_by(workers.c.name)
            rows = connection.execute(heard).mappings().all()
        return tuple(Worker(**row, silence=max(now - row["seen_at"], timedelta())) for row in rows)

    def clock(self) -> datetime:
        """The time by the store's own clock."""
        with self._database.read() as connection:
            return clock(connection)


def _beat(connection: Connection, name: str, doing: str) -> None:
    now = clock(connection)
    connection.execute(delete(workers).where(workers.c.seen_at < now - FORGOTTEN))
    sign = {"seen_at": now, "doing": doing}
    first = insert_into(connection, workers).values(name=name, started_at=now, **sign)
    connection.execute(first.on_conflict_do_update(index_elements=["name"], set_=sign))
