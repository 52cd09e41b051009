"""What every MemoryStore does."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from digest.errors import StoreError
from digest.model.feed import Feed, Fetched, Item
from digest.model.memory import Lesson, Memory, TermCounts
from digest.storage.columns import storable
from digest.storage.memory import MOST_LANGUAGES, MOST_WORDS
from digest.storage.schema import background, memberships

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEED = Feed(url="https://courier.example/feed")


def words(documents: int, **counts: int) -> TermCounts:
    return TermCounts(documents=documents, counts=counts)


@pytest.fixture
def feed(store):
    """The one feed there is."""
    (added,) = store.feeds.add([FEED])
    return added


@pytest.fixture
def record(store, feed, now):
    """Keep items of these ids, seen so many hours ago."""

    def kept(*ids: str, hours: int = 0) -> None:
        seen = now - hours * HOUR
        items = (Item(id=id_, title=id_, summary="S.", published=seen, seen=seen) for id_ in ids)
        store.items.record(Fetched(feed=feed, items=tuple(items)))

    return kept


def recalled(store, now, *, hours: int = 0) -> Memory:
    return store.memory.recall(since=now - hours * HOUR, until=now)


def days_kept(store) -> list[date]:
    with store.database.read() as connection:
        return sorted(set(connection.scalars(select(background.c.day))))


def test_an_empty_store_remembers_nothing(store, now):
    assert recalled(store, now) == Memory()


def test_words_are_summed_by_language_without_those_seen_once(store, now):
    today = now.date()
    first = {"en": words(4, harbour=3, ferry=1), "de": words(2, hafen=2)}
    second = {"en": words(5, harbour=2, ferry=1, bridge=1), "": words(1, viaduct=2)}
    store.memory.learn(Lesson(words={today - 2 * DAY: first, today - DAY: second}))
    assert recalled(store, now).background == {
        "en": words(9, harbour=5, ferry=2),
        "de": words(2, hafen=2),
        "": words(1, viaduct=2),
    }


def test_a_day_learned_again_stands_in_place_of_what_was_kept_of_it(store, now):
    yesterday = now.date() - DAY
    store.memory.learn(Lesson(words={yesterday: {"en": words(4, harbour=4), "fr": words(2, port=2)}}))
    for _ in range(2):
        store.memory.learn(Lesson(words={yesterday: {"en": words(6, harbour=5)}}))
    memory = recalled(store, now)
    assert memory.background == {"en": words(6, harbour=5)}
    assert memory.learned == yesterday


def test_a_day_is_background_only_to_the_days_after_it(store, now):
    today = now.date()
    store.memory.learn(Lesson(words={today - DAY: {"en": words(2, harbour=2)}, today: {"en": words(9, ferry=9)}}))
    memory = recalled(store, now)
    assert (memory.background, memory.learned) == ({"en": words(2, harbour=2)}, today)
    assert recalled(store, now + DAY).background == {"en": words(11, harbour=2, ferry=9)}
    before = recalled(store, now - DAY)
    assert (before.background, before.learned) == ({}, today - DAY)


def test_the_days_whose_items_are_looked_at_are_no_background_to_them(store, now):
    today = now.date()
    store.memory.learn(Lesson(words={today - number * DAY: {"en": words(2, harbour=2)} for number in range(6)}))
    assert recalled(store, now, hours=72).background == {"en": words(4, harbour=4)}
    assert recalled(store, now, hours=24).background == {"en": words(8, harbour=8)}


def test_two_weeks_are_kept_and_recalled(store, now):
    first = now.date() - 30 * DAY
    for number in range(30):
        store.memory.learn(Lesson(words={first + number * DAY: {"en": words(2, harbour=2)}}))
    assert days_kept(store) == [first + number * DAY for number in range(16, 30)]
    assert recalled(store, now).background == {"en": words(28, harbour=28)}
    assert recalled(store, now + 7 * DAY).background == {"en": words(14, harbour=14)}
    assert recalled(store, now + 15 * DAY).background == {}


def test_a_clock_that_once_ran_ahead_leaves_nothing_behind(store, now):
    today = now.date()
    store.memory.learn(Lesson(words={today + 900 * DAY: {"en": words(2, harbour=2)}}))
    store.memory.learn(Lesson(words={today: {"en": words(3, ferry=3)}}))
    assert days_kept(store) == [today]


def test_a_day_without_a_text_is_no_day(store, now):
    yesterday = now.date() - DAY
    store.memory.learn(Lesson(words={yesterday: {"en": words(2, harbour=2)}}))
    store.memory.learn(Lesson(words={yesterday: {"en": TermCounts()}}))
    assert recalled(store, now) == Memory()


def test_the_commonest_words_and_languages_are_kept(store, now):
    yesterday = now.date() - DAY
    many = {f"word{number}": 3 if number % 2 else 2 for number in range(MOST_WORDS + 2)}
    tongues = {f"x{number:03}": words(2 + (number == MOST_LANGUAGES), harbour=2) for number in range(MOST_LANGUAGES)}
    given = tongues | {"en": TermCounts(documents=9, counts=many), "x999": words(1, harbour=2)}
    store.memory.learn(Lesson(words={yesterday: given}))
    kept = recalled(store, now).background
    assert len(kept) == MOST_LANGUAGES
    assert "x999" not in kept
    assert len(kept["en"].counts) == MOST_WORDS
    assert sum(count == 3 for count in kept["en"].counts.values()) == MOST_WORDS // 2 + 1


def test_words_and_languages_of_any_characters_are_kept(store, now):
    odd = {"e\0n": words(2, harbour=2), "\ud800": TermCounts(documents=3, counts={"a\ud800b": 2, "ﬁsh🐟": 3})}
    store.memory.learn(Lesson(words={now.date() - DAY: odd}))
    kept = recalled(store, now).background
    assert set(kept) == {storable(language) for language in odd}
    assert kept["\ufffd"].counts == {"a\ufffdb": 2, "ﬁsh🐟": 3}


def test_the_stories_of_items_are_kept_and_moved(store, record, now):
    record("a", "b", "c")
    store.memory.learn(Lesson(stories={"a": "a", "b": "a"}))
    store.memory.learn(Lesson(stories={"b": "b", "c": "b"}))
    assert recalled(store, now).known == {"a": "a", "b": "b", "c": "b"}


def test_stories_are_recalled_of_the_items_seen_in_that_time(store, record, now):
    record("new", hours=1)
    record("old", hours=80)
    store.memory.learn(Lesson(stories={"new": "old", "old": "old"}))
    assert recalled(store, now, hours=72).known == {"new": "old"}
    assert recalled(store, now, hours=80).known == {"new": "old", "old": "old"}
    assert recalled(store, now - 2 * HOUR, hours=80).known == {"old": "old"}


def test_items_that_are_gone_are_passed_over(store, record, now):
    record("a")
    store.memory.learn(Lesson(stories={"a": "s", "gone": "s"}, words={now.date() - DAY: {"en": words(2, harbour=2)}}))
    memory = recalled(store, now)
    assert memory.known == {"a": "s"}
    assert set(memory.background) == {"en"}


def test_stories_go_with_their_items_and_with_their_feed(store, record, feed, now):
    record("a", hours=9)
    record("b")
    store.memory.learn(Lesson(stories={"a": "a", "b": "a"}))
    assert store.items.prune(now - HOUR) == 1
    assert recalled(store, now).known == {"b": "a"}
    store.feeds.remove(feed.url)
    with store.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(memberships)) == 0


def test_a_lesson_is_kept_whole_or_not_at_all(store, record, now):
    record("a")
    broken = Lesson(words={now.date() - DAY: {"en": words(2, harbour=2)}}, stories={"a": None})
    with pytest.raises(IntegrityError, match=r"(?i)null"):
        store.memory.learn(broken)
    assert recalled(store, now) == Memory()


def test_damaged_words_are_named(store, now):
    store.memory.learn(Lesson(words={now.date() - DAY: {"en": words(2, harbour=2)}}))
    store.database.write(lambda connection: connection.execute(background.update().values(counts=b"\0")))
    with pytest.raises(StoreError, match=r"The words of 2026-03-01 cannot be read"):
        recalled(store, now)
