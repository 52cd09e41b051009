"""What is news to somebody who was told the story before."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.daily import reading
from digest.model.edition import BenchStory, Echo, Edition
from digest.model.feed import Item
from digest.model.story import Score, Story
from digest.selection.novelty import Novelty, novelties, showable

MakeItem = Callable[..., Item]
Make = Callable[..., Story]
Paper = Callable[..., Edition]

FIRST = "Twelve boats burnt in the harbour of Westhaven on Monday. The fire brigade came within 9 minutes."
AGAIN = "In the harbour of Westhaven, boats burnt on Tuesday night. The brigade was there within 9 minutes."


@pytest.fixture
def paper(now: datetime) -> Paper:
    """An edition of these stories, which may echo earlier ones."""

    def make(number: int, *stories: Story, echoes: tuple[Echo, ...] = ()) -> Edition:
        worth = Score(total=1.0, terms=(), why="")
        bench = tuple(BenchStory(story=told, score=worth, echoes=echoes) for told in stories)
        return Edition(number=number, date=date(2026, 11, 21), cut_at=now, title="The Bay Daily", bench=bench)

    return make


@pytest.fixture
def fire(item: MakeItem) -> Item:
    """What the paper told first."""
    return item("fire", title="Boats burn in Westhaven harbour", summary=FIRST, publisher="bay.example")


def since(earlier: Edition, *stories: Story) -> Novelty:
    """What is new of the first of today's stories."""
    return novelties(stories, (earlier,), reading())[0]


def test_a_story_never_told_has_neither_echoes_nor_news(fire: Item, item: MakeItem, story: Make, paper: Paper) -> None:
    assert since(paper(1, story(item("other"))), story(fire)) == Novelty()


def test_a_figure_that_two_publishers_state_is_news_in_the_sentence_that_states_it(
    fire: Item, item: MakeItem, story: Make, paper: Paper
) -> None:
    dead = "Police were on the quay all night. Three days later 15 people are missing, police said."
    more = item("more", title="Search goes on after fire", summary=dead, publisher="isle.example")
    toll = item("toll", title="Harbour fire: 15 missing", summary="", publisher="north.example")
    found = since(paper(1, story(fire)), story(fire, more, toll))
    assert found.echoes == (Echo(edition=1, index=0, material=True),)
    assert found.news == "Three days later 15 people are missing, police said."


@pytest.mark.parametrize(
    ("language", "said", "news"),
    [
        ("en", ("Investigators have named Ana Ortiz.", "The yard belongs to Ana Ortiz, they say."), True),
        ("en", ("Police In Westhaven Question Ana Ortiz", "Police Ask Ana Ortiz Again Over Harbour Fire"), False),
        ("en", ("The yard reopens on Friday.", "On Friday the yard will open."), False),
        ("en", ("It was the worst fire since 1987.", "Not since 1987 has there been such a fire."), False),
        ("en", ("At 10:30 the last boat sank.", "The last boat sank at 10:30."), False),
        ("en", ("The loss is put at €4.5 million.", "Some 4.5 million are lost."), True),
        ("de", ("Verdächtig ist Peter Ahrens, hieß es.", "Die Werft gehört Peter Ahrens."), True),
        ("de", ("Der Schaden ist groß, sagt die Werft.", "Ein Schaden für die Werft, sagt man."), False),
        ("ja", ("火災で15人が行方不明。", "不明者は15人。"), True),
        ("ja", ("警察は放火の疑いで船員を逮捕した。", "放火の疑いで船員を逮捕。"), True),
        ("ja", ("警察が会見を開いた。", "警察、会見で説明。"), False),
        ("fr", ("La police a entendu l’armateur Delcourt.", "Selon elle, Delcourt était à bord."), True),
    ],
)
def test_new_names_and_figures_are_news_and_dates_and_common_nouns_are_not(
    language: str, said: tuple[str, str], news: bool, fire: Item, item: MakeItem, story: Make, paper: Paper
) -> None:
    told = replace(story(fire), language=language)
    one = item("one", title="Harbour", summary=said[0], publisher="isle.example")
    two = item("two", title="Harbour", summary=said[1], publisher="north.example")
    today = replace(story(fire, one, two), language=language)
    assert since(paper(1, told), today).echoes[0].material is news


def test_what_one_publisher_alone_states_is_no_news_yet(fire: Item, item: MakeItem, story: Make, paper: Paper) -> None:
    copies = [
        item(f"c{n}", title=f"Harbour fire {'again ' * n}", summary="There are 15 people missing.", publisher="isle")
        for n in range(3)
    ]
    found = since(paper(1, story(fire)), story(fire, *copies))
    assert found == Novelty(echoes=(Echo(edition=1, index=0),))


def test_old_text_in_other_words_and_copies_of_it_are_no_news(
    fire: Item, item: MakeItem, story: Make, paper: Paper
) -> None:
    copies = [replace(fire, id=f"copy{n}", publisher=f"press{n}.example") for n in range(2)]
    reworded = [item(f"again{n}", title="Fire", summary=AGAIN, publisher=f"more{n}.example") for n in range(2)]
    found = since(paper(1, story(fire)), story(fire, *copies, *reworded))
    assert found == Novelty(echoes=(Echo(edition=1, index=0),))


def test_an_item_that_its_publisher_rewrote_can_bring_news(
    fire: Item, item: MakeItem, story: Make, paper: Paper
) -> None:
    other = item("other", title="Boats burn", summary="Boats burn.", publisher="isle.example")
    grown = [replace(each, summary=f"{each.summary} A reward of $900 is offered.") for each in (fire, other)]
    found = since(paper(1, story(fire, other)), story(*grown))
    assert found.news == "A reward of $900 is offered."


