"""Whatever happens in whatever order: no reader gets two papers for a day, and no row forgets what it is."""

import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from digest.model.delivery import DeliveryState, DispatchKind, Outcome, Profile, Slot
from digest.model.edition import Edition
from digest.model.subscriber import Subscriber, SubscriberState
from digest.storage.database import open_store
from digest.storage.schema import deliveries

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
PROFILE = Profile(timezone="UTC", send_at=360, days=127)
PEOPLE = ("ana@quay.example", "bo@quay.example", "cy@quay.example")
LEASE = timedelta(hours=10)
"""Longer than a run, so that only death takes work away."""
WORKERS = st.sampled_from(["one", "two"])
OUTCOMES = st.sampled_from(["accepted", "deferred", "failed", "queued", "unconfirmed"]).map(DeliveryState)
ANY = st.integers(0, 10)


class LedgerMachine(RuleBasedStateMachine):
    """Editions of two dates, three readers, two workers that may die, an editor who cancels."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="digest-machine-"))
        self.store = open_store(f"sqlite:///{shutil.copy(self.template, self.folder / 'digest.db')}")
        self.now = START
        self.claims: dict[str, list] = {"one": [], "two": []}
        self.begun: list[tuple[str, object]] = []
        self.has: dict[tuple[str, date], set[int]] = {}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @initialize()
    def enrol(self) -> None:
        self.store.subscribers.enrol([Subscriber(address=who, state=SubscriberState.ACTIVE) for who in PEOPLE])
        self.plan(days=0)

    @rule(days=st.integers(0, 1))
    def plan(self, days: int) -> None:
        day = START.date() + timedelta(days=days)
        edition = self.store.editions.cut(Edition(date=day, cut_at=self.now, title="The Harbour Courier"))
        dispatch = self.store.planner.open(DispatchKind.EDITION, edition=edition.number, now=self.now)
        slot = Slot(profile=PROFILE, local_date=day, due_at=self.now)
        self.store.planner.plan(dispatch, [slot], defaults=PROFILE, domain="news.example", now=self.now)

    @rule(worker=WORKERS, limit=st.integers(1, 3), far=st.sampled_from(["claim", "begin", "settle"]), state=OUTCOMES)
    def carry(self, worker: str, limit: int, far: str, state: DeliveryState) -> None:
        """A worker claims some, and gets so far with them."""
        claims = self.store.ledger.claim(worker=worker, limit=limit, lease=LEASE, now=self.now)
        self.claims[worker] += claims
        for _ in claims:
            if far != "claim":
                self.begin(worker)
            if far == "settle":
                self.settle(len(self.begun) - 1, state, 0)

    @rule(worker=WORKERS)
    def begin(self, worker: str) -> None:
        if self.claims[worker]:
            claim = self.claims[worker].pop(0)
            until = self.now + LEASE
            if self.store.ledger.sending(claim.delivery.id, worker=worker, until=until, now=self.now).result(10):
                self.begun.append((worker, claim.delivery))

    @rule(which=ANY, state=OUTCOMES, minutes=st.integers(0, 3))
    def settle(self, which: int, state: DeliveryState, minutes: int) -> None:
        if not self.begun:
            return
        worker, delivery = self.begun.pop(which % len(self.begun))
        next_at = self.now + timedelta(minutes=minutes)
        outcome = Outcome(state=state, next_at=next_at if state in ("deferred", "unconfirmed") else None)
        mine = self.store.ledger.settle(delivery.id, outcome, worker=worker, now=self.now).result(10)
        assert mine
        if state in ("accepted", "unconfirmed"):
            self.arrived(delivery)

    @rule(worker=WORKERS)
    def die(self, worker: str) -> None:
        for holder, delivery in self.begun:
            if holder == worker:
                self.arrived(delivery)
        self.begun = [(holder, delivery) for holder, delivery in self.begun if holder != worker]
        self.claims[worker] = []
        self.store.ledger.recover(alive=lambda other: other != worker, resend_at=self.now, now=self.now)

    @rule(worker=WORKERS)
    def stop(self, worker: str) -> None:
        self.claims[worker] = []
        self.store.ledger.release(worker=worker)

    @rule(which=ANY)
    def cancel(self, which: int) -> None:
        latest = self.store.editions.latest()
        if latest is not None:
            self.store.planner.cancel(1 + which % latest.number, now=self.now)

    @rule(who=st.sampled_from(PEOPLE), state=st.sampled_from(["active", "unsubscribed"]))
    def change(self, who: str, state: str) -> None:
        person = self.store.subscribers.find(who)
        self.store.subscribers.change(replace(person, state=SubscriberState(state)))

    @rule(minutes=st.integers(1, 5))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def arrived(self, delivery) -> None:
        """Content may have arrived: of one edition a day at most, though of that one more than once."""
        editions = self.has.setdefault((delivery.target, delivery.local_date), set())
        editions.add(delivery.edition)
        assert len(editions) == 1

    @invariant()
    def every_row_is_what_its_columns_say(self) -> None:
        with self.store.database.read() as connection:
            rows = connection.execute(select(deliveries)).mappings().all()
        for row in rows:
            assert (row["worker"] is not None) == (row["state"] in ("claimed", "sending"))
            assert (row["lease_until"] is not None) == (row["worker"] is not None)
            waits = row["next_at"] is not None
            assert waits <= (row["state"] in ("queued", "deferred", "unconfirmed"))
            assert waits >= (row["state"] in ("queued", "deferred"))
            assert (row["state"] in ("accepted", "unconfirmed", "sending")) <= (row["paper_date"] is not None)
            assert (row["state"] == "unconfirmed") <= row["doubtful"]
            assert row["doubtful"] <= (row["state"] not in ("queued", "suppressed"))
            assert row["doubtful"] <= (row["paper_date"] is not None)


@pytest.mark.timeout(300)
def test_the_ledger_keeps_its_promises_in_any_order(empty_store_file):
    class Machine(LedgerMachine):
        template = empty_store_file

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=50, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
