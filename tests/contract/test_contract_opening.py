"""How every kind of database is opened: created, upgraded, or refused."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from digest.errors import StoreError
from digest.model.edit import Act, Edit
from digest.model.edition import Edition, EditionState, Hand
from digest.model.feed import Feed
from digest.model.memory import Lesson, Memory
from digest.model.subscriber import Preferences
from digest.storage.database import open_store
from digest.storage.engine import locate, open_engine
from digest.storage.migrate import REVISIONS, VERSION_TABLE, Course, prepare
from digest.storage.schema import editions, metadata
from digest.storage.snapshot import pack

OPEN = """
import sys
from digest.model.feed import Feed
from digest.model.memory import Lesson, Memory
from digest.storage.database import open_store
with open_store(sys.argv[1]) as store:
    store.feeds.add([Feed(url=sys.argv[2])])
"""


def execute(url: str, *statements: str) -> None:
    engine = open_engine(locate(url), create=True, busy_seconds=5)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_a_blank_database_becomes_a_store(blank_url):
    with open_store(blank_url) as store:
        assert store.schema_version == REVISIONS[-1]
        store.feeds.add([Feed(url="https://courier.example/feed")])
    with open_store(blank_url) as store:
        assert [feed.url for feed in store.feeds.all()] == ["https://courier.example/feed"]


# SQLite's index on an expression cannot be compared; the planner's contract shows that this one is there.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_migrations_make_exactly_the_tables_of_the_schema(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.database.engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_an_up_to_date_database_is_opened_without_the_migration_library(store_url):
    code = f"from digest.storage.database import open_store as o; o({store_url!r}).close()"
    code += "; import sys; sys.exit('alembic' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_processes_that_open_a_blank_database_at_once_create_it_once(blank_url):
    def opened(number: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", OPEN, blank_url, f"https://f{number}.example/"]
        return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)

    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(opened, range(3)))
    assert [result.stderr for result in results] == [""] * 3
    with open_store(blank_url) as store:
        assert len(store.feeds.all()) == 3


def test_a_newer_schema_is_refused(store_url):
    execute(store_url, f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(StoreError, match=rf"schema 9999 of a newer digest; this one knows {REVISIONS[-1]}") as refusal:
        open_store(store_url)
    assert "Upgrade digest" in refusal.value.hint


FIRST_FEED = """
INSERT INTO feeds (id, url, title, section, weight, tags, full_text, failures, error, disabled)
VALUES (1, 'https://courier.example/feed', 'Courier', 'Town', 0.5, '[]', false, 0, '', false)
"""
FIRST_ITEM = """
INSERT INTO items (id, feed_id, title, url, summary, publisher, source, author, language, image_url, position,
                   published, seen, listed_at)
VALUES ('a', 1, 'Ferry', '', '', '', '', '', 'en', '', 0.5, '2026-03-02 05:00:00', '2026-03-02 05:00:00',
        '2026-03-02 05:00:00')
