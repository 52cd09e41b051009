"""What every ports.WorkerStore and ports.TurnStore promises, held against SQLite, PostgreSQL and those in memory."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from digest.newsroom.heart import take_back
from digest.storage.database import open_store
from digest.storage.schema import turns, workers
from digest.testing import ManualClock
from digest.testing_sending import MemoryTurns, MemoryWorkers

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LEASE = timedelta(minutes=10)


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


ELSEWHERE = "web2:00000000.4026531836:77:ab-cd"


def taken_back(store, now):
    return take_back(store.ledger, store.workers, one_machine=False, resend_at=now, now=now)


def test_of_a_silent_worker_what_it_claimed_is_taken_back_and_what_it_began_is_left_to_it(store, newsroom, now):
    newsroom.enrol("ana@quay.example", "ben@quay.example")
    newsroom.plan(newsroom.freeze())
    store.workers.beat(ELSEWHERE, "sends")
    begun, claimed = newsroom.claim(worker=ELSEWHERE)
    assert newsroom.begin(begun, worker=ELSEWHERE)
    assert taken_back(store, now) == 0
    assert newsroom.claim(worker="another") == ()
    later(store, 2 * MINUTE)
    assert taken_back(store, now) == 0
    (mine,) = newsroom.claim(worker="another")
    assert mine.delivery.id == claimed.delivery.id
    # It wakes: what was taken it cannot begin or settle, what it had begun is still its own.
    assert not newsroom.begin(claimed, worker=ELSEWHERE)
    assert not newsroom.settle(claimed, worker=ELSEWHERE)
    assert newsroom.settle(begun, worker=ELSEWHERE)
    assert newsroom.begin(mine, worker="another")


def test_what_a_silent_worker_began_is_unconfirmed_when_its_lease_ends(store, newsroom, now):
    newsroom.enrol("ana@quay.example")
    newsroom.plan(newsroom.freeze())
    store.workers.beat(ELSEWHERE, "sends")
    (begun,) = newsroom.claim(worker=ELSEWHERE)
    assert newsroom.begin(begun, worker=ELSEWHERE)
    later(store, 2 * MINUTE)
    assert taken_back(store, now + LEASE) == 0
    assert taken_back(store, now + LEASE + MINUTE) == 1
    assert store.history.waits_longest(now + LEASE + MINUTE) == 1
    # It wakes, and has been told that the mail is accepted: nobody sends it again.
    assert newsroom.settle(begun, worker=ELSEWHERE, now=now + LEASE + MINUTE)
    assert store.history.waits_longest(now + LEASE + MINUTE) is None


def test_the_edition_whose_mail_waits_longest_is_named(store, newsroom, now):
    assert store.history.waits_longest(now) is None
    newsroom.enrol("ana@quay.example")
    edition = newsroom.freeze()
    newsroom.plan(edition, newsroom.slot(due_at=now + MINUTE))
    assert store.history.waits_longest(now) is None
    assert store.history.waits_longest(now + MINUTE) == edition.number
    store.ledger.halt(newsroom.open(edition).id, "refused", now=now)
    assert store.history.waits_longest(now + MINUTE) is None


def test_the_clock_of_the_store_goes_on(kept):
    known, _, _ = kept
    first = known.clock()
    assert first.tzinfo is not None
    assert known.clock() >= first
