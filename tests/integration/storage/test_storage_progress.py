"""Mails that are begun and settled together end as if each had been written by itself."""

import shutil
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from digest.model.delivery import DeliveryState, DispatchKind, Outcome, Profile, Slot
from digest.model.edition import Edition
from digest.model.subscriber import Subscriber, SubscriberState
from digest.storage.database import open_store
from digest.storage.schema import answers, deliveries

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
LEASE = timedelta(minutes=10)
PROFILE = Profile(timezone="UTC", send_at=360, days=127)
READERS = 5


class Begin(NamedTuple):
    delivery: int
    worker: str

    def submit(self, store):
        return store.ledger.sending(self.delivery, worker=self.worker, until=NOW + LEASE, now=NOW)


class Settle(NamedTuple):
    delivery: int
    worker: str
    state: DeliveryState

    def submit(self, store):
        outcome = Outcome(state=self.state, answer=f"{self.state} it is", relay="mx.example", code=250)
        return store.ledger.settle(self.delivery, outcome, worker=self.worker, now=NOW)


IDS, WORKERS = st.integers(1, READERS), st.sampled_from(["one", "one", "one", "two"])
OUTCOMES = st.sampled_from(["accepted", "accepted", "deferred", "failed", "queued", "unconfirmed"]).map(DeliveryState)
STEPS = st.lists(st.one_of(st.builds(Begin, IDS, WORKERS), st.builds(Settle, IDS, WORKERS, OUTCOMES)), max_size=25)


@contextmanager
def held(store):
    """While this lasts the writer is busy, and what is submitted waits."""
    door = threading.Event()
    busy = store.database.submit(lambda _connection: door.wait(30))
    try:
        yield
    finally:
        door.set()
        busy.result(30)


@pytest.fixture(scope="module")
def claimed_file(empty_store_file, tmp_path_factory):
    """A store in which everything is claimed, all but the last by "one"."""
    path = shutil.copy(empty_store_file, tmp_path_factory.mktemp("claimed") / "digest.db")
    with open_store(f"sqlite:///{path}") as store:
        store.subscribers.enrol(
            [Subscriber(address=f"r{number}@x.example", state=SubscriberState.ACTIVE) for number in range(READERS)]
        )
        edition = store.editions.cut(Edition(date=NOW.date(), cut_at=NOW, title="The Harbour Courier"))
        dispatch = store.planner.open(DispatchKind.EDITION, edition=edition.number, now=NOW)
        slot = Slot(profile=PROFILE, local_date=edition.date, due_at=NOW)
        store.planner.plan(dispatch, [slot], defaults=PROFILE, domain="news.example", now=NOW)
        store.ledger.claim(worker="one", limit=READERS - 1, lease=LEASE, now=NOW)
        store.ledger.claim(worker="two", limit=1, lease=LEASE, now=NOW)
    return path


def end_of(path, steps, *, together):
    """What the steps came to, and what the store holds after them."""
    with open_store(f"sqlite:///{path}") as store:
        if together:
            with held(store):
                futures = [step.submit(store) for step in steps]
            results = [future.result(30) for future in futures]
        else:
            results = [step.submit(store).result(30) for step in steps]
        with store.database.read() as connection:
            rows = [connection.execute(select(table).order_by(table.c.id)).all() for table in (deliveries, answers)]
    return results, rows[0], sorted(row[1:] for row in rows[1])


@pytest.mark.timeout(300)
def test_together_is_as_one_by_one(claimed_file, tmp_path):
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps=STEPS)
    def check(steps):
        ends = [
            end_of(shutil.copy(claimed_file, tmp_path / f"{together}.db"), steps, together=together)
            for together in (True, False)
        ]
        assert ends[0] == ends[1]

    check()
