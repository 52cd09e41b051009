"""What a file can do to us: every fault is one sentence, and nothing is lost."""

import contextlib
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import event, text

from digest.errors import NoNewspaper, StoreError
from digest.model.feed import Feed
from digest.storage import migrate
from digest.storage.database import open_store
from digest.storage.engine import locate, open_engine

FEED = Feed(url="https://courier.example/feed")
HEAD = migrate.REVISIONS[-1]
NEXT = f"{int(HEAD) + 1:04d}"
COMING = '''
"""A revision to come."""

import sqlalchemy as sa
from alembic import op

revision = "{next}"
down_revision = "{head}"


def upgrade():
    op.add_column("feeds", sa.Column("note", sa.Text))
    {then}
'''


def pragma(store, setting: str) -> None:
    """Set something on every connection of a store from now on."""

    def set_it(connection, _record, _proxy):
        connection.execute(f"PRAGMA {setting}").close()

    event.listen(store.database.engine, "checkout", set_it)


def settings_of(store) -> dict[str, object]:
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
    with store.database.read() as connection:
        return {name: connection.scalar(text(f"PRAGMA {name}")) for name in names}


def test_the_file_is_written_ahead_and_synced_and_keeps_its_references(sqlite_store):
    assert settings_of(sqlite_store) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 200,
    }


def test_nobody_else_may_read_the_file(tmp_path):
    open_store(f"sqlite:///{tmp_path / 'new.db'}").close()
    assert stat.S_IMODE((tmp_path / "new.db").stat().st_mode) == 0o600


def test_a_relative_path_is_meant_from_where_it_is_opened(store_file, monkeypatch, tmp_path):
    monkeypatch.chdir(store_file.parent)
    with open_store("sqlite:///digest.db", create=False) as store:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        store.feeds.add([FEED])
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_readers_read_beside_a_writer(sqlite_store):
    sqlite_store.feeds.add([FEED])
    seen = sqlite_store.database.write(lambda connection: (
        connection.execute(text("UPDATE feeds SET title = 'changed'")) and sqlite_store.feeds.all()[0].title
    ))  # fmt: skip
    assert seen == ""
    assert sqlite_store.feeds.all()[0].title == "changed"


def test_a_file_that_must_be_there_is_not_created(tmp_path):
    with pytest.raises(NoNewspaper, match=r"no newspaper here: no database .*none\.db") as refusal:
        open_store(f"sqlite:///{tmp_path / 'none.db'}", create=False)
    assert "digest init" in refusal.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"no folder .*nowhere"):
        open_store(f"sqlite:///{tmp_path / 'nowhere' / 'digest.db'}")


def test_an_impossible_path_is_one_sentence(tmp_path):
    with pytest.raises(StoreError, match="cannot be opened: File name too long"):
        open_store(f"sqlite:///{tmp_path / ('x' * 300)}")


def test_a_folder_is_no_database(tmp_path):
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_file_of_another_kind_is_no_database(tmp_path):
    path = tmp_path / "digest.db"
    path.write_bytes(b"not a database, but long enough to look at it twice" * 40)
    with pytest.raises(StoreError, match="is not an SQLite database"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"not a database")


