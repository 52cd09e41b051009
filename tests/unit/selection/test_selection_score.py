"""What a story is worth, and why."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.errors import UsageError
from digest.model.feed import Item
from digest.model.story import Reason, Score, Story
from digest.selection.score import Weights, fitting, score

Make = Callable[..., Story]
MakeItem = Callable[..., Item]


def term(worth: Score, name: str) -> float:
    return next(one.value for one in worth.terms if one.name == name)


def alone(story: Story, now: datetime) -> Score:
    return score((story,), now=now, weights=Weights())[0]


def test_more_publishers_cover_more_but_their_items_do_not(item: MakeItem, story: Make, now: datetime) -> None:
    three = story(*(item(f"a{n}", publisher=f"p{n}") for n in range(3)))
    chatty = story(*(item(f"b{n}", publisher="p") for n in range(9)))
    one = story(item("c", publisher="p"))
    by_three, by_chatty, by_one = (
        term(worth, "coverage") for worth in score((three, chatty, one), now=now, weights=Weights())
    )
    assert by_three > by_chatty == by_one > 0


def test_copies_add_less_than_texts_of_their_own(item: MakeItem, story: Make, now: datetime) -> None:
    items = [item(f"a{n}", publisher=f"p{n}") for n in range(4)]
    own, copied = story(*items), story(*items, texts=(("a0", "a1", "a2"), ("a3",)))
    assert term(alone(own, now), "coverage") > term(alone(copied, now), "coverage")


def test_recency_halves_in_ten_hours_of_the_median_item(item: MakeItem, story: Make, now: datetime) -> None:
    ages = (1, 10, 30)
    aged = story(*(item(f"a{n}", published=now - timedelta(hours=n)) for n in ages))
    assert term(alone(aged, now), "recency") == pytest.approx(0.5)


def test_a_date_in_the_future_counts_as_now_and_none_as_old(item: MakeItem, story: Make, now: datetime) -> None:
    assert term(alone(story(item("a", published=now + timedelta(days=9))), now), "recency") == 1
    assert term(alone(story(item("a", published=None)), now), "recency") == 0


def test_one_good_source_counts_and_weights_stay_in_bounds(item: MakeItem, story: Make, now: datetime) -> None:
    trusted = story(item("a", publisher="a", weight=0.6), item("b", publisher="b", weight=0.5))
    assert term(alone(trusted, now), "source") == pytest.approx(1 - 0.4 * 0.5)
    assert term(alone(story(item("a", weight=float("nan"))), now), "source") == 0
    assert term(alone(story(item("a", weight=0.9)), now), "source") == pytest.approx(0.6)


def test_a_story_taken_up_by_many_just_now_is_fast(item: MakeItem, story: Make, now: datetime) -> None:
    fast = story(*(item(f"a{n}", publisher=f"p{n}") for n in range(5)))
    slow = story(*(item(f"a{n}", publisher=f"p{n}", published=now - timedelta(hours=5 * n + 4)) for n in range(5)))
    assert term(alone(fast, now), "velocity") > 0.5
    assert term(alone(slow, now), "velocity") == 0


def test_the_line_counts_as_just_now_what_the_term_counts(item: MakeItem, story: Make, now: datetime) -> None:
    undated = [item(f"u{n}", publisher=f"u{n}", published=None, position=0.2) for n in range(3)]
    fast = [item(f"a{n}", publisher=f"p{n}", position=0.2) for n in range(2)]
    (worth,) = score((story(*fast, *undated),), now=now, weights=Weights.parse("velocity=1"), as_given=True)
    assert worth.reasons == (Reason(kind="velocity", count=2),)


def test_publishers_without_a_name_are_told_apart_by_every_term(item: MakeItem, story: Make, now: datetime) -> None:
    nameless = story(
        item("a", feed_id=1, weight=0.5), item("b", feed_id=2, weight=0.5), item("c", feed_id=2, weight=0.1)
    )
    assert term(alone(nameless, now), "source") == pytest.approx(0.75)


def test_a_feed_that_speaks_seldom_is_lifted(item: MakeItem, story: Make, now: datetime) -> None:
    wire = [story(item(f"w{n}", feed_id=1, published=now - timedelta(hours=n))) for n in range(60)]
    blog = story(item("blog", feed_id=2, source="The Blog"))
    *others, lifted = score((*wire, blog), now=now, weights=Weights())
    assert {one.boost for one in others} == {1.0}
    assert 1 < lifted.boost <= 2
    assert lifted.why.startswith("The Blog publishes seldom")
    assert lifted.reasons[0] == Reason(kind="seldom", name="The Blog")


def test_a_seldom_feed_is_lifted_less_the_more_tell_its_story(item: MakeItem, story: Make, now: datetime) -> None:
    wire = [story(item(f"w{n}", feed_id=1, published=now - timedelta(hours=n))) for n in range(60)]
    alone_told = story(item("blog", feed_id=2, publisher="blog"))
    shared = story(item("other", feed_id=3, publisher="other"), item("wire", feed_id=1, publisher="wire"))
    *_, by_one, by_two = score((*wire, alone_told, shared), now=now, weights=Weights())
    assert by_one.boost - 1 == pytest.approx(2 * (by_two.boost - 1))


def test_the_most_told_story_of_a_large_day_is_covered_in_full(item: MakeItem, story: Make, now: datetime) -> None:
    told = [story(*(item(f"{size}-{n}", publisher=f"p{n}") for n in range(size))) for size in (40, 20)]
    most, fewer = (term(worth, "coverage") for worth in score(told, now=now, weights=Weights()))
    assert most == pytest.approx(1)
    assert fewer < 0.9
    assert term(alone(told[1], now), "coverage") == pytest.approx(1)


def test_one_old_item_does_not_lift_every_feed(item: MakeItem, story: Make, now: datetime) -> None:
    wire = [story(item(f"w{n}", feed_id=1, published=now - timedelta(hours=n))) for n in range(60)]
    relic = story(item("relic", feed_id=1, published=now - timedelta(days=9_000)))
    assert {one.boost for one in score((*wire, relic), now=now, weights=Weights())} == {1.0}


def test_without_overlap_coverage_counts_for_little() -> None:
    shares = Weights().shares()
    assert fitting(shares, 0.0)["coverage"] == 0
    assert fitting(shares, 0.9) == shares
    assert sum(fitting(shares, 0.1).values()) == pytest.approx(1)
    assert fitting(Weights.parse("coverage=1").shares(), 0.0)["coverage"] == 1


def test_interest_takes_nothing_from_what_ranks_for_all() -> None:
    assert Weights.parse("coverage=1,interest=1").shares() == Weights.parse("coverage=1").shares()


def test_the_total_is_the_sum_of_the_terms_times_the_boost(item: MakeItem, story: Make, now: datetime) -> None:
    worth = alone(story(item("a"), item("b", publisher="p")), now)
    assert worth.total == pytest.approx(worth.boost * sum(one.value * one.weight for one in worth.terms))
    assert all(0 <= one.value <= 1 for one in worth.terms)
    assert score((), now=now, weights=Weights()) == ()


def test_weights_as_given_are_the_whole_of_the_worth(item: MakeItem, story: Make, now: datetime) -> None:
    days = timedelta(days=4)
    stories = (story(item("blog", feed_id=2, source="The Blog")), story(item("a", publisher="p", published=now - days)))
    weights = Weights.parse("coverage=1,recency=3")
    for worth in score(stories, now=now, weights=weights, as_given=True):
        assert worth.boost == 1
        assert worth.total == pytest.approx(0.25 * term(worth, "coverage") + 0.75 * term(worth, "recency"))
    fitted = score(stories, now=now, weights=weights)
    assert fitted[0].boost > 1
    assert fitted[0].terms[0].weight == 0


def test_the_two_largest_reasons_are_kept_as_values(item: MakeItem, story: Make, now: datetime) -> None:
    items = [item(f"a{n}", publisher=f"p{n}", published=now - timedelta(hours=3, minutes=20)) for n in range(3)]
    assert alone(story(*items), now).reasons == (
        Reason(kind="coverage", count=3),
        Reason(kind="recency", minutes=200),
    )


def test_the_reasons_are_words(item: MakeItem, story: Make, now: datetime) -> None:
    items = [item(f"a{n}", publisher=f"p{n}", published=now - timedelta(hours=3)) for n in range(14)]
    texts = (tuple(one.id for one in items[:11]), ("a11",), ("a12",), ("a13",))
    why = alone(story(*items, texts=texts), now).why
    assert why.startswith("14 publishers, 4 independent texts")
    assert alone(story(item("a", position=0.2)), now).why == "first published 1 hour ago"
    assert alone(story(item("a", published=None, position=0.2)), now).why == "told by 1 item"
    top = replace(item("a", position=1.0), published=None, source="Bay News", weight=0.1)
    assert alone(story(top), now).why == "at the top of Bay News"


def test_items_that_name_nobody_are_no_publishers(item: MakeItem, story: Make, now: datetime) -> None:
    nameless = [item(f"a{n}", published=now - timedelta(minutes=9)) for n in range(500)]
    assert alone(story(*nameless), now).why == "told by 500 items; first published 9 minutes ago"
    by_one = alone(story(item("p", publisher="p"), *nameless), now)
    assert by_one.reasons[0] == Reason(kind="items", count=501)
    by_two = alone(story(*(item(name, publisher=name) for name in "pq"), *nameless), now)
    assert by_two.reasons[0] == Reason(kind="coverage", count=2)
    assert not any(reason.count == 502 for reason in by_two.reasons)


def test_weights_are_read_and_the_others_are_nothing() -> None:
    weights = Weights.parse(" coverage=1, recency=0.5 ")
    assert (weights.coverage, weights.recency, weights.source, weights.interest) == (1, 0.5, 0, 0)
    assert sum(weights.shares().values()) == pytest.approx(1)


@pytest.mark.parametrize(
    "text",
    [
        "colour=1",
        "coverage",
        "coverage=x",
        "coverage=nan",
        "coverage=-1",
        "coverage=inf",
        "coverage=1e308",
        "",
        "coverage=0",
        "interest=1",
    ],
)
def test_weights_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Weights.parse(text)
