"""Every check of an edition finds the fault it is for, and nothing in a good one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.checks.every import OF_PAPER, paper_findings
from digest.checks.paper import Paper, headline_words, is_web_address, same_headline
from digest.model.delivery import Told
from digest.model.edition import Echo, Form, Hand, LineUp, Pick
from digest.model.finding import Level


def with_story(paper, entry, *, form=Form.COMPACT):
    """The paper with another second story."""
    first, _, *rest = paper.edition.bench
    edition = replace(paper.edition, bench=(first, entry, *rest))
    return replace(paper, edition=edition, lineup=LineUp(picks=(paper.lineup.picks[0], Pick(index=1, form=form))))


@pytest.fixture
def yesterday(edition, bench_story):
    """The edition before, which told two stories and left one."""
    bench = (bench_story(7, "Snow falls"), bench_story(8, "Ice melts"), bench_story(9, "Fog comes"))
    picks = (Pick(index=0, form=Form.LEAD), Pick(index=1, form=Form.COMPACT))
    return replace(edition, number=3, bench=bench, lineup=LineUp(picks=picks))


def after(paper, yesterday):
    told = (Told(edition=3, lineup=yesterday.lineup.encode()),)
    return replace(paper, told=told, before=(yesterday,))


def faults(paper):
    return [(one.check, one.level.value, one.story) for one in paper_findings(paper)]


def test_a_good_paper_has_no_fault(paper, yesterday):
    assert faults(paper) == []
    assert faults(after(paper, yesterday)) == []


def test_a_paper_without_a_story_says_why(paper):
    empty = replace(paper, lineup=LineUp())
    assert faults(empty) == [("no story", "error", "")]
    (found,) = paper_findings(replace(empty, edition=replace(paper.edition, quiet="thin sources")))
    assert (found.check, found.level, found.hint) == ("no story", Level.WARNING, "thin sources")


@pytest.mark.parametrize("title", ["", "   ", "\u200b\u202e", "–…!"])
def test_a_story_needs_a_headline(paper, bench_story, title):
    assert faults(with_story(paper, bench_story(2, title))) == [("headline", "error", "s2")]


@pytest.mark.parametrize("title", ["7", "🚢🌊", "東京", "جسر"])
def test_a_headline_in_any_script_is_one(paper, bench_story, title):
    assert faults(with_story(paper, bench_story(2, title))) == []


@pytest.mark.parametrize(
    "title",
    ["The ferry runs again after a week", "THE FÉRRY RUNS AGAIN: after one week", "Ferry runs again after a long week"],
)
def test_of_two_headlines_that_are_nearly_one_the_lower_is_at_fault(paper, bench_story, title):
    assert faults(with_story(paper, bench_story(2, title))) == [("near-duplicate", "error", "s2")]


def test_of_three_the_two_lower_ones_are(paper, bench_story):
    same = [bench_story(number, "The ferry runs again after a week") for number in (1, 2, 3)]
    picks = tuple(Pick(index=index, form=Form.COMPACT) for index in range(3))
    three = Paper(edition=replace(paper.edition, bench=tuple(same)), lineup=LineUp(picks=picks))
    assert [story for _, _, story in faults(three)] == ["s2", "s3"]


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("Rates today: gold", "Rates today: silver", False),
        ("Ferry strike ends", "Ferry strike begins", False),
        ("Ferry strike ends", "ferry STRIKE ends!", True),
        ("", "", False),
        ("東京の港湾橋が九か月間の通行止め", "東京の港湾橋、九か月間の通行止めへ", True),
        ("東京の港湾橋が九か月間の通行止め", "大阪の図書館が月曜日に開館", False),
        ("हिन्दी में समाचार आज का मौसम", "हिन्दू में समाचार कल का बाजार", False),
    ],
)  # fmt: skip
def test_headlines_are_one_to_a_reader_or_not(ours, theirs, same):
    assert same_headline(headline_words(ours), headline_words(theirs)) is same


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_has_no_direction_and_a_headline_is_like_itself(ours, theirs):
    one, other = headline_words(ours), headline_words(theirs)
    assert same_headline(one, other) == same_headline(other, one)
    assert same_headline(one, one) is bool(one)


def test_a_story_told_before_is_a_fault_unless_it_is_an_update(paper, bench_story, yesterday):
    echo = replace(bench_story(2, "Snow falls again in the north"), echoes=(Echo(edition=3, index=0),))
    again = after(with_story(paper, echo), yesterday)
    assert faults(again) == [("repeated", "error", "s2")]
    assert faults(after(with_story(paper, echo, form=Form.UPDATE), yesterday)) == []


def test_a_story_that_was_left_out_before_is_new(paper, bench_story, yesterday):
    left = replace(bench_story(2, "Fog comes at last"), echoes=(Echo(edition=3, index=2), Echo(edition=1, index=0)))
    assert faults(after(with_story(paper, left), yesterday)) == []


def test_the_page_of_a_story_told_before_is_no_new_story(paper, bench_story, yesterday):
    again = bench_story(2, "Another headline over it", url="https://courier.example/8")
    assert faults(after(with_story(paper, again), yesterday)) == [("repeated", "error", "s2")]
    nowhere = bench_story(2, "Another headline over it", url="https://courier.example/9")
    assert faults(after(with_story(paper, nowhere), yesterday)) == []


def test_what_an_editor_pinned_may_be_told_again(paper, bench_story, yesterday):
    echo = replace(bench_story(2, "Snow falls again"), echoes=(Echo(edition=3, index=0),))
    again = after(with_story(paper, echo), yesterday)
    pinned = replace(again, edition=replace(again.edition, hand=Hand(pinned=("s2",), edits=1)))
    assert faults(pinned) == [("repeated", "warning", "s2")]


def test_a_headline_of_yesterday_is_a_warning(paper, bench_story):
    again = bench_story(2, "Snow closes the northern road again")
    assert faults(with_story(paper, again)) == [("worn headline", "warning", "s2")]
    assert faults(with_story(paper, again, form=Form.UPDATE)) == []


def test_a_missing_summary_is_a_warning_and_an_update_needs_none(paper, bench_story):
    bare = bench_story(2, "Herring are late", summary=" ")
    assert faults(with_story(paper, bare)) == [("summary", "warning", "s2")]
    assert faults(with_story(paper, bare, form=Form.UPDATE)) == []


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://a.example/1", True), ("http://a.example", True), ("", False), ("javascript:alert(1)", False),
        ("https://", False), ("https://[a", False), ("//a.example", False), ("data:text/html,x", False),
    ],
)  # fmt: skip
def test_a_link_leads_to_a_web_page(paper, bench_story, url, good):
    assert faults(with_story(paper, bench_story(2, "Herring are late", url=url))) == (
        [] if good else [("link", "warning", "s2")]
    )
    assert is_web_address(url) is good


def test_every_check_of_a_paper_says_what_it_wants():
    assert all(check.__doc__ for check in OF_PAPER)
