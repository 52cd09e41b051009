"""The store in numbers, and a look at it that changes nothing, in either kind of database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from digest.errors import NoNewspaper, StoreError
from digest.model.bounce import Bounce, BounceKind
from digest.model.delivery import DeliveryState, DispatchKind
from digest.model.feed import Feed, FeedState
from digest.model.subscriber import SubscriberState, Suppression
from digest.ports.sending import RelayHealth
from digest.ports.watching import Gauges
from digest.storage.examine import examine_store
from digest.storage.migrate import REVISIONS, VERSION_TABLE
from digest.storage.schema import workers

MINUTE = timedelta(minutes=1)


def test_an_empty_store_is_all_noughts(store, now):
    found = store.gauges(now)
    assert set(found.subscribers.values()) == set(found.bounces.values()) == {0}
    assert replace(found, subscribers={}, bounces={}) == Gauges()


def carried(store, by_relay):
    """Note which relay has carried what."""
    with store.database.engine.begin() as connection:
        for relay, claims in by_relay.items():
            for claim in claims:
                row = {"relay": relay, "id": claim.delivery.id}
                connection.execute(text("UPDATE deliveries SET relay = :relay WHERE id = :id"), row)


def test_deliveries_by_state_and_relay(store, newsroom, now):
    newsroom.enrol(*(f"r{number}@quay.example" for number in range(6)))
    edition = newsroom.freeze()
    newsroom.plan(edition)
    accepted = newsroom.claim(limit=3)
    for claim in accepted:
        newsroom.begin(claim)
        newsroom.settle(claim)
    (unanswered,) = newsroom.claim(limit=1)
    newsroom.begin(unanswered)
    newsroom.settle(unanswered, DeliveryState.UNCONFIRMED, next_at=now + MINUTE)
    carried(store, {"a.example:25": accepted[:2], "b.example:25": [accepted[2], unanswered]})
    newsroom.claim(limit=1)
    found = store.gauges(now + MINUTE)
    assert {tally.state: tally.count for tally in found.tallies} == {
        "accepted": 3,
        "claimed": 1,
        "queued": 1,
        "unconfirmed": 1,
    }
    assert {tally.edition for tally in found.tallies} == {edition.number}
    assert {(share.way, share.state): share.count for share in found.shares} == {
        ("", "claimed"): 1,
        ("", "queued"): 1,
        ("a.example:25", "accepted"): 2,
        ("b.example:25", "accepted"): 1,
        ("b.example:25", "unconfirmed"): 1,
    }
    assert (found.accepted_lately, found.unconfirmed, found.under_way) == (3, 1, 1)
    assert (found.due, found.oldest_due) == (2, now)
    assert found.waiting >= found.due
    assert store.gauges(now + timedelta(hours=1)).accepted_lately == 0


def test_what_is_stopped_is_not_due(store, newsroom, now):
    newsroom.enrol("ana@quay.example")
    edition = newsroom.freeze()
    newsroom.plan(edition)
    store.ledger.halt(newsroom.open(edition).id, "content refused", now=now)
    found = store.gauges(now)
    assert (found.stopped, found.due, found.oldest_due, found.waiting) == (1, 0, None, 1)


def test_three_editions_are_told_apart_and_alerts_are_none(store, newsroom, now):
    newsroom.enrol("ana@quay.example")
    numbers = []
    for day in range(5):
        edition = newsroom.freeze(day=now.date() + timedelta(days=day))
        newsroom.plan(edition, newsroom.slot(day=now.date() + timedelta(days=day)))
        numbers.append(edition.number)
    store.planner.open(DispatchKind.ALERT, edition=numbers[0], subject="held", now=now)
    assert [tally.edition for tally in store.gauges(now).tallies] == numbers[:-4:-1]


def test_people_feeds_relays_and_workers(store, newsroom, now):
    newsroom.enrol("ana@quay.example", "bo@quay.example")
    newsroom.enrol("cy@quay.example", state=SubscriberState.PENDING)
    store.suppressions.add(Suppression(address="dee@quay.example", reason="hard", evidence="550", at=now))
    bounce = Bounce(address="dee@quay.example", kind=BounceKind.HARD, source="x", at=now)
    store.bounces.add([bounce, replace(bounce, source="y", at=now - timedelta(days=3))], now=now)
    feeds = store.feeds.add([Feed(url=f"https://{name}.example/feed") for name in "abc"])
    store.feeds.change(replace(feeds[0], state=FeedState(fetched_at=now, failures=2)))
    store.feeds.change(replace(feeds[1], state=FeedState(fetched_at=now - MINUTE, disabled=True)))
    store.relays.record(RelayHealth(place="mail.example:25", faults=3, down_until=now + MINUTE), now=now)
    newsroom.cut()
    found = store.gauges(now)
    assert found.subscribers == {"pending": 1, "active": 2, "unsubscribed": 0}
    assert (found.suppressions, found.bounces["hard"], found.bounces["soft"]) == (1, 1, 0)
    assert (found.feeds, found.feeds_failing, found.last_fetch, found.last_edition) == (3, 2, now, now)
    assert [relay.place for relay in found.relays] == ["mail.example:25"]
    with store.database.engine.begin() as connection:
        connection.execute(insert(workers).values(name="desk", started_at=now, seen_at=now, doing=""))
    assert (store.gauges(now).workers, store.gauges(now + timedelta(hours=1)).workers) == (1, 0)


def test_a_look_at_a_sound_store(store, store_url, now, newsroom):
    newsroom.cut()
    state = examine_store(store_url)
    assert (state.current, state.revision, state.complaint, state.newest) == (True, REVISIONS[-1], "", now)
    assert state.is_file is store_url.startswith("sqlite")
    assert (state.free is not None, state.size > 0) == (state.is_file, state.is_file)
    assert (state.clock is None) is state.is_file
    assert "secret" not in state.name


def test_a_look_upgrades_nothing(store_url):
    from digest.storage.engine import locate, open_engine

    engine = open_engine(locate(store_url), create=False, busy_seconds=5)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0005'"))
    assert (examine_store(store_url).revision, examine_store(store_url).current) == ("0005", False)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="of a newer digest"):
        examine_store(store_url)


def test_a_look_at_an_empty_database_makes_nothing(blank_url):
    if blank_url.startswith("sqlite"):
        with pytest.raises(NoNewspaper):
            examine_store(blank_url)
        return
    assert (examine_store(blank_url).revision, examine_store(blank_url).current) == (None, False)


def test_a_server_that_only_reads_is_told(postgres_store_url):
    from digest.storage.engine import locate, open_engine

    engine = open_engine(locate(postgres_store_url), create=False, busy_seconds=5)
    name = engine.url.database
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    engine.dispose()
    with pytest.raises(StoreError, match="is read-only"):
        examine_store(postgres_store_url)