@pytest.mark.parametrize(("before", "now_told", "news"), [(2, 9, True), (2, 5, False), (6, 11, False), (6, 12, True)])
def test_a_story_is_news_again_when_twice_and_five_more_publishers_tell_it(
    before: int, now_told: int, news: bool, item: MakeItem, story: Make, paper: Paper
) -> None:
    items = [item(f"a{n}", title="Boats burn", summary="Boats burn.", publisher=f"p{n}") for n in range(now_told)]
    found = since(paper(1, story(*items[:before])), story(*items))
    assert found == Novelty(echoes=(Echo(edition=1, index=0, material=news),))


SENTENCES = (
    FIRST,
    AGAIN,
    "Now 15 people are missing.",
    "The yard belongs to Ana Ortiz.",
    "The loss is put at €4 million.",
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4),
    again=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=4),
    order=st.randoms(use_true_random=False),
)
def test_the_same_sentences_by_others_in_any_order_are_never_news(
    told: list[str], again: list[tuple[int, int]], order: Random, item: MakeItem, story: Make, paper: Paper
) -> None:
    first = [item(f"a{n}", title="Fire", summary=text, publisher=f"p{n}") for n, text in enumerate(told)]
    copies = [
        item(f"b{n}", title="Fire", summary=f"{told[i % len(told)]} {told[j % len(told)]}", publisher=f"q{n}")
        for n, (i, j) in enumerate(again)
    ]
    items = [*first, *copies]
    order.shuffle(items)
    found = since(paper(1, story(*first)), story(*items))
    assert found == Novelty(echoes=(Echo(edition=1, index=0),))


def test_an_update_once_told_is_news_no_more_but_still_is_to_who_missed_it(
    fire: Item, item: MakeItem, story: Make, paper: Paper
) -> None:
    more = [item(f"m{n}", title="Fire", summary="Now 15 people are missing.", publisher=f"p{n}") for n in range(2)]
    today = story(fire, *more)
    editions = (paper(1, story(fire)), paper(2, today, echoes=(Echo(edition=1, index=0, material=True),)))
    (found,) = novelties((today,), editions, reading())
    assert found.echoes == (Echo(edition=1, index=0, material=True), Echo(edition=2, index=0))
    assert found.news == "Now 15 people are missing."


def test_a_running_story_remembers_what_it_was_told_as_when_those_items_are_gone(
    fire: Item, item: MakeItem, story: Make, paper: Paper
) -> None:
    middle, last = item("middle", summary=AGAIN), item("last", summary=AGAIN)
    second = paper(2, story(fire, middle), echoes=(Echo(edition=1, index=0),))
    (found,) = novelties((story(middle, last),), (paper(1, story(fire)), second), reading())
    assert [echo.edition for echo in found.echoes] == [1, 2]
    assert not any(echo.material for echo in found.echoes)


def test_two_stories_that_became_one_are_no_news_to_each_other(
    fire: Item, item: MakeItem, story: Make, paper: Paper
) -> None:
    others = [item(f"o{n}", summary="The 40 crews of NordBeam are on strike.", publisher=f"p{n}") for n in range(2)]
    found = since(paper(1, story(fire), story(*others)), story(fire, *others))
    assert found.echoes == (Echo(edition=1, index=0), Echo(edition=1, index=1))


def test_a_name_that_half_the_day_says_is_no_news_of_one_story(
    fire: Item, item: MakeItem, story: Make, paper: Paper
) -> None:
    said = "The report comes from Talland Wire."
    more = [item(f"m{n}", title="Fire", summary=said, publisher=f"p{n}") for n in range(2)]
    day = [story(item(f"d{n}", title="Another thing", summary=said)) for n in range(5)]
    assert since(paper(1, story(fire)), story(fire, *more)).echoes[0].material
    assert not since(paper(1, story(fire)), story(fire, *more), *day).echoes[0].material


def test_the_sentence_is_whole_and_not_the_headline_again(
    fire: Item, item: MakeItem, story: Make, paper: Paper
) -> None:
    told = story(fire)
    headline = "Now 15 people are missing in the harbour"
    again = [
        item("x", title=headline, summary=f"{headline}. Some 15 …", publisher="p0", weight=0.5),
        item("y", title="Search", summary="Divers looked for 15 people until it was dark.", publisher="p1"),
    ]
    assert since(paper(1, told), story(replace(fire, title=headline), *again)).news == (
        "Divers looked for 15 people until it was dark."
    )
    only = [item(f"z{n}", title=headline, publisher=f"p{n}") for n in range(2)]
    found = since(paper(1, told), story(replace(fire, title=headline), *only))
    assert (found.echoes[0].material, found.news) == (True, "")


@pytest.mark.parametrize(
    ("passage", "whole"),
    [
        ("„Es fehlen 15 Leute“, sagte die Polizei.", True),
        ("”Det saknas 15 personer”, sade polisen.", True),
        ("“There are 15 missing,” the police said.", True),
        ("“There are 15 missing, and we look on.", False),
        ('"There are 15 missing, and we look on.', False),
        ("Police (of Westhaven said so.", False),
    ],
)
def test_a_sentence_with_half_a_quotation_does_not_stand_alone(passage: str, whole: bool) -> None:
    assert showable(passage, "Boats burn") is whole
