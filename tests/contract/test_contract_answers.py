"""What every Answers does."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from digest.model.bounce import Bounce, BounceKind
from digest.model.delivery import Attempt, DeliveryState
from digest.model.progress import Overdue
from digest.model.subscriber import SubscriberState, Suppression
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


def progress(store, edition, now):
    (found,) = store.answers.progress([edition.number], now=now)
    return found


def test_progress_counts_by_state_and_knows_what_comes_next(store, newsroom, edition, now):
    assert store.answers.progress([edition.number + 1], now=now) == ()
    assert store.answers.progress([], now=now) == ()
    before = progress(store, edition, now - MINUTE)
    assert (before.planned, before.open, before.queued, before.due) == (3, 3, 3, 0)
    assert progress(store, edition, now).due == 3
    first, second, third = newsroom.claim()
    newsroom.begin(second)
    assert progress(store, edition, now).under_way == 3
    newsroom.settle(first, DeliveryState.DEFERRED, next_at=now + MINUTE)
    newsroom.settle(second, DeliveryState.UNCONFIRMED, next_at=now + 30 * MINUTE)
    newsroom.settle(third, DeliveryState.FAILED, answer="550 no such user")
    found = progress(store, edition, now)
    assert (found.deferred, found.unconfirmed, found.failed, found.planned, found.due) == (1, 1, 1, 3, 0)
    assert (found.deferred_until, found.again_at) == (now + MINUTE, now + 30 * MINUTE)
    assert found.planned == sum(tally.count for tally in store.history.tallies([edition.number]))
    assert (found.cancelled, found.stopped, found.stopped_at, found.cancelled_at) == (0, "", None, None)


def test_cancelled_mails_are_not_among_the_failed(store, newsroom, edition, now):
    claim = newsroom.claim(limit=1)[0]
    newsroom.settle(claim, DeliveryState.FAILED, answer="550 no such user")
    store.planner.cancel(edition.number, now=now)
    found = progress(store, edition, now)
    assert (found.failed, found.cancelled, found.planned, found.cancelled_at) == (1, 2, 3, now)
    assert [reason.words for reason in store.answers.reasons(edition.number, limit=5)] == ["550 no such user"]


def test_a_stopped_dispatch_says_since_when_and_why(store, newsroom, edition, now):
    claim = newsroom.claim(limit=1)[0]
    store.ledger.halt(claim.delivery.dispatch_id, "3 messages in a row were refused", now=now)
    found = progress(store, edition, now)
    assert (found.stopped, found.stopped_at) == ("3 messages in a row were refused", now)


def test_reasons_are_by_state_the_most_frequent_first_and_bounded(store, newsroom, now):
    readers = [f"reader{number}@quay.example" for number in range(6)]
    newsroom.enrol(*readers)
    frozen = newsroom.freeze()
    newsroom.plan(frozen)
    refusals = ["552 full"] * 2 + ["554 no"] * 3
    *claims, last = newsroom.claim()
    for claim, words in zip(claims, refusals, strict=True):
        newsroom.settle(claim, DeliveryState.FAILED, answer=words)
    newsroom.settle(last, DeliveryState.DEFERRED, answer="451 later", next_at=now + MINUTE)
    found = [(reason.state, reason.count, reason.words) for reason in store.answers.reasons(frozen.number, limit=1)]
    assert found == [(DeliveryState.DEFERRED, 1, "451 later"), (DeliveryState.FAILED, 3, "554 no")]
    assert len(store.answers.reasons(frozen.number, limit=5)) == 3


def test_what_could_not_be_handed_over_has_its_reason_while_it_waits(store, newsroom, edition):
    assert store.answers.reasons(edition.number, limit=5) == ()
    for claim in newsroom.claim():
        newsroom.settle(claim, Q, answer="relay.example:25 cannot be reached")
    (reason,) = store.answers.reasons(edition.number, limit=5)
    assert (reason.state, reason.count, reason.words) == (Q, 3, "relay.example:25 cannot be reached")


def test_answers_with_the_same_code_are_one_reason_however_they_are_worded(store, newsroom, edition):
    for claim in newsroom.claim():
        newsroom.settle(claim, DeliveryState.FAILED, answer=f"550 5.1.1 {claim.delivery.target} is unknown")
    rows = update(schema.deliveries).values(relay="relay.example:25", code=550, enhanced="5.1.1")
    store.database.write(lambda connection: connection.execute(rows))
    (reason,) = store.answers.reasons(edition.number, limit=5)
    assert (reason.count, reason.code, reason.enhanced, reason.relay) == (3, 550, "5.1.1", "relay.example:25")
    assert reason.words == f"550 5.1.1 {ANA} is unknown"


def test_what_is_overdue_is_told_apart_by_who_has_it_wait(store, newsroom, now):
    newsroom.enrol(ANA, BO, CY)
    frozen = newsroom.freeze()
    newsroom.plan(frozen, newsroom.slot(due_at=now))
    assert store.answers.overdue(frozen.number, by=now - MINUTE) == Overdue()
    assert store.answers.overdue(frozen.number, by=now) == Overdue(waiting=3, first=now)
    first, second, _ = newsroom.claim()
    newsroom.settle(first)
    newsroom.settle(second, DeliveryState.DEFERRED, next_at=now + MINUTE)
    assert store.answers.overdue(frozen.number, by=now) == Overdue(waiting=1, deferred=1, first=now)


def test_the_pace_is_of_what_was_accepted_lately(store, newsroom, edition, now):
    def pace(at):
        return store.answers.pace(edition.number, since=at - MINUTE, now=at)

    assert pace(now) == 0
    first, second, third = newsroom.claim()
    newsroom.settle(first, now=now)
    assert pace(now) == 0
    newsroom.settle(second, now=now + timedelta(seconds=10))
    newsroom.settle(third, now=now + timedelta(seconds=20))
    assert pace(now + timedelta(seconds=30)) == pytest.approx(0.1)
    assert pace(now + timedelta(seconds=75)) == pytest.approx(1 / 55)
    assert pace(now + timedelta(hours=1)) == 0


def test_whom_no_paper_is_planned_for_is_counted_by_why(store, newsroom, now):
    newsroom.enrol(ANA, BO)
    newsroom.enrol(CY, "dee@quay.example", paused_until=now + timedelta(days=1))
    newsroom.enrol("eve@quay.example", paused_until=now - timedelta(days=1))
    newsroom.enrol("fay@quay.example", state=SubscriberState.UNSUBSCRIBED)
    for address, reason in ((ANA, "hard"), ("dee@quay.example", "manual"), ("fay@quay.example", "complaint")):
        store.suppressions.add(Suppression(address=address, reason=reason, evidence="", at=now))
    assert store.answers.passed_over(now=now) == {"hard": 1, "manual": 1, "paused": 1}


def test_bad_news_is_counted_by_kind(store, now):
    def news(number, kind, at):
        return Bounce(address=ANA, kind=kind, source=f"letter {number}", at=at)

    kinds = (BounceKind.SOFT, BounceKind.SOFT, BounceKind.POLICY)
    store.bounces.add([news(number, kind, now) for number, kind in enumerate(kinds)], now=now)
    store.bounces.add([news(9, BounceKind.HARD, now - timedelta(days=9))], now=now)
    store.suppressions.lift(ANA, now=now)
    found = store.answers.returned(since=now - timedelta(days=7))
    assert found == {BounceKind.POLICY: 1, BounceKind.SOFT: 2}
