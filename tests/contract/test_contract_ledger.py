"""What every Ledger does."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from digest.model.delivery import Composition, DeliveryState, Outcome, Told
from digest.model.subscriber import SubscriberState, Suppression
from digest.storage.schema import deliveries

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
ANA = "ana@quay.example"


@pytest.fixture
def edition(newsroom):
    """An edition that is planned for one reader."""
    newsroom.enrol(ANA)
    frozen = newsroom.freeze()
    newsroom.plan(frozen)
    return frozen


def only(newsroom, edition, state: DeliveryState):
    (delivery,) = newsroom.store.history.in_state(edition.number, state, limit=2)
    return delivery


def leave(store, address: str = ANA) -> None:
    store.subscribers.change(replace(store.subscribers.find(address), state=SubscriberState.UNSUBSCRIBED))


def test_a_claim_holds_the_delivery_and_the_reader(store, newsroom, edition, now):
    (claim,) = newsroom.claim(now=now + MINUTE)
    assert claim.subscriber == store.subscribers.find(ANA)
    assert claim.told == ()
    assert claim.delivery.state is DeliveryState.CLAIMED
    assert (claim.delivery.edition, claim.delivery.attempts, claim.delivery.lineup) == (edition.number, 0, None)
    assert claim.delivery == only(newsroom, edition, DeliveryState.CLAIMED)


def test_what_is_claimed_is_not_claimed_again(newsroom, edition):
    assert len(newsroom.claim()) == 1
    assert newsroom.claim(worker="other") == ()


def test_only_what_is_due_is_claimed_the_oldest_first(newsroom, now):
    newsroom.enrol("late@x.example", send_at=1)
    newsroom.enrol("early@x.example", send_at=2)
    newsroom.enrol("tomorrow@x.example", send_at=3)
    profiles = newsroom.store.planner.profiles(newsroom.defaults)
    due = {1: now, 2: now - MINUTE, 3: now + MINUTE}
    frozen = newsroom.freeze()
    newsroom.plan(frozen, *(newsroom.slot(profile=it, due_at=due[it.send_at]) for it in profiles))
    assert [claim.subscriber.address for claim in newsroom.claim(limit=1)] == ["early@x.example"]
    assert [claim.subscriber.address for claim in newsroom.claim()] == ["late@x.example"]


def test_two_workers_at_once_never_share_a_row(newsroom):
    newsroom.enrol(*(f"r{n}@x.example" for n in range(120)))
    newsroom.plan(newsroom.freeze())
    taken: dict[str, list[int]] = {"one": [], "two": [], "three": []}

    def work(worker: str) -> None:
        while claims := newsroom.claim(worker=worker, limit=7):
            taken[worker] += [claim.delivery.id for claim in claims]

    threads = [threading.Thread(target=work, args=(worker,)) for worker in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    everything = [id_ for ids in taken.values() for id_ in ids]
    assert len(everything) == len(set(everything)) == 120


def test_a_claim_fills_up_past_those_who_must_not_be_mailed(store, newsroom, now):
    newsroom.enrol(*(f"gone{n}@x.example" for n in range(6)), *(f"here{n}@x.example" for n in range(3)))
    frozen = newsroom.freeze()
    newsroom.plan(frozen)
    for number in range(6):
        leave(store, f"gone{number}@x.example")
    assert [claim.subscriber.address[:4] for claim in newsroom.claim(limit=2)] == ["here", "here"]
    assert newsroom.states(frozen) == {"suppressed": 6, "claimed": 2, "queued": 1}


@pytest.mark.parametrize("moment", ["before the claim", "before the content"])
@pytest.mark.parametrize("why", ["unsubscribed", "suppressed", "paused", "cancelled"])
def test_who_must_not_be_mailed_is_not_mailed(store, newsroom, edition, now, why, moment):
    def happen() -> None:
        if why == "unsubscribed":
            leave(store)
        elif why == "suppressed":
            store.suppressions.add(Suppression(address=ANA, reason="complaint", evidence="", at=now))
        elif why == "paused":
            ana = store.subscribers.find(ANA)
            paused = replace(ana.preferences, paused_until=now + DAY)
            store.subscribers.change(replace(ana, preferences=paused))
        else:
            store.planner.cancel(edition.number, now=now)

    if moment == "before the claim":
        happen()
        assert newsroom.claim() == ()
    else:
        (claim,) = newsroom.claim()
        happen()
        assert newsroom.begin(claim) is False
        assert newsroom.settle(claim) is False
    ended = only(newsroom, edition, DeliveryState.FAILED if why == "cancelled" else DeliveryState.SUPPRESSED)
    assert why in ended.answer
    assert ended.attempts == 0
    assert store.history.next_due() is None


def test_the_lineup_and_its_time_are_fixed_once(store, newsroom, edition, now):
    (claim,) = newsroom.claim()
    store.ledger.compose({claim.delivery.id: Composition(lineup=b"\x80\x01")}, now=now)
    store.ledger.compose({claim.delivery.id: Composition(lineup=b"\x02")}, now=now + MINUTE)
    store.ledger.release(worker="desk")
    (again,) = newsroom.claim(now=now + DAY)
    assert (again.delivery.lineup, again.delivery.composed_at) == (b"\x80\x01", now)
    assert again.delivery.message_id == claim.delivery.message_id


def test_composing_nothing_does_nothing(store, now):
    store.ledger.compose({}, now=now)


def test_an_attempt_is_counted_when_its_content_is_about_to_leave(newsroom, edition, now):
    (claim,) = newsroom.claim()
    assert newsroom.begin(claim, now=now + MINUTE) is True
    sending = only(newsroom, edition, DeliveryState.SENDING)
    assert (sending.attempts, sending.updated_at) == (1, now + MINUTE)
    assert newsroom.begin(claim) is False


def test_only_who_has_claimed_begins_and_settles(newsroom, edition):
    (claim,) = newsroom.claim()
    assert newsroom.begin(claim, worker="other") is False
    assert newsroom.settle(claim, worker="other") is False
    assert newsroom.begin(claim) is True
    assert newsroom.settle(claim, worker="other") is False
    assert newsroom.settle(claim, answer="250 2.0.0 kept") is True
    assert newsroom.settle(claim, DeliveryState.FAILED) is False
    assert only(newsroom, edition, DeliveryState.ACCEPTED).answer == "250 2.0.0 kept"


def test_what_is_deferred_waits_until_its_time(newsroom, edition, now):
    (claim,) = newsroom.claim()
    assert newsroom.settle(claim, DeliveryState.DEFERRED, answer="450 later", next_at=now + MINUTE)
    deferred = only(newsroom, edition, DeliveryState.DEFERRED)
    assert (deferred.attempts, deferred.next_at, deferred.answer) == (1, now + MINUTE, "450 later")
    assert newsroom.store.history.next_due() == now + MINUTE
    assert newsroom.claim() == ()
    (again,) = newsroom.claim(now=now + MINUTE)
    newsroom.begin(again)
    newsroom.settle(again, DeliveryState.DEFERRED, next_at=now + DAY)
    assert only(newsroom, edition, DeliveryState.DEFERRED).attempts == 2


def test_what_goes_back_to_the_queue_counts_as_no_attempt(newsroom, edition, now):
    (claim,) = newsroom.claim()
    assert newsroom.settle(claim, DeliveryState.QUEUED, now=now)
    (again,) = newsroom.claim(now=now)
    assert again.delivery.attempts == 0


def test_a_dead_address_is_suppressed_with_the_outcome(store, newsroom, edition, now):
    (claim,) = newsroom.claim()
    newsroom.settle(claim, DeliveryState.FAILED, answer="550 5.1.1 no such user", suppress="hard")
    expected = Suppression(address=ANA, reason="hard", evidence="550 5.1.1 no such user", at=now)
    assert store.suppressions.find(ANA) == expected
    assert newsroom.plan(newsroom.freeze(), newsroom.slot(day=now.date() + DAY)) == 0


def test_a_stranger_to_the_row_suppresses_nobody(store, newsroom, edition):
    (claim,) = newsroom.claim()
    assert newsroom.settle(claim, DeliveryState.FAILED, worker="other", suppress="hard") is False
    assert store.suppressions.find(ANA) is None


def test_unconfirmed_is_tried_once_more_with_the_same_bytes(store, newsroom, edition, now):
    (claim,) = newsroom.claim()
    store.ledger.compose({claim.delivery.id: Composition(lineup=b"\x80")}, now=now)
    newsroom.begin(claim)
    newsroom.settle(claim, DeliveryState.UNCONFIRMED, next_at=now + MINUTE)
    (again,) = newsroom.claim(now=now + MINUTE)
    same = ("message_id", "lineup", "composed_at")
    first = replace(claim.delivery, lineup=b"\x80", composed_at=now)
    assert [getattr(again.delivery, name) for name in same] == [getattr(first, name) for name in same]
    newsroom.begin(again)
    newsroom.settle(again, DeliveryState.UNCONFIRMED, next_at=now + 2 * MINUTE)
    assert newsroom.claim(now=now + DAY) == ()
    assert only(newsroom, edition, DeliveryState.UNCONFIRMED).attempts == 2


def test_unconfirmed_without_a_time_is_held(store, newsroom, edition, now):
    (claim,) = newsroom.claim()
    newsroom.begin(claim)
    newsroom.settle(claim, DeliveryState.UNCONFIRMED)
    assert newsroom.claim(now=now + DAY) == ()
    assert store.history.next_due() is None


def test_release_gives_back_only_what_has_not_begun_and_is_ones_own(store, newsroom, now):
    newsroom.enrol("a@x.example", "b@x.example", "c@x.example")
    frozen = newsroom.freeze()
    newsroom.plan(frozen)
    first, _ = newsroom.claim(worker="one", limit=2)
    newsroom.claim(worker="two", limit=1)
    newsroom.begin(first, worker="one")
    assert store.ledger.release(worker="one") == 1
    assert newsroom.states(frozen) == {"queued": 1, "claimed": 1, "sending": 1}
    assert store.ledger.release(worker="one") == 0


def test_after_a_crash_claimed_is_queued_and_sending_is_unconfirmed(newsroom, now):
    newsroom.enrol("a@x.example", "b@x.example", "c@x.example")
    frozen = newsroom.freeze()
    newsroom.plan(frozen)
    first, *_ = newsroom.claim(worker="dead", limit=2)
    newsroom.begin(first, worker="dead")
    assert newsroom.recover(resend_at=now + 30 * MINUTE) == 1
    assert newsroom.states(frozen) == {"queued": 2, "unconfirmed": 1}
    assert newsroom.store.history.told(first.subscriber.id, since=now - DAY) == ()
    assert len(newsroom.claim(now=now)) == 2
    (again,) = newsroom.claim(now=now + 30 * MINUTE)
    assert again.delivery.id == first.delivery.id


def test_the_living_keep_what_they_have_until_their_lease_runs_out(newsroom, edition, now):
    (claim,) = newsroom.claim()
    assert newsroom.recover(alive=True, now=now + 5 * MINUTE) == 0
    assert newsroom.states(edition) == {"claimed": 1}
    assert newsroom.recover(alive=True, now=now + 11 * MINUTE) == 0
    assert newsroom.states(edition) == {"queued": 1}
    assert newsroom.begin(claim) is False


def test_nothing_under_way_nothing_to_recover(newsroom, edition):
    assert newsroom.recover() == 0


def test_a_second_crash_of_one_mail_is_not_tried_a_third_time(newsroom, edition, now):
    for attempt in range(2):
        (claim,) = newsroom.claim(now=now + attempt * DAY)
        newsroom.begin(claim)
        assert newsroom.recover(resend_at=now + DAY) == 1
    assert newsroom.claim(now=now + 3 * DAY) == ()
    assert newsroom.states(edition) == {"unconfirmed": 1}


def test_what_may_have_arrived_stays_unconfirmed_when_given_back_or_ended(store, newsroom, edition, now):
    (claim,) = newsroom.claim()
    newsroom.begin(claim)
    newsroom.settle(claim, DeliveryState.UNCONFIRMED, answer="no answer", next_at=now)
    newsroom.claim()
    store.ledger.release(worker="desk")
    assert newsroom.states(edition) == {"unconfirmed": 1}
    (again,) = newsroom.claim()
    newsroom.settle(again, DeliveryState.QUEUED)
    assert newsroom.states(edition) == {"unconfirmed": 1}
    leave(store)
    assert newsroom.claim() == ()
    assert newsroom.states(edition) == {"unconfirmed": 1}
    assert store.history.next_due() is None


def test_a_claim_brings_what_the_reader_was_told_in_the_last_days(store, newsroom, now):
    newsroom.enrol(ANA, "bo@quay.example")
    numbers = []
    for days, end in ((9, "accepted"), (3, "accepted"), (2, "unconfirmed"), (1, "failed")):
        then = now - days * DAY
        frozen = newsroom.freeze()
        numbers.append(frozen.number)
        newsroom.plan(frozen, newsroom.slot(day=then.date(), due_at=then), now=then)
        for claim in newsroom.claim(now=then):
            code = bytes([days, claim.subscriber.id])
            store.ledger.compose({claim.delivery.id: Composition(lineup=code)}, now=then)
            newsroom.begin(claim, now=then)
            newsroom.settle(claim, DeliveryState(end), now=then)
    newsroom.plan(newsroom.freeze())
    for claim in newsroom.claim():
        expected = tuple(
            Told(edition=number, lineup=bytes([days, claim.subscriber.id]))
            for number, days in zip(numbers[1:3], (3, 2), strict=True)
        )
        assert claim.told == expected
        assert store.history.told(claim.subscriber.id, since=now - 7 * DAY) == expected


def test_a_stopped_dispatch_is_neither_claimed_nor_begun_until_it_is_resumed(store, newsroom, edition, now):
    (claim,) = newsroom.claim()
    store.ledger.halt(claim.delivery.dispatch_id, "three mails were refused", now=now)
    begun = store.ledger.sending(claim.delivery.id, worker="desk", until=now + DAY, now=now)
    assert begun.result(10) is False
    assert newsroom.states(edition) == {"queued": 1}
    assert newsroom.claim() == ()
    assert store.history.next_due() is None
    assert store.planner.resume(edition.number, failed=False, now=now) == 0
    assert store.history.next_due() == now
    assert len(newsroom.claim()) == 1


def test_resuming_lets_what_failed_wait_again_but_not_for_a_suppressed_address(store, newsroom, now):
    newsroom.enrol("dead@x.example", "spam@x.example")
    frozen = newsroom.freeze()
    newsroom.plan(frozen)
    for claim in newsroom.claim(worker="one"):
        why = "hard" if claim.subscriber.address.startswith("dead") else ""
        failed = Outcome(state=DeliveryState.FAILED, answer="554 no", suppress=why)
        store.ledger.settle(claim.delivery.id, failed, worker="one", now=now).result(10)
    assert store.planner.resume(frozen.number, failed=True, now=now) == 1
    assert newsroom.states(frozen) == {"failed": 1, "queued": 1}


@pytest.mark.parametrize("store_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_rows_that_a_lost_machine_still_holds_do_not_keep_the_others_from_being_taken_back(store, newsroom):
    newsroom.enrol("a@x.example", "b@x.example", "c@x.example")
    frozen = newsroom.freeze()
    newsroom.plan(frozen)
    held, *_ = newsroom.claim(worker="lost")
    locked = select(deliveries.c.id).where(deliveries.c.id == held.delivery.id).with_for_update()
    with store.database.engine.begin() as connection:
        connection.execute(locked)
        assert newsroom.recover() == 0
        assert newsroom.states(frozen) == {"claimed": 1, "queued": 2}
    assert newsroom.recover() == 0
    assert newsroom.states(frozen) == {"queued": 3}
