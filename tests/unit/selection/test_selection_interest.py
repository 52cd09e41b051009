"""What a reader follows, in that reader's own line-up."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model.delivery import Told
from digest.model.edition import Echo, Edition, Form, LineUp, Pick
from digest.selection.leftout import left_out
from digest.selection.lineup import Rules, Wish, lifted, lineups
from digest.selection.orders import Orders
from digest.selection.rules import Rule
from digest.selection.score import Weights

Make = Callable[..., Edition]
RULES = Rules(max_stories=3)


def of(edition: Edition, wish: Wish, rules: Rules = RULES) -> list[int]:
    return [pick.index for pick in lineups(edition, (wish,), rules)[0].picks]


@pytest.fixture
def paper(edition: Make) -> Edition:
    """Ten stories, each worth a little less than the one before; what is followed is worth half a point more."""
    told = edition([(f"p{n}", "", 1 - n / 20) for n in range(10)], titles=[f"Harbour {n} opens" for n in range(10)])
    return replace(told, interest=0.5)


def test_a_followed_word_or_source_lifts_the_stories_that_show_it(paper: Edition) -> None:
    assert of(paper, Wish()) == [0, 1, 2]
    assert of(paper, Wish(followed_words=("HARBOUR 8",))) == [8, 0, 1]
    assert of(paper, Wish(followed_sources=(" P9",))) == [9, 0, 1]
    assert of(paper, Wish(followed_words=("8", "arbour"), followed_sources=("p7",))) == [7, 8, 0]


def test_what_all_stories_show_lifts_all_alike(paper: Edition) -> None:
    assert of(paper, Wish(followed_words=("harbour",))) == [0, 1, 2]


def test_a_source_is_followed_into_the_stories_it_does_not_lead(paper: Edition) -> None:
    entry = paper.bench[9]
    other = replace(entry.story.lead, id="other", publisher="bay.example", source="Bay News")
    joined = replace(entry, story=replace(entry.story, items=(*entry.story.items, other)))
    told = replace(paper, bench=(*paper.bench[:9], joined))
    for name in ("Bay News", "BAY.example"):
        assert of(told, Wish(followed_sources=(name,))) == [9, 0, 1]
        assert of(told, Wish(followed_sources=(name,), muted_sources=(name.lower(),))) == [0, 1, 2]


def test_a_headline_beside_a_story_does_not_lift_it(paper: Edition) -> None:
    entry = paper.bench[9]
    beside = replace(entry, related=(replace(entry.story.lead, id="r", title="A comet is seen"),))
    assert of(replace(paper, bench=(*paper.bench[:9], beside)), Wish(followed_words=("comet",))) == [0, 1, 2]
    summed = replace(entry, story=replace(entry.story, summary="Some saw a comet."))
    assert of(replace(paper, bench=(*paper.bench[:9], summed)), Wish(followed_words=("comet",))) == [9, 0, 1]


def test_muting_wins_over_following(paper: Edition) -> None:
    assert of(paper, Wish(followed_words=("8",), muted_words=("8",))) == [0, 1, 2]
    assert of(paper, Wish(followed_words=("8",), muted_sources=("p8",))) == [0, 1, 2]
    assert of(paper, Wish(followed_sources=("p0",), muted_words=("0",))) == [1, 2, 3]


def test_a_follower_is_lifted_by_the_weight_of_interest_and_no_more(paper: Edition) -> None:
    wish = Wish(followed_words=("8",))
    assert of(replace(paper, interest=0.0), wish) == [0, 1, 2]
    assert of(replace(paper, interest=0.1), wish) == [0, 1, 2]
    assert of(replace(paper, interest=0.32), wish) == [0, 1, 8]


def test_of_stories_that_are_worth_nothing_the_followed_comes_first(edition: Make) -> None:
    assert of(replace(edition([("p", "", 0.0), ("q", "", 0.0)]), interest=0.1), Wish(followed_sources=("q",)))[0] == 1


def test_a_followed_source_keeps_to_its_cap(edition: Make) -> None:
    told = edition([*((f"p{n}", "", 0.9) for n in range(9)), *(("loud", "", 0.5) for _ in range(9))])
    chosen = of(replace(told, interest=1.0), Wish(followed_sources=("loud",)), Rules(max_stories=8))
    assert sum(index >= 9 for index in chosen) == Rules().publisher_cap


def test_an_update_of_what_is_followed_is_worth_less_than_news_of_it(edition: Make) -> None:
    got = Told(edition=6, lineup=LineUp(picks=(Pick(index=0, form=Form.LEAD),)).encode())
    echoes = [(Echo(edition=6, index=0, material=True),), (), ()]
    told = replace(edition([("p", "", 0.5), ("p2", "", 0.5), ("r", "", 0.4)], echoes=echoes), interest=0.5)
    wish = Wish(followed_sources=("p", "p2"), told=(got,), max_stories=1)
    assert of(told, wish) == [1]
    assert of(told, replace(wish, followed_sources=("p",))) == [0]


def test_what_lifted_a_story_is_named(paper: Edition) -> None:
    wish = Wish(followed_words=("8", "comet", "harbour 9"), followed_sources=("P9", "p7"), muted_words=("7",))
    assert lifted(paper, wish, RULES) == {"s8": ("8",), "s9": ("harbour 9", "P9")}
    assert lifted(replace(paper, interest=0.0), wish, RULES) == {}
    assert lifted(paper, Wish(), RULES) == {}


def test_what_is_left_out_is_judged_with_what_the_reader_follows(paper: Edition) -> None:
    out = {each.story: each.rule for each in left_out(paper, Wish(followed_words=("8",)), RULES)}
    assert out["s2"] is Rule.CUT
    assert "s8" not in out


def test_the_weight_of_interest_is_in_proportion_to_what_ranks_for_all() -> None:
    assert Weights().lift() == pytest.approx(0.25)
    assert Weights.parse("coverage=3,recency=1,interest=1").lift() == pytest.approx(0.25)
    assert Weights.parse("coverage=1").lift() == 0
    assert Weights(coverage=0, recency=0, source=0, prominence=0, velocity=0).lift() == 0


words = st.sampled_from(("title 1", "title 3", "2", "comet"))
sources = st.sampled_from(("a", "B", "c", "nobody"))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(("", "World", "Sport")), st.floats(0, 2)),
        min_size=1,
        max_size=20,
    ),
    pairs=st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=8),
    interest=st.floats(0, 3),
    count=st.integers(0, 14),
    wish=st.builds(
        Wish,
        sections=st.sampled_from(((), ("World",))),
        muted_words=st.lists(words, max_size=1).map(tuple),
        muted_sources=st.lists(sources, max_size=1).map(tuple),
        followed_words=st.lists(words, max_size=3).map(tuple),
        followed_sources=st.lists(sources, max_size=2).map(tuple),
        told=st.sampled_from(((), (Told(edition=6, lineup=bytes((1,))),))),
    ),
)
def test_following_brings_nothing_that_could_not_come_without_it_and_nothing_alone_changes_nothing(
    edition: Make,
    told: list[tuple[str, str, float]],
    pairs: list[tuple[int, int]],
    interest: float,
    count: int,
    wish: Wish,
) -> None:
    alike = [pair for pair in pairs if max(pair) < len(told) and pair[0] != pair[1]]
    echoes = [(Echo(edition=6, index=1),) if index == 4 else () for index in range(len(told))]
    plain = edition(sorted(told, key=lambda one: -one[2]), alike=alike, echoes=echoes)
    paper = replace(plain, interest=interest)
    rules = Rules(
        max_stories=count,
        max_minutes=3.0,
        orders=Orders(dropped=frozenset({"s2"})),
        lengths=((90, 60, 60, 0),) * len(told),
        limit=400,
    )
    indifferent = replace(wish, followed_words=(), followed_sources=())
    assert of(paper, indifferent, rules) == of(plain, wish, rules)
    chosen = of(paper, wish, rules)
    out = left_out(plain, replace(indifferent, max_stories=99), Rules(orders=rules.orders))
    shut = {one.story for one in out if one.rule in {Rule.MUTED, Rule.TOLD, Rule.DROPPED, Rule.SECTIONS}}
    assert shut.isdisjoint(f"s{index}" for index in chosen)
    assert len(chosen) == len(set(chosen)) <= count
    assert not any(left in chosen and right in chosen for left, right in alike)
    assert sum(plain.bench[index].minutes for index in chosen) <= 3
    (lineup,) = lineups(paper, (wish,), rules)
    assert sum(90 if pick.form is Form.LEAD else 60 for pick in lineup.picks) <= 400
