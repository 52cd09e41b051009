"""What a subscription can become, and how wishes are written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import Conflict, UsageError
from digest.model.subscriber import DAILY, Consent, Subscriber, SubscriberState
from digest.subscribers.subscription import (
    check_timezone,
    confirm,
    format_days,
    format_hour,
    parse_days,
    parse_hour,
    pause,
    quoted,
    unsubscribe,
)

NOW = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)


@pytest.fixture
def pending() -> Subscriber:
    return Subscriber(id=3, address="ann@example.org")


def test_confirming_makes_a_pending_person_active_and_keeps_the_consent(pending):
    consent = Consent(text="Yes, send me the paper.", at=NOW, origin="sign-up page")
    active = confirm(pending, consent=consent, now=NOW)
    assert (active.state, active.consent, active.joined_at) == (SubscriberState.ACTIVE, consent, NOW)


def test_confirming_twice_changes_nothing(pending):
    active = confirm(pending, now=NOW)
    assert confirm(active, now=NOW + timedelta(days=9)) == active


def test_who_has_left_is_not_brought_back_by_an_old_confirmation(pending):
    with pytest.raises(Conflict, match="has unsubscribed"):
        confirm(unsubscribe(pending, now=NOW), now=NOW)


@pytest.mark.parametrize("state", [SubscriberState.PENDING, SubscriberState.ACTIVE])
def test_everybody_can_leave(pending, state):
    left = unsubscribe(replace(pending, state=state), now=NOW)
    assert (left.state, left.left_at) == (SubscriberState.UNSUBSCRIBED, NOW)


def test_leaving_twice_keeps_the_first_time(pending):
    left = unsubscribe(pending, now=NOW)
    assert unsubscribe(left, now=NOW + timedelta(days=1)) == left


def test_a_pause_ends_in_the_future_or_is_ended_now(pending):
    paused = pause(pending, until=NOW + timedelta(days=7), now=NOW)
    assert paused.preferences.paused_until == NOW + timedelta(days=7)
    assert pause(paused, until=None, now=NOW) == pending
    with pytest.raises(UsageError, match="in the future"):
        pause(pending, until=NOW, now=NOW)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("07:30", 450), ("7", 420), (" 7.05 ", 425), ("7h30", 450), ("7:30 PM", 1170), ("12am", 0), ("12 pm", 720),
     ("00:00", 0), ("23:59", 1439)],
)  # fmt: skip
def test_hours_are_read_as_people_write_them(text, minutes):
    assert parse_hour(text) == minutes


@pytest.mark.parametrize(
    "text", ["", "24:00", "7:60", "13 pm", "0 am", "-1", "7:3", "morning", "٧:٣٠", "7:30:00", "1" * 9999]
)
def test_what_is_no_hour_is_refused_in_a_sentence(text):
    with pytest.raises(UsageError, match="no time of day"):
        parse_hour(text)


@given(st.integers(min_value=0, max_value=1439))
def test_every_minute_of_the_day_survives_being_written(minutes):
    assert parse_hour(format_hour(minutes)) == minutes


@pytest.mark.parametrize(
    ("text", "mask"),
    [("mon,wed", 0b101), ("Monday; Friday", 0b10001), ("mon-fri", 0b11111), ("Sat – Mon", 0b1100001),
     ("weekdays", 0b11111), ("weekend", 0b1100000), ("DAILY", DAILY), ("su mo", 0b1000001)],
)  # fmt: skip
def test_days_are_read_as_people_write_them(text, mask):
    assert parse_days(text) == mask


@pytest.mark.parametrize("text", ["", ",", "m", "mon,", "mon-", "someday", "mon-tue-wed", "mondays"])
def test_what_names_no_days_is_refused_in_a_sentence(text):
    with pytest.raises(UsageError, match="names no days"):
        parse_days(text)


@given(st.integers(min_value=1, max_value=DAILY))
def test_every_choice_of_days_survives_being_written(mask):
    assert parse_days(format_days(mask)) == mask


@pytest.mark.parametrize(
    ("text", "name"),
    [("Europe/Berlin", "Europe/Berlin"), (" america/new_york ", "America/New_York"),
     ("America/New York", "America/New_York"), ("utc", "UTC")],
)  # fmt: skip
def test_a_time_zone_comes_back_in_its_own_spelling(text, name):
    assert check_timezone(text) == name


@pytest.mark.parametrize("text", ["", "Mars/Olympus", "../../etc/passwd", "localtime", "x" * 100_000])
def test_what_is_no_time_zone_is_refused(text):
    with pytest.raises(UsageError, match="no time zone"):
        check_timezone(text)


def test_a_mistyped_time_zone_is_answered_with_the_likeliest():
    with pytest.raises(UsageError) as caught:
        check_timezone("Europe/Berln")
    assert "Europe/Berlin" in caught.value.hint


@given(st.text())
def test_foreign_text_in_a_sentence_is_short_and_cannot_steer_a_terminal(text):
    shown = quoted(text)
    assert shown.isprintable()
    assert len(shown) <= 63
