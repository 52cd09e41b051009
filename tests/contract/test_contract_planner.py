"""What every Planner does."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from digest.errors import Conflict, NotFound
from digest.model.delivery import DeliveryState, DispatchKind, Profile
from digest.model.edition import EditionState
from digest.model.subscriber import SubscriberState, Suppression

DAY = timedelta(days=1)


@pytest.fixture
def edition(newsroom):
    return newsroom.freeze()


def targets(newsroom, edition) -> list[str]:
    queued = newsroom.store.history.in_state(edition.number, DeliveryState.QUEUED, limit=100)
    return sorted(delivery.target for delivery in queued)


def test_a_reason_is_opened_once(store, edition, now):
    first = store.planner.open(DispatchKind.EDITION, edition=edition.number, now=now)
    again = store.planner.open(DispatchKind.EDITION, edition=edition.number, now=now + DAY)
    other = store.planner.open(DispatchKind.CONFIRM, subject="12", now=now)
    assert again == first
    assert (first.edition, first.subject, first.opened_at, first.cancelled) == (edition.number, "", now, False)
    assert other.id != first.id
    assert store.planner.open(DispatchKind.CONFIRM, subject="12", now=now) == other


def test_an_edition_that_is_not_there_cannot_be_opened(store, now):
    with pytest.raises(NotFound, match="no edition 9"):
        store.planner.open(DispatchKind.EDITION, edition=9, now=now)


def test_an_edition_that_was_cancelled_before_it_was_opened_stays_unsent(store, edition, now):
    store.edits.move(edition.number, EditionState.CANCELLED, by="mia", at=now)
    store.planner.cancel(edition.number, now=now)
    with pytest.raises(Conflict, match="is cancelled"):
        store.planner.open(DispatchKind.EDITION, edition=edition.number, now=now)
    assert store.planner.open(DispatchKind.ALERT, edition=edition.number, now=now).edition == edition.number


def test_profiles_are_the_distinct_wishes_of_active_readers(store, newsroom):
    newsroom.enrol("a@x.example", "b@x.example")
    newsroom.enrol("c@x.example", timezone="UTC", send_at=360)
    newsroom.enrol("d@x.example", timezone="Asia/Tokyo", days=1)
    newsroom.enrol("e@x.example", timezone="Asia/Dili", state=SubscriberState.PENDING)
    assert store.planner.profiles(newsroom.defaults) == (
        Profile(timezone="Asia/Tokyo", send_at=360, days=1),
        newsroom.defaults,
    )


def test_planning_writes_a_queued_delivery_for_each_reader_of_the_slots(store, newsroom, edition, now):
    newsroom.enrol("a@x.example", "b@x.example")
    newsroom.enrol("late@x.example", send_at=900)
    assert newsroom.plan(edition) == 2
    first, second = store.history.in_state(edition.number, DeliveryState.QUEUED, limit=10)
    assert (first.target, first.edition, first.local_date) == ("a@x.example", edition.number, now.date())
    assert (first.due_at, first.next_at, first.updated_at, first.attempts) == (now, now, now, 0)
    number, endpoint, token = first.message_id.removesuffix("@news.example").split(".")
    assert (number, endpoint) == (str(edition.number), str(first.endpoint_id))
    assert len(token) >= 16
    assert second.message_id.split(".")[2] == first.message_id.split(".")[2]


def test_planned_again_nothing_is_added(newsroom, edition):
    newsroom.enrol("a@x.example", "b@x.example")
    assert newsroom.plan(edition) == 2
    newsroom.enrol("c@x.example")
    assert newsroom.plan(edition) == 1
    assert newsroom.plan(edition) == 0
    assert newsroom.plan(edition, newsroom.slot(day=edition.date + DAY)) == 0


def test_planning_at_once_from_many_threads_plans_everyone_once(newsroom, edition):
    newsroom.enrol(*(f"r{n}@x.example" for n in range(40)))
    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(lambda _: newsroom.plan(edition), range(8)))
    assert sum(added) == 40
    assert newsroom.states(edition) == {"queued": 40}


def test_nobody_gets_two_papers_for_one_date(newsroom, edition):
    newsroom.enrol("a@x.example")
    other = newsroom.freeze()
    assert newsroom.plan(edition) == 1
    assert newsroom.plan(other) == 0
    assert newsroom.plan(other, newsroom.slot(day=edition.date + DAY)) == 1


def test_who_must_not_be_mailed_is_left_out(store, newsroom, edition, now):
    newsroom.enrol("active@x.example")
    newsroom.enrol("pending@x.example", state=SubscriberState.PENDING)
    newsroom.enrol("left@x.example", state=SubscriberState.UNSUBSCRIBED)
    newsroom.enrol("paused@x.example", paused_until=now + DAY)
    newsroom.enrol("back@x.example", paused_until=now)
    newsroom.enrol("dead@x.example")
    store.suppressions.add(Suppression(address="dead@x.example", reason="hard", evidence="", at=now))
    assert newsroom.plan(edition) == 2
    assert targets(newsroom, edition) == ["active@x.example", "back@x.example"]


def test_a_pause_that_ends_before_the_hour_is_no_pause(newsroom, edition, now):
    newsroom.enrol("a@x.example", paused_until=now + timedelta(hours=1))
    assert newsroom.plan(edition, newsroom.slot(due_at=now + timedelta(hours=2))) == 1


def test_of_two_dates_a_reader_gets_the_earlier_one_still_free(store, newsroom, edition, now):
    newsroom.enrol("had@x.example")
    newsroom.plan(newsroom.freeze())
    newsroom.enrol("new@x.example")
    slots = (newsroom.slot(day=edition.date + DAY, due_at=now + DAY), newsroom.slot())
    foreseen = store.planner.forecast(edition.number, slots, defaults=newsroom.defaults, now=now)
    dates = {person.address: slot.local_date for person, slot in foreseen}
    assert dates == {"had@x.example": edition.date + DAY, "new@x.example": edition.date}
    assert newsroom.plan(edition, *slots) == 2
    planned = store.history.in_state(edition.number, DeliveryState.QUEUED, limit=10)
    assert {delivery.target: delivery.local_date for delivery in planned} == dates


def test_a_forecast_is_what_the_plan_adds_and_writes_nothing(store, newsroom, edition, now):
    newsroom.enrol("a@x.example", "b@x.example", sections=("Sea",))
    newsroom.enrol("late@x.example", send_at=900)
    newsroom.enrol("paused@x.example", paused_until=now + DAY)
    late = newsroom.slot(profile=Profile(timezone="UTC", send_at=900, days=127), due_at=now + timedelta(hours=9))
    slots = (newsroom.slot(), late)
    foreseen = list(store.planner.forecast(edition.number, slots, defaults=newsroom.defaults, now=now))
    assert newsroom.states(edition) == {}
    assert {person.address: slot for person, slot in foreseen} == {
        "a@x.example": slots[0],
        "b@x.example": slots[0],
        "late@x.example": late,
    }
    assert foreseen[0][0] == store.subscribers.find("a@x.example")
    assert newsroom.plan(edition, *slots) == len(foreseen)
    assert list(store.planner.forecast(edition.number, slots, defaults=newsroom.defaults, now=now)) == []


def test_more_profiles_than_fit_a_statement_are_planned_all(newsroom, edition):
    people = [f"r{n}@x.example" for n in range(620)]
    for minute, address in enumerate(people):
        newsroom.enrol(address, send_at=minute)
    profiles = newsroom.store.planner.profiles(newsroom.defaults)
    assert len(profiles) == 620
    assert newsroom.plan(edition, *(newsroom.slot(profile=profile) for profile in profiles)) == 620


def test_without_slots_nothing_is_planned(store, newsroom, edition, now):
    newsroom.enrol("a@x.example")
    dispatch = newsroom.open(edition)
    assert store.planner.plan(dispatch, (), defaults=newsroom.defaults, domain="x.example", now=now) == 0


def test_a_cancelled_dispatch_plans_nothing_more(store, newsroom, edition, now):
    newsroom.enrol("a@x.example")
    before = newsroom.open(edition)
    store.planner.cancel(edition.number, now=now)
    assert newsroom.open(edition) == replace(before, cancelled=True)
    slots = (newsroom.slot(),)
    assert store.planner.plan(before, slots, defaults=newsroom.defaults, domain="x.example", now=now) == 0


def test_cancelling_fails_what_is_not_under_way(store, newsroom, edition, now):
    newsroom.enrol("queued@x.example", "claimed@x.example", "sending@x.example", "done@x.example")
    newsroom.plan(edition)
    claims = {claim.subscriber.address[:4]: claim for claim in newsroom.claim()}
    newsroom.settle(claims["queu"], DeliveryState.DEFERRED, next_at=now + DAY)
    newsroom.begin(claims["send"])
    newsroom.begin(claims["done"])
    newsroom.settle(claims["done"])
    store.planner.cancel(edition.number, now=now)
    assert newsroom.states(edition) == {"accepted": 1, "failed": 2, "sending": 1}
    failed = store.history.in_state(edition.number, DeliveryState.FAILED, limit=10)
    assert {delivery.answer for delivery in failed} == {"cancelled"}
    assert newsroom.begin(claims["clai"]) is False
    assert newsroom.settle(claims["send"]) is True
    assert store.history.open_count(edition.number) == 0


def test_after_a_cancel_who_did_not_get_it_can_get_the_next_of_that_day(store, newsroom, edition, now):
    newsroom.enrol("has@x.example", "waits@x.example", "refused@x.example", "doubt@x.example")
    newsroom.plan(edition)
    claims = {claim.subscriber.address.partition("@")[0]: claim for claim in newsroom.claim()}
    for name, state, next_at in (
        ("has", DeliveryState.ACCEPTED, None),
        ("refused", DeliveryState.DEFERRED, now + DAY),
        ("doubt", DeliveryState.UNCONFIRMED, now + DAY),
    ):
        newsroom.begin(claims[name])
        newsroom.settle(claims[name], state, next_at=next_at)
    store.planner.cancel(edition.number, now=now)
    assert newsroom.states(edition) == {"accepted": 1, "failed": 2, "unconfirmed": 1}
    corrected = newsroom.freeze()
    assert newsroom.plan(corrected) == 2
    assert targets(newsroom, corrected) == ["refused@x.example", "waits@x.example"]
    assert {claim.delivery.edition for claim in newsroom.claim(now=now + 2 * DAY)} == {corrected.number}


def test_what_is_deferred_after_the_cancel_ends_too(store, newsroom, edition, now):
    newsroom.enrol("a@x.example")
    newsroom.plan(edition)
    (claim,) = newsroom.claim()
    newsroom.begin(claim)
    store.planner.cancel(edition.number, now=now)
    newsroom.settle(claim, DeliveryState.DEFERRED, next_at=now + DAY)
    assert newsroom.states(edition) == {"failed": 1}
    assert newsroom.plan(newsroom.freeze()) == 1


def test_cancelling_what_was_never_planned_does_nothing(store, edition, now):
    store.planner.cancel(edition.number, now=now)
    assert store.history.open_count(edition.number) == 0


def test_a_reason_is_open_once_it_was_opened(store, edition, now):
    reasons = (
        {"kind": DispatchKind.ALERT, "edition": edition.number, "subject": "held: no story"},
        {"kind": DispatchKind.ALERT, "subject": "held: no story"},
        {"kind": DispatchKind.ALERT, "edition": edition.number, "subject": "held: two headlines"},
    )
    for place, reason in enumerate(reasons):
        assert [store.planner.is_open(**each) for each in reasons[place:]] == [False] * (len(reasons) - place)
        store.planner.open(**reason, now=now)
        assert store.planner.is_open(**reason)
    assert not store.planner.is_open(DispatchKind.BREAKING, subject="held: no story")
