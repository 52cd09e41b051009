"""What a cut teaches: whole days counted once, and the stories that are new."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model.feed import Item
from digest.model.memory import Lesson, Memory, TermCounts
from digest.model.story import Story
from digest.stories.background import count_terms
from digest.stories.lesson import lesson, unsettled

NOW = datetime(2026, 3, 12, 6, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WINDOW = 3 * DAY
TODAY = NOW.date()
NOTHING = Memory()
FERRY = "The ferry to the islands is delayed by a storm"


def item(id_: str, title: str = FERRY, **more: object) -> Item:
    return Item(**({"id": id_, "title": title, "language": "en", "seen": NOW - HOUR} | more))


def story(id_: str, *items: Item) -> Story:
    return Story(id=id_, items=items, texts=tuple((each.id,) for each in items))


def taught(items: tuple[Item, ...], memory: Memory = NOTHING, now: datetime = NOW) -> Lesson:
    stories = [story(each.id, each) for each in items]
    return lesson(items, stories, memory, since=now - WINDOW, now=now)


def test_a_word_is_counted_once_a_text_in_its_language():
    items = (
        item("a", summary="A ferry, a ferry, and the ferry."),
        item("b", "Storm over the harbour - The Courier", publisher="courier.example", source="The Courier"),
        item("c", "Die Fähre fährt nicht", language="de-AT"),
    )
    counted = count_terms(items)
    assert set(counted) == {"en", "de"}
    assert counted["en"] == TermCounts(
        documents=2, counts={"ferry": 1, "islands": 1, "delayed": 1, "storm": 2, "harbour": 1}
    )
    assert counted["de"].documents == 1
    assert "fähre" in counted["de"].counts


def test_nothing_is_counted_of_nothing():
    assert count_terms(()) == {}


def test_days_are_counted_by_when_items_were_first_seen_in_utc():
    late = (NOW - DAY).replace(hour=23, minute=30)
    items = (item("a"), item("b", seen=late.astimezone(timezone(5 * HOUR))), item("c", seen=NOW - 2 * DAY))
    words = taught(items).words
    assert {day: sum(told.documents for told in counted.values()) for day, counted in words.items()} == {
        TODAY - 2 * DAY: 1,
        TODAY - DAY: 1,
        TODAY: 1,
    }


def test_a_day_that_is_in_sight_in_part_is_not_counted():
    early = item("a", seen=NOW - WINDOW + HOUR)
    assert early.seen.date() not in taught((early,)).words


@pytest.mark.parametrize(
    ("learned", "days"),
    [(None, 3), (TODAY - 9 * DAY, 3), (TODAY - 2 * DAY, 3), (TODAY - DAY, 2), (TODAY, 1), (TODAY + DAY, 0)],
)
def test_only_days_that_may_have_grown_are_counted_again(learned, days):
    found = unsettled(learned, since=NOW - WINDOW, now=NOW)
    assert found == tuple(TODAY - back * DAY for back in range(days - 1, -1, -1))


def test_only_new_and_moved_items_are_told_of():
    one, two, three = item("a"), item("b"), item("c")
    memory = Memory(known={"a": "a", "b": "b"})
    found = lesson(
        (one, two, three), (story("a", one, two), story("c", three)), memory, since=NOW - WINDOW, now=NOW
    ).stories
    assert found == {"b": "a", "c": "c"}


@given(
    st.lists(st.integers(0, 9 * 24), max_size=30),
    st.lists(st.integers(0, 10 * 24), min_size=1, max_size=20, unique=True),
)
def test_however_often_it_is_cut_each_day_that_is_over_is_counted_whole_and_once(hours, cuts):
    start = NOW.replace(hour=0, minute=0)
    items = tuple(item(f"i{at}.{place}", seen=start + at * HOUR) for place, at in enumerate(hours))
    kept: dict = {}
    memory = NOTHING
    for at in sorted(cuts):
        now = start + at * HOUR
        there = tuple(each for each in items if now - WINDOW <= each.seen <= now)
        kept |= taught(there, memory, now).words
        memory = replace(memory, learned=max(kept))
        settled = [day for day in kept if day < now.date() and now.date() - day < WINDOW]
        for day in settled:
            assert kept[day] == count_terms([each for each in items if each.seen.date() == day])
