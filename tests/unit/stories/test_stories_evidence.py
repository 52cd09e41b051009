"""What joins the texts of a story, in words."""

from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model.feed import Item
from digest.model.memory import TermCounts
from digest.model.story import Story
from digest.stories.background import shipped
from digest.stories.evidence import MOST_TEXTS, MOST_WORDS, Dispute, Evidence, evidence

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
NO_WORDS = TermCounts()
STRIKE = (
    "Quillport dock strike ends after nine days",
    "Quillport ferries sail again as dock workers end strike",
    "Dock strike in Quillport is over, union accepts the offer",
)


def story(*told: str | tuple[str, str], copied: int = 0, language: str = "en") -> Story:
    """A story of these headlines (and leads), the first of which has so many copies."""
    pairs = [(each, "") if isinstance(each, str) else each for each in told]
    texts = [
        Item(id=f"i{number}", title=title, summary=lead, publisher=f"p{number}", seen=NOW)
        for number, (title, lead) in enumerate(pairs)
    ]
    spare = [Item(id=f"c{number}", title=pairs[0][0], publisher=f"c{number}", seen=NOW) for number in range(copied)]
    alone = [(item.id,) for item in texts[1:]]
    first = (texts[0].id, *(item.id for item in spare))
    return Story(id="i0", items=(*texts, *spare), texts=(first, *alone), language=language)


def test_words_that_most_texts_share_join_them_the_rarest_first() -> None:
    found = evidence(story(*STRIKE), shipped("en"))
    assert [each.item for each in found] == ["i0", "i1", "i2"]
    assert [each.joined for each in found[:2]] == [("quillport", "dock", "strike")] * 2
    assert found[2].joined == ("dock", "quillport", "strike")
    assert not any(each.against for each in found)


def test_what_is_rare_is_told_by_the_background() -> None:
    usual = TermCounts(documents=100, counts={"quillport": 60, "dock": 30, "strike": 1})
    assert evidence(story(*STRIKE), usual)[0].joined == ("strike", "dock", "quillport")
    assert evidence(story(*STRIKE), NO_WORDS)[1].joined == ("quillport", "dock", "strike")


def test_what_most_texts_say_joins_and_not_what_two_of_many_say() -> None:
    found = evidence(story(*STRIKE, "Quillport dock strike: ferries sail"), NO_WORDS)
    assert found[0].joined == ("quillport", "dock", "strike")
    assert "ferries" not in found[2].joined
    few = evidence(story(*STRIKE, "Dock strike: a union at work", "Dock strike"), NO_WORDS)
    assert few[2].joined == ("dock", "strike", "quillport")


def test_five_words_and_three_figures_are_enough() -> None:
    words = "harbour mayor ferry union walkout island"
    goods = ("boats", "homes", "cars", "cranes")
    first, second = (f"Orle counts {words} {', '.join(f'{n} {each}' for each in goods)}" for n in (12, 15))
    found = evidence(story(first, second), NO_WORDS)[0]
    assert (len(found.joined), len(found.against)) == (5, 3)


def test_a_text_that_shares_nothing_with_most_shows_what_it_shares_with_some() -> None:
    found = evidence(story(*STRIKE, "Ferries to Orle sail on Monday", "A day off"), NO_WORDS)
    assert found[3].joined == ("ferries", "sail")
    assert found[4] == Evidence(item="i4")


def test_a_text_alone_and_its_copies_need_no_evidence() -> None:
    assert evidence(story(STRIKE[0], copied=3), NO_WORDS) == ()
    assert [each.item for each in evidence(story(*STRIKE, copied=3), NO_WORDS)] == ["i0", "i1", "i2"]


def test_figures_join_as_such_and_only_where_they_count_something() -> None:
    told = story("Flood takes 1,200 homes, 14 May 2026", "River: 1200 homes gone on 14 May 2026")
    assert [each.joined for each in evidence(told, shipped("en"))] == [("1200", "homes"), ("1200", "homes")]
    millions = story("Orle pays $2 million in taxes", "Taxes bring Orle $2 million")
    assert evidence(millions, shipped("en"))[0].joined[-1] == "2"


