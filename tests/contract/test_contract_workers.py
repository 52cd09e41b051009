"""What every ports.WorkerStore and ports.TurnStore promises, held against SQLite, PostgreSQL and those in memory."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from digest.storage.database import open_store
from digest.storage.schema import turns, workers
from digest.testing import ManualClock
from digest.testing_sending import MemoryTurns, MemoryWorkers

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def later(store, step):
    """Let the time pass for what a store knows: its own clock cannot be turned."""

    def move(connection):
        for column in (workers.c.started_at, workers.c.seen_at, turns.c.until):
            for (kept,) in connection.execute(column.table.select().with_only_columns(column)).all():
                connection.execute(update(column.table).where(column == kept).values({column: kept - step}))

    store.database.write(move)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def kept(request, tmp_path):
    """Workers, turns, and how to let time pass."""
    if request.param == "memory":
        clock = ManualClock()
        yield MemoryWorkers(clock), MemoryTurns(clock), clock.advance
        return
    on_server = request.param == "postgresql"
    url = request.getfixturevalue("postgres_store_url") if on_server else f"sqlite:///{tmp_path / 'digest.db'}"
    with open_store(url) as store:
        yield store.workers, store.turns, lambda step: later(store, step)


def test_a_sign_of_life_is_kept_by_name(kept):
    known, _, _ = kept
    assert known.all() == ()
    known.beat("web2:1:b", "sends")
    known.beat("web1:1:a", "waits")
    assert [(each.name, each.doing) for each in known.all()] == [("web1:1:a", "waits"), ("web2:1:b", "sends")]
    assert all(timedelta() <= each.silence < MINUTE for each in known.all())


def test_silence_grows_until_the_next_sign_and_the_beginning_stays(kept):
    known, _, pass_time = kept
    known.beat("a", "waits")
    pass_time(3 * MINUTE)
    (quiet,) = known.all()
    assert 3 * MINUTE <= quiet.silence < 4 * MINUTE
    known.beat("a", "sends")
    (heard,) = known.all()
    assert heard.silence < MINUTE
    assert heard.doing == "sends"
    assert 3 * MINUTE <= heard.seen_at - heard.started_at < 4 * MINUTE


def test_who_leaves_is_gone_and_may_leave_twice(kept):
    known, _, _ = kept
    known.beat("a", "waits")
    known.beat("b", "waits")
    known.leave("a")
    known.leave("a")
    assert [each.name for each in known.all()] == ["b"]


def test_who_was_not_heard_of_for_a_day_is_forgotten(kept):
    known, _, pass_time = kept
    known.beat("old", "sends")
    pass_time(DAY - MINUTE)
    assert [each.name for each in known.all()] == ["old"]
    pass_time(2 * MINUTE)
    assert known.all() == ()
    known.beat("new", "sends")
    assert [each.name for each in known.all()] == ["new"]


def test_the_rows_of_the_forgotten_are_dropped(store):
    store.workers.beat("old", "sends")
    later(store, DAY + MINUTE)
    store.workers.beat("new", "sends")
    with store.database.read() as connection:
        assert connection.scalars(workers.select().with_only_columns(workers.c.name)).all() == ["new"]


def test_a_turn_is_one_processs_until_it_ends(kept):
    _, held, _ = kept
    assert held.take("fetch", by="a", lease=MINUTE)
    assert not held.take("fetch", by="b", lease=MINUTE)
    assert not held.take("fetch", by="a", lease=MINUTE)
    assert held.take("returns", by="b", lease=MINUTE)
    held.end("fetch", by="b")
    assert not held.take("fetch", by="b", lease=MINUTE)
    held.end("fetch", by="a")
    assert held.take("fetch", by="b", lease=MINUTE)


def test_a_turn_that_lasted_too_long_is_anothers(kept):
    _, held, pass_time = kept
    assert held.take("fetch", by="a", lease=MINUTE)
    pass_time(2 * MINUTE)
    assert held.take("fetch", by="b", lease=MINUTE)
    held.end("fetch", by="a")
    assert not held.take("fetch", by="c", lease=MINUTE)


def test_of_many_who_ask_at_once_one_gets_the_turn(store_url):
    stores = [open_store(store_url) for _ in range(4)]
    try:
        with ThreadPoolExecutor(len(stores)) as pool:
            for what in map(str, range(10)):
                ask = [pool.submit(store.turns.take, what, by="x", lease=MINUTE) for store in stores]
                assert sum(answer.result() for answer in ask) == 1
    finally:
        for store in stores:
            store.close()
