"""What is not in a line-up, and by which rule."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model.delivery import Told
from digest.model.edition import BENCH_SIZE, Echo, Edition, Form, LineUp, Pick
from digest.model.feed import Item
from digest.model.story import Story
from digest.selection.leftout import LeftOut, best_first, left_out, off_bench
from digest.selection.lineup import Wish, lineups
from digest.selection.orders import Orders
from digest.selection.rules import Rule, Rules
from digest.selection.score import Weights, score

Make = Callable[..., Edition]


def reasons(edition: Edition, rules: Rules, **wish: object) -> dict[str, tuple[Rule, str]]:
    found = left_out(edition, Wish(**wish), rules)  # type: ignore[arg-type]
    return {one.story: (one.rule, one.about) for one in found}


@pytest.fixture
def plain(edition: Make) -> Edition:
    return edition([(f"p{n}", "", 1 - n / 10) for n in range(4)])


def test_what_is_below_the_cut_is_below_the_cut(plain: Edition) -> None:
    assert reasons(plain, Rules(max_stories=2)) == {"s2": (Rule.CUT, ""), "s3": (Rule.CUT, "")}
    assert reasons(plain, Rules()) == {}


def test_what_a_reader_does_not_want_is_named(edition: Make) -> None:
    got = Told(edition=6, lineup=LineUp(picks=(Pick(index=2, form=Form.LEAD),)).encode())
    told = edition(
        [
            ("Bay News", "World", 1.0),
            ("b", "World", 0.9),
            ("c", "Sport", 0.8),
            ("d", "World", 0.7),
            ("e", "World", 0.6),
        ],
        titles=["Peace", "War again", "Chess", "Rain", "Sun"],
        echoes=[(), (), (), (Echo(edition=6, index=2),), ()],
    )
    assert reasons(
        told, Rules(), sections=("World",), muted_words=("snow", "war"), muted_sources=("bay news",), told=(got,)
    ) == {
        "s0": (Rule.MUTED, "bay news"),
        "s1": (Rule.MUTED, "war"),
        "s2": (Rule.SECTIONS, "Sport"),
        "s3": (Rule.TOLD, "6"),
    }


def test_the_story_that_tells_the_same_event_is_named(edition: Make) -> None:
    told = edition([(f"p{n}", "", 1 - n / 10) for n in range(3)], alike=[(0, 1)])
    assert reasons(told, Rules()) == {"s1": (Rule.EVENT, "Title 0")}


def test_a_cap_is_the_reason_only_for_what_it_kept_out(edition: Make) -> None:
    loud = [("loud", "World", 1 - n / 100) for n in range(6)]
    quiet = [(f"p{n}", ("Sport", "Arts")[n % 2], 0.5) for n in range(8)]
    found = reasons(edition([*loud, *quiet]), Rules(max_stories=8))
    assert [found[f"s{n}"] for n in range(3, 6)] == [(Rule.PUBLISHER, "loud")] * 3
    assert {cause for story, cause in found.items() if story > "s5" or len(story) > 2} <= {(Rule.CUT, "")}
    varied = [(f"v{n}", "World", 1 - n / 100) for n in range(6)]
    found = reasons(edition([*varied, *quiet]), Rules(max_stories=8))
    assert {found[f"s{n}"] for n in range(3, 6)} == {(Rule.SECTION, "World")}


def test_a_cap_that_gave_way_is_not_the_reason(edition: Make) -> None:
    one_feed = [("only", "World", 1 - n / 1000) for n in range(6)] + [("only", "Sport", 0.1)] * 5
    found = reasons(edition(one_feed), Rules(max_stories=8, section_cap=0.5))
    assert [found[f"s{n}"] for n in (4, 5)] == [(Rule.SECTION, "World")] * 2
    assert found["s10"] == (Rule.CUT, "")


def test_what_only_a_pinned_story_came_before_was_kept_out_by_no_cap(edition: Make) -> None:
    loud = edition([("loud", "", 1 - n / 100) for n in range(4)] + [("weak", "", 0.1)])
    orders = Orders(pinned=frozenset({"s1", "s2", "s3", "s4"}))
    found = reasons(loud, Rules(max_stories=4, orders=orders))
    assert found == {"s0": (Rule.CUT, "")}
    no_room = Rules(max_stories=4, orders=orders, lengths=((9, 9, 9, 0),) * 4 + ((99, 99, 99, 0),), limit=90)
    assert reasons(loud, no_room) == {"s4": (Rule.SIZE, "")}


def test_size_and_minutes_are_reasons(plain: Edition) -> None:
    small = Rules(frame=10, lengths=((20, 20, 20, 0),) * 4, limit=50)
    assert reasons(plain, small) == {"s2": (Rule.SIZE, ""), "s3": (Rule.SIZE, "")}
    long = Rules(lengths=((9, 9, 9, 0), (99, 99, 99, 0), (9, 9, 9, 0), (9, 9, 9, 0)), limit=50)
    assert reasons(plain, long) == {"s1": (Rule.SIZE, "")}
    assert reasons(plain, Rules(max_minutes=1.0)) == {"s2": (Rule.MINUTES, ""), "s3": (Rule.MINUTES, "")}


def test_what_the_editor_dropped_after_the_cut_is_named(plain: Edition) -> None:
    assert reasons(plain, Rules(orders=Orders(dropped=frozenset({"s1"})))) == {"s1": (Rule.DROPPED, "")}


def test_what_never_had_a_seat_has_its_reason_too(
    item: Callable[..., Item], story: Callable[..., Story], edition: Make, now: datetime
) -> None:
    stories = (
        story(item("s0")),
        story(item("weak")),
        story(item("old", published=now - timedelta(days=2))),
        story(item("bad", title="The lottery")),
    )
    scores = score(stories, now=now, weights=Weights())
    orders = Orders(blocked_words=("lottery",))
    found = off_bench(stories, scores, edition([("p", "", 1.0)]), orders)
    assert {one.story: one.rule for one in found} == {"weak": Rule.SEATS, "old": Rule.OLD, "bad": Rule.BLOCKED}
    ordered = best_first(found)
    assert [one.score for one in ordered] == sorted((one.score for one in found), reverse=True)


def test_every_rule_has_a_sentence() -> None:
    said = {LeftOut(story="s", headline="h", score=0.5, rule=rule, about="Bay News").because for rule in Rule}
    assert len(said) == len(Rule)
    assert f"not among the best {BENCH_SIZE}" in said
    assert "“Bay News” is muted" in said


stories = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(("", "World", "Sport")), st.floats(0, 2)), max_size=20
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=stories,
    pairs=st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=8),
    count=st.integers(0, 14),
    minutes=st.sampled_from((None, 0.2, 2.0)),
    wish=st.builds(
        Wish,
        sections=st.sampled_from(((), ("World",))),
        muted_words=st.sampled_from(((), ("title 3",))),
        muted_sources=st.sampled_from(((), ("a",))),
    ),
    limit=st.sampled_from((90_000, 400)),
)
def test_every_story_is_in_the_line_up_or_left_out_by_one_rule(
    edition: Make,
    told: list[tuple[str, str, float]],
    pairs: list[tuple[int, int]],
    count: int,
    minutes: float | None,
    wish: Wish,
    limit: int,
) -> None:
    alike = [pair for pair in pairs if max(pair) < len(told) and pair[0] != pair[1]]
    paper = edition(sorted(told, key=lambda one: -one[2]), alike=alike)
    pinned = Orders(pinned=frozenset({"s1"}), dropped=frozenset({"s2"}))
    rules = Rules(
        max_stories=count, max_minutes=minutes, orders=pinned, lengths=((90, 60, 60, 0),) * len(told), limit=limit
    )
    (lineup,) = lineups(paper, (wish,), rules)
    shown = {f"s{pick.index}" for pick in lineup.picks}
    out = [one.story for one in left_out(paper, wish, rules)]
    assert len(out) == len(set(out))
    assert shown.isdisjoint(out)
    assert shown | set(out) == {entry.story.id for entry in paper.bench}
