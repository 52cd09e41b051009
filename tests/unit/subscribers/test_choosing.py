"""A reader's wishes as a form, and changed one by one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.model.delivery import Profile
from digest.model.edition import BENCH_SIZE
from digest.model.subscriber import DAILY, Preferences
from digest.subscribers.choosing import Offer, changed, choose, sections_of, shown
from digest.subscribers.columns import visible
from digest.subscribers.subscription import timezones

NOW = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
OFFER = Offer(
    sections=("World", "Sea & Harbour", "Sport"),
    defaults=Profile(timezone="Europe/Berlin", send_at=420, days=DAILY),
    max_stories=12,
)

line = st.text(max_size=30).map(visible).filter(bool)
lines = st.lists(line, max_size=6, unique=True).map(tuple)
FAR = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
moments = st.timedeltas(timedelta(minutes=1), FAR - NOW).map(lambda span: NOW + span)
wishes_of_anybody = st.builds(
    Preferences,
    timezone=st.none() | st.sampled_from(sorted(timezones().values())),
    send_at=st.none() | st.integers(0, 1439),
    days=st.none() | st.integers(1, DAILY),
    sections=lines,
    muted_words=lines,
    muted_sources=lines,
    followed_words=lines,
    followed_sources=lines,
    max_stories=st.none() | st.integers(1, BENCH_SIZE),
    paused_until=st.none() | moments,
)


def filled(preferences=None, **typed):
    """The form of these wishes with something else typed into it."""
    form = shown(preferences or Preferences(), OFFER, now=NOW)
    return form | {name: (text,) if isinstance(text, str) else text for name, text in typed.items()}


def read(preferences=None, **typed):
    """What such a form says."""
    before = preferences or Preferences()
    return choose(filled(before, **typed), before, OFFER, now=NOW)


@given(wishes_of_anybody)
def test_what_is_shown_is_read_back_as_it_was(wishes):
    choice = choose(shown(wishes, OFFER, now=NOW), wishes, OFFER, now=NOW)
    assert (choice.preferences, choice.faults) == (wishes, {})


@given(wishes_of_anybody.map(lambda wishes: replace(wishes, paused_until=None)))
def test_what_is_shown_says_the_same_to_who_chose_nothing_before(wishes):
    offer = replace(OFFER, sections=wishes.sections)
    choice = choose(shown(wishes, offer, now=NOW), Preferences(), offer, now=NOW)
    assert (choice.preferences, choice.faults) == (wishes, {})


@given(st.text(max_size=300), st.sampled_from(["send_at", "timezone", "max_stories", "muted_words", "paused_until"]))
def test_whatever_is_typed_is_a_wish_that_can_be_shown_or_a_fault_of_that_field(text, name):
    choice = read(**{name: text})
    assert set(choice.faults) <= {name}
    again = shown(choice.preferences, OFFER, now=NOW)
    assert choose(again, choice.preferences, OFFER, now=NOW).preferences == choice.preferences


def test_an_empty_form_leaves_everything_to_the_newsletter():
    before = Preferences(timezone="Asia/Tokyo", send_at=1, days=3, muted_words=("golf",), max_stories=3)
    emptied = dict.fromkeys(shown(before, OFFER, now=NOW), "") | {"day": (), "sections": ()}
    assert read(before, **emptied).preferences == Preferences()


def test_a_form_as_people_fill_it_in():
    choice = read(
        send_at=" 7.30 pm",
        days="chosen",
        day=("fri", "mon"),
        timezone="america/new_york",
        sections=("Sport", "World", "Sport"),
        max_stories="5",
        muted_words="golf, tennis\r\n\r\nhigh water\r\n",
        followed_sources='"Herald, The"; Bay News',
        paused_until="2026-03-14",
    )
    assert choice.faults == {}
    assert choice.preferences == Preferences(
        send_at=1170,
        days=0b0010001,
        timezone="America/New_York",
        sections=("Sport", "World"),
        max_stories=5,
        muted_words=("golf", "tennis", "high water"),
        followed_sources=("Herald, The", "Bay News"),
        paused_until=datetime(2026, 3, 14, 4, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"send_at": "25:00"}, "“25:00” is no time of day; write it as 07:30, between 00:00 and 23:59."),
        ({"days": "chosen"}, "Tick at least one day."),
        ({"days": "sometimes"}, "Choose one of these ways."),
        ({"days": "chosen", "day": ("mon", "someday")}, "“mon,someday” names no days"),
        ({"timezone": "Europe/Berln"}, "“Europe/Berln” is no time zone. Did you mean Europe/Berlin"),
        ({"max_stories": "0"}, "“0” is no number of stories; it must lie between 1 and 96."),
        ({"sections": ("Moon",)}, "There is no section “Moon” any more."),
        ({"muted_words": "x" * 201}, "The muted word is longer than 200 characters."),
        ({"muted_sources": ",".join(map(str, range(101)))}, "There are more than 100 values, the last a muted source."),
        ({"followed_words": "\n".join(map(str, range(101)))}, "There are more than 100 values, the last a followed"),
        ({"followed_words": "a\n" * 60 + ",".join(map(str, range(60))) + "\n" + ",".join(map(str, range(60, 120)))},
         "There are more than 100 values"),
        ({"followed_sources": '"Bay News'}, "is no list of values"),
        ({"paused_until": "2026-03-02"}, "A pause ends in the future, not at “2026-03-02”."),
        ({"paused_until": "0001-01-01"}, "A pause ends in the future"),
        ({"paused_until": "soon"}, "“soon” is no time; write it as 2026-03-01"),
    ],
)  # fmt: skip
def test_a_wrong_input_is_one_sentence_and_leaves_the_other_wishes_readable(typed, sentence):
    before = Preferences(max_stories=3, muted_words=("golf",))
    choice = read(before, **typed)
    (name,) = choice.faults
    assert name in typed or name == "days"
    assert choice.faults[name].startswith(sentence) or sentence in choice.faults[name]
    assert choice.preferences == before


def test_every_wrong_input_is_named_at_once():
    choice = read(send_at="x", days="x", timezone="x", max_stories="x", paused_until="x", sections=("x",))
    assert set(choice.faults) == {"send_at", "days", "timezone", "max_stories", "paused_until", "sections"}


@pytest.mark.parametrize("missing", ["send_at", "days", "muted_words", "paused_until", "timezone"])
def test_a_form_that_did_not_arrive_whole_says_nothing(missing):
    fields = filled()
    del fields[missing]
    with pytest.raises(UsageError, match="did not arrive whole"):
        choose(fields, Preferences(), OFFER, now=NOW)


def test_a_pause_ends_with_the_night_where_the_reader_lives_now():
    tokyo = read(timezone="Asia/Tokyo", paused_until="2026-03-14").preferences
    assert tokyo.paused_until == datetime(2026, 3, 13, 15, tzinfo=UTC)
    moved = read(tokyo, timezone="").preferences
    assert moved.paused_until == datetime(2026, 3, 13, 23, tzinfo=UTC)


def test_a_pause_that_is_over_is_not_shown_and_not_asked_about():
    over = Preferences(paused_until=NOW - timedelta(days=1))
    assert shown(over, OFFER, now=NOW)["paused_until"] == ("",)
    assert read(over).faults == {}


def test_a_pause_for_ever_can_be_shown_in_every_time_zone():
    for_ever = Preferences(timezone="Pacific/Kiritimati", paused_until=FAR)
    assert shown(for_ever, OFFER, now=NOW)["paused_until"] == ("9999-12-31",)
    assert read(for_ever).preferences == for_ever


def test_the_readers_own_sections_come_first_and_none_twice():
    wishes = Preferences(sections=("Gone", "Sport"))
    assert list(sections_of(wishes, OFFER)) == ["Gone", "Sport", "World", "Sea & Harbour"]


@pytest.mark.parametrize(
    ("wish", "text", "value"),
    [
        ("send_at", "6:30", 390),
        ("days", "mon-fri", 0b0011111),
        ("sections", "Sea & Harbour, Moon", ("Sea & Harbour", "Moon")),
        ("paused_until", "2026-03-14T07:30+01:00", datetime(2026, 3, 14, 6, 30, tzinfo=UTC)),
        ("paused_until", "2026-03-14", datetime(2026, 3, 13, 23, tzinfo=UTC)),
        ("max_stories", " ", None),
        ("muted_words", "", ()),
    ],
)
def test_one_wish_is_changed_and_no_other(wish, text, value):
    before = Preferences(send_at=1, days=1, sections=("A",), max_stories=1, muted_words=("b",), paused_until=NOW)
    after = changed(before, wish, text, zone="Europe/Berlin", now=NOW)
    assert after == replace(before, **{wish: value})
