"""A paper in figures, without knowing what is true."""

from dataclasses import replace

import pytest

from digest.selection.judging.paper import Paper, judge_paper
from tests.unit.judging.conftest import seat


def named(*names):
    return [seat(name, {"coverage": 0.5}) for name in names]


def test_a_paper_by_hand(paper):
    seats = named("a", "b", "c", "d")
    seats[0] = seat("a", {}, publisher="p", section="Harbour", title="Ferry runs aground in thick fog")
    seats[1] = seat("b", {}, publisher="p", section="Harbour")
    seats[2] = seat("c", {}, publisher="q", title="Ferry runs aground in thick fog")
    found = judge_paper(paper(seats, [0, 1, 2]), ())
    assert (found.stories, found.sections, found.duplicates, found.repeats) == (3, 2, 1, 0)
    assert found.entropy == pytest.approx(0.9183, abs=1e-4)
    assert found.publishers == pytest.approx(2**0.9183, abs=1e-3)


def test_related_items_are_shown_too(paper):
    lead, other = named("a", "b")
    seated = replace(lead, related=(replace(lead.story.lead, id="copy"),))
    assert judge_paper(paper([seated, other], [0, 1]), ()).duplicates == 1
    assert judge_paper(paper([seated, other], [1]), ()).duplicates == 0


def test_copies_that_the_edition_knows_of_are_duplicates_whatever_their_headlines(paper):
    lead, other = named("a", "b")
    story = replace(lead.story, items=(*lead.story.items, *other.story.items), texts=(("a", "b"),))
    seated = replace(lead, story=story, related=other.story.items)
    assert judge_paper(paper([seated], [0]), ()).duplicates == 1


@pytest.mark.parametrize(
    ("more", "again"),
    [
        ({}, 0),
        ({"item": "old"}, 1),
        ({"title": "Tram line gets its missing last stop."}, 1),
        ({"title": "Tram line is late again"}, 0),
    ],
)
def test_a_story_told_in_the_last_days_is_known_by_its_id_its_items_or_its_headline(paper, more, again):
    before = seat("old", {}, title="Tram line gets its missing last stop")
    earlier = paper([before, *named("unshown")], [0])
    today = paper([seat("new", {}, **more), seat("unshown", {})], [0, 1])
    assert judge_paper(today, (earlier,)).repeats == again
    assert judge_paper(replace(today, bench=(before, *today.bench[1:])), (earlier,)).repeats == 1


def test_an_update_says_that_it_is_one(paper):
    seats = named("a", "b")
    assert judge_paper(paper(seats, [0, 1], updates=[1]), (paper(seats, [0, 1]),)).repeats == 1


def test_an_empty_paper_has_nothing_in_it(paper):
    assert judge_paper(paper([], []), ()) == Paper(
        stories=0, sections=0, duplicates=0, repeats=0, entropy=0, publishers=0
    )
