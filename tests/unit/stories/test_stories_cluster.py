"""Items in, stories out."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model.feed import Item
from digest.model.memory import Memory, TermCounts
from digest.selection.judging.clusters import bcubed
from digest.stories.background import primed, shipped
from digest.stories.cluster import cluster
from digest.stories.cut import bars_about, usual_bar
from digest.stories.duplicates import candidates, day_of
from digest.stories.pairs import EVERY_PAIR_UP_TO
from digest.stories.similarity import likeness
from tests.benchmarks.news import Press

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
EVENTS = (
    (
        "Quillport dock strike ends after nine days",
        "Quillport ferries sail again as dock workers end strike",
        "Dock strike in Quillport over, union accepts harbour offer",
    ),
    (
        "Marsh county floods force two thousand from their homes",
        "Two thousand flee as Marsh county river breaks its banks",
        "Floods in Marsh county: thousands leave homes by the river",
    ),
    (
        "Lantern telescope finds water on a distant moon",
        "Water found on distant moon by Lantern telescope team",
        "Distant moon has water, Lantern telescope astronomers say",
    ),
)
WORDS = (
    "harbour",
    "moon",
    "strike",
    "river",
    "flood",
    "ferry",
    "vote",
    "the",
    "in",
    "Orla",
    "Venn",
    "12",
    "Hafen",
    "橋",
)


def item(number: int, title: str, **more: object) -> Item:
    values: dict[str, object] = {
        "publisher": f"p{number}",
        "published": NOW - timedelta(minutes=7 * number),
        "seen": NOW,
        "language": "en",
    }
    return Item(id=f"i{number:03}", title=title, **(values | more))  # type: ignore[arg-type]


@pytest.fixture
def day() -> list[Item]:
    titles = [title for event in EVENTS for title in event]
    return [item(number, title) for number, title in enumerate(titles)]


def test_items_of_one_event_make_one_story(day: list[Item]) -> None:
    assert {frozenset(one.id for one in story.items) for story in cluster(day)} == {
        frozenset(one.id for one in day[start : start + 3]) for start in (0, 3, 6)
    }


def test_a_story_is_named_after_its_earliest_item_and_keeps_the_name_while_it_grows(day: list[Item]) -> None:
    before = {story.id for story in cluster(day)}
    assert before == {"i002", "i005", "i008"}
    late = item(50, "Harbour union in Quillport ends dock strike, ferries sail", published=NOW)
    assert {story.id for story in cluster([*day, late])} == before


def test_copies_are_members_of_one_text(day: list[Item]) -> None:
    copy = replace(day[0], id="copy", publisher="elsewhere")
    (story,) = [story for story in cluster([*day, copy]) if copy in story.items]
    assert any(set(text) == {"i000", "copy"} for text in story.texts)
    assert len(story.texts) == len(story.items) - 1


def test_the_lead_has_a_full_text_and_a_trusted_source(day: list[Item]) -> None:
    lead = "Dock workers in Quillport ended their strike after nine days, and ferries to the islands sail again today."
    day[1] = replace(day[1], summary=lead, weight=0.5)
    (story,) = [story for story in cluster(day) if day[1] in story.items]
    assert story.lead == day[1]
    assert story.summary == lead


def test_languages_are_kept_apart() -> None:
    title = "Quillport Orla Venn Lantern"
    assert len(cluster([item(0, title), item(1, title, language="de")])) == 2


@pytest.mark.parametrize("count", [0, 1])
def test_an_empty_day_and_a_lone_item_are_days(count: int) -> None:
    assert len(cluster([item(n, "Quillport") for n in range(count)])) == count


def test_texts_without_words_stay_by_themselves() -> None:
    items = [item(n, title) for n, title in enumerate(("", "!!!", "\0", "\ud800", "a" * 100_000, "🎈"))]
    assert sum(len(story.items) for story in cluster(items)) == len(items)


def test_likeness_is_a_symmetric_table_of_shares(day: list[Item]) -> None:
    table = likeness(cluster(day))
    assert table.dtype == np.float32
    assert np.allclose(table, table.T, atol=1e-5)
    assert np.allclose(np.diag(table), 1)
    assert table.min() >= 0
    assert table.max() <= 1
    assert likeness(()).shape == (0, 0)


def test_the_usual_bar_rises_with_leads_with_the_number_of_stories_and_with_a_model() -> None:
    assert usual_bar(30, 0.0) < usual_bar(30, 0.5) < usual_bar(30, 1.0) < usual_bar(30, 1.0, placed=True)
    assert usual_bar(1, 0.5) == usual_bar(60, 0.5) < usual_bar(120, 0.5) < usual_bar(5_000, 0.5)
    assert all(bars_about(usual)[0] < usual < bars_about(usual)[-1] for usual in (usual_bar(1, 0), usual_bar(10**6, 1)))


@pytest.mark.parametrize("size", [1_000, EVERY_PAIR_UP_TO + 500])
def test_a_day_of_many_small_stories_is_not_made_a_few_large_ones(size: int) -> None:
    planted = Press(seed=5).stories(size)
    truth = {one.id: str(number) for number, items in enumerate(planted) for one in items}
    found = [[one.id for one in told.items] for told in cluster([one for items in planted for one in items])]
    assert bcubed(found, truth).f1 > 0.98


def test_a_known_story_keeps_its_id_and_its_items_and_grows(day: list[Item]) -> None:
    memory = Memory(known={"i000": "gone", "i001": "gone"})
    late = item(50, "Harbour union in Quillport ends dock strike, ferries sail", published=NOW)
    (grown,) = [story for story in cluster([*day, late], memory=memory) if late in story.items]
    assert grown.id == "gone"
    assert {one.id for one in grown.items} == {"i000", "i001", "i002", "i050"}


def test_two_known_stories_stay_apart_and_one_stays_whole(day: list[Item]) -> None:
    memory = Memory(known={"i000": "one", "i001": "two", "i003": "odd", "i006": "odd"})
    found = {story.id: {one.id for one in story.items} for story in cluster(day, memory=memory)}
    assert "i000" in found["one"]
    assert "i001" in found["two"]
    assert {"i003", "i006"} <= found["odd"]


def test_what_every_text_of_other_days_says_joins_nothing() -> None:
    titles = (
        "Breaking news update: ferry sinks",
        "Breaking news update: moon landing",
        "Breaking news update: vote won",
    )
    items = [item(number, title) for number, title in enumerate(titles)]
    common = dict.fromkeys(("breaking", "news", "update"), 900)
    memory = Memory(background={"en": TermCounts(documents=1000, counts=common)})
    assert len(cluster(items, memory=memory)) == 3


def test_the_days_of_a_regatta_are_stories_of_their_own() -> None:
    titles = (
        "Quillport regatta day 2: Kittiwake takes the lead by a nose",
        "Quillport regatta day 3: Kittiwake keeps the lead by a nose",
        "Kittiwake leads the Quillport regatta after day 2",
        "Kittiwake leads the Quillport regatta after day 3",
    )
    stories = cluster([item(number, title) for number, title in enumerate(titles)])
    assert {frozenset(one.id for one in story.items) for story in stories} == {
        frozenset({"i000", "i002"}),
        frozenset({"i001", "i003"}),
    }


def test_the_days_of_a_regatta_stay_apart_on_a_large_day_too() -> None:
    words = ["wind", "fog", "sail", "buoy", "tide", "crew", "mast", "jury", "start", "finish", "protest", "course"]
    regatta = [
        item(
            number, f"Quillport regatta day {number % 2 + 2}: Kittiwake keeps the lead {' '.join(words[number % 7 :])}"
        )
        for number in range(20)
    ]
    found = cluster([*regatta, *Press(seed=5).items(EVERY_PAIR_UP_TO)])
    told = [{int(one.id[1:]) % 2 for one in story.items} for story in found if story.lead in regatta]
    assert sorted(told, key=str) == [{0}, {1}]


def test_the_shipped_table_is_added_to_what_was_learned() -> None:
    start = shipped("en")
    assert start.documents > 10_000
    assert start.counts["president"] > start.counts["minister"]
    learned = Memory(background={"en": TermCounts(documents=7, counts={"minister": 7}), "de": TermCounts(documents=1)})
    together = primed(learned).background
    assert together["en"].documents == start.documents + 7
    assert together["en"].counts["minister"] == start.counts["minister"] + 7
    assert together["de"].documents == 1
    assert shipped("en").counts["minister"] == start.counts["minister"]


def test_a_model_brings_two_languages_together(day: list[Item]) -> None:
    german = item(70, "Hafenstreik beendet, Fähren fahren wieder", language="de")

    def embed(texts: Sequence[str]) -> list[list[float]]:
        places = [("dock", "Hafen"), ("floods", "river"), ("moon",)]
        rows = [[float(any(word in text for word in words)) for words in places] for text in texts]
        return [[value / max(1.0, sum(row) ** 0.5) for value in row] for row in rows]

    (strike,) = [story for story in cluster([*day, german], embed=embed) if day[0] in story.items]
    assert german in strike.items
    assert len(cluster([*day, german])) == 4


def test_a_large_day_is_clustered_from_likely_pairs_as_a_small_one_from_all() -> None:
    items = tuple(Press().items(6_000))
    events: dict[str, set[str]] = {}
    for story in cluster(items):
        for one in story.items:
            events.setdefault(one.id, set()).add(story.id)
    assert len(events) == 6_000
    assert all(len(stories) == 1 for stories in events.values())
    assert len({story for stories in events.values() for story in stories}) < 5_000


any_items = st.lists(
    st.builds(
        item,
        st.integers(0, 400),
        st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join),
        summary=st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join),
        publisher=st.sampled_from(("", "one", "two", "three")),
        language=st.sampled_from(("", "en", "de")),
        published=st.one_of(st.none(), st.integers(-900, 90).map(lambda hours: NOW + timedelta(hours=hours))),
    ),
    max_size=30,
    unique_by=lambda one: one.id,
)


@settings(max_examples=40, deadline=None)
@given(any_items, st.randoms(use_true_random=False))
def test_every_item_ends_in_one_story_whatever_the_order(items: list[Item], chance: random.Random) -> None:
    stories = cluster(items)
    assert sorted(one.id for story in stories for one in story.items) == sorted(one.id for one in items)
    for story in stories:
        assert sorted(one for text in story.texts for one in text) == sorted(one.id for one in story.items)
        assert story.texts[0][0] == story.lead.id
        assert story.id in {one.id for one in story.items}
    shuffled = list(items)
    chance.shuffle(shuffled)
    assert cluster(shuffled) == stories


def test_a_publisher_of_thousands_of_template_headlines_has_a_story_each() -> None:
    many = [item(n, f"Weather forecast for station {n}", publisher="weather") for n in range(5_000)]
    spoken = ["en"] * len(many)
    assert len(list(candidates(day_of(many, spoken)))) <= 10 * len(many)
    assert len(cluster(many)) == len(many)


def test_a_day_in_forty_languages_keeps_them_apart() -> None:
    day = [
        replace(one, language=f"{'xy'[n % 2]}{chr(97 + n % 40 // 2)}") for n, one in enumerate(Press(seed=2).items(400))
    ]
    spoken = {one.id: one.language for one in day}
    stories = cluster(day)
    assert sorted(one.id for story in stories for one in story.items) == sorted(spoken)
    assert all({spoken[one.id] for one in story.items} == {story.language} for story in stories)
