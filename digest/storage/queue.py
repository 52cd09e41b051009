"""The queue that wakes workers: its tables are procrastinate's own, in a schema of theirs beside the store's."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, column, func, select, table, text

from digest.ports.sending import Waiting
from digest.storage.engine import LINK, Database
from digest.storage.faults import explained

SCHEMA = "digest_queue"
LOCK = 0x6469_6765_7375
"""PostgreSQL's advisory lock of whoever makes the tables."""

JOBS = table("procrastinate_jobs", column("task_name"), column("args"), column("status"), schema=SCHEMA)
OPEN = {"todo": "waits", "doing": "runs"}
"""The states of a job that is not over, in procrastinate's words and in ours."""

REMARK = re.compile(r"procrastinate ([\d.]+) ([0-9a-f]{16})")
"""What the schema's comment says: which version made the tables, and of which statements."""


class Queue:
    """A ports.sending.WakeQueue; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self) -> tuple[Waiting, ...]:
        """The jobs that wait or run, by what they are; none where no worker ever ran, or on SQLite."""
        edition = func.coalesce(JOBS.c.args.op("->>")("edition"), "0")
        query = (
            select(JOBS.c.task_name, edition, text("status::text"), func.count())
            .where(text("status::text in ('todo', 'doing')"))
            .group_by(JOBS.c.task_name, edition, text("status::text"))
            .order_by(JOBS.c.task_name, edition, text("status::text"))
        )
        if self._database.engine.dialect.name == "sqlite":
            return ()
        with self._database.read() as connection:
            rows = connection.execute(query).all() if _made(connection) else []
        return tuple(
            Waiting(what=what, edition=int(number), state=OPEN[state], count=count)
            for what, number, state, count in rows
        )

    def lay_out(self, statements: str, *, version: str) -> None:
        """Make the tables of this version of procrastinate. However many do so at once, it is done once.

        Tables of an older version are made anew, with what waits in them: the next tick wakes the workers again. Those
        of a newer one are left alone.
        """
        remark = f"procrastinate {version} {sha256(statements.encode()).hexdigest()[:16]}"
        with explained(self._database.name), self._database.engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            made = _remark(connection)
            if made is None or _is_older(made, remark):
                _make(connection, statements, remark)

    def reached_by(self) -> Mapping[str, Any]:
        """What a driver connects to the queue with. It holds the password: never show it."""
        engine = self._database.engine
        _, given = engine.dialect.create_connect_args(engine.url)
        options = f"{given.get('options', '')} -c timezone=utc -c search_path={SCHEMA}".strip()
        return LINK | {name: value for name, value in given.items() if name != "context"} | {"options": options}


def _made(connection: Connection) -> bool:
    return connection.scalar(select(func.to_regclass(f"{SCHEMA}.procrastinate_jobs"))) is not None


def _remark(connection: Connection) -> str | None:
    """What the schema says of its tables; None where there are none."""
    if not _made(connection):
        return None
    told = select(func.obj_description(func.to_regnamespace(SCHEMA), "pg_namespace"))
    return connection.scalar(told) or ""


def _is_older(made: str, remark: str) -> bool:
    """Whether tables were made by an older version, of other statements."""
    theirs, ours = REMARK.fullmatch(made), REMARK.fullmatch(remark)
    if theirs is None or ours is None:
        return False
    return theirs[2] != ours[2] and _numbers(theirs[1]) < _numbers(ours[1])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part)


def _make(connection: Connection, statements: str, remark: str) -> None:
    if _made(connection):
        connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))
    if connection.scalar(select(func.to_regnamespace(SCHEMA))) is None:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    connection.execute(text(f"SET LOCAL search_path TO {SCHEMA}"))
    # Whole and as it is: several statements, with signs that would else be taken for places of parameters.
    raw = connection.execution_options(no_parameters=True)
    raw.exec_driver_sql(statements)
    raw.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS '{remark}'")
