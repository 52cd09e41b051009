"""Signs of life, and what is taken back from those who give none."""

import asyncio
from datetime import timedelta

import pytest

from digest.delivery.identity import alive, retire, worker_name
from digest.errors import StoreError
from digest.model.delivery import DeliveryState, Outcome
from digest.newsroom.heart import SILENT, beating, take_back
from digest.testing import ManualClock, MemoryLedger, claims_of
from digest.testing_sending import MemoryWorkers

LEASE = timedelta(minutes=10)
ELSEWHERE = "web2:00000000.4026531836:77:ab-cd"


class AwayStore(MemoryWorkers):
    """Workers in a store that is reached, or not."""

    away = False

    def beat(self, name, doing):
        if self.away:
            raise StoreError("the store is away")
        super().beat(name, doing)

    def leave(self, name):
        if self.away:
            raise StoreError("the store is away")
        super().leave(name)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def desk(clock):
    """A ledger of three mails and the workers at it; `claim` leases one, `left` is what a taking back leaves."""

    class Desk:
        ledger = MemoryLedger(claims_of(["a@x.example", "b@x.example", "c@x.example"], now=clock()))
        workers = MemoryWorkers(clock)

        def claim(self, worker):
            (claim,) = self.ledger.claim(worker=worker, limit=1, lease=LEASE, now=clock())
            return claim.delivery.id

        def begin(self, worker):
            id_ = self.claim(worker)
            assert self.ledger.sending(id_, worker=worker, until=clock() + 2 * LEASE, now=clock()).result()
            return id_

        def take_back(self):
            return take_back(self.ledger, self.workers, one_machine=False, resend_at=None, now=clock())

        def state(self, id_):
            return self.ledger.rows[id_].state

    return Desk()


async def named(workers, doing="sends"):
    async with beating(workers, doing) as name:
        assert [each.name for each in workers.all()] == [name]
        assert alive(name)
        return name


def test_a_run_is_known_before_it_claims_and_gone_when_it_ends(clock):
    workers = MemoryWorkers(clock)
    name = asyncio.run(named(workers))
    assert workers.all() == ()
    assert not alive(name)


def test_a_run_that_cannot_make_itself_known_does_not_begin(clock):
    workers = AwayStore(clock)
    workers.away = True
    with pytest.raises(StoreError, match="away"):
        asyncio.run(named(workers))


def test_a_run_whose_store_went_away_ends_all_the_same_and_is_dead_to_this_process(clock):
    workers = AwayStore(clock)

    async def cut_off():
        async with beating(workers, "sends") as name:
            workers.away = True
            return name

    name = asyncio.run(cut_off())
    assert [each.name for each in workers.all()] == [name]
    assert not alive(name)


def test_a_fault_of_the_run_is_raised_and_the_run_is_over(clock):
    workers = MemoryWorkers(clock)

    async def fails():
        async with beating(workers, "sends"):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(fails())
    assert workers.all() == ()


def test_what_a_living_worker_elsewhere_holds_stays_its_own(desk, clock):
    desk.workers.beat(ELSEWHERE, "sends")
    claimed, begun = desk.claim(ELSEWHERE), desk.begin(ELSEWHERE)
    clock.advance(SILENT)
    assert desk.take_back() == 0
    assert (desk.state(claimed), desk.state(begun)) == (DeliveryState.CLAIMED, DeliveryState.SENDING)


def test_of_a_silent_worker_the_claims_are_taken_at_once_and_what_it_began_when_its_lease_ends(desk, clock):
    desk.workers.beat(ELSEWHERE, "sends")
    claimed, begun = desk.claim(ELSEWHERE), desk.begin(ELSEWHERE)
    clock.advance(SILENT + timedelta(seconds=1))
    assert desk.take_back() == 0
    assert (desk.state(claimed), desk.state(begun)) == (DeliveryState.QUEUED, DeliveryState.SENDING)
    clock.advance(2 * LEASE)
    assert desk.take_back() == 1
    assert desk.state(begun) is DeliveryState.UNCONFIRMED


def test_a_silent_worker_that_wakes_cannot_begin_what_was_taken_but_can_settle_what_it_began(desk, clock):
    desk.workers.beat(ELSEWHERE, "sends")
    claimed, begun = desk.claim(ELSEWHERE), desk.begin(ELSEWHERE)
    clock.advance(2 * SILENT)
    desk.take_back()
    assert not desk.ledger.sending(claimed, worker=ELSEWHERE, until=clock() + LEASE, now=clock()).result()
    accepted = Outcome(state=DeliveryState.ACCEPTED)
    assert desk.ledger.settle(begun, accepted, worker=ELSEWHERE, now=clock()).result()
    assert desk.state(begun) is DeliveryState.ACCEPTED


def test_of_the_dead_all_is_taken_at_once(desk, clock):
    name = worker_name()
    desk.workers.beat(name, "sends")
    claimed, begun = desk.claim(name), desk.begin(name)
    assert desk.take_back() == 0
    retire(name)
    assert desk.take_back() == 1
    assert (desk.state(claimed), desk.state(begun)) == (DeliveryState.QUEUED, DeliveryState.UNCONFIRMED)


def test_a_worker_that_the_store_does_not_know_keeps_its_mails_until_their_lease_ends(desk, clock):
    claimed = desk.claim(ELSEWHERE)
    clock.advance(LEASE)
    desk.take_back()
    assert desk.state(claimed) is DeliveryState.CLAIMED
    clock.advance(timedelta(seconds=1))
    desk.take_back()
    assert desk.state(claimed) is DeliveryState.QUEUED


def test_who_is_certain_to_be_dead_is_no_worker_any_more_when_its_mails_are_taken_back(desk):
    gone = worker_name()
    desk.workers.beat(gone, "sends")
    desk.workers.beat(ELSEWHERE, "sends")
    claimed = desk.claim(gone)
    retire(gone)
    desk.take_back()
    assert desk.state(claimed) is DeliveryState.QUEUED
    assert [each.name for each in desk.workers.all()] == [ELSEWHERE]
