"""The figures of whole days, worked by hand."""

import math

import pytest

from digest.model.story import Story
from digest.selection.judging.marks import Chosen, Labels, Marks, mark, mean
from tests.unit.judging.conftest import seat

ITEMS = {
    name: seat(name, {}, publisher=f"{name}.example", title=title).story.lead
    for name, title in {
        "a": "Night ferry aground off Skarholm",
        "b": "Coastguard asks why the Maren ran ashore",
        "c": "All 212 passengers are safe",
        "d": "Beehives for the city roofs",
        "e": "Roofs to carry two hundred hives",
    }.items()
}
TRUTH = {"a": "ferry", "b": "ferry", "c": "ferry", "d": "bees", "e": "bees"}


def story(*names, texts=None, summary=""):
    items = tuple(ITEMS[name] for name in names)
    return Story(id=names[0], items=items, texts=texts or tuple((name,) for name in names), summary=summary)


def marked(*stories, top=None, related=None, **labels):
    chosen = Chosen(stories=stories, top=stories if top is None else top, related=related or {})
    return mark(chosen, tuple(ITEMS.values()), Labels(stories=TRUTH, **labels))


def test_a_day_that_is_right_in_everything():
    found = marked(
        story("a", "b", "c", texts=(("a", "b"), ("c",)), summary="The ferry ran aground."),
        story("d", "e"),
        related={"a": (ITEMS["b"], ITEMS["c"]), "d": (ITEMS["e"],)},
        copies={"a": "wire", "b": "wire", "c": "own"},
        references={"ferry": "The ferry ran aground."},
    ).figures()
    assert found.pop("repeats") == 0
    assert all(value == pytest.approx(1) for value in found.values()), found


def test_a_day_that_tells_one_story_twice():
    found = marked(story("d"), story("a", "b"), story("c"), story("e"), copies={"a": "x", "b": "y", "c": "x"}).figures()
    best = 3 + 2 / math.log2(3)
    assert found["ndcg@8"] == pytest.approx((2 + 3 / math.log2(3)) / best)
    assert (found["recall@8"], found["repeats"]) == (1, 2 / 4)
    assert found["b3 p"] == pytest.approx(1)
    assert found["pair f1"] == pytest.approx(2 * 1 / (1 + 4))
    assert (found["dup r"], found["dup f1"]) == (0, 0)
    assert math.isnan(found["related"])
    assert math.isnan(found["rouge-1"])


def test_a_summary_is_that_of_the_largest_story_told_of_it_and_none_says_nothing():
    references = {"ferry": "The ferry ran aground", "flood": "The river rose"}
    found = marked(story("a", summary="Other"), story("b", "c", summary="The ferry ran aground"), references=references)
    assert found.rouge == ((1, 1, 1), (0, 0, 0))


def test_days_add_up():
    day, other = marked(story("a", "b", "c"), story("d", "e")), marked(story("a", "d"))
    both = (day + other).figures()
    assert both["ndcg@8"] == pytest.approx(mean([day.figures()["ndcg@8"], other.figures()["ndcg@8"]]))
    assert both["b3 p"] == pytest.approx((5 + 4) / 10)
    assert Marks() + day == day


def test_a_mean_is_of_what_is_known():
    assert mean([1.0, math.nan, 2.0]) == 1.5
    assert math.isnan(mean([]))
