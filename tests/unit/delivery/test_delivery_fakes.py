"""The shipped stand-ins keep the promises of what they stand for."""

import asyncio
from datetime import timedelta

from digest.model.delivery import Composition, DeliveryState, Outcome
from digest.model.feed import Feed, Fetched, Item
from digest.testing import NEW_YEAR, FakeSource, ManualClock, MemoryLedger, claims_of

HOUR = timedelta(hours=1)


def test_a_manual_clock_stands_still_until_it_is_moved():
    clock = ManualClock()
    assert clock() == clock() == NEW_YEAR
    clock.advance(-HOUR)
    assert clock() == NEW_YEAR - HOUR


def test_a_fake_source_gives_what_was_prepared():
    feed = Feed(url="https://gazette.example/feed")
    prepared = Fetched(feed=feed, items=(Item(id="1", title="News", seen=NEW_YEAR),))
    source = FakeSource({feed.url: prepared})
    assert asyncio.run(source.fetch(feed, now=NEW_YEAR)) == prepared
    other = asyncio.run(source.fetch(Feed(url="https://other.example/feed"), now=NEW_YEAR))
    assert (other.items, other.feed.state.fetched_at) == ((), NEW_YEAR)
    assert source.asked == [feed.url, "https://other.example/feed"]


def claimed(ledger, *, worker="here:1:a", limit=10, now=NEW_YEAR):
    return [claim.delivery.id for claim in ledger.claim(worker=worker, limit=limit, lease=HOUR, now=now)]


def test_a_ledger_in_memory_leases_each_row_once_and_fixes_its_lineup_once():
    ledger = MemoryLedger(claims_of(["a@mail.example", "b@mail.example", "c@mail.example"]))
    assert claimed(ledger, limit=2) == [1, 2]
    assert claimed(ledger, worker="here:2:b") == [3]
    ledger.compose({1: Composition(lineup=b"\x80")}, now=NEW_YEAR)
    ledger.compose({1: Composition(lineup=b"\x81")}, now=NEW_YEAR + HOUR)
    assert (ledger.rows[1].lineup, ledger.rows[1].composed_at) == (b"\x80", NEW_YEAR)


def test_a_ledger_in_memory_heeds_only_the_owner():
    ledger = MemoryLedger(claims_of(["a@mail.example"]))
    claimed(ledger)
    accepted = Outcome(state=DeliveryState.ACCEPTED)
    assert not ledger.sending(1, worker="here:2:b", until=NEW_YEAR + HOUR, now=NEW_YEAR).result()
    assert not ledger.settle(1, accepted, worker="here:2:b", now=NEW_YEAR).result()
    assert ledger.sending(1, worker="here:1:a", until=NEW_YEAR + HOUR, now=NEW_YEAR).result()
    assert ledger.settle(1, accepted, worker="here:1:a", now=NEW_YEAR).result()


def test_a_ledger_in_memory_takes_back_what_the_dead_left():
    ledger = MemoryLedger(claims_of(["a@mail.example", "b@mail.example", "c@mail.example"]))
    claimed(ledger, limit=2)
    claimed(ledger, worker="here:2:b")
    ledger.sending(1, worker="here:1:a", until=NEW_YEAR + HOUR, now=NEW_YEAR)
    dead = "here:1:a"
    assert ledger.recover(alive=lambda worker: worker != dead, resend_at=NEW_YEAR + HOUR, now=NEW_YEAR) == 1
    assert [ledger.rows[number].state for number in (1, 2, 3)] == [
        DeliveryState.UNCONFIRMED,
        DeliveryState.QUEUED,
        DeliveryState.CLAIMED,
    ]
    assert claimed(ledger, now=NEW_YEAR + HOUR) == [2, 1]