def test_figures_of_one_thing_stand_against_each_other() -> None:
    told = story("Flood in Orle: 12 people missing", "Orle flood leaves 12 people missing", "15 people missing in Orle")
    against = [each.against for each in evidence(told, NO_WORDS)]
    assert against == [(), (), (Dispute(says="15 people", others="12 people"),)]


def test_two_texts_with_two_figures_stand_against_each_other() -> None:
    against = [each.against for each in evidence(story("Orle: 12 people missing", "Orle: 9 people missing"), NO_WORDS)]
    assert against == [
        (Dispute(says="12 people", others="9 people"),),
        (Dispute(says="9 people", others="12 people"),),
    ]


@pytest.mark.timeout(10)
def test_a_story_of_many_figures_is_read_quickly() -> None:
    things = ["".join(letters) for letters in product("abcdefgh", repeat=3)][:190]
    leads = [" ".join(f"{number} {thing}" for thing in things) for number in range(1, MOST_TEXTS + 1)]
    for _ in range(6):
        assert evidence(story(*(("Orle counts", lead) for lead in leads)), NO_WORDS)[0].against


def test_places_in_a_series_stand_against_each_other_but_days_of_the_week_do_not() -> None:
    trial = story(
        "Orle trial, day 2: the pilot speaks", "Pilot speaks on day 2 of Orle trial", "Orle trial, day 3: tears"
    )
    against = [each.against for each in evidence(trial, NO_WORDS)]
    assert against == [(), (), (Dispute(says="day 3", others="day 2"),)]
    sales = story("Orle Yards: sales fall in Q4", "Sales of Orle Yards before Q1")
    assert evidence(sales, NO_WORDS)[0].against == (Dispute(says="q4", others="q1"),)
    foretold = story("Orle votes on Monday, 4 May", "Orle voted on Tuesday, 5 May")
    assert not any(each.against for each in evidence(foretold, NO_WORDS))


def test_no_figure_stands_against_one_that_the_text_knows_too() -> None:
    known = story(
        ("Flood in Orle: 12 people missing", ""),
        ("Orle flood leaves 15 people missing", "Earlier the mayor had spoken of twelve."),
    )
    assert not any(each.against for each in evidence(known, NO_WORDS))
    money = story("Orle pays $3 million for the bridge", "The bridge costs Orle $9 million, or 4 % more")
    assert not any(each.against for each in evidence(money, NO_WORDS))


def test_scripts_without_blanks_are_joined_by_pairs_of_letters() -> None:
    found = evidence(story("港で火災、死亡は15人", "港の火災で死亡、15人", language="ja"), NO_WORDS)
    assert {"火災", "死亡", "15"} <= set(found[0].joined)


def test_of_a_huge_story_a_part_is_read() -> None:
    found = evidence(story(*(f"{STRIKE[0]}, report {number}" for number in range(100))), NO_WORDS)
    assert len(found) == MOST_TEXTS


PIECES = st.sampled_from(
    ("dock", "strike", "Orle", "12 people", "15 people", "nine", "the", "1,200 homes", "橋", "\ud800", ".")
)


@given(st.lists(st.lists(PIECES, max_size=8).map(" ".join), min_size=2, max_size=6))
def test_what_joins_is_said_twice_and_what_stands_against_is_not_said(titles: list[str]) -> None:
    found = evidence(story(*titles), shipped("en"))
    plain = [title.casefold().replace(",", "") for title in titles]
    assert [each.item for each in found] == [f"i{number}" for number in range(len(titles))]
    for own, each in zip(plain, found, strict=True):
        assert len(each.joined) <= MOST_WORDS
        assert all(word in own and sum(word in title for title in plain) > 1 for word in each.joined)
        assert all(one.says in own and one.others not in own for one in each.against)