"""


def at_revision(url: str, *revisions: str) -> None:
    """Bring a database to the last of these, as a digest would that knows no more."""
    engine = open_engine(locate(url), create=True, busy_seconds=5)
    try:
        prepare(engine, "it", course=Course(revisions=revisions))
    finally:
        engine.dispose()


def test_a_store_of_the_first_schema_keeps_what_it_holds_and_gains_a_memory(blank_url, now):
    at_revision(blank_url, "0001")
    execute(blank_url, FIRST_FEED, FIRST_ITEM)
    with open_store(blank_url) as store:
        assert [item.title for item in store.items.recent(now - timedelta(days=1))] == ["Ferry"]
        store.memory.learn(Lesson(stories={"a": "a"}))
        store.feeds.remove("https://courier.example/feed")
        assert store.memory.recall(since=now - timedelta(days=1), until=now) == Memory()
    with pytest.raises(StoreError, match=rf"schema {REVISIONS[-1]} of a newer digest; this one knows 0001"):
        at_revision(blank_url, "0001")


FIRST_READER = """
INSERT INTO subscribers (id, address, name, state, sections, muted_words, muted_sources)
VALUES (1, 'ana@quay.example', 'Ana', 'active', '[]', '["golf"]', '[]')
"""


def test_readers_from_before_following_follow_nothing_and_may_begin_to(blank_url):
    at_revision(blank_url, "0001", "0002", "0003")
    execute(blank_url, FIRST_READER)
    with open_store(blank_url) as store:
        ana = store.subscribers.get(1)
        assert ana.preferences == Preferences(muted_words=("golf",))
        follows = replace(ana, preferences=Preferences(followed_words=("ferry",), followed_sources=("Bay News",)))
        store.subscribers.change(follows)
        assert store.subscribers.get(1) == follows


def test_a_database_of_another_program_is_refused(blank_url):
    execute(blank_url, "CREATE TABLE feeds (id integer)")
    with pytest.raises(StoreError, match="tables of another program"):
        open_store(blank_url)


def test_a_closed_store_says_so(store_url):
    store = open_store(store_url)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="has been closed"):
        store.feeds.add([Feed(url="https://courier.example/feed")])


def test_addresses_have_other_fingerprints_in_another_instance(blank_url, tmp_path):
    with open_store(blank_url) as one, open_store(f"sqlite:///{tmp_path / 'other.db'}") as two:
        prints = {store.suppressions._fingerprints.of("ana@quay.example") for store in (one, two)}
    assert len(prints) == 2


@pytest.mark.postgres
def test_a_wrong_password_is_one_sentence(postgres):
    url = postgres.url.set(password="wrong").render_as_string(hide_password=False)
    with pytest.raises(StoreError, match="refuses the user or password") as refusal:
        open_store(url)
    assert "wrong" not in refusal.value.message.replace("refuses", "")


@pytest.mark.postgres
def test_a_database_that_is_not_there_is_named(postgres):
    url = postgres.url.set(database="nothere").render_as_string(hide_password=False)
    with pytest.raises(StoreError, match=r"nothere.* does not exist"):
        open_store(url)


@pytest.mark.postgres
def test_a_deadlock_is_tried_again_and_nobody_notices(postgres_store_url):
    with open_store(postgres_store_url) as store:
        fight(store, locate(postgres_store_url))
        assert [feed.title for feed in store.feeds.all()] == ["ours", "ours"]


def fight(store, url) -> None:
    """Have the writer and somebody else change two rows in opposite orders at the same time."""
    store.feeds.add([Feed(url="https://one.example/"), Feed(url="https://two.example/")])
    change = text("UPDATE feeds SET title = :who WHERE id = :id")
    engine = open_engine(url, create=False, busy_seconds=20)
    ours, theirs = threading.Event(), threading.Event()
    runs = []

    def work(connection) -> None:
        runs.append(1)
        connection.execute(change, {"who": "ours", "id": 1})
        ours.set()
        assert theirs.wait(20)
        connection.execute(change, {"who": "ours", "id": 2})

    # The other side tells PostgreSQL to be patient, so that the writer is the one whose work is undone.
    with engine.connect() as other:
        other.execute(text("SET deadlock_timeout = '20s'"))
        other.execute(change, {"who": "theirs", "id": 2})
        done = store.database.submit(work)
        assert ours.wait(20)
        theirs.set()
        other.execute(change, {"who": "theirs", "id": 1})
        other.commit()
    engine.dispose()
    done.result(20)
    # Twice as a rule; more often where the other side is slow to go on.
    assert len(runs) >= 2


def test_an_edition_from_before_anybody_could_change_it_can_be_changed(blank_url, now):
    engine = open_engine(locate(blank_url), create=True, busy_seconds=5)
    prepare(engine, "older", course=Course(revisions=REVISIONS[:4]))
    cut = Edition(number=1, date=now.date(), cut_at=now, title="The Harbour Courier", state=EditionState.APPROVED)
    row = {"number": 1, "date": cut.date, "cut_at": now, "state": cut.state, "snapshot": pack(cut)}
    with engine.begin() as connection:
        connection.execute(insert(editions).values(row))
    engine.dispose()
    with open_store(blank_url) as store:
        assert store.editions.get(1) == cut
        assert store.edits.all(1) == store.corrections.waiting() == ()
        edit = Edit(act=Act.NOTE, text="Hello")
        noted = replace(cut, hand=Hand(note="Hello", edits=1))
        store.edits.record(1, edit, by="mia", what="wrote a note", at=now, apply=lambda _: noted)
        assert store.editions.get(1) == noted
        store.edits.undo(1, by="mia", at=now, replay=lambda original, _: original)
        assert store.editions.get(1) == cut
