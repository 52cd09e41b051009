"""Which story an editor means."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from digest.errors import Conflict, NotFound
from digest.model.edition import BenchStory, Edition, Form, LineUp, Pick
from digest.model.feed import Item
from digest.model.story import Score, Story
from digest.newsroom.naming import one

NOW = datetime(2026, 3, 12, 6, tzinfo=UTC)


def entry(name: str, *titles: str) -> BenchStory:
    items = tuple(
        Item(id=f"{name}{place}", title=title, url=f"https://press.example/{name}/{place}", seen=NOW)
        for place, title in enumerate(titles)
    )
    story = Story(id=items[0].id, items=items, texts=tuple((item.id,) for item in items))
    return BenchStory(story=story, score=Score(total=1.0, terms=(), why=""))


@pytest.fixture
def paper() -> Edition:
    bench = (
        entry("a", "Ferry runs again", "The ferry is back"),
        entry("b", "Bridge of 2 spans opens"),
        entry("c", "Bridge tolls rise"),
    )
    lineup = LineUp(picks=(Pick(index=2, form=Form.LEAD), Pick(index=0, form=Form.COMPACT)))
    return Edition(number=4, date=date(2026, 3, 12), cut_at=NOW, title="", bench=bench, lineup=lineup)


@pytest.mark.parametrize(
    ("words", "story"),
    [
        ("a0", "a0"),
        ("a1", "a0"),
        ("https://press.example/b/0", "b0"),
        ("1", "c0"),
        (" 2 ", "a0"),
        ("FERRY IS", "a0"),
        ("opens", "b0"),
    ],
)
def test_a_story_is_named_by_id_address_place_or_words(paper: Edition, words: str, story: str) -> None:
    assert one(words, paper).id == story


def test_an_id_that_is_a_number_is_the_id(paper: Edition) -> None:
    renamed = replace(paper.bench[1], story=replace(paper.bench[1].story, id="1"))
    assert one("1", replace(paper, bench=(paper.bench[0], renamed, paper.bench[2]))).id == "1"


@pytest.mark.parametrize("words", ["", "  ", "3", "0", "-1", "lottery", "²", "9" * 5000])
def test_what_names_none_is_not_found(paper: Edition, words: str) -> None:
    with pytest.raises(NotFound, match="edition 4 has no story"):
        one(words, paper)


def test_words_that_mean_several_name_them(paper: Edition) -> None:
    with pytest.raises(Conflict, match="means 2 stories of edition 4: b0 “Bridge of 2 spans opens”, c0 “Bridge tolls"):
        one("bridge", paper)
    crowd = replace(paper, bench=tuple(entry(name, "Same again") for name in "abcdefgh"))
    with pytest.raises(Conflict, match=r"means 8 stories .*f0 “Same again”, …$"):
        one("same", crowd)
