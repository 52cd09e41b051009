"""What another configuration changes, story by story, and which term did it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from digest.model.edition import Edition, Form, LineUp, Pick
from digest.selection.judging.changes import Change, Turn, changes, moves, unmoved
from tests.unit.judging.conftest import NOW, seat


def told(found):
    return {(one.title[-1], one.turn, one.before, one.after) for one in found}


def test_nothing_is_different_in_the_same_paper(paper):
    seats = [seat(name, {"coverage": 0.5}) for name in "abc"]
    assert changes(paper(seats, [2, 0]), paper(seats, [2, 0])) == ()


def test_who_comes_in_goes_out_and_which_term_did_it(paper):
    old = [
        seat("a", {"coverage": 0.6, "recency": 0.1}),
        seat("b", {"coverage": 0.5, "recency": 0.1}),
        seat("c", {"coverage": 0.1, "recency": 0.2}),
    ]
    new = [
        seat("a", {"coverage": 0.3, "recency": 0.3}),
        seat("b", {"coverage": 0.2, "recency": 0.1}),
        seat("c", {"coverage": 0.1, "recency": 0.5}),
    ]
    came, went = changes(paper(old, [0, 1]), paper([new[2], new[0], new[1]], [1, 0]))
    assert (came.title[-1], came.turn, came.before, came.after, came.term) == ("c", Turn.IN, None, 2, "recency")
    assert (went.title[-1], went.turn, went.before, went.after) == ("b", Turn.OUT, 2, None)
    assert [round(score, 3) for score in came.scores] == [0.3, 0.6]
    # Recency grew by 0.2, 0 and 0.3: by 0.167 on average; coverage fell by 0.3, 0.3 and 0: by 0.2.
    assert round(came.shift, 3) == 0.133
    # The recency of b did not shrink, though it fell behind; its coverage did, and by more than usual.
    assert (went.term, round(went.shift, 3)) == ("coverage", -0.1)


def test_a_term_that_stood_still_did_it_only_where_none_moved_that_way(paper):
    old, new = seat("a", {"coverage": 0.3, "recency": 0.1}), seat("a", {"coverage": 0.3, "recency": 0.1})
    rest = [seat("b", {"coverage": 0.4, "recency": 0.1}), seat("b", {"coverage": 0.2, "recency": 0.1})]
    (came,) = changes(paper([old, rest[0]], [1]), paper([new, rest[1]], [1, 0]))
    assert (came.turn, came.term, round(came.shift, 3)) == (Turn.IN, "coverage", 0.1)


def test_a_boost_counts_in_what_a_term_adds(paper):
    old, new = seat("a", {"coverage": 0.2}), seat("a", {"coverage": 0.2}, boost=2.0)
    rest = seat("b", {"coverage": 0.3})
    (found,) = changes(paper([old, rest], [1]), paper([new, rest], [1, 0]))
    assert (found.turn, found.term, round(found.shift, 3)) == (Turn.IN, "coverage", 0.1)


def test_only_what_moved_against_the_others_has_moved(paper):
    seats = [seat(name, {"coverage": 0.5}) for name in "abcde"]
    found = changes(paper(seats, [0, 1, 2, 3]), paper(seats, [4, 3, 0, 1, 2]))
    assert told(found) == {("e", Turn.IN, None, 1), ("d", Turn.UP, 4, 2)}
    assert [one.term for one in found] == ["", ""]
    assert told(changes(paper(seats, [0, 1, 2]), paper(seats, [1, 2, 0]))) == {("a", Turn.DOWN, 1, 3)}


def test_a_story_is_the_same_while_it_shares_an_item_whatever_its_lead(paper):
    one = seat("a", {"coverage": 0.5})
    grown = replace(one, story=replace(seat("b", {}).story, items=(*seat("b", {}).story.items, *one.story.items)))
    assert changes(paper([one], [0]), paper([grown], [0])) == ()


def test_a_story_without_a_seat_has_no_score_there(paper):
    (found,) = changes(paper([], []), paper([seat("a", {"coverage": 0.5})], [0]))
    assert found.scores == (None, 0.5)
    assert (found.term, found.shift) == ("", 0.0)
    (found,) = changes(paper([seat("a", {"coverage": 0.5})], [0]), paper([], []))
    assert (found.turn, found.scores) == (Turn.OUT, (0.5, None))


def test_moves_are_counted_by_turn():
    one = Change(title="x", turn=Turn.IN, before=None, after=1, scores=(None, 1.0))
    assert moves([one, one, replace(one, turn=Turn.OUT)]) == {Turn.IN: 2, Turn.OUT: 1, Turn.UP: 0, Turn.DOWN: 0}


orders = st.lists(st.integers(0, 9), unique=True, max_size=10)


def edition(shown):
    seats = tuple(seat(chr(97 + index), {"coverage": 0.5}) for index in range(10))
    picks = tuple(Pick(index=index, form=Form.COMPACT) for index in shown)
    return Edition(number=1, date=NOW.date(), cut_at=NOW, title="", bench=seats, lineup=LineUp(picks=picks))


@given(orders, orders)
def test_the_changes_lead_from_one_paper_to_the_other(old, new):
    found = changes(edition(old), edition(new))
    came = {ord(one.title[-1]) - 97 for one in found if one.turn is Turn.IN}
    went = {ord(one.title[-1]) - 97 for one in found if one.turn is Turn.OUT}
    assert came == set(new) - set(old)
    assert went == set(old) - set(new)
    moved = {ord(one.title[-1]) - 97 for one in found if one.turn in {Turn.UP, Turn.DOWN}}
    assert moved <= set(old) & set(new)
    assert all((one.after < one.before) is (one.turn is Turn.UP) for one in found if one.before and one.after)


@given(st.permutations(range(1, 9)))
def test_what_did_not_move_kept_its_order(places):
    kept = unmoved(places)
    assert [place for place in places if place in kept] == sorted(kept)
    assert kept
