"""A look at a database that changes nothing: whether it opens, is sound, current and writable, and has room."""

import os
import re
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, false, func, inspect, select, text, update

from digest.storage.engine import locate, name_of, open_engine
from digest.storage.faults import explained
from digest.storage.migrate import REVISIONS, Course, revision_of
from digest.storage.schema import editions, feeds, instance

MOUNTS = Path("/proc/self/mountinfo")
NETWORK_NAMES = """
9p afs beegfs ceph cifs davfs fuse.ceph fuse.glusterfs fuse.rclone fuse.s3fs fuse.sshfs gfs2 glusterfs gpfs lustre ncpfs
nfs nfs4 ocfs2 orangefs smb3 smbfs vboxsf virtiofs
"""
NETWORKED = frozenset(NETWORK_NAMES.split())
"""Filesystems on which SQLite's locks and its shared memory cannot be relied on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreState:
    """What was found: the schema (None: no tables yet) and the newest there is; SQLite's own complaint (empty: none).

    Of an SQLite file also: its size and the room on its disk in octets, who may read it besides its owner, and the
    filesystem where that is one over a network. Of a server: its clock. `newest` is the latest moment in the store.
    """

    name: str
    is_file: bool
    revision: str | None
    head: str = REVISIONS[-1]
    complaint: str = ""
    size: int = 0
    free: int | None = None
    open_to_others: bool = False
    network: str = ""
    clock: datetime | None = None
    newest: datetime | None = None

    @property
    def current(self) -> bool:
        """Whether the schema is the newest there is."""
        return self.revision == self.head


def examine_store(url: str, *, busy_seconds: float = 5.0) -> StoreState:
    """Look at the database of a URL, which is neither made nor upgraded.

    Raises SettingsError for a URL that names none, NoNewspaper where there is no file, StoreError where it cannot be
    read or written, or is of a newer schema.
    """
    located = locate(url)
    name, engine = name_of(located), open_engine(located, create=False, busy_seconds=busy_seconds)
    try:
        with explained(name):
            return _sqlite(engine, name) if engine.dialect.name == "sqlite" else _postgresql(engine, name)
    finally:
        engine.dispose()


def _sqlite(engine: Engine, name: str) -> StoreState:
    path = Path(name)
    with engine.connect() as connection:
        revision = revision_of(connection, name, Course())
        complaint = str(connection.scalar(text("PRAGMA quick_check(1)")) or "")
        newest = _newest(connection) if revision else None
    _try_to_write(engine, revision)
    room = os.statvfs(path.parent)
    return StoreState(
        name=name,
        is_file=True,
        revision=revision,
        complaint="" if complaint == "ok" else complaint,
        size=path.stat().st_size,
        free=room.f_bavail * room.f_frsize,
        open_to_others=bool(path.stat().st_mode & stat.S_IROTH),
        network=network_of(path, mounts()),
        newest=newest,
    )


def _postgresql(engine: Engine, name: str) -> StoreState:
    with engine.connect() as connection:
        revision = revision_of(connection, name, Course())
        clock = connection.scalar(select(func.clock_timestamp()))
        newest = _newest(connection) if revision else None
    _try_to_write(engine, revision)
    return StoreState(name=name, is_file=False, revision=revision, clock=clock, newest=newest)


def _newest(connection: Connection) -> datetime | None:
    """The latest of the moments that can be had without reading whole tables."""
    known = set(inspect(connection).get_table_names())
    asked = [column for column in (feeds.c.fetched_at, editions.c.cut_at) if column.table.name in known]
    found = (connection.scalar(select(func.max(column))) for column in asked)
    return max(filter(None, found), default=None)


def _try_to_write(engine: Engine, revision: str | None) -> None:
    """Take the lock of a writer and the right to change a row, and change none."""
    with engine.execution_options(digest_writes=True).begin() as connection:
        if revision:
            connection.execute(update(instance).where(false()).values(value=instance.c.value))


def mounts() -> str:
    """The mounted filesystems as Linux tells them; empty elsewhere."""
    try:
        return MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def network_of(path: Path, mountinfo: str) -> str:
    """The filesystem that a path lies on where it is one over a network, else empty (proc(5), mountinfo)."""
    resolved = path.resolve()
    best, kind = -1, ""
    for line in mountinfo.splitlines():
        place, _, source = line.partition(" - ")
        fields = place.split(" ")
        if len(fields) < 5 or not source:  # noqa: PLR2004 the mount point is the fifth field
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4]))
        if resolved.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), source.split(" ")[0]
    return kind if kind in NETWORKED else ""
