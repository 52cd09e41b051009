"""B-cubed and pairs: worked by hand, and what holds for any groups."""

import math
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.selection.judging.clusters import Agreement, bcubed, pairs

IDS = [f"i{number}" for number in range(12)]
TRUTH = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2}


@st.composite
def cases(draw):
    """Some ids, groups of them, and their true groups."""
    ids = draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1))
    told = draw(st.lists(st.integers(0, 4), min_size=len(ids), max_size=len(ids)))
    true = draw(st.lists(st.integers(0, 4), min_size=len(ids), max_size=len(ids)))
    return grouped(dict(zip(ids, told, strict=True))), dict(zip(ids, true, strict=True))


def grouped(labels):
    groups = {}
    for each, label in labels.items():
        groups.setdefault(label, []).append(each)
    return list(groups.values())


def test_bcubed_by_hand():
    found = bcubed([["a", "b", "d"], ["c"], ["e"]], TRUTH)
    # a and b: 2 of 3 in the group; d: 1 of 3; c and e: 1 of 1. a and b: 2 of the true 3; c 1 of 3; d and e 1 of 2.
    assert found.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert found.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 5)
    assert found.f1 == pytest.approx(2 * found.precision * found.recall / (found.precision + found.recall))


def test_pairs_by_hand():
    found = pairs([["a", "b", "d"], ["c"], ["e"]], TRUTH)
    # Told: ab, ad, bd; true: ab, ac, bc, de; both: ab.
    assert (found.hits, found.told, found.true) == (1, 3, 4)
    assert (found.precision, found.recall, found.f1) == (1 / 3, 1 / 4, pytest.approx(2 / 7))


def test_days_add_up_before_they_are_divided():
    one, other = pairs([["a", "b"]], {"a": 1, "b": 1}), pairs([["c", "d", "e"]], {"c": 2, "d": 2, "e": 3})
    assert (one + other).precision == 2 / 4
    assert (one + other + Agreement()).recall == 1


def test_an_id_in_no_group_is_alone_and_one_without_truth_is_not_judged():
    assert bcubed([["a", "b", "x"]], TRUTH) == bcubed([["a", "b"], ["c"], ["d"], ["e"]], TRUTH)
    assert pairs([["x", "y"]], TRUTH).told == 0


def test_where_there_is_nothing_to_judge_there_is_no_figure():
    assert all(math.isnan(value) for value in (Agreement().precision, Agreement().recall, Agreement().f1))
    assert math.isnan(pairs([["a"], ["d"]], {"a": 1, "d": 2}).f1)
    assert pairs([["a", "b"]], {"a": 1, "b": 2}).f1 == 0
    assert pairs([["a"], ["b"]], {"a": 1, "b": 1}).f1 == 0


@given(cases())
def test_every_figure_lies_between_nothing_and_one(case):
    for measure in (bcubed, pairs):
        found = measure(*case)
        assert all(math.isnan(value) or 0 <= value <= 1 + 1e-9 for value in (found.precision, found.recall, found.f1))


@given(cases())
def test_the_truth_itself_is_perfect(case):
    _, truth = case
    assert bcubed(grouped(truth), truth).f1 == pytest.approx(1)
    found = pairs(grouped(truth), truth)
    assert math.isnan(found.f1) or found.f1 == 1


@given(cases())
def test_every_item_alone_is_never_wrong_and_everything_together_misses_nothing(case):
    _, truth = case
    assert bcubed([[each] for each in truth], truth).precision == pytest.approx(1)
    assert bcubed([list(truth)], truth).recall == pytest.approx(1)


@given(cases(), st.permutations(range(5)), st.randoms(use_true_random=False))
def test_names_and_order_do_not_matter(case, names, chance):
    groups, truth = case
    other = [chance.sample(group, len(group)) for group in chance.sample(groups, len(groups))]
    renamed = {each: f"story {names[label]}" for each, label in truth.items()}
    for measure in (bcubed, pairs):
        same, found = measure(groups, truth), measure(other, renamed)
        assert (same.hits, same.told, same.found, same.true) == pytest.approx(
            (found.hits, found.told, found.found, found.true)
        )


@given(cases())
def test_groups_and_truth_in_each_others_place_swap_precision_and_recall(case):
    groups, truth = case
    told = {each: number for number, group in enumerate(groups) for each in group}
    for measure in (bcubed, pairs):
        there, back = measure(groups, truth), measure(grouped(truth), told)
        assert (there.hits, there.told) == pytest.approx((back.found, back.true))


@given(cases())
def test_figures_are_those_of_the_definitions(case):
    groups, truth = case
    group_of = {each: frozenset(group) for group in groups for each in group}
    story_of = {each: {one for one in truth if truth[one] == truth[each]} for each in truth}
    shared = {each: len(group_of[each] & story_of[each]) for each in truth}
    found = bcubed(groups, truth)
    assert found.hits == pytest.approx(sum(shared[each] / len(group_of[each]) for each in truth))
    assert found.found == pytest.approx(sum(shared[each] / len(story_of[each]) for each in truth))
    counts = Counter(
        (group_of[left] == group_of[right], truth[left] == truth[right]) for left, right in combinations(truth, 2)
    )
    assert pairs(groups, truth).hits == counts[True, True]
    assert pairs(groups, truth).told == counts[True, True] + counts[True, False]
