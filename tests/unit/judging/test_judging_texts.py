"""ROUGE: worked by hand, and held to the textbook's table of the longest common subsequence."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.selection.judging.texts import longest_common, rouge_l, rouge_n, words

spoken = st.lists(st.sampled_from(["the", "cat", "sat", "on", "mat", "dog"]), max_size=15)


def table(left, right):
    """The length of the longest common subsequence, cell by cell."""
    above = [0] * (len(right) + 1)
    for one in left:
        row = [0]
        for place, other in enumerate(right):
            row.append(above[place] + 1 if one == other else max(above[place + 1], row[place]))
        above = row
    return above[-1]


def test_words_are_lower_case_and_nothing_is_left_out():
    assert words("The “Maren” ran: 212 people, São Tomé's ferry_boat") == [
        "the", "maren", "ran", "212", "people", "são", "tomé", "s", "ferry", "boat",
    ]  # fmt: skip


def test_rouge_by_hand():
    # Lin's own example: police killed the gunman / police kill the gunman.
    summary, reference = "police kill the gunman", "police killed the gunman"
    assert rouge_n(summary, reference, size=1).f1 == 3 / 4
    assert rouge_n(summary, reference, size=2).f1 == pytest.approx(1 / 3)
    assert rouge_l(summary, reference).f1 == 3 / 4
    assert rouge_l("the gunman kill police", reference).f1 == 2 / 4


def test_a_word_counts_as_often_as_both_have_it():
    found = rouge_n("the the the the", "the cat on the mat", size=1)
    assert (found.precision, found.recall) == (2 / 4, 2 / 5)


def test_what_says_nothing_shares_nothing():
    assert rouge_l("", "police killed the gunman").f1 == 0
    assert rouge_n("one", "one", size=2).told == 0
    assert math.isnan(rouge_l("", "").f1)


@given(spoken, spoken)
def test_the_longest_common_subsequence_is_the_tables(left, right):
    assert longest_common(left, right) == longest_common(right, left) == table(left, right)


@given(spoken.filter(bool), spoken.filter(bool))
def test_every_figure_lies_between_nothing_and_one_and_a_text_says_all_of_itself(left, right):
    summary, reference = " ".join(left), " ".join(right)
    for found in (rouge_n(summary, reference, size=1), rouge_l(summary, reference)):
        assert 0 <= found.f1 <= 1
    assert rouge_l(summary, summary).f1 == rouge_n(summary, summary, size=1).f1 == 1
    assert rouge_l(summary, reference).hits <= rouge_n(summary, reference, size=1).hits
