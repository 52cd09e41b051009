"""Who gets which stories."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model.delivery import Told
from digest.model.edition import Echo, Edition, Form, LineUp, Pick
from digest.model.story import KeyPoint
from digest.selection.lineup import Rules, Wish, lineups
from digest.selection.orders import Orders

Make = Callable[..., Edition]
RULES = Rules(max_stories=5)


def indices(lineup: LineUp) -> list[int]:
    return [pick.index for pick in lineup.picks]


def of(edition: Edition, wish: Wish = Wish(), rules: Rules = RULES) -> list[int]:  # noqa: B008 - a frozen value
    return indices(lineups(edition, (wish,), rules)[0])


@pytest.fixture
def varied(edition: Make) -> Edition:
    sections = ("World", "Sport", "Arts")
    return edition([(f"p{n}", sections[n % 3], 1 - n / 100) for n in range(24)], sections=("Arts", "Sport", "World"))


def test_the_best_lead_and_the_rest_follow_by_section(varied: Edition) -> None:
    (lineup,) = lineups(varied, (Wish(),), Rules(max_stories=9))
    assert [pick.form for pick in lineup.picks] == [Form.LEAD] * 3 + [Form.COMPACT] * 6
    assert lineup.picks[0].index == 0
    assert [varied.bench[pick.index].section for pick in lineup.picks[3:]] == sorted(
        varied.bench[pick.index].section for pick in lineup.picks[3:]
    )


def test_a_reader_gets_their_sections_in_their_order(varied: Edition) -> None:
    chosen = of(varied, Wish(sections=("World", "Arts")), Rules(max_stories=8))
    sections = [varied.bench[index].section for index in chosen]
    assert set(sections) == {"World", "Arts"}
    assert sections[3:] == sorted(sections[3:], reverse=True)
    assert of(varied, Wish(sections=("Chess",))) == []


def test_muted_words_hide_stories_at_word_borders_whatever_the_case(edition: Make) -> None:
    told = edition(
        [(f"p{n}", "", 1 - n / 10) for n in range(4)],
        titles=["War of the ROSES ends", "Warm days ahead", "The Straße reopens", "橋が開通"],
    )
    assert of(told, Wish(muted_words=("war",))) == [1, 2, 3]
    assert of(told, Wish(muted_words=("of the roses",))) == [1, 2, 3]
    assert of(told, Wish(muted_words=("STRASSE",))) == [0, 1, 3]
    assert of(told, Wish(muted_words=("開通", ""))) == [0, 1, 2]


def test_a_muted_word_is_a_whole_one_in_scripts_that_write_signs_on_letters(edition: Make) -> None:
    told = edition([(f"p{n}", "", 1 - n / 10) for n in range(4)], titles=["जागो भारत", "जंग टली", "เดือนดาว", "ข่าวดี"])
    assert of(told, Wish(muted_words=("जंग",))) == [0, 2, 3]
    assert of(told, Wish(muted_words=("ดี",))) == [0, 1, 2]


def test_a_muted_phrase_does_not_span_two_texts(edition: Make) -> None:
    paper = edition([("p", "", 1.0)], titles=["The visit was royal"])
    entry = replace(paper.bench[0], news="Wedding bells ring.")
    entry = replace(entry, story=replace(entry.story, summary="Wedding bells ring."))
    assert of(replace(paper, bench=(entry,)), Wish(muted_words=("royal wedding",))) == [0]
    assert of(replace(paper, bench=(entry,)), Wish(muted_words=("wedding bells",))) == []


def test_muted_words_are_looked_for_in_all_that_is_shown(edition: Make) -> None:
    paper = edition([("p", "", 1.0), ("q", "", 0.9), ("r", "", 0.8)])
    first, second, third = paper.bench
    news = replace(first, news="A comet was seen.")
    points = replace(second, story=replace(second.story, points=(KeyPoint(text="It has a comet’s tail.", item="s1"),)))
    assert of(replace(paper, bench=(news, points, third)), Wish(muted_words=("comet",))) == [2]


def test_a_muted_source_takes_the_stories_it_leads(edition: Make) -> None:
    told = edition([("Bay News", "", 1.0), ("Isle Post", "", 0.9)])
    assert of(told, Wish(muted_sources=("bay news ",))) == [1]


def test_what_a_reader_was_told_is_not_told_again(edition: Make) -> None:
    told = edition([("p", "", 1.0), ("q", "", 0.9)], echoes=[(Echo(edition=6, index=2),), ()])
    got = LineUp(picks=(Pick(index=2, form=Form.LEAD),)).encode()
    assert of(told, Wish(told=(Told(edition=6, lineup=got),))) == [1]


def got(edition: int, *indices: int) -> Told:
    """A line-up of an earlier edition that a reader got."""
    return Told(edition=edition, lineup=LineUp(picks=tuple(Pick(index=n, form=Form.UPDATE) for n in indices)).encode())


def test_news_of_what_a_reader_was_told_comes_as_an_update_and_never_in_full(edition: Make) -> None:
    echo = Echo(edition=6, index=2, material=True)
    paper = edition([(f"p{n}", "", 1 - n / 100) for n in range(5)], echoes=[(echo,), (), (), (), ()])
    (new, told) = lineups(paper, (Wish(), Wish(told=(got(6, 2),))), RULES)
    assert new.picks[0] == Pick(index=0, form=Form.LEAD)
    assert [pick.index for pick in told.picks if pick.form is Form.LEAD] == [1, 2, 3]
    assert {pick.index: pick.form for pick in told.picks[3:]} == {0: Form.UPDATE, 4: Form.COMPACT}
    assert LineUp.decode(told.encode()) == told
    (alone,) = lineups(edition([("p", "", 1.0)], echoes=[(echo,)]), (Wish(told=(got(6, 2),)),), RULES)
    assert alone.picks == (Pick(index=0, form=Form.UPDATE),)


def test_the_last_that_a_reader_was_told_decides_whether_there_is_news(edition: Make) -> None:
    places = (Echo(edition=5, index=1, material=True), Echo(edition=6, index=2))
    paper = edition([("p", "", 1.0)], echoes=[places])
    for told, expected in (
        ((got(5, 1),), [0]),
        ((got(5, 1), got(6, 2)), []),
        ((got(6, 2), got(5, 1)), []),
        ((got(5, 1), got(6, 3)), [0]),
    ):
        assert of(paper, Wish(told=told)) == expected


def test_an_update_is_worth_less_to_who_was_told_the_story(edition: Make) -> None:
    echoes = [(Echo(edition=6, index=0, material=True),), (), ()]
    paper = edition([("p", "", 1.0), ("q", "", 0.7), ("r", "", 0.5)], echoes=echoes)
    assert of(paper, Wish(max_stories=1)) == [0]
    assert of(paper, Wish(max_stories=1, told=(got(6, 0),))) == [1]
    assert sorted(of(paper, Wish(max_stories=2, told=(got(6, 0),)))) == [0, 1]


def test_an_update_takes_its_own_room_and_leaves_the_leads_to_others(edition: Make) -> None:
    material = (Echo(edition=6, index=0, material=True),)
    paper = edition([(f"p{n}", "", 1.0) for n in range(4)], echoes=[material] * 4)
    rules = Rules(max_stories=4, leads=1, lengths=((400, 100, 150, 0),) * 4, limit=450)
    assert len(of(paper, Wish(told=(got(6, 0),)), rules)) == 3
    (new,) = lineups(paper, (Wish(),), rules)
    assert [pick.form for pick in new.picks] == [Form.COMPACT] * 4
    mixed = edition([("a", "", 1.0), ("b", "", 0.1), ("c", "", 0.05)], echoes=[material, (), ()])
    (lineup,) = lineups(mixed, (Wish(told=(got(6, 0),)),), replace(rules, lengths=rules.lengths[:3], limit=650))
    assert [(pick.index, pick.form) for pick in lineup.picks] == [
        (1, Form.LEAD),
        (0, Form.UPDATE),
        (2, Form.COMPACT),
    ]


def test_one_event_is_told_once(edition: Make) -> None:
    told = edition([(f"p{n}", "", 1 - n / 10) for n in range(4)], alike=[(0, 1), (1, 2)])
    assert of(told) == [0, 2, 3]


def test_what_differs_from_what_is_taken_comes_before_what_is_worth_a_little_more(edition: Make) -> None:
    told = [("p", "", 1.0), ("q", "", 0.95), ("r", "", 0.92)]
    assert of(edition(told), Wish(max_stories=2)) == [0, 1]
    near = np.eye(3)
    near[0, 1] = near[1, 0] = 0.2
    akin = replace(edition(told), likeness=(near * 255).astype(np.uint8).tobytes())
    one_section = edition([("p", "World", 1.0), ("q", "World", 0.95), ("r", "Sport", 0.92)])
    one_publisher = edition([("p", "", 1.0), ("p", "", 0.95), ("r", "", 0.92)])
    for paper in (akin, one_section, one_publisher):
        assert of(paper, Wish(max_stories=2), Rules(section_cap=1.0)) == [0, 2]
        assert of(paper, Wish(max_stories=2), Rules(section_cap=1.0, relevance=1.0)) == [0, 1]


def test_no_publisher_and_no_section_takes_over(edition: Make) -> None:
    loud = [("loud", "World", 1 - n / 1000) for n in range(20)]
    quiet = [(f"p{n}", ("Sport", "Arts", "Home")[n % 3], 0.3) for n in range(20)]
    chosen = of(edition([*loud, *quiet]), rules=Rules(max_stories=10))
    publishers = Counter("loud" if index < 20 else index for index in chosen)
    assert len(chosen) == 10
    assert publishers["loud"] <= 3


def test_caps_give_way_before_a_paper_stays_empty(edition: Make) -> None:
    one_feed = edition([("only", "World", 1 - n / 100) for n in range(20)])
    assert len(of(one_feed, rules=Rules(max_stories=12))) == 12


def test_where_a_publishers_cap_gives_way_the_sections_share_still_holds(edition: Make) -> None:
    one_feed = [("only", "World", 1 - n / 1000) for n in range(9)] + [("only", "Sport", 0.1)] * 9
    chosen = of(edition(one_feed), rules=Rules(max_stories=10, section_cap=0.5))
    assert Counter("World" if index < 9 else "Sport" for index in chosen) == {"World": 5, "Sport": 5}


def test_a_reader_chooses_how_many(varied: Edition) -> None:
    assert [len(of(varied, Wish(max_stories=count))) for count in (0, 1, 4, 99)] == [0, 1, 4, 24]


def test_a_mail_stays_within_its_size_and_gives_way_from_the_end(varied: Edition) -> None:
    wanted = of(varied, rules=Rules(max_stories=12))
    rules = Rules(max_stories=12, frame=1000, lengths=((400, 100, 100, 50),) * 24, limit=2600)
    (lineup,) = lineups(varied, (Wish(),), rules)
    assert indices(lineup) == wanted
    assert [pick.form for pick in lineup.picks] == [Form.LEAD] + [Form.COMPACT] * 11
    assert all(pick.bare for pick in lineup.picks)
    assert of(varied, rules=replace(rules, limit=1700)) == wanted[:7]
    assert of(varied, rules=replace(rules, limit=1099)) == []


def test_a_story_too_large_for_any_mail_leaves_its_place_to_the_next(varied: Edition) -> None:
    rules = Rules(max_stories=3, lengths=((9, 99, 9, 0), *((9, 9, 9, 0),) * 23), limit=60)
    assert of(varied, rules=rules) == of(varied, rules=Rules(max_stories=3, orders=Orders(dropped=frozenset({"s0"}))))


def test_a_paper_stays_within_its_reading_time_with_one_story_at_least(varied: Edition) -> None:
    assert all(entry.minutes == 0.5 for entry in varied.bench)
    assert len(of(varied, rules=Rules(max_minutes=3.0))) == 6
    assert len(of(varied, rules=Rules(max_minutes=0.1))) == 1
    assert len(of(varied, rules=Rules(max_minutes=3.0, max_stories=2))) == 2
    assert len(of(varied, Wish(max_minutes=1.5), Rules(max_minutes=3.0))) == 3


def test_what_is_pinned_comes_first_whatever_the_caps(varied: Edition) -> None:
    titled = Orders(pinned_words=("title 20",), pinned_sources=("P17",), pinned=frozenset({"s22", "s19"}))
    assert of(varied, rules=Rules(max_stories=5, orders=titled))[:3] == [17, 19, 20]
    assert {17, 19, 20, 22} < set(of(varied, rules=Rules(max_stories=5, orders=titled)))
    assert set(of(varied, rules=Rules(max_stories=2, orders=titled))) == {17, 19}


def test_a_pin_respects_a_reader_and_one_event_is_told_once_all_the_same(edition: Make) -> None:
    told = edition([(f"p{n}", "", 1 - n / 10) for n in range(4)], alike=[(2, 3)])
    pinned = Rules(max_stories=2, orders=Orders(pinned=frozenset({"s2", "s3"})))
    assert of(told, rules=pinned) == [2, 0]
    assert of(told, Wish(muted_words=("title 2",)), pinned) == [3, 0]


def test_what_is_dropped_comes_to_nobody_even_if_it_is_pinned(varied: Edition) -> None:
    orders = Orders(dropped=frozenset({"s0"}), pinned=frozenset({"s0"}))
    assert 0 not in of(varied, rules=Rules(max_stories=24, orders=orders))


def test_an_empty_bench_gives_empty_line_ups(edition: Make) -> None:
    assert lineups(edition([]), (Wish(), Wish(max_stories=3)), RULES) == (LineUp(), LineUp())
    assert lineups(edition([("p", "", 1.0)]), (), RULES) == ()


def test_everybody_gets_what_they_would_get_alone(varied: Edition) -> None:
    wishes = [
        Wish(max_stories=count, sections=sections, muted_words=("3",) * (count % 2))
        for count in range(1, 9)
        for sections in ((), ("Arts",), ("World", "Sport"))
    ] * 2
    together = lineups(varied, wishes, RULES)
    assert [indices(one) for one in together] == [of(varied, wish) for wish in wishes]


stories = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(("", "World", "Sport")), st.floats(0, 2)), max_size=30
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=stories,
    pairs=st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=12),
    count=st.integers(0, 14),
    sections=st.sampled_from(((), ("World",), ("Sport", "World"))),
)
def test_never_too_many_never_twice_never_one_event_twice(
    edition: Make,
    told: list[tuple[str, str, float]],
    pairs: list[tuple[int, int]],
    count: int,
    sections: tuple[str, ...],
) -> None:
    alike = [pair for pair in pairs if max(pair) < len(told) and pair[0] != pair[1]]
    paper = edition(sorted(told, key=lambda one: -one[2]), alike=alike)
    (lineup,) = lineups(paper, (Wish(sections=sections, max_stories=count),), RULES)
    chosen = indices(lineup)
    assert len(chosen) == len(set(chosen)) <= count
    assert not any(left in chosen and right in chosen for left, right in alike)
    assert all(not sections or paper.bench[index].section in sections for index in chosen)
    assert LineUp.decode(lineup.encode()) == lineup


places = st.tuples(st.integers(1, 3), st.integers(0, 3), st.booleans())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    echoes=st.lists(st.lists(places, max_size=3, unique_by=lambda place: place[0]), min_size=1, max_size=12),
    papers=st.lists(st.tuples(st.integers(1, 3), st.sets(st.integers(0, 3))), max_size=3, unique_by=lambda one: one[0]),
    leads=st.integers(0, 3),
)
def test_a_reader_is_never_told_again_what_they_were_told_unless_it_is_an_update(
    edition: Make,
    echoes: list[list[tuple[int, int, bool]]],
    papers: list[tuple[int, set[int]]],
    leads: int,
) -> None:
    paper = edition(
        [(f"p{n}", "", 1.0) for n in range(len(echoes))],
        echoes=[tuple(Echo(edition=e, index=i, material=m) for e, i, m in mine) for mine in echoes],
    )
    wish = Wish(max_stories=99, told=tuple(got(number, *sorted(indices)) for number, indices in papers))
    (lineup,) = lineups(paper, (wish,), Rules(leads=leads))
    shown = {pick.index: pick.form for pick in lineup.picks}
    for index, mine in enumerate(echoes):
        told = [place for place in mine if (place[0], place[1]) in {(n, i) for n, all_of in papers for i in all_of}]
        if told:
            assert shown.get(index) == (Form.UPDATE if max(told)[2] else None)
        else:
            assert shown[index] in {Form.LEAD, Form.COMPACT}
