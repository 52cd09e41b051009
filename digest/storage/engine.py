"""A database by its URL: how it is opened, read from and written to."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from digest.errors import NoNewspaper, SettingsError, StoreError
from digest.storage.faults import explained
from digest.storage.writer import Bulk, Writer

Result = TypeVar("Result")
Item = TypeVar("Item")

EXPECTED = "expected sqlite:///digest.db, sqlite:////absolute/path or postgresql://user:password@host/name"
POSTGRESQL_NAMES = ("postgresql", "postgres", "postgresql+psycopg")
LINK = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""How libpq notices that a server is gone: seconds, and milliseconds until what was sent must be acknowledged. Without
them a server that lost its power is waited for a quarter of an hour.
"""
WATCHED = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
"""Has the server notice within a minute that our machine is gone; rows that it had locked are free then."""


class Database:
    """An open database: `read` beside the writer, `write` and `submit` through it."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name
        self._writer = Writer(engine.execution_options(digest_writes=True), name)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; raises StoreError."""
        with explained(self.name), self.engine.connect() as connection:
            yield connection

    def submit(self, work: Callable[[Connection], Result]) -> "Future[Result]":
        """Have `work` done and committed together with what else is waiting; see Writer."""
        return self._writer.submit(work)

    def submit_to(self, bulk: Bulk[Item, Result], item: Item) -> "Future[Result]":
        """The same for an item of a bulk, done together with its like."""
        return self._writer.submit_to(bulk, item)

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """The same, waited for; raises what `work` raises, and StoreError."""
        return self.submit(work).result()

    def close(self) -> None:
        """Finish what is waiting, and let go of every connection."""
        self._writer.close()
        self.engine.dispose()


def locate(url: str) -> URL:
    """The URL as SQLAlchemy needs it, an SQLite file as an absolute path; raises SettingsError."""
    try:
        parsed = make_url(url)
    except ArgumentError as fault:
        raise SettingsError((f"DIGEST_DATABASE_URL is no URL; {EXPECTED}",)) from fault
    if parsed.drivername == "sqlite" and parsed.database and parsed.database != ":memory:" and not parsed.query:
        return parsed.set(database=str(Path(parsed.database).absolute()))
    if parsed.drivername not in POSTGRESQL_NAMES:
        raise SettingsError((f"DIGEST_DATABASE_URL is {parsed.render_as_string(hide_password=True)!r}; {EXPECTED}",))
    if find_spec("psycopg") is None:
        raise SettingsError(
            ("DIGEST_DATABASE_URL names PostgreSQL, whose driver is not installed",),
            hint="Install it: pip install 'digest[postgres]'.",
        )
    return parsed.set(drivername="postgresql+psycopg")


def open_engine(url: URL, *, create: bool, busy_seconds: float) -> Engine:
    """An engine for a located URL; raises StoreError where there is no folder for the file, NoNewspaper where there is
    no file and none may be made.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, create=create, busy_seconds=busy_seconds)
    settings = f"-c timezone=utc -c lock_timeout={int(busy_seconds * 1000)} {WATCHED}"
    return create_engine(url, pool_pre_ping=True, connect_args={**LINK, "options": settings})


def name_of(url: URL) -> str:
    """How a database is called in messages: never with its password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def _sqlite(url: URL, *, create: bool, busy_seconds: float) -> Engine:
    path = Path(str(url.database))
    try:
        _find(path, create=create)
    except OSError as fault:
        raise StoreError(
            f"The database {path} cannot be opened: {fault.strerror}.",
            hint="Check the path, and that this user may write in its folder.",
        ) from fault
    engine = create_engine(url, connect_args={"timeout": busy_seconds})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _find(path: Path, *, create: bool) -> None:
    if not path.parent.is_dir():
        raise StoreError(f"There is no folder {path.parent} for the database.", hint="Create it, or correct the path.")
    if path.exists():
        return
    if not create:
        raise NoNewspaper(f"There is no newspaper here: no database {path}.", hint="`digest init` makes one.")
    # The file will hold people's addresses: nobody else on this machine may read it.
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    # SQLAlchemy begins and ends transactions (see _begin), the driver must not begin its own.
    connection.isolation_level = None
    for setting in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {setting}").close()


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once: a reader that turns writer half way cannot wait for it, only fail.
    writes = connection.get_execution_options().get("digest_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
