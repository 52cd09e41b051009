"""What one day's cut leaves for the next: stories that run on, words that count, nothing written by a look."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from digest.model.edition import Form
from digest.model.feed import Item
from digest.model.memory import Memory
from digest.newsroom import editions

HOUR = timedelta(hours=1)
SAID = (
    "The Kestrel Bridge was closed after inspectors found cracks in two of its cables",
    "Cracks in two cables of the Kestrel Bridge closed it, the inspectors found",
    "Inspectors closed the Kestrel Bridge after they found cracks in its cables",
    "The Kestrel Bridge stays closed: inspectors found cracks in two cables",
    "Kestrel Bridge closed as inspectors find cracks in two of the cables",
)
"""One event in five headlines."""


@pytest.fixture
def bridge(newsroom):
    """Publishes a report on the bridge that is two hours old."""

    def publish(number: int, **more: object) -> Item:
        report = Item(
            id=f"bridge{number}",
            title=SAID[number],
            summary=f"{SAID[number]}, and the ferry runs in its place, the harbour office said on the quay.",
            url=f"https://paper{number}.example/bridge",
            publisher=f"paper{number}.example",
            source=f"Paper {number}",
            language="en",
            published=newsroom.clock() - 2 * HOUR,
            seen=newsroom.clock(),
        )
        report = replace(report, **more)
        newsroom.publish((report,))
        return report

    return publish


def memory_of(newsroom) -> Memory:
    return editions.memory_of(newsroom.app, newsroom.clock())


def story_with(newsroom, item_id: str):
    """The story of a look at today's selection that holds an item."""
    (found,) = (
        story for story in editions.choose(newsroom.app).stories if item_id in [item.id for item in story.items]
    )
    return found


def test_a_look_leaves_nothing_and_a_cut_leaves_words_and_stories(newsroom):
    newsroom.news(5)
    editions.choose(newsroom.app)
    editions.find(newsroom.app, None)
    assert memory_of(newsroom) == Memory()
    newsroom.cut()
    memory = memory_of(newsroom)
    assert memory.known == {f"item{number:04}": f"item{number:04}" for number in range(5)}
    assert memory.learned == newsroom.clock().date()


def test_a_cut_in_a_process_beside_remembers_the_same(newsroom):
    newsroom.news(5)
    with newsroom.app.beside() as app:
        asyncio.run(editions.cut(app))
    there = memory_of(newsroom)
    assert len(there.known) == 5
    newsroom.cut()
    assert memory_of(newsroom) == there


def test_words_of_a_day_count_once_however_often_it_is_cut(newsroom, bridge):
    def words_of_the_twelfth():
        newsroom.at("2026-03-16T06:30")
        found = memory_of(newsroom).background["en"]
        newsroom.at("2026-03-13T06:30")
        return found

    bridge(0)
    for moment in ("2026-03-12T05:10", "2026-03-12T06:30", "2026-03-12T18:30"):
        newsroom.at(moment)
        newsroom.news(2)
        newsroom.cut()
    newsroom.at("2026-03-12T23:00")
    bridge(1)
    assert words_of_the_twelfth().documents == 7
    newsroom.cut()
    whole = words_of_the_twelfth()
    assert whole.documents == 8
    assert whole.counts["kestrel"] == 2
    newsroom.cut()
    assert words_of_the_twelfth() == whole


def test_items_are_selected_by_the_words_of_the_days_before_them(newsroom):
    newsroom.news(4)
    newsroom.cut()
    newsroom.at("2026-03-13T06:30")
    assert memory_of(newsroom).background == {}
    newsroom.at("2026-03-16T06:30")
    newsroom.news(4)
    before = memory_of(newsroom).background
    assert before["en"].documents == 4
    newsroom.cut()
    assert memory_of(newsroom).background == before
    newsroom.at("2026-03-20T06:30")
    assert memory_of(newsroom).background["en"].documents == 8


def test_a_story_keeps_its_id_when_it_is_fetched_again_and_grows(newsroom, bridge):
    first, _ = bridge(0), bridge(1)
    newsroom.news(4)
    told = newsroom.cut()
    newsroom.at("2026-03-13T06:30")
    newsroom.publish((replace(first, seen=newsroom.clock(), title=f"{first.title}, again"),))
    bridge(2)
    newsroom.news(4)
    grown = story_with(newsroom, "bridge2")
    assert grown.id == story_with(newsroom, "bridge0").id == "bridge0"
    second = newsroom.cut()
    heard = {told.bench[pick.index].story.id for pick in told.lineup.picks}
    again = [second.bench[pick.index] for pick in second.lineup.picks if pick.form is not Form.UPDATE]
    assert "bridge0" in heard
    assert heard.isdisjoint(seat.story.id for seat in again)
    assert "bridge0" in {seat.story.id for seat in second.bench}


def test_a_story_keeps_its_id_when_its_first_report_is_too_old_to_be_read(newsroom, bridge):
    for number, day in enumerate(("12", "13", "14", "15", "16")):
        newsroom.at(f"2026-03-{day}T06:30")
        bridge(number)
        newsroom.news(4)
        newsroom.cut()
    assert {story for item, story in memory_of(newsroom).known.items() if item.startswith("bridge")} == {"bridge0"}
    running = story_with(newsroom, "bridge4")
    assert running.id == "bridge0"
    assert "bridge0" not in [item.id for item in running.items]


def test_stories_of_a_feed_that_is_removed_are_forgotten(newsroom):
    newsroom.news(3)
    newsroom.news(2, section="Harbour")
    newsroom.cut()
    assert len(memory_of(newsroom).known) == 5
    newsroom.store.feeds.remove("https://harbour.harbour.example/feed")
    assert len(memory_of(newsroom).known) == 3
