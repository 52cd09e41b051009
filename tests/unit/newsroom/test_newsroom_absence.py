"""Why nothing was planned for a reader."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model.delivery import Delivery, DeliveryState, Profile, Slot
from digest.model.edition import Edition, EditionState
from digest.model.subscriber import DAILY, Preferences, Subscriber, SubscriberState, Suppression
from digest.newsroom.absence import Case, absence

DUE = datetime(2026, 3, 12, 7, tzinfo=UTC)
NOW = DUE + timedelta(hours=1)
HOUR = timedelta(hours=1)
EDITION = Edition(number=41, date=date(2026, 3, 12), cut_at=DUE - HOUR, title="Courier", state=EditionState.FROZEN)
PERSON = Subscriber(id=7, address="ana@quay.example", state=SubscriberState.ACTIVE, joined_at=DUE - 99 * HOUR)
SLOT = Slot(profile=Profile(timezone="UTC", send_at=420, days=DAILY), local_date=DUE.date(), due_at=DUE)
CASE = Case(edition=EDITION, person=PERSON, hour=SLOT)
RIVAL = Delivery(
    id=1, dispatch_id=1, edition=40, endpoint_id=7, subscriber_id=7, target=PERSON.address, local_date=DUE.date(),
    due_at=DUE, state=DeliveryState.ACCEPTED, message_id="40.7.abc@courier.example", next_at=DUE, updated_at=DUE,
)  # fmt: skip


def suppressed(at):
    return Suppression(address=PERSON.address, reason="hard", evidence="550", at=at)


def person(**changes):
    return replace(CASE, person=replace(PERSON, **changes))


@pytest.mark.parametrize(
    ("case", "rule", "words"),
    [
        (CASE, "next", "their hour has come"),
        (replace(CASE, edition=replace(EDITION, state=EditionState.CANCELLED)), "cancelled", "is cancelled"),
        (replace(CASE, edition=replace(EDITION, state=EditionState.HELD)), "held", "digest edition approve 41"),
        (replace(CASE, edition=replace(EDITION, state=EditionState.HELD, quiet="a quiet day")), "held", "a quiet day"),
        (replace(CASE, edition=replace(EDITION, state=EditionState.DRAFT)), "draft", "a draft"),
        (person(state=SubscriberState.PENDING), "pending", "not confirmed"),
        (person(state=SubscriberState.UNSUBSCRIBED, left_at=DUE - HOUR), "unsubscribed", "since 2026-03-12 06:00Z"),
        (person(state=SubscriberState.UNSUBSCRIBED), "unsubscribed", "they are unsubscribed"),
        (person(joined_at=DUE + 13 * HOUR), "joined_later", "joined at 2026-03-12 20:00Z"),
        (person(preferences=Preferences(paused_until=DUE + HOUR)), "paused", "until 2026-03-12 08:00Z"),
        (replace(CASE, suppression=suppressed(DUE - HOUR)), "suppressed", "(hard) since 2026-03-12 06:00Z"),
        (replace(CASE, hour=None), "no_hour", "no hour of theirs"),
        (replace(CASE, rival=RIVAL), "other_paper", "edition 40 is their paper of 2026-03-12"),
        (replace(CASE, instead=replace(EDITION, number=42)), "other_edition", "edition 42 was the newest"),
        (replace(CASE, hour=replace(SLOT, profile=replace(SLOT.profile, days=0b1))), "other_day", "on a Thursday"),
        (replace(CASE, hour=replace(SLOT, due_at=NOW + HOUR)), "not_yet", "2026-03-12 09:00Z"),
        (replace(CASE, hour=replace(SLOT, due_at=NOW - 13 * HOUR)), "missed", "12 hours after it"),
    ],
)
def test_the_rule_is_named_and_explained(case, rule, words):
    found = absence(case, NOW)
    assert found.rule == rule
    assert words in found.because


def test_a_pause_that_ended_at_their_hour_was_none():
    assert absence(person(preferences=Preferences(paused_until=DUE)), NOW).rule == "next"


def test_what_was_so_at_their_hour_comes_before_what_is_so_since():
    other_day = replace(SLOT, profile=replace(SLOT.profile, days=0b1))
    since = replace(CASE, hour=other_day, suppression=suppressed(DUE + timedelta(minutes=5)))
    assert absence(since, NOW).rule == "other_day"
    assert absence(replace(since, hour=SLOT), NOW).rule == "suppressed"


@given(
    st.sampled_from(EditionState), st.sampled_from(SubscriberState), st.booleans(), st.booleans(),
    st.integers(0, DAILY), st.integers(-50, 50), st.integers(-50, 50),
)  # fmt: skip
def test_there_is_always_an_answer(edition, state, gone, hourless, days, paused, hours):
    case = Case(
        edition=replace(EDITION, state=edition),
        person=replace(PERSON, state=state, preferences=Preferences(paused_until=DUE + paused * HOUR)),
        suppression=suppressed(DUE) if gone else None,
        hour=None if hourless else replace(SLOT, profile=replace(SLOT.profile, days=days), due_at=DUE + hours * HOUR),
    )
    found = absence(case, NOW)
    assert found.rule
    assert found.because
