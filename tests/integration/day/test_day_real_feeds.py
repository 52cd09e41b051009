"""A day made of real feeds: what is chosen is news, told once, with its reasons."""

import json
from datetime import UTC, datetime

import pytest

from digest import daily
from digest.feeds.parse import parse
from digest.model.feed import Feed
from digest.selection.judging.paper import judge_paper

pytestmark = pytest.mark.shared

MORNING = datetime(2026, 2, 18, 6, 0, tzinfo=UTC)
"""The morning after the newest day of which several of the feeds tell."""


@pytest.fixture(scope="module")
def choice(shared_data):
    """The selection of everything that the real feeds carry."""
    feeds = json.loads((shared_data / "feeds-real" / "expected-real.json").read_text())["files"]
    items = [
        item
        for number, (name, feed) in enumerate(sorted(feeds.items()), start=1)
        for item in parse(
            (shared_data / "feeds-real" / name).read_bytes(),
            Feed(id=number, url=feed["url"]),
            feed["url"],
            None,
            MORNING,
        ).items
    ]
    known = {item.id: item for item in items}
    return daily.choose(tuple(known.values()), (), daily.plain_policy(), now=MORNING)


def test_every_item_is_in_one_story(choice):
    told = [item.id for story in choice.stories for item in story.items]
    assert len(told) == len(set(told)) == choice.edition.considered[0] > 1_000


def test_the_paper_is_full_fresh_and_says_nothing_twice(choice):
    paper = judge_paper(choice.edition, ())
    assert paper.stories == 12
    assert paper.duplicates == 0
    assert paper.publishers > 3
    seats = [choice.edition.bench[pick.index] for pick in choice.edition.lineup.picks]
    assert max(len(seat.story.publishers) for seat in seats) >= 2
    assert all(any(MORNING - (item.published or item.seen) < daily.MEMORY for item in s.story.items) for s in seats)


def test_every_story_has_its_reasons_and_what_is_beside_it_a_source(choice):
    assert all(seat.score.why and seat.score.reasons for seat in choice.edition.bench)
    beside = [item for seat in choice.edition.bench for item in seat.related]
    assert beside
    assert all(item.source or item.publisher for item in beside)
    assert all(left.because for left in choice.left_out())
