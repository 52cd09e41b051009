"""The list of what is shown: worked by hand, and what holds for any list."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model.feed import Item
from digest.selection.judging.toplist import (
    PLACES,
    duplicates,
    effective,
    entropy,
    importance,
    ndcg,
    recall,
    related_precision,
    repeats,
)

NOW = datetime(2026, 3, 12, tzinfo=UTC)
WEIGHTS = {"quake": 8, "vote": 4, "strike": 2, "match": 1}

weighed = st.dictionaries(st.integers(0, 20), st.integers(1, 40), min_size=1)
picked = st.lists(st.none() | st.integers(0, 25), max_size=12)


def item(name: str, title: str = "", **more: str) -> Item:
    return Item(id=name, title=title or f"Headline of {name}", seen=NOW, **more)


def test_a_story_weighs_as_many_publishers_as_tell_it():
    items = [item("a", publisher="p"), item("b", publisher="p"), item("c", publisher="q"), item("d"), item("e")]
    truth = {"a": 1, "b": 1, "c": 1, "d": 2}
    assert importance(items, truth) == {1: 2, 2: 1}


def test_ndcg_by_hand():
    best = 8 + 4 / math.log2(3) + 2 / 2 + 1 / math.log2(5)
    got = 4 + 8 / math.log2(3) + 0 + 1 / math.log2(5)
    assert ndcg(["vote", "quake", "quake", "match"], WEIGHTS) == pytest.approx(got / best)
    assert ndcg(["quake"], {"quake": 8}) == 1


def test_a_second_pick_and_an_unknown_one_earn_nothing_and_keep_their_place():
    assert ndcg(["quake", "quake", "vote"], WEIGHTS) == ndcg(["quake", None, "vote"], WEIGHTS)
    assert ndcg(["quake", "quake", "vote"], WEIGHTS) < ndcg(["quake", "vote", "quake"], WEIGHTS)


def test_recall_by_hand():
    assert recall(["quake", "strike", "strike"], WEIGHTS) == 2 / 4
    assert recall(["match", "vote", "strike", "quake"], WEIGHTS) == 1
    assert recall(["quake"], WEIGHTS) == 1 / 4


def test_only_the_first_places_are_judged_and_ties_for_the_last_are_fair():
    many = dict.fromkeys(range(PLACES + 3), 1)
    assert recall([*range(3, PLACES + 3)], many) == ndcg([*range(3, PLACES + 3)], many) == 1
    late = [*[None] * PLACES, *range(PLACES)]
    assert recall(late, many) == ndcg(late, many) == 0


def test_of_no_stories_nothing_is_said():
    assert math.isnan(ndcg([], {}))
    assert math.isnan(recall(["a"], {}))
    assert (repeats([]), duplicates([], {}), entropy([]), effective([])) == (0, 0, 0, 0)


@given(picked, weighed)
def test_every_figure_lies_between_nothing_and_one(picks, weights):
    for value in (ndcg(picks, weights), recall(picks, weights)):
        assert 0 <= value <= 1 + 1e-9


@given(weighed)
def test_the_weightiest_first_is_perfect(weights):
    best = sorted(weights, key=lambda story: -weights[story])
    assert ndcg(best, weights) == pytest.approx(1)
    assert recall(best, weights) == 1


@given(picked)
def test_what_is_told_again_is_what_could_be_left_out(picks):
    known = [pick for pick in picks if pick is not None]
    assert repeats(picks) == len(known) - len(dict.fromkeys(known))


def test_duplicates_are_copies_one_page_or_headlines_nearly_equal():
    shown = [
        item("a", "Ferry runs aground in thick fog off Skarholm"),
        item("b", "Ferry runs aground in thick fog off Skarholm!"),
        item("c", "Night crossing ends on a sandbank", url="https://post.example/1"),
        item("d", "All safe after a night on the rocks", url="https://post.example/1"),
        item("e", "Mayor opens a bridge"),
        item("f", "A bridge for the river"),
    ]
    assert duplicates(shown, {}) == 2
    assert duplicates(shown, {"e": "wire 7", "f": "wire 7", "c": "wire 8"}) == 3
    assert duplicates([shown[4], shown[4]], {}) == 1


def test_entropy_by_hand():
    assert entropy(["p", "p", "q", "q"]) == 1
    assert entropy(["p", "p", "p"]) == 0
    assert effective(["p", "q", "r"]) == pytest.approx(3)
    assert effective(["p", "p", "p", "q"]) == pytest.approx(4 / 3**0.75)


@given(st.lists(st.integers(0, 6), min_size=1))
def test_there_are_never_more_equal_names_than_names(names):
    assert 1 - 1e-9 <= effective(names) <= len(set(names)) + 1e-9


def test_related_precision_by_hand():
    lead = item("a", "Ferry runs aground in thick fog off Skarholm")
    told = item("b", "Coastguard asks why the Maren sank")
    copy = item("c", "Coastguard asks why the Maren sank!")
    other = item("d", "Mayor opens a bridge")
    truth = {"a": 1, "b": 1, "c": 1, "d": 2}
    fellows = (lead, told, copy, other)
    assert related_precision(lead, (told, copy, other), fellows, truth) == pytest.approx(1 / 3)
    assert related_precision(lead, (told,), fellows, truth) == 1
    assert related_precision(lead, (other, other, other, told), fellows, truth) == 0


def test_related_items_are_not_judged_where_there_is_nothing_to_offer():
    lead, again = item("a", "Mayor opens a bridge"), item("b", "Mayor opens a bridge")
    other = item("d", "Ferry runs aground")
    truth = {"a": 1, "b": 1, "d": 2}
    assert math.isnan(related_precision(lead, (other,), (lead, again, other), truth))
    assert math.isnan(related_precision(other, (), (lead, again, other), truth))
    assert math.isnan(related_precision(item("x"), (other,), (lead, other), truth))
