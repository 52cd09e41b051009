"""When an edition is cut, and which hours it is for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.daily import LATEST, edition_due, local_date, opening, paperless, papers
from digest.model.delivery import Profile, Slot
from digest.model.edition import Edition, EditionState, Hand

MORNING = (390,)
TWICE = (390, 1050)
ZONES = ("UTC", "America/New_York", "America/St_Johns", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland")
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def cut(text: str, *, number: int = 1, state=EditionState.APPROVED, quiet: str = "", zone: str = "UTC") -> Edition:
    moment = at(text)
    return Edition(
        number=number, date=local_date(moment, zone), cut_at=moment, title="The Gazette", state=state, quiet=quiet
    )


def slot_at(text: str, zone: str = "UTC") -> Slot:
    moment = at(text)
    return Slot(
        profile=Profile(timezone=zone, send_at=420, days=127), local_date=local_date(moment, zone), due_at=moment
    )


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-12T06:29", False),
        ("2026-03-12T06:30", True),
        ("2026-03-12T18:30", True),
        ("2026-03-12T18:31", False),
        ("2026-03-12T00:00", False),
    ],
)
def test_the_first_edition_is_due_from_its_time_on_for_a_while(now, due):
    assert (edition_due(MORNING, "UTC", last=None, now=at(now)) is not None) is due


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        ("2026-03-11T06:30", "2026-03-12T06:29", False),
        ("2026-03-11T06:30", "2026-03-12T06:30", True),
        ("2026-03-12T06:30", "2026-03-12T06:31", False),
        ("2026-03-12T06:29", "2026-03-12T06:31", True),
        ("2026-03-12T06:31", "2026-03-12T17:29", False),
        ("2026-03-12T06:31", "2026-03-12T17:30", True),
        ("2026-03-12T17:30", "2026-03-12T23:59", False),
        ("2026-03-11T17:30", "2026-03-12T05:00", False),
        ("2026-03-09T06:30", "2026-03-12T08:00", True),
        ("2026-03-09T06:30", "2026-03-12T19:00", True),
    ],
)
def test_with_several_times_each_brings_one_edition_and_only_the_newest_counts(last, now, due):
    assert (edition_due(TWICE, "UTC", last=cut(last), now=at(now)) is not None) is due


@pytest.mark.parametrize("back", [MINUTE, timedelta(hours=2), timedelta(days=1), timedelta(days=3)])
def test_a_clock_set_back_brings_no_edition_again(back):
    last = cut("2026-03-12T06:30")
    assert not edition_due(MORNING, "UTC", last=last, now=at("2026-03-12T06:31") - back)
    assert not edition_due(MORNING, "UTC", last=last, now=at("2026-03-12T06:30"))


@pytest.mark.parametrize(
    ("zone", "minutes", "before", "after"),
    [
        # 02:30 does not exist on the 8th of March: it counts at the offset before the gap.
        ("America/New_York", 150, "2026-03-08T07:29", "2026-03-08T07:30"),
        # 01:30 comes twice on the 1st of November: the first one counts.
        ("America/New_York", 90, "2026-11-01T05:29", "2026-11-01T05:30"),
        # Half an hour is skipped on Lord Howe.
        ("Australia/Lord_Howe", 135, "2026-10-03T15:44", "2026-10-03T15:45"),
        ("Asia/Kolkata", 390, "2026-03-12T00:59", "2026-03-12T01:00"),
        ("Pacific/Kiritimati", 390, "2026-03-11T16:29", "2026-03-11T16:30"),
        ("Pacific/Pago_Pago", 390, "2026-03-12T17:29", "2026-03-12T17:30"),
    ],
)
def test_the_time_is_that_of_the_newsletters_zone(zone, minutes, before, after):
    last = cut("2026-01-01T00:00")
    assert not edition_due((minutes,), zone, last=last, now=at(before))
    assert edition_due((minutes,), zone, last=last, now=at(after))


def test_a_date_that_a_zone_left_out_brings_no_edition():
    friday = at("2011-12-30T16:30")  # 06:30 on the 31st in Apia, whose 30th of December never was
    assert edition_due(MORNING, "Pacific/Apia", last=cut("2011-12-29T16:30"), now=friday)
    assert edition_due(MORNING, "Pacific/Apia", last=None, now=at("2011-12-29T16:30"))
    assert not edition_due(MORNING, "Pacific/Apia", last=cut("2011-12-29T16:30"), now=at("2011-12-30T16:29"))


@pytest.mark.parametrize("state", list(EditionState))
@pytest.mark.parametrize("edits", [0, 2])
def test_nothing_is_cut_over_an_edition_of_today_that_an_editor_changed(state, edits):
    last = replace(cut("2026-03-12T05:00"), state=state, hand=Hand(edits=edits))
    over = edits == 0 or state in {EditionState.FROZEN, EditionState.CANCELLED}
    assert bool(edition_due(MORNING, "UTC", last=last, now=at("2026-03-12T06:30"))) is over
    assert edition_due(MORNING, "UTC", last=last, now=at("2026-03-13T06:30"))


@given(
    start=st.integers(0, 1000 * 24 * 60).map(lambda minutes: at("2025-01-01T00:00") + minutes * MINUTE),
    zone=st.sampled_from(ZONES),
    times=st.lists(st.integers(0, 1439), min_size=1, max_size=3, unique=True).map(sorted),
)
def test_beating_through_days_cuts_each_edition_once(start, zone, times):
    step, last, cuts, now = timedelta(minutes=20), None, [], start
    while now < start + timedelta(days=4):
        if edition_due(times, zone, last=last, now=now):
            last = Edition(date=local_date(now, zone), cut_at=now, title="")
            cuts.append(now)
            assert not edition_due(times, zone, last=last, now=now)
        now += step
    assert 3 <= len(cuts) <= 5 * len(times)
    assert all(later - earlier <= timedelta(hours=26) for earlier, later in pairwise(cuts))


def test_an_edition_opens_at_the_first_time_of_its_date_or_when_it_was_cut():
    assert opening(cut("2026-03-12T06:30"), MORNING, "UTC") == at("2026-03-12T06:30")
    assert opening(cut("2026-03-12T11:00"), MORNING, "UTC") == at("2026-03-12T06:30")
    assert opening(cut("2026-03-12T17:30"), TWICE, "UTC") == at("2026-03-12T06:30")
    assert opening(cut("2026-03-12T05:10"), MORNING, "UTC") == at("2026-03-12T05:10")
    lost = Edition(date=date(2011, 12, 30), cut_at=at("2011-12-30T09:00"), title="")
    assert opening(lost, MORNING, "Pacific/Apia") == at("2011-12-30T09:00")


def numbers(slots, recent, times=MORNING) -> dict[datetime, int]:
    return {due.due_at: paper.number for paper, mine in papers(slots, recent, times, "UTC") for due in mine}


def test_each_hour_has_the_newest_edition_that_was_open_by_then():
    recent = (cut("2026-03-13T06:30", number=2), cut("2026-03-12T06:30", number=1))
    slots = tuple(slot_at(text) for text in ("2026-03-13T01:30", "2026-03-13T06:30", "2026-03-13T07:00"))
    assert list(numbers(slots, recent).values()) == [1, 2, 2]
    assert numbers((slot_at("2026-03-12T06:29"),), recent) == {}
    assert numbers((), recent) == {}
    assert numbers(slots, ()) == {}


def test_an_edition_cut_late_is_for_the_hours_it_missed():
    assert numbers((slot_at("2026-03-12T07:00"),), (cut("2026-03-12T17:45", number=5),), TWICE) == {
        at("2026-03-12T07:00"): 5
    }


def test_one_slot_is_in_one_paper_and_papers_keep_the_order_of_slots():
    recent = (cut("2026-03-13T06:30", number=2), cut("2026-03-12T06:30", number=1))
    slots = tuple(slot_at(text) for text in ("2026-03-13T01:00", "2026-03-13T08:00", "2026-03-13T02:00"))
    found = papers(slots, recent, MORNING, "UTC")
    assert [(paper.number, len(mine)) for paper, mine in found] == [(1, 2), (2, 1)]
    assert sorted((due for _, mine in found for due in mine), key=slots.index) == list(slots)


@pytest.mark.parametrize("state", [EditionState.APPROVED, EditionState.FROZEN, EditionState.HELD])
def test_one_that_waits_for_an_editor_is_still_the_hours_own(state):
    recent = (cut("2026-03-13T06:30", number=2, state=state), cut("2026-03-12T06:30", number=1))
    assert numbers((slot_at("2026-03-13T07:00"),), recent) == {at("2026-03-13T07:00"): 2}


@pytest.mark.parametrize("state", [EditionState.CANCELLED, EditionState.DRAFT])
def test_one_that_never_goes_out_is_looked_past(state):
    recent = (cut("2026-03-12T12:00", number=2, state=state), cut("2026-03-12T06:30", number=1))
    assert numbers((slot_at("2026-03-12T13:00"),), recent) == {at("2026-03-12T13:00"): 1}


def test_on_a_quiet_day_nothing_older_stands_in():
    quiet = cut("2026-03-13T06:30", number=2, state=EditionState.HELD, quiet="1 new story")
    assert numbers((slot_at("2026-03-13T07:00"),), (quiet, cut("2026-03-12T06:30", number=1))) == {}


def test_a_quiet_edition_that_an_editor_approved_goes_out():
    approved = cut("2026-03-13T06:30", number=2, quiet="1 new story")
    assert numbers((slot_at("2026-03-13T07:00"),), (approved,)) == {at("2026-03-13T07:00"): 2}


def test_in_a_quiet_evening_the_mornings_edition_still_stands():
    quiet = cut("2026-03-12T17:30", number=2, state=EditionState.HELD, quiet="0 new stories")
    morning = cut("2026-03-12T06:30", number=1)
    assert numbers((slot_at("2026-03-12T18:00"),), (quiet, morning), TWICE) == {at("2026-03-12T18:00"): 1}


def test_a_missed_hour_is_let_go_before_the_next_day():
    assert timedelta(days=1) > LATEST


def test_a_day_is_paperless_while_all_its_editions_are_held_as_quiet():
    day, held = date(2026, 3, 12), EditionState.HELD
    first = cut("2026-03-12T06:30", number=1, state=held, quiet="a quiet day")
    second = cut("2026-03-12T17:30", number=2, state=held, quiet="a quiet day")
    good = cut("2026-03-12T18:30", number=3)
    assert paperless((second, first), day) is first
    assert paperless((good, second, first), day) is None
    assert paperless((replace(first, state=EditionState.APPROVED),), day) is None
    assert paperless((replace(first, state=EditionState.CANCELLED),), day) is None
    assert paperless((first,), date(2026, 3, 13)) is None
    assert paperless((replace(first, quiet=""),), day) is None
