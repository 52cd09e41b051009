"""What every ports.Ledger promises, held against SQLite, PostgreSQL and the one in memory."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from digest.model.delivery import Attempt, Composition, Delivery, DeliveryState, Outcome
from digest.model.subscriber import SubscriberState
from digest.ports import Ledger
from digest.testing import MemoryLedger, claims_of

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
LEASE = 10 * MINUTE
ANA, BO, CY, DI = (f"{name}@quay.example" for name in ("ana", "bo", "cy", "di"))


class Desk(Protocol):
    """A ledger, and what its port does not say: how a delivery is planned, stopped and looked at."""

    ledger: Ledger

    def plan(self, due: Mapping[str, datetime]) -> None: ...

    def leave(self, address: str) -> None: ...

    def row(self, address: str) -> Delivery: ...

    def attempts(self, delivery_id: int) -> Sequence[Attempt]: ...


class StoreDesk:
    """The ledger of a store, with one edition."""

    def __init__(self, newsroom):
        self.ledger = newsroom.store.ledger
        self._newsroom = newsroom

    def plan(self, due):
        newsroom = self._newsroom
        for minute, address in enumerate(due):
            newsroom.enrol(address, send_at=minute)
        times = list(due.values())
        profiles = newsroom.store.planner.profiles(newsroom.defaults)
        slots = [newsroom.slot(profile=profile, due_at=times[profile.send_at]) for profile in profiles]
        newsroom.plan(newsroom.freeze(), *slots)

    def leave(self, address):
        people = self._newsroom.store.subscribers
        people.change(replace(people.find(address), state=SubscriberState.UNSUBSCRIBED))

    def row(self, address):
        (delivery,) = self._newsroom.store.history.of_address(address, limit=2)
        return delivery

    def attempts(self, delivery_id):
        return self._newsroom.store.answers.attempts([delivery_id])


class MemoryDesk:
    """The fake that is shipped."""

    def __init__(self):
        self.ledger = MemoryLedger()

    def plan(self, due):
        claims = claims_of(list(due))
        times = [replace(it.delivery, due_at=due[it.delivery.target], next_at=due[it.delivery.target]) for it in claims]
        self.ledger = MemoryLedger(
            [replace(claim, delivery=delivery) for claim, delivery in zip(claims, times, strict=True)]
        )

    def leave(self, address):
        self.ledger.forbidden.add(self.row(address).id)

    def row(self, address):
        (delivery,) = (row for row in self.ledger.rows.values() if row.target == address)
        return delivery

    def attempts(self, delivery_id):
        return [attempt for attempt in self.ledger.attempts if attempt.delivery_id == delivery_id]


class Shift:
    """A desk at one time of day, with short words for the calls of its ledger; people are named by their address."""

    def __init__(self, desk: Desk, now: datetime) -> None:
        self.desk, self.now = desk, now

    def plan(self, *addresses: str) -> None:
        self.desk.plan(dict.fromkeys(addresses, self.now))

    def claim(self, *, worker: str = "one", limit: int = 100, after: timedelta = timedelta(0)) -> list[str]:
        claims = self.desk.ledger.claim(worker=worker, limit=limit, lease=LEASE, now=self.now + after)
        assert all(claim.delivery.state is DeliveryState.CLAIMED for claim in claims)
        assert all(claim.delivery.target == claim.subscriber.address for claim in claims)
        return [claim.subscriber.address for claim in claims]

    def compose(self, address: str, lineup: bytes, *, after: timedelta = timedelta(0)) -> None:
        self.desk.ledger.compose({self.row(address).id: Composition(lineup=lineup)}, now=self.now + after)

    def begin(self, address: str, *, worker: str = "one", after: timedelta = timedelta(0)) -> bool:
        now = self.now + after
        return self.desk.ledger.sending(self.row(address).id, worker=worker, until=now + LEASE, now=now).result(10)

    def settle(self, address: str, state: str, *, worker: str = "one", next_at: datetime | None = None, **said) -> bool:
        outcome = Outcome(state=DeliveryState(state), next_at=next_at, **{"answer": f"{state} it is", **said})
        return self.desk.ledger.settle(self.row(address).id, outcome, worker=worker, now=self.now).result(10)

    def release(self, *, worker: str = "one") -> int:
        return self.desk.ledger.release(worker=worker)

    def recover(self, *, dead: str = "one", resend_at: datetime | None = None, after: timedelta = timedelta(0)) -> int:
        return self.desk.ledger.recover(alive=lambda worker: worker != dead, resend_at=resend_at, now=self.now + after)

    def row(self, address: str) -> Delivery:
        return self.desk.row(address)

    def told(self, address: str) -> list[tuple[int, str, str]]:
        """The answers that were no acceptance: which attempt, what became of it, what was said."""
        attempts = self.desk.attempts(self.row(address).id)
        return [(attempt.attempt, str(attempt.state), attempt.answer) for attempt in attempts]

    def states(self, *addresses: str) -> Counter[str]:
        return Counter(str(self.row(address).state) for address in addresses)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres), "memory"])
def kind(request):
    """Which ledger."""
    return request.param


@pytest.fixture
def store_url(request, kind, tmp_path):
    """The URL of an up-to-date, empty store of the kind at hand."""
    if kind == "postgresql":
        return request.getfixturevalue("postgres_store_url")
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "digest.db")
    return f"sqlite:///{tmp_path / 'digest.db'}"


@pytest.fixture
def shift(request, kind, now):
    """A shift at a desk where nothing is planned."""
    desk = MemoryDesk() if kind == "memory" else StoreDesk(request.getfixturevalue("newsroom"))
    return Shift(desk, now)


def test_the_oldest_due_are_claimed_first_up_to_the_limit(shift):
    shift.desk.plan({ANA: shift.now, BO: shift.now - 2 * MINUTE, CY: shift.now - MINUTE})
    assert shift.claim(limit=2) == [BO, CY]
    assert shift.claim(limit=2) == [ANA]


def test_what_one_worker_has_claimed_no_worker_claims(shift):
    shift.plan(ANA, BO, CY)
    taken = shift.claim(worker="one", limit=2) + shift.claim(worker="two")
    assert sorted(taken) == [ANA, BO, CY]
    assert shift.claim(worker="one") == shift.claim(worker="two") == []


def test_nothing_is_claimed_before_it_is_due(shift):
    shift.desk.plan({ANA: shift.now + MINUTE})
    assert shift.claim() == []
    assert shift.claim(after=MINUTE) == [ANA]


def test_a_lineup_and_its_time_are_fixed_once(shift):
    shift.plan(ANA)
    shift.claim()
    shift.compose(ANA, b"\x80\x01")
    shift.compose(ANA, b"\x02", after=MINUTE)
    shift.release()
    shift.claim()
    assert (shift.row(ANA).lineup, shift.row(ANA).composed_at) == (b"\x80\x01", shift.now)


def test_only_the_claimer_begins_and_only_once(shift):
    shift.plan(ANA)
    assert not shift.begin(ANA)
    shift.claim()
    assert not shift.begin(ANA, worker="two")
    assert shift.row(ANA).attempts == 0
    assert shift.begin(ANA, after=MINUTE)
    row = shift.row(ANA)
    assert (row.state, row.attempts, row.updated_at) == ("sending", 1, shift.now + MINUTE)
    assert not shift.begin(ANA)
    assert shift.row(ANA).attempts == 1


def test_who_has_left_since_the_claim_is_not_begun_and_needs_no_settling(shift):
    shift.plan(ANA)
    shift.claim()
    shift.desk.leave(ANA)
    assert not shift.begin(ANA)
    assert not shift.settle(ANA, "accepted")
    assert (shift.row(ANA).state, shift.row(ANA).attempts) == ("suppressed", 0)
    assert shift.claim(after=DAY) == []


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("state", ["accepted", "failed", "suppressed", "unconfirmed"])
def test_what_has_ended_is_counted_and_not_claimed_again(shift, state, begun):
    shift.plan(ANA)
    shift.claim()
    if begun:
        shift.begin(ANA)
    assert shift.settle(ANA, state)
    row = shift.row(ANA)
    assert (row.state, row.attempts, row.answer) == (state, 1, f"{state} it is")
    assert not shift.settle(ANA, "failed")
    assert shift.claim(after=DAY) == []


def test_only_who_has_the_row_settles_it(shift):
    shift.plan(ANA)
    assert not shift.settle(ANA, "failed")
    shift.claim()
    assert not shift.settle(ANA, "failed", worker="two")
    shift.begin(ANA)
    assert not shift.settle(ANA, "failed", worker="two")
    assert shift.row(ANA).state == "sending"
    assert shift.settle(ANA, "accepted")


def test_what_is_deferred_is_claimed_again_only_at_its_time(shift):
    shift.plan(ANA)
    shift.claim()
    shift.begin(ANA)
    assert shift.settle(ANA, "deferred", next_at=shift.now + MINUTE)
    assert (shift.row(ANA).state, shift.row(ANA).attempts) == ("deferred", 1)
    assert shift.claim(after=MINUTE - timedelta(seconds=1)) == []
    assert shift.claim(worker="two", after=MINUTE) == [ANA]


@pytest.mark.parametrize(("state", "attempts"), [("queued", 0), ("deferred", 1)])
def test_what_waits_without_a_time_may_be_claimed_at_once(shift, state, attempts):
    shift.plan(ANA)
    shift.claim()
    assert shift.settle(ANA, state)
    assert (shift.row(ANA).state, shift.row(ANA).attempts) == (state, attempts)
    assert shift.claim() == [ANA]


def test_release_gives_back_only_what_is_ones_own_and_has_not_begun(shift):
    shift.plan(ANA, BO, CY, DI)
    mine = shift.claim(worker="one", limit=3)
    shift.claim(worker="two")
    shift.begin(mine[0])
    assert shift.release(worker="one") == 2
    assert shift.states(ANA, BO, CY, DI) == {"sending": 1, "queued": 2, "claimed": 1}
    assert shift.release(worker="one") == 0
    assert sorted(shift.claim(worker="three")) == sorted(mine[1:])
    assert shift.settle(mine[0], "accepted")


def test_what_is_given_back_is_due_as_it_was_first(shift):
    shift.desk.plan({ANA: shift.now, BO: shift.now - MINUTE})
    shift.claim(limit=1)
    shift.settle(BO, "deferred", next_at=shift.now + MINUTE)
    shift.claim(after=MINUTE)
    assert shift.release() == 2
    assert shift.claim(limit=1) == [BO]


def test_what_the_dead_left_is_queued_or_unconfirmed_and_the_living_keep_theirs(shift):
    shift.plan(ANA, BO, CY, DI)
    begun, waits = shift.claim(worker="one", limit=2)
    living = shift.claim(worker="two")
    shift.begin(begun)
    shift.begin(living[0], worker="two")
    assert shift.recover(dead="one", resend_at=shift.now + MINUTE) == 1
    assert (shift.row(begun).state, shift.row(waits).state) == ("unconfirmed", "queued")
    assert [shift.row(address).state for address in living] == ["sending", "claimed"]
    assert not shift.settle(begun, "failed")
    assert shift.claim(worker="three") == [waits]
    assert shift.settle(living[0], "accepted", worker="two")
    assert shift.begin(living[1], worker="two")


def test_what_was_being_sent_is_tried_once_more_at_its_time(shift):
    shift.plan(ANA)
    shift.claim()
    shift.begin(ANA)
    assert shift.recover(resend_at=shift.now + MINUTE) == 1
    assert shift.claim() == []
    assert shift.claim(after=MINUTE) == [ANA]
    shift.begin(ANA)
    assert shift.recover(resend_at=shift.now + MINUTE) == 1
    assert shift.claim(after=DAY) == []
    assert (shift.row(ANA).state, shift.row(ANA).attempts) == ("unconfirmed", 2)


def test_what_was_being_sent_is_held_without_a_time(shift):
    shift.plan(ANA)
    shift.claim()
    shift.begin(ANA)
    assert shift.recover(resend_at=None) == 1
    assert shift.claim(after=DAY) == []
    assert shift.row(ANA).state == "unconfirmed"


def test_what_is_unanswered_twice_is_not_tried_a_third_time(shift):
    shift.plan(ANA)
    for _ in range(2):
        assert shift.claim() == [ANA]
        shift.begin(ANA)
        shift.settle(ANA, "unconfirmed", next_at=shift.now)
    assert shift.claim(after=DAY) == []


@pytest.mark.parametrize("how", ["released", "queued", "recovered", "left"])
def test_what_may_have_arrived_stays_unconfirmed(shift, how):
    shift.plan(ANA)
    shift.claim()
    shift.begin(ANA)
    shift.settle(ANA, "unconfirmed", next_at=shift.now)
    assert shift.claim() == [ANA]
    if how == "released":
        shift.release()
    elif how == "queued":
        shift.settle(ANA, "queued")
    elif how == "recovered":
        assert shift.recover() == 0
    else:
        shift.desk.leave(ANA)
        assert not shift.begin(ANA)
    assert shift.row(ANA).state == "unconfirmed"
    assert shift.claim() == ([] if how == "left" else [ANA])


def test_the_living_lose_what_they_hold_when_the_lease_runs_out(shift):
    shift.plan(ANA, BO)
    begun, waits = shift.claim()
    shift.begin(begun, after=5 * MINUTE)
    assert shift.recover(dead="nobody", after=LEASE) == 0
    assert shift.states(ANA, BO) == {"sending": 1, "claimed": 1}
    assert shift.recover(dead="nobody", after=LEASE + MINUTE) == 0
    assert (shift.row(begun).state, shift.row(waits).state) == ("sending", "queued")
    assert shift.recover(dead="nobody", after=LEASE + 6 * MINUTE) == 1
    assert shift.row(begun).state == "unconfirmed"
    assert not shift.begin(waits)


@pytest.mark.parametrize("since", ["it waits", "it is claimed", "it is held"])
def test_an_acceptance_that_comes_late_is_believed_and_nothing_is_sent_again(shift, since):
    shift.plan(ANA)
    shift.claim()
    shift.begin(ANA)
    assert shift.recover(resend_at=None if since == "it is held" else shift.now) == 1
    if since == "it is claimed":
        assert shift.claim(worker="two") == [ANA]
    assert shift.settle(ANA, "accepted")
    row = shift.row(ANA)
    assert (row.state, row.answer, row.attempts) == ("accepted", "accepted it is", 1)
    assert not shift.begin(ANA, worker="two")
    assert shift.claim(after=DAY) == []
    assert not shift.settle(ANA, "failed", worker="two")


def test_an_acceptance_that_comes_after_the_mail_was_begun_again_changes_nothing(shift):
    shift.plan(ANA)
    shift.claim()
    shift.begin(ANA)
    shift.recover(resend_at=shift.now)
    shift.claim(worker="two")
    shift.begin(ANA, worker="two")
    assert not shift.settle(ANA, "accepted")
    assert shift.row(ANA).state == "sending"
    assert shift.settle(ANA, "deferred", worker="two")


@pytest.mark.parametrize("state", ["deferred", "unconfirmed"])
def test_when_the_clock_is_set_back_what_waits_does_so_no_longer_than_it_had_to(shift, state):
    shift.plan(ANA, BO)
    ahead = 1000 * DAY
    shift.claim(limit=1, after=ahead)
    shift.begin(ANA, after=ahead)
    shift.now += ahead
    shift.settle(ANA, state, next_at=shift.now + 7 * MINUTE)
    shift.now -= ahead
    assert shift.recover() == 0
    assert shift.claim() == [BO]
    assert shift.claim(after=6 * MINUTE) == []
    assert shift.claim(after=7 * MINUTE) == [ANA]
    assert shift.begin(ANA)


def test_when_the_clock_is_set_back_what_is_not_due_yet_and_what_has_ended_stays_so(shift):
    shift.desk.plan({ANA: shift.now + 2 * DAY, BO: shift.now})
    ahead = 10 * DAY
    shift.claim(after=ahead)
    shift.begin(BO, after=ahead)
    shift.now += ahead
    shift.settle(BO, "unconfirmed")
    shift.release()
    shift.now -= ahead
    shift.recover()
    assert shift.claim(after=DAY) == []
    assert shift.claim(after=2 * DAY) == [ANA]


def test_a_lease_of_the_dead_is_taken_back_whatever_the_clock_says(shift):
    shift.plan(ANA, BO)
    assert shift.claim(limit=1, after=1000 * DAY) == [ANA]
    assert shift.recover(dead="one") == 0
    assert shift.claim() == [ANA, BO]


def test_nothing_under_way_is_nothing_to_take_back(shift):
    shift.plan(ANA)
    assert (shift.release(), shift.recover()) == (0, 0)
    assert shift.claim() == [ANA]


WORDS = {"answer": "451 4.7.1 later", "relay": "mx.example:25", "code": 451, "enhanced": "4.7.1"}
"""What a relay says, and which one it is."""


def test_who_said_what_by_which_numbers_stands_in_the_delivery(shift):
    shift.plan(ANA, BO)
    shift.claim()
    shift.begin(ANA)
    shift.settle(ANA, "accepted", answer="250 ok", relay="mx.example:25", code=250, enhanced="2.0.0")
    shift.settle(BO, "deferred", **WORDS)
    ana, bo = shift.row(ANA), shift.row(BO)
    assert (ana.answer, ana.relay, ana.code, ana.enhanced) == ("250 ok", "mx.example:25", 250, "2.0.0")
    assert (bo.answer, bo.relay, bo.code, bo.enhanced) == tuple(WORDS.values())


def test_every_answer_that_is_no_acceptance_is_kept(shift):
    shift.plan(ANA)
    for state in ("deferred", "queued", "unconfirmed", "failed"):
        assert shift.claim(after=DAY) == [ANA]
        if state != "queued":
            shift.begin(ANA)
        shift.settle(ANA, state, next_at=shift.now)
    assert shift.told(ANA) == [
        (1, "deferred", "deferred it is"),
        (1, "queued", "queued it is"),
        (2, "unconfirmed", "unconfirmed it is"),
        (3, "failed", "failed it is"),
    ]


def test_an_answer_is_kept_with_the_relay_its_numbers_and_the_time(shift):
    shift.plan(ANA)
    shift.claim()
    shift.settle(ANA, "deferred", **WORDS)
    (attempt,) = shift.desk.attempts(shift.row(ANA).id)
    assert (attempt.answer, attempt.relay, attempt.code, attempt.enhanced) == tuple(WORDS.values())
    assert attempt.at == shift.now


def test_neither_an_acceptance_nor_a_lease_that_ran_out_is_an_answer_to_keep(shift):
    shift.plan(ANA, BO)
    shift.claim()
    shift.begin(ANA)
    shift.settle(ANA, "accepted")
    shift.settle(BO, "queued", answer="")
    assert shift.told(ANA) == shift.told(BO) == []


def test_an_outcome_of_another_worker_leaves_no_answer(shift):
    shift.plan(ANA)
    shift.claim()
    assert not shift.settle(ANA, "failed", worker="two")
    assert shift.told(ANA) == []


def test_what_a_crash_left_without_an_answer_says_so(shift):
    shift.plan(ANA, BO)
    shift.claim()
    shift.begin(ANA)
    shift.recover(resend_at=shift.now)
    assert [(attempt, state) for attempt, state, _ in shift.told(ANA)] == [(1, "unconfirmed")]
    assert "ended" in shift.row(ANA).answer
    assert shift.told(BO) == []


def test_many_that_wait_together_fare_each_as_if_alone(shift):
    people = [f"r{number}@quay.example" for number in range(40)]
    shift.plan(*people)
    shift.claim()
    ids = {address: shift.row(address).id for address in people}
    gone, stray = people[:2]
    shift.desk.leave(gone)
    until, worker = shift.now + LEASE, "one"
    begun = {
        address: shift.desk.ledger.sending(
            ids[address], worker="two" if address == stray else worker, until=until, now=shift.now
        )
        for address in people
    }
    assert {address for address in people if not begun[address].result(10)} == {gone, stray}
    outcomes = [DeliveryState.ACCEPTED, DeliveryState.DEFERRED, DeliveryState.FAILED, DeliveryState.UNCONFIRMED]
    settled = [
        shift.desk.ledger.settle(
            ids[address], Outcome(state=outcomes[number % 4], answer=address), worker=worker, now=shift.now
        )
        for number, address in enumerate(people)
    ]
    assert [future.result(10) for future in settled] == [address != gone for address in people]
    assert shift.row(gone).state == "suppressed"
    for number, address in enumerate(people[1:], start=1):
        row = shift.row(address)
        assert (row.state, row.answer, row.attempts) == (outcomes[number % 4], address, 1)
        assert shift.told(address) == ([] if number % 4 == 0 else [(1, str(row.state), address)])
