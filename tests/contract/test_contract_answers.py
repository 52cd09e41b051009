"""What every Answers does."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from digest.model.delivery import Attempt, DeliveryState
from digest.ports.sending import Share
from digest.storage import schema

MINUTE = timedelta(minutes=1)
ANA, BO, CY = "ana@quay.example", "bo@quay.example", "cy@mole.example"
A, Q = DeliveryState.ACCEPTED, DeliveryState.QUEUED


@pytest.fixture
def edition(newsroom):
    """An edition planned for three readers at two domains."""
    newsroom.enrol(ANA, BO, CY)
    frozen = newsroom.freeze()
    newsroom.plan(frozen)
    return frozen


def refusal(claim, attempt, at):
    return {
        "delivery_id": claim.delivery.id,
        "at": at,
        "attempt": attempt,
        "state": "queued",
        "relay": "relay.example:25",
        "code": 451,
        "enhanced": "4.7.1",
        "answer": "try later",
    }


def test_attempts_come_oldest_first(store, newsroom, edition, now):
    first, second, _ = newsroom.claim()
    rows = [refusal(first, 2, now + MINUTE), refusal(first, 1, now), refusal(second, 1, now)]
    rows[1] |= {"relay": None, "code": None, "enhanced": None}
    store.database.write(lambda connection: connection.execute(insert(schema.answers), rows))
    bare, full = store.answers.attempts([first.delivery.id])
    assert bare == Attempt(delivery_id=first.delivery.id, attempt=1, at=now, state=Q, answer="try later")
    assert (full.attempt, full.at, full.relay) == (2, now + MINUTE, "relay.example:25")
    assert (full.code, full.enhanced) == (451, "4.7.1")
    assert store.answers.attempts([]) == ()
    assert len(store.answers.attempts([*range(10_000, 11_200), first.delivery.id, second.delivery.id])) == 3


def test_domains_are_counted_largest_first_and_bounded(store, newsroom, edition):
    newsroom.settle(next(claim for claim in newsroom.claim(limit=3) if claim.delivery.target == CY))
    claimed = DeliveryState.CLAIMED
    quay, mole = Share(way="quay.example", state=claimed, count=2), Share(way="mole.example", state=A, count=1)
    assert store.answers.by_domain(edition.number, limit=10) == (quay, mole)
    assert store.answers.by_domain(edition.number, limit=1) == (quay,)
    assert store.answers.by_domain(edition.number + 1, limit=10) == ()


def test_relays_are_counted_and_nothing_attempted_has_none(store, newsroom, edition):
    claim = newsroom.claim(limit=1)[0]
    newsroom.settle(claim)
    theirs = update(schema.deliveries).where(schema.deliveries.c.id == claim.delivery.id)
    store.database.write(lambda connection: connection.execute(theirs.values(relay="relay.example:25")))
    assert store.answers.by_relay(edition.number) == (
        Share(way="", state=Q, count=2),
        Share(way="relay.example:25", state=A, count=1),
    )


def test_what_was_accepted_since_is_counted(store, newsroom, edition, now):
    first, second, _ = newsroom.claim()
    newsroom.settle(first, now=now)
    newsroom.settle(second, now=now + MINUTE)
    assert store.answers.accepted_since(edition.number, now) == 2
    assert store.answers.accepted_since(edition.number, now + MINUTE) == 1
    assert store.answers.accepted_since(edition.number + 1, now) == 0
