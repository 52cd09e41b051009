"""The bench, what stands beside each story, and what was told before."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from digest.model.edition import BENCH_SIZE, Edition
from digest.model.feed import Item
from digest.model.story import Story
from digest.selection.bench import keeps_off, make_bench, neighbours, section_of
from digest.selection.lineup import Rules, Wish, lineups
from digest.selection.orders import Orders
from digest.selection.related import related
from digest.selection.report import as_json
from digest.selection.rules import Rule
from digest.selection.score import Weights, score

Make = Callable[..., Story]
MakeItem = Callable[..., Item]


def unlike(stories: Sequence[Story]) -> NDArray[np.float32]:
    return np.eye(len(stories), dtype=np.float32)


def all_alike(stories: Sequence[Story]) -> NDArray[np.float32]:
    return np.full((len(stories), len(stories)), 0.5, dtype=np.float32)


def test_only_stories_with_a_fresh_item_are_news(item: MakeItem, story: Make, now: datetime) -> None:
    day = timedelta(days=1)
    old = story(item("old", published=now - day))
    running = story(item("first", published=now - 2 * day), item("latest"))
    ahead = story(item("ahead", published=now + 3 * day))
    stories = (old, running, ahead)
    bench, alike = make_bench(stories, score(stories, now=now, weights=Weights()), unlike, now=now)
    assert {one.story.id for one in bench} == {"first", "ahead"}
    assert len(alike) == 4
    assert make_bench((), (), unlike, now=now) == ((), b"")


def test_orders_decide_what_may_sit_on_the_bench_and_stand_beside(item: MakeItem, story: Make, now: datetime) -> None:
    old = now - timedelta(days=3)
    stories = (
        story(item("a", title="Dock strike ends"), item("b", title="Lottery for dockers", publisher="b")),
        story(item("c", title="Lottery won again")),
        story(item("d", title="Ferry fares to rise")),
        story(item("e", title="Herring is cheap", published=old)),
        story(item("f", title="A bridge opens", published=old)),
    )
    orders = Orders(blocked_words=("lottery",), dropped=frozenset({"d"}), pinned=frozenset({"e"}))
    scores = score(stories, now=now, weights=Weights())
    bench, _ = make_bench(stories, scores, all_alike, orders=orders, now=now)
    assert {one.story.id: [each.id for each in one.related] for one in bench} == {"a": ["e"], "e": ["a"]}
    reasons = [keeps_off(one, orders, now=now) for one in stories]
    assert reasons == [None, (Rule.BLOCKED, "lottery"), (Rule.DROPPED, ""), None, (Rule.OLD, "")]


def test_what_is_pinned_has_a_seat(item: MakeItem, story: Make, now: datetime) -> None:
    crowd = [story(item(f"c{n:02}", publisher=f"p{n}")) for n in range(BENCH_SIZE + 4)]
    weak = story(item("weak", title="A chess problem", published=now - timedelta(hours=23), position=0.0))
    stories = (*crowd, weak)
    scores = score(stories, now=now, weights=Weights())
    for orders, seated in ((Orders(), False), (Orders(pinned_words=("chess",)), True)):
        bench, _ = make_bench(stories, scores, unlike, orders=orders, now=now)
        assert len(bench) == BENCH_SIZE
        assert ("weak" in {one.story.id for one in bench}) is seated


def test_it_is_best_first_and_every_section_has_a_seat(item: MakeItem, story: Make, now: datetime) -> None:
    crowd = [
        story(item(f"c{n}a", section="World", publisher="a"), item(f"c{n}b", section="World", publisher="b"))
        for n in range(BENCH_SIZE + 9)
    ]
    chess = story(item("chess", section="Chess", published=now - timedelta(hours=23), position=0.0))
    stories = (chess, *crowd)
    bench, _ = make_bench(stories, score(stories, now=now, weights=Weights()), unlike, now=now)
    assert len(bench) == BENCH_SIZE
    assert bench[-1].section == "Chess"
    totals = [one.score.total for one in bench]
    assert totals == sorted(totals, reverse=True)


def test_the_section_is_what_most_trusted_items_say(item: MakeItem, story: Make) -> None:
    mixed = story(item("a", section="World", weight=0.1), item("b", section="Sport", weight=0.5), item("c"))
    assert section_of(mixed) == "Sport"
    assert section_of(story(item("a"))) == ""


def test_related_items_are_other_texts_of_other_publishers_first(item: MakeItem, story: Make) -> None:
    titles = (
        "Dock strike ends",
        "Ferries sail after the strike",
        "What the dock paid",
        "Dock union cheers offer",
        "Nine calm days near the dock",
    )
    voices = ("one", "one", "two", "three", "two")
    items = [
        item(f"a{n}", title=title, publisher=voice) for n, (title, voice) in enumerate(zip(titles, voices, strict=True))
    ]
    copy = item("copy", title="A copy of the first", publisher="four")
    told = story(*items, copy, texts=(("a0", "copy"), ("a1",), ("a2",), ("a3",), ("a4",)))
    assert [one.id for one in related(told)] == ["a2", "a3", "a1"]


def test_of_new_publishers_the_one_nearest_the_lead_that_adds_something_comes_first(
    item: MakeItem, story: Make
) -> None:
    words = {
        "lead": "Dockers end their nine-day harbour strike after ministers raise wages",
        "near": "Ministers raise wages: dockers end harbour strike, ferries sail again",
        "same": "Ministers raise wages: dockers end harbour strike, the ferries sail",
        "side": "Harbour dockers win wages and a pension",
        "stray": "Herring prices fall",
    }
    items = [item(name, title=name, summary=text, publisher=name) for name, text in words.items()]
    assert [one.id for one in related(story(items[0], *reversed(items[1:])))] == ["same", "side"]


def test_related_items_never_repeat_a_headline_or_a_page(item: MakeItem, story: Make) -> None:
    lead = item("a", title="Dock strike ends after nine days", url="https://example.com/1", publisher="one")
    echo = item("b", title="Dock strike ends, after nine days", publisher="two")
    page = item("c", title="Ferries sail again", url="https://example.com/1", publisher="three")
    other = story(item("d", title="Ferry fares to rise in spring", publisher="four"))
    assert [one.id for one in related(story(lead, echo, page), (other, other))] == ["d"]


def test_a_neighbour_that_is_the_lead_lightly_rewritten_is_not_offered(item: MakeItem, story: Make) -> None:
    told = "Ministers raise wages: dockers end harbour strike, ferries sail again to the islands this week"
    lead = story(item("a", title="Dock strike over", summary=told, publisher="one"))
    again = story(item("b", title="Ferries are back", summary=f"{told} too", publisher="two"))
    other = story(item("c", title="Ferry fares to rise", summary="In spring tickets get dearer.", publisher="three"))
    assert [one.id for one in related(lead, (again, other))] == ["c"]


def test_a_lone_story_is_given_its_neighbours(item: MakeItem, story: Make, now: datetime) -> None:
    stories = (story(item("a", title="Dock strike ends")), story(item("b", title="Ferry fares to rise")))
    bench, _ = make_bench(stories, score(stories, now=now, weights=Weights()), all_alike, now=now)
    assert [[one.id for one in told.related] for told in bench] == [["b"], ["a"]]


def test_a_neighbour_is_near_and_nearer_still_where_a_story_has_texts_of_its_own(item: MakeItem, story: Make) -> None:
    lone, other = story(item("a", title="Dock strike ends")), story(item("b", title="Ferry fares to rise"))
    rich = story(item("c", title="Herring is cheap"), item("d", title="Herring for all", publisher="p"))
    for one, near, found in ((lone, 0.34, []), (lone, 0.36, ["b"]), (rich, 0.49, []), (rich, 0.51, ["b"])):
        alike = np.array([1.0, near], dtype=np.float32)
        assert [each.id for each in neighbours(one, (one, other), alike)] == found


def test_a_neighbour_of_several_stories_stands_beside_the_nearest(item: MakeItem, story: Make, now: datetime) -> None:
    titles = ("Dock strike ends", "Ferry fares to rise", "Herring is cheap", "Lottery won again")
    stories = [story(item(name, title=title, publisher=name)) for name, title in zip("abcd", titles, strict=True)]

    def near(seated: Sequence[Story]) -> NDArray[np.float32]:
        table = np.eye(4, dtype=np.float32)
        order = [one.id for one in seated]
        for pair, value in (("ad", 0.4), ("bd", 0.45), ("cd", 0.45)):
            left, right = (order.index(name) for name in pair)
            table[left, right] = table[right, left] = value
        return table

    bench, likeness = make_bench(stories, score(stories, now=now, weights=Weights()), near, now=now)
    assert {told.story.id: [one.id for one in told.related] for told in bench} == {
        "a": [],
        "b": ["d"],
        "c": [],
        "d": ["b", "c", "a"],
    }
    paper = Edition(date=now.date(), cut_at=now, title="", bench=bench, likeness=likeness)
    (lineup,) = lineups(paper, (Wish(),), Rules())
    assert {bench[pick.index].story.id for pick in lineup.picks} == {"a", "b", "c"}


def test_a_second_angle_comes_before_a_nearer_text_that_says_what_is_offered(item: MakeItem, story: Make) -> None:
    words = {
        "lead": "harbour strike dockers wages ministers ferries islands winter",
        "first": "harbour strike dockers wages ministers ferries talks dawn",
        "more": "harbour strike dockers wages ministers talks dawn board cheers",
        "angle": "ferries islands winter ministers piers timetable tickets",
    }
    items = [item(name, title=name, summary=text, publisher=name) for name, text in words.items()]
    assert [one.id for one in related(story(*items))] == ["first", "angle", "more"]


def test_a_report_is_plain_data(item: MakeItem, story: Make, now: datetime) -> None:
    stories = (story(item("a"), item("b", publisher="p")),)
    scores = score(stories, now=now, weights=Weights())
    report = as_json(stories, scores, top=stories, related={"a": related(stories[0])})
    assert report["top"] == ["a"]
    assert report["related"] == {"a": ["b"]}
    (told,) = report["stories"]
    assert set(told) == {"id", "items", "lead", "score", "terms", "boost", "why", "summary"}
