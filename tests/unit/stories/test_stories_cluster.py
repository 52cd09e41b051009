"""Items in, stories out."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model.feed import Item
from digest.stories.cluster import cluster
from digest.stories.cut import bars_for
from digest.stories.similarity import likeness

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


def test_a_larger_day_is_cut_tighter() -> None:
    assert bars_for(20_000)[0] > bars_for(2_000)[0]
    assert bars_for(20_000)[-1] > bars_for(2_000)[-1]
    assert bars_for(10**9)
    assert len(bars_for(5)) == 1


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
