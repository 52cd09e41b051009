"""The health of the relays, as all workers know it."""

from datetime import datetime

from sqlalchemy import Connection, select

from digest.ports.sending import RelayHealth
from digest.storage.dialects import insert_into
from digest.storage.engine import Database
from digest.storage.schema import relays


class Relays:
    """A ports.RelayStore on the table `relays`; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def health(self) -> tuple[RelayHealth, ...]:
        """Of every relay that ever had a fault, by place."""
        columns = (relays.c.place, relays.c.faults, relays.c.down_until, relays.c.because)
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).order_by(relays.c.place))
            return tuple(RelayHealth(**row) for row in rows.mappings())

    def record(self, health: RelayHealth, *, now: datetime) -> None:
        """Replace what is known of one."""
        known = {"faults": health.faults, "down_until": health.down_until, "because": health.because, "updated_at": now}

        def write(connection: Connection) -> None:
            insert = insert_into(connection, relays).values(place=health.place, **known)
            connection.execute(insert.on_conflict_do_update(index_elements=["place"], set_=known))

        self._database.write(write)
