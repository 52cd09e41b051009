"""What every ports.RelayStore promises, held against SQLite, PostgreSQL and the one in memory."""

from datetime import timedelta

from digest.ports.sending import RelayHealth
from digest.testing import FakeRelays


def check_contract(relays, now):
    assert relays.health() == ()
    down = RelayHealth(place="b.example:25", faults=1, down_until=now + timedelta(minutes=1), because="no answer")
    other = RelayHealth(place="a.example:25", faults=2, down_until=None, because="451 busy")
    relays.record(down, now=now)
    relays.record(other, now=now)
    assert relays.health() == (other, down)
    well = RelayHealth(place="b.example:25")
    relays.record(well, now=now)
    assert relays.health() == (other, well)


def test_a_store_keeps_the_last_record_of_each_relay_by_place(store, now):
    check_contract(store.relays, now)


def test_the_relays_in_memory_do_the_same(now):
    check_contract(FakeRelays(), now)
