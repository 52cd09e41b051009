"""Why there is little to tell: a failed fetch, thin sources and a quiet day are told apart."""

from dataclasses import replace

import pytest

from digest.model.feed import Feed, FeedState
from digest.selection.quiet import NO_SOURCES, SourcesState, quiet, sources_state

WELL = SourcesState(active=12, failing=2)


@pytest.fixture
def items(item):
    def make(count, publishers):
        return tuple(item(f"i{number}", publisher=f"p{number % publishers}.example") for number in range(count))

    return make


def feed(number, **state):
    return Feed(id=number, url=f"https://press.example/{number}", state=FeedState(**state))


def test_feeds_are_counted_by_how_they_do(item):
    feeds = (
        feed(1),
        feed(2),
        feed(3, failures=4, error="no answer"),
        feed(4, failures=9, disabled=True),
        feed(5, failures=1),
    )
    found = sources_state(feeds, [replace(item("a"), feed_id=1), replace(item("b"), feed_id=3)])
    assert found == SourcesState(active=4, failing=2, silent=1)


@pytest.mark.parametrize(
    ("active", "failing", "failed"), [(0, 0, False), (1, 1, True), (4, 2, False), (4, 3, True), (9, 0, False)]
)
def test_a_fetch_failed_when_most_feeds_did(active, failing, failed):
    assert SourcesState(active=active, failing=failing).failed is failed


def test_how_the_feeds_do_is_said_only_where_some_fail():
    assert SourcesState(active=3).words() == ""
    assert SourcesState(active=1, failing=1).words() == "1 of 1 feed could not be read"
    assert SourcesState(active=3, failing=1).words() == "1 of 3 feeds could not be read"


@pytest.mark.parametrize(
    ("count", "publishers", "sources", "kind"),
    [
        (40, 8, SourcesState(active=12, failing=7), "a failed fetch: 7 of 12 feeds could not be read; "),
        (0, 1, SourcesState(active=12, failing=12), "a failed fetch: 12 of 12 feeds could not be read; "),
        (9, 8, WELL, "thin sources: 9 items of 8 publishers in three days; "),
        (40, 2, WELL, "thin sources: 40 items of 2 publishers in three days; "),
        (1, 1, SourcesState(), "thin sources: 1 item of 1 publisher in three days; "),
        (0, 1, SourcesState(active=3, silent=3), "thin sources: 0 items in three days, and 3 of 3 feeds had none; "),
        (10, 3, WELL, "a quiet day: "),
        (40, 8, SourcesState(), "a quiet day: "),
    ],
)
def test_a_failed_fetch_thin_sources_and_a_quiet_day_are_told_apart(items, count, publishers, sources, kind):
    text = quiet(0, 1, items(count, publishers), sources)
    assert text == f"{kind}0 new stories, and at least 1 is wanted (DIGEST_MIN_STORIES)"


def test_of_a_file_nothing_is_said_of_settings_or_days(items):
    assert quiet(0, 1, items(4, 1), NO_SOURCES) == "thin sources: 4 items of 1 publisher; 0 new stories"
    assert quiet(0, 1, items(40, 8), NO_SOURCES) == "a quiet day: 0 new stories"
    assert quiet(1, 1, items(40, 8), NO_SOURCES) == ""


@pytest.mark.parametrize(
    ("count", "wanted", "said"), [(3, 3, ""), (4, 3, ""), (2, 3, "2 new stories"), (1, 3, "1 new story,")]
)
def test_a_paper_of_enough_stories_is_never_quiet(items, count, wanted, said):
    text = quiet(count, wanted, items(40, 8), SourcesState(active=3, failing=3))
    assert bool(text) is (count < wanted)
    assert said in text
