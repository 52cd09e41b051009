"""What every History does."""

from datetime import timedelta

import pytest

from digest.model.delivery import DeliveryState
from digest.ports import Tally

DAY = timedelta(days=1)
ANA = "ana@quay.example"


@pytest.fixture
def unconfirmed(newsroom):
    """An edition whose three mails got no answer."""
    newsroom.enrol(ANA, "bo@quay.example", "cy@quay.example")
    frozen = newsroom.freeze()
    newsroom.plan(frozen)
    for claim in newsroom.claim():
        newsroom.begin(claim)
        newsroom.settle(claim, DeliveryState.UNCONFIRMED)
    return frozen


def test_tallies_count_by_edition_and_state(store, newsroom, now):
    newsroom.enrol(ANA, "bo@quay.example")
    first, second = newsroom.freeze(), newsroom.freeze()
    newsroom.plan(first)
    newsroom.plan(second, newsroom.slot(day=now.date() + DAY, due_at=now + DAY))
    claim, _ = newsroom.claim()
    newsroom.settle(claim)
    assert store.history.tallies([first.number, second.number]) == (
        Tally(edition=first.number, state=DeliveryState.ACCEPTED, count=1),
        Tally(edition=first.number, state=DeliveryState.CLAIMED, count=1),
        Tally(edition=second.number, state=DeliveryState.QUEUED, count=2),
    )
    assert store.history.tallies([]) == ()
    assert store.history.open_count(first.number) == 1
    assert store.history.open_count(second.number) == 2
    assert store.history.next_due() == now + DAY


def test_an_addresss_deliveries_come_newest_first(store, newsroom, now):
    newsroom.enrol(ANA, "bo@quay.example")
    for days in range(3):
        day = now + days * DAY
        newsroom.plan(newsroom.freeze(), newsroom.slot(day=day.date(), due_at=day))
    assert [found.edition for found in store.history.of_address("Ana@Quay.example", limit=2)] == [3, 2]
    assert store.history.of_address("nobody@quay.example", limit=2) == ()


def test_nothing_waits_in_an_empty_store(store):
    assert store.history.next_due() is None
    assert store.history.open_count(1) == 0


def test_deliveries_in_a_state_come_by_id_up_to_the_limit(store, unconfirmed):
    found = store.history.in_state(unconfirmed.number, DeliveryState.UNCONFIRMED, limit=2)
    assert [delivery.target[:2] for delivery in found] == ["an", "bo"]
    assert store.history.in_state(unconfirmed.number, DeliveryState.ACCEPTED, limit=2) == ()


def test_unconfirmed_deliveries_are_resolved_by_hand(store, newsroom, unconfirmed, now):
    first, second, third = store.history.in_state(unconfirmed.number, DeliveryState.UNCONFIRMED, limit=9)
    later = now + timedelta(hours=1)
    assert store.history.resolve([first.id], DeliveryState.ACCEPTED, now=later) == 1
    assert store.history.resolve([second.id, first.id], DeliveryState.QUEUED, now=later) == 1
    assert newsroom.states(unconfirmed) == {"accepted": 1, "queued": 1, "unconfirmed": 1}
    (again,) = newsroom.claim(now=later)
    assert again.delivery.id == second.id
    assert third in store.history.in_state(unconfirmed.number, DeliveryState.UNCONFIRMED, limit=9)


@pytest.mark.parametrize(("state", "waits"), [("accepted", False), ("failed", False), ("queued", True)])
def test_what_is_resolved_by_hand_says_so_and_by_no_relay(store, newsroom, unconfirmed, now, state, waits):
    first, *_ = store.history.in_state(unconfirmed.number, DeliveryState.UNCONFIRMED, limit=9)
    assert store.history.resolve([first.id, 10_000, *range(20_000, 21_200)], DeliveryState(state), now=now) == 1
    assert store.history.resolve([first.id], DeliveryState.ACCEPTED, now=now) == 0
    (found,) = store.history.in_state(unconfirmed.number, DeliveryState(state), limit=9)
    assert found.answer.startswith("resolved by hand")
    assert (found.message_id, found.relay, found.code) == (first.message_id, "", None)
    assert [claim.delivery.id for claim in newsroom.claim()] == ([first.id] if waits else [])


def test_what_was_sent_again_by_hand_and_is_lost_again_is_unconfirmed_again(store, newsroom, unconfirmed, now):
    first, *_ = store.history.in_state(unconfirmed.number, DeliveryState.UNCONFIRMED, limit=9)
    store.history.resolve([first.id], DeliveryState.QUEUED, now=now)
    (claim,) = newsroom.claim()
    newsroom.begin(claim)
    newsroom.recover(resend_at=now)
    assert [again.delivery.id for again in newsroom.claim()] == [first.id]
    assert [attempt.attempt for attempt in store.answers.attempts([first.id])] == [1, 2]


def test_what_is_queued_by_hand_after_a_cancel_ends_as_cancelled(store, newsroom, unconfirmed, now):
    store.planner.cancel(unconfirmed.number, now=now)
    first, *_ = store.history.in_state(unconfirmed.number, DeliveryState.UNCONFIRMED, limit=9)
    assert store.history.resolve([first.id], DeliveryState.QUEUED, now=now) == 1
    assert newsroom.claim() == ()
    assert newsroom.states(unconfirmed) == {"failed": 1, "unconfirmed": 2}
