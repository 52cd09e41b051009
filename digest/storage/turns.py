"""What only one of several processes does at a time."""

from datetime import timedelta

from sqlalchemy import Connection, delete

from digest.storage.dialects import clock, insert_counted, insert_into
from digest.storage.engine import Database
from digest.storage.schema import turns


class Turns:
    """A ports.TurnStore on the table `turns`; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, what: str, *, by: str, lease: timedelta) -> bool:
        """Whether it is `by`'s turn, for so long at most (by the store's own clock); nobody gets it until then."""
        return self._database.write(lambda connection: _take(connection, what, by, lease))

    def end(self, what: str, *, by: str) -> None:
        """Let others have it; nothing happens where it is somebody else's by now."""
        over = delete(turns).where(turns.c.what == what, turns.c.by == by)
        self._database.write(lambda connection: connection.execute(over).close())


def _take(connection: Connection, what: str, by: str, lease: timedelta) -> bool:
    now = clock(connection)
    connection.execute(delete(turns).where(turns.c.until < now))
    mine = insert_into(connection, turns).values(what=what, by=by, until=now + lease).on_conflict_do_nothing()
    return insert_counted(connection, mine) == 1