def test_a_damaged_file_is_said_to_be_damaged(sqlite_store, store_file):
    sqlite_store.images.keep("abc", b"x" * 200_000, now=sqlite_time())
    sqlite_store.close()
    content = bytearray(store_file.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    store_file.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged"), open_store(f"sqlite:///{store_file}") as store:
        store.images.get("abc")


def test_a_full_disk_is_one_sentence_and_what_was_kept_stays(sqlite_store):
    sqlite_store.images.keep("first", b"x", now=sqlite_time())
    pragma(sqlite_store, "max_page_count=1")
    with pytest.raises(StoreError, match="the disk is full"):
        sqlite_store.images.keep("second", b"x" * 5_000_000, now=sqlite_time())
    assert sqlite_store.images.get("first") == b"x"
    assert sqlite_store.images.get("second") is None


def test_a_file_locked_by_another_process_is_one_sentence(sqlite_store, store_file):
    with contextlib.closing(sqlite3.connect(store_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is locked by another process"):
            sqlite_store.feeds.add([FEED])
        assert sqlite_store.feeds.all() == ()
        other.execute("ROLLBACK")
    assert len(sqlite_store.feeds.add([FEED])) == 1


def test_a_read_only_database_still_reads(sqlite_store):
    sqlite_store.feeds.add([FEED])
    pragma(sqlite_store, "query_only=ON")
    with pytest.raises(StoreError, match="is read-only"):
        sqlite_store.feeds.remove(FEED.url)
    assert len(sqlite_store.feeds.all()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_file_of_another_user_is_one_sentence(store_file):
    code = """
import os, sys
from digest.errors import NoNewspaper, StoreError
from digest.model.feed import Feed
from digest.storage.database import open_store
os.setgid(65534); os.setuid(65534)
try:
    with open_store(sys.argv[1]) as store:
        store.feeds.add([Feed(url="https://courier.example/feed")])
except StoreError as error:
    print(error.message)
"""
    folder = Path(tempfile.mkdtemp(prefix="digest-store-"))
    try:
        folder.chmod(0o755)
        shutil.copy(store_file, folder / "digest.db")
        (folder / "digest.db").chmod(0o444)
        command = [sys.executable, "-c", code, f"sqlite:///{folder / 'digest.db'}"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    finally:
        shutil.rmtree(folder)
    assert "is read-only" in said or "cannot be opened" in said


def test_every_revision_is_known_without_the_migration_library():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "digest.storage:migrations")
    script = ScriptDirectory.from_config(config)
    assert [revision.revision for revision in script.walk_revisions()][::-1] == list(migrate.REVISIONS)


@pytest.fixture
def one_more(tmp_path):
    """The shipped migrations and one more, which does what is asked for at its end."""

    def course(then: str = "") -> migrate.Course:
        coming = COMING.format(next=NEXT, head=HEAD, then=then)
        shipped = Path(migrate.__file__).parent / "migrations"
        shutil.copytree(shipped, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
        (tmp_path / "migrations" / "versions" / f"{NEXT}_note.py").write_text(coming)
        return migrate.Course(revisions=(*migrate.REVISIONS, NEXT), location=str(tmp_path / "migrations"))

    return course


def upgrade(path: Path, course: migrate.Course) -> None:
    engine = open_engine(locate(f"sqlite:///{path}"), create=False, busy_seconds=1)
    try:
        migrate.prepare(engine, str(path), course=course)
    finally:
        engine.dispose()


def columns(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [row[1] for row in connection.execute("PRAGMA table_info(feeds)")]


def test_before_a_migration_the_file_is_copied_beside_itself(sqlite_store, store_file, one_more):
    sqlite_store.feeds.add([FEED])
    upgrade(store_file, one_more())
    copy = store_file.with_name(f"digest.db.before-{NEXT}.bak")
    assert "note" in columns(store_file)
    assert "note" not in columns(copy)
    assert stat.S_IMODE(copy.stat().st_mode) == stat.S_IMODE(store_file.stat().st_mode)
    with open_store(f"sqlite:///{copy}") as kept:
        assert [feed.url for feed in kept.feeds.all()] == [FEED.url]
    with pytest.raises(StoreError, match=f"schema {NEXT} of a newer digest"):
        open_store(f"sqlite:///{store_file}")


def test_a_migration_that_fails_changes_nothing(store_file, one_more):
    with pytest.raises(ZeroDivisionError):
        upgrade(store_file, one_more("1 / 0"))
    assert "note" not in columns(store_file)
    with open_store(f"sqlite:///{store_file}") as store:
        assert store.schema_version == HEAD


def test_without_room_for_the_copy_nothing_is_migrated(store_file, one_more):
    (store_file.parent / f"digest.db.before-{NEXT}.bak.partial").mkdir()
    with pytest.raises(StoreError, match="cannot be copied before its upgrade"):
        upgrade(store_file, one_more())
    assert "note" not in columns(store_file)


def test_a_damaged_snapshot_is_named(sqlite_store):
    from datetime import date

    from digest.model.edition import Edition

    sqlite_store.editions.cut(Edition(date=date(2026, 3, 2), cut_at=sqlite_time(), title="The Harbour Courier"))
    sqlite_store.database.write(lambda connection: connection.execute(text("UPDATE editions SET snapshot = x'00'")))
    with pytest.raises(StoreError, match="Edition 1 cannot be read"):
        sqlite_store.editions.get(1)


def sqlite_time():
    from datetime import UTC, datetime

    return datetime(2026, 3, 2, 6, tzinfo=UTC)
