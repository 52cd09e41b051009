"""What a database says when it cannot, as one clear sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from digest.errors import StoreError

SQLITE = {
    "SQLITE_BUSY": ("is locked by another process", "Wait for it to finish, or stop it, and try again."),
    "SQLITE_LOCKED": ("is locked by another process", "Wait for it to finish, or stop it, and try again."),
    "SQLITE_FULL": ("cannot grow: the disk is full", "Free some space and try again; nothing was lost."),
    "SQLITE_READONLY": ("is read-only", "Give this user write permission on the file and its folder."),
    "SQLITE_CANTOPEN": ("cannot be opened", "Check that its folder exists and that this user may write there."),
    "SQLITE_PERM": ("cannot be opened", "Check that its folder exists and that this user may write there."),
    "SQLITE_AUTH": ("cannot be opened", "Check that its folder exists and that this user may write there."),
    "SQLITE_NOTADB": ("is not an SQLite database", "Check DIGEST_DATABASE_URL."),
    "SQLITE_CORRUPT": ("is damaged", "Restore it from a backup."),
    "SQLITE_IOERR": ("cannot be read or written", "Check the disk; nothing that was reported as done is lost."),
}
"""What follows the database's name, and the hint, by SQLite's primary result code."""

POSTGRESQL = {
    "08": ("cannot be reached", "Check DIGEST_DATABASE_URL and that the server runs."),
    "25": ("is read-only", "Connect to the primary server, or end its read-only mode."),
    "28": ("refuses the user or password", "Check DIGEST_DATABASE_URL."),
    "3D": ("does not exist", "Create it first: createdb."),
    "42501": ("does not let this user do that", "Grant the user of DIGEST_DATABASE_URL its tables."),
    "40": ("is too busy: other work on the same rows was first", "Try again."),
    "53": ("has run out of disk space, memory or connections", "Make room on the server and try again."),
    "55": ("is locked by another process", "Wait for it to finish, or stop it, and try again."),
    "57": ("is shutting down or has ended the connection", "Try again when the server is up."),
    "58": ("cannot be read or written", "Check the server's disk."),
    "XX": ("is damaged", "Restore it from a backup."),
}
"""The same by SQLSTATE, or by its class (the first two characters)."""

UNREACHABLE = ("cannot be reached", "Check DIGEST_DATABASE_URL and that the server runs.")
REFUSED = ("password authentication failed", "no password supplied", "no pg_hba.conf entry")


def explain(fault: DBAPIError, name: str) -> StoreError | None:
    """What went wrong with the database called `name`; None where the fault is ours and must be seen as it is."""
    told = _sqlite(fault.orig) or _postgresql(fault)
    if told is None:
        return None
    what, hint = told
    return StoreError(f"The database {name} {what} ({_first_line(fault.orig)}).", hint=hint)


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn what the database called `name` cannot do into a StoreError."""
    try:
        yield
    except PoolTimeout as fault:
        raise StoreError(f"The database {name} has no connection free.", hint="Try again.") from fault
    except DBAPIError as fault:
        known = explain(fault, name)
        if known is None:
            raise
        raise known from fault


def collided(fault: BaseException) -> bool:
    """Whether PostgreSQL broke a deadlock or a race at our cost, so that the same work may simply be done again."""
    return isinstance(fault, DBAPIError) and str(getattr(fault.orig, "sqlstate", None) or "").startswith("40")


def _sqlite(fault: BaseException | None) -> tuple[str, str] | None:
    code = getattr(fault, "sqlite_errorname", "") or ""
    return SQLITE.get("_".join(code.split("_")[:2]))


def _postgresql(fault: DBAPIError) -> tuple[str, str] | None:
    state = getattr(fault.orig, "sqlstate", None)
    if state:
        return POSTGRESQL.get(state) or POSTGRESQL.get(state[:2])
    if type(fault.orig).__module__.partition(".")[0] != "psycopg" or not (
        fault.connection_invalidated or fault.statement is None
    ):
        return None
    # A connection that never came to be has no SQLSTATE, only words.
    words = str(fault.orig)
    if any(word in words for word in REFUSED):
        return POSTGRESQL["28"]
    return POSTGRESQL["3D"] if "database" in words and "does not exist" in words else UNREACHABLE


def _first_line(fault: BaseException | None) -> str:
    return next(iter(str(fault).strip().splitlines()), "").rstrip(".:")
