"""Bring a database to the schema of this code: under a lock, and never without a copy of what was there."""

import os
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select, text

from digest.errors import StoreError
from digest.storage.faults import explained
from digest.storage.schema import metadata

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Every revision, oldest first; so that an up-to-date database is known without loading Alembic."""

VERSION_TABLE = "digest_schema"
LOCK = 0x6469_6765_7374
"""PostgreSQL's advisory lock of a migration: "digest" in ASCII."""

WAL_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The revisions there are, oldest first, and where Alembic finds them."""

    revisions: tuple[str, ...] = REVISIONS
    location: str = "digest.storage:migrations"

    @property
    def head(self) -> str:
        """The revision to bring a database to."""
        return self.revisions[-1]


def prepare(engine: Engine, name: str, *, course: Course = Course()) -> None:
    """Create or upgrade the schema where that is needed; raises StoreError, for a newer schema too."""
    with explained(name):
        with engine.connect() as connection:
            current = revision_of(connection, name, course)
        if current != course.head:
            _upgrade(engine, name, course)
        if engine.dialect.name == "sqlite":
            _write_ahead(engine)


def revision_of(connection: Connection, name: str, course: Course) -> str | None:
    """The revision of a database, None where it is empty; raises StoreError for a newer one, or another program's."""
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in tables:
        strangers = tables if connection.dialect.name == "sqlite" else tables & set(metadata.tables)
        if strangers:
            raise StoreError(
                f"The database {name} holds tables of another program ({min(strangers)}).",
                hint="Give digest a database of its own.",
            )
        return None
    revision = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 - our own constant
    if revision is not None and revision not in course.revisions:
        raise StoreError(
            f"The database {name} has the schema {revision} of a newer digest; this one knows {course.head}.",
            hint="Upgrade digest, or restore the copy that was made before the upgrade.",
        )
    return None if revision is None else str(revision)


def _upgrade(engine: Engine, name: str, course: Course) -> None:
    # On SQLite BEGIN IMMEDIATE is the lock; another process may have been first, so look again behind it.
    with engine.execution_options(digest_writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        current = revision_of(connection, name, course)
        if current == course.head:
            return
        if current is not None and connection.dialect.name == "sqlite":
            _back_up(Path(str(engine.url.database)), course.head)
        _migrate(connection, course)


def _migrate(connection: Connection, course: Course) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", course.location.replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    command.upgrade(config, course.head)


def _back_up(path: Path, revision: str) -> None:
    """Copy what is committed to `<file>.before-<revision>.bak`, whole or not at all."""
    copy = path.with_name(f"{path.name}.before-{revision}.bak")
    partial = path.with_name(f"{copy.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as target:
            source.backup(target)
        shutil.copymode(path, partial)
        partial.replace(copy)
    except (OSError, sqlite3.Error) as fault:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise StoreError(
            f"The database {path} cannot be copied before its upgrade to schema {revision}: {fault}.",
            hint="Free some space beside it and try again; it has not been changed.",
        ) from fault


def _write_ahead(engine: Engine) -> None:
    """Set the file's journal to WAL, once; it stays so. While others hold the file SQLite refuses without waiting."""
    deadline = time.monotonic() + WAL_SECONDS
    with closing(engine.raw_connection()) as connection:
        while True:
            try:
                connection.cursor().execute("PRAGMA journal_mode=WAL").close()
            except sqlite3.OperationalError as fault:
                if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return
