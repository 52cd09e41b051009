"""When papers are due, in every odd corner of the calendar."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.plan import due_slots, next_slot, slot, todays_slots
from digest.model.delivery import Profile
from digest.model.subscriber import DAILY

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Europe/London",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Pacific/Niue",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "America/St_Johns",
    "Africa/Cairo",
    "America/Santiago",
    "America/Nuuk",
    "Antarctica/Troll",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "America/Phoenix",
    "America/Mexico_City",
    "Pacific/Auckland",
    "Pacific/Honolulu",
]

CASES = [
    # zone, local date, local time, the instant in UTC
    ("UTC", "2026-03-08", "07:00", "2026-03-08T07:00"),
    ("America/New_York", "2026-03-07", "07:00", "2026-03-07T12:00"),
    ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:30"),  # gap: the offset before it
    ("America/New_York", "2026-03-09", "02:30", "2026-03-09T06:30"),  # and the day after is right again
    ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30"),  # overlap: the first
    ("America/New_York", "2026-11-01", "02:00", "2026-11-01T07:00"),
    ("Europe/Berlin", "2026-03-29", "02:00", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30"),
    ("Europe/London", "2026-03-29", "01:30", "2026-03-29T01:30"),
    ("Europe/London", "2026-10-25", "01:30", "2026-10-25T00:30"),
    ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45"),  # a gap of half an hour
    ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45"),
    ("Pacific/Kiritimati", "2026-06-01", "07:00", "2026-05-31T17:00"),
    ("Pacific/Niue", "2026-06-01", "07:00", "2026-06-01T18:00"),
    ("Pacific/Apia", "2011-12-29", "07:00", "2011-12-29T17:00"),
    ("Pacific/Apia", "2011-12-30", "07:00", None),  # a date that never was
    ("Pacific/Apia", "2011-12-31", "07:00", "2011-12-30T17:00"),
    ("Pacific/Kwajalein", "1993-08-20", "07:00", "1993-08-20T19:00"),
    ("Pacific/Kwajalein", "1993-08-21", "00:00", None),
    ("Pacific/Kwajalein", "1993-08-22", "07:00", "1993-08-21T19:00"),
    ("America/St_Johns", "2026-03-08", "07:00", "2026-03-08T09:30"),
    ("America/St_Johns", "2006-10-29", "00:00", "2006-10-29T02:30"),  # begins before the 28th has ended
    ("Africa/Cairo", "2026-04-24", "00:30", "2026-04-23T22:30"),  # a gap at midnight
    ("Africa/Cairo", "2026-10-29", "23:30", "2026-10-29T20:30"),  # twice before midnight
    ("America/Santiago", "2026-09-06", "00:15", "2026-09-06T04:15"),
    ("America/Nuuk", "2026-03-28", "23:30", "2026-03-29T01:30"),  # due when the next date has begun
    ("America/Nuuk", "2026-03-29", "00:00", "2026-03-29T01:00"),
    ("Antarctica/Troll", "2026-03-29", "01:30", "2026-03-29T01:30"),  # a gap of two hours
    ("Antarctica/Troll", "2026-10-25", "01:30", "2026-10-24T23:30"),
    ("Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15T01:30"),  # clocks back for Ramadan
    ("Africa/Casablanca", "2026-03-22", "02:30", "2026-03-22T02:30"),
    ("Asia/Kathmandu", "2026-06-01", "07:00", "2026-06-01T01:15"),
    ("Asia/Kolkata", "2026-06-01", "07:00", "2026-06-01T01:30"),
    ("America/Phoenix", "2026-03-08", "02:30", "2026-03-08T09:30"),
    ("Pacific/Auckland", "2026-09-27", "02:30", "2026-09-26T14:30"),
    ("Pacific/Auckland", "2026-04-05", "02:30", "2026-04-04T13:30"),
    ("No/Such_Zone", "2026-06-01", "07:00", "2026-06-01T07:00"),
    ("../../etc/passwd", "2026-06-01", "07:00", "2026-06-01T07:00"),
]


MOMENTS = st.integers(1_230_768_000, 1_900_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
"""Any second from 2009 to 2030."""


def minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def profile(timezone: str = "Europe/Berlin", at: str = "07:00", days: int = DAILY) -> Profile:
    return Profile(timezone=timezone, send_at=minutes(at), days=days)


@pytest.mark.parametrize(("zone", "day", "clock", "expected"), CASES)
def test_a_local_time_becomes_this_instant(zone, day, clock, expected):
    assert slot(date.fromisoformat(day), minutes(clock), zone) == (utc(expected) if expected else None)


@given(
    zone=st.sampled_from(ZONES),
    first=st.dates(date(1990, 1, 1), date(2035, 12, 1)),
    send_at=st.integers(0, 1439),
)
def test_later_dates_are_due_later_and_never_at_one_instant(zone, first, send_at):
    slots = [slot(first + timedelta(days=step), send_at, zone) for step in range(5)]
    instants = [instant for instant in slots if instant is not None]
    assert len(instants) >= 4
    assert all(later - earlier > timedelta(hours=20) for earlier, later in pairwise(instants))


@given(
    zone=st.sampled_from(ZONES),
    start=MOMENTS,
    steps=st.lists(st.integers(0, 3 * 86400), max_size=12),
    send_at=st.integers(0, 1439),
    days=st.integers(0, DAILY),
)
def test_a_day_is_planned_at_one_instant_however_often_one_looks(zone, start, steps, send_at, days):
    wish = Profile(timezone=zone, send_at=send_at, days=days)
    now = start
    seen = {}
    for step in steps:
        now += timedelta(seconds=step)
        for due in due_slots([wish], now=now, max_late=timedelta(hours=12)):
            assert now - timedelta(hours=12) <= due.due_at <= now
            assert days >> due.local_date.weekday() & 1
            assert seen.setdefault(due.local_date, due.due_at) == due.due_at
    assert [seen[day] for day in sorted(seen)] == sorted(set(seen.values()))


@given(
    zone=st.sampled_from(ZONES),
    moment=MOMENTS,
    send_at=st.integers(0, 1439),
)
def test_what_comes_next_is_due_when_its_time_has_come(zone, moment, send_at):
    wish = Profile(timezone=zone, send_at=send_at, days=DAILY)
    coming = next_slot(wish, now=moment)
    assert coming is not None
    assert coming.due_at > moment
    assert coming in due_slots([wish], now=coming.due_at, max_late=timedelta(hours=12))


def test_only_the_latest_slot_is_due_after_days_of_downtime():
    due = due_slots([profile()], now=utc("2026-06-10T05:30"), max_late=timedelta(hours=12))
    assert [(slot.local_date, slot.due_at) for slot in due] == [(date(2026, 6, 10), utc("2026-06-10T05:00"))]


def test_a_slot_older_than_the_limit_is_not_due():
    assert due_slots([profile()], now=utc("2026-06-10T17:00"), max_late=timedelta(hours=12)) != ()
    assert due_slots([profile()], now=utc("2026-06-10T17:01"), max_late=timedelta(hours=12)) == ()


def test_before_the_hour_yesterdays_slot_counts_only_within_the_limit():
    now = utc("2026-06-10T04:59")
    assert due_slots([profile()], now=now, max_late=timedelta(hours=12)) == ()
    due = due_slots([profile()], now=now, max_late=timedelta(hours=36))
    assert [slot.local_date for slot in due] == [date(2026, 6, 9)]


def test_days_outside_the_mask_have_no_slot():
    weekdays = profile(days=0b0011111)
    saturday = utc("2026-06-13T06:00")
    assert due_slots([weekdays], now=saturday, max_late=timedelta(hours=12)) == ()
    friday = due_slots([weekdays], now=saturday, max_late=timedelta(hours=72))
    assert [slot.local_date for slot in friday] == [date(2026, 6, 12)]
    assert next_slot(weekdays, now=saturday).local_date == date(2026, 6, 15)


def test_a_mask_without_days_has_no_next_slot():
    assert next_slot(profile(days=0), now=utc("2026-06-13T06:00")) is None


def test_a_weekly_paper_whose_date_never_was_comes_a_week_later():
    fridays = profile("Pacific/Apia", days=0b0010000)
    assert next_slot(fridays, now=utc("2011-12-28T00:00")).local_date == date(2012, 1, 6)


def test_a_date_that_begins_before_the_one_before_has_ended_is_due_at_once():
    # At 00:01 on 29 October 2006 the clocks of St John's went back to 23:01 on the 28th.
    midnight = profile("America/St_Johns", at="00:00")
    now = utc("2006-10-29T02:45")
    assert now.astimezone(ZoneInfo("America/St_Johns")).date() == date(2006, 10, 28)
    due = due_slots([midnight], now=now, max_late=timedelta(hours=12))
    assert [slot.local_date for slot in due] == [date(2006, 10, 29)]


def test_a_paper_lost_in_a_gap_before_midnight_keeps_its_date():
    late = profile("America/Nuuk", at="23:30")
    due = due_slots([late], now=utc("2026-03-29T01:30"), max_late=timedelta(hours=12))
    assert [slot.local_date for slot in due] == [date(2026, 3, 28)]


def test_each_profile_is_planned_by_its_own_clock():
    profiles = [profile("Pacific/Auckland"), profile("America/New_York"), profile("Asia/Kolkata")]
    due = due_slots(profiles, now=utc("2026-06-10T02:00"), max_late=timedelta(hours=12))
    assert [(slot.profile.timezone, slot.local_date.day) for slot in due] == [
        ("Pacific/Auckland", 10),
        ("Asia/Kolkata", 10),
    ]


def test_a_manual_send_is_due_now_whatever_the_hour_and_the_day():
    now = utc("2026-06-10T11:00")
    profiles = [profile("Pacific/Kiritimati", days=0), profile("Pacific/Niue", at="23:59")]
    slots = todays_slots(profiles, now=now)
    assert [(slot.local_date.day, slot.due_at) for slot in slots] == [(11, now), (10, now)]
