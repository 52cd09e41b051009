"""Visits to feeds on a real server: what is asked, what is kept, when it is asked again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.feeds.pace import SPREAD, jitter
from digest.model.feed import Feed, FeedState

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
TODAY = "Sun, 22 Nov 2026 05:00:00 GMT"
HOUR = timedelta(hours=1)
MARKED = {"ETag": 'W/"a,  b"', "Last_Modified": "yesterday, more or less"}


def wait_of(feed: Feed, now: datetime = NOW) -> timedelta:
    """How long the feed is left in peace, without its own jitter."""
    return feed.state.next_at - now - jitter(feed.url)


def test_a_good_visit_gives_items_and_a_clean_record(reading, loopback, answer, rss) -> None:
    url = loopback.says("/feed", answer(200, rss(("a", TODAY), ("b", TODAY)), **MARKED))
    failing = FeedState(failures=3, failing_since=NOW, error="something")
    fetched = reading.visit(Feed(id=7, url=url, state=failing))
    assert [item.title for item in fetched.items] == ["Story a", "Story b"]
    assert fetched.items[0].url == loopback.url("/news/a")
    assert fetched.feed.title == "Harbour Post"
    assert fetched.feed.state == FeedState(
        etag='W/"a,  b"',
        last_modified="yesterday, more or less",
        fetched_at=NOW,
        next_at=NOW + HOUR + jitter(url),
    )


def test_the_owners_title_stays(reading, loopback, answer, rss) -> None:
    url = loopback.says("/feed", answer(200, rss()))
    assert reading.visit(Feed(url=url, title="Mine")).feed.title == "Mine"


def test_validators_go_back_as_they_came_and_are_replaced_every_time(reading, loopback, answer, rss) -> None:
    body = rss(("a", TODAY))
    url = loopback.says(
        "/feed",
        answer(200, body, **MARKED),
        answer(304, ETag='"second"'),
        answer(200, body, ETag='"third"', Last_Modified="yesterday, more or less"),
        answer(304),
        answer(200, body),
        answer(200, body),
    )
    feed = Feed(id=7, url=url)
    kept = []
    for _ in range(6):
        fetched = reading.visit(feed)
        feed = fetched.feed
        kept.append((feed.state.etag, feed.state.last_modified))
    sent = [
        (request.headers.get("if-none-match"), request.headers.get("if-modified-since"))
        for request in loopback.requests
    ]
    first = ('W/"a,  b"', "yesterday, more or less")
    second, third = ('"second"', first[1]), ('"third"', first[1])
    assert kept == [first, second, third, third, (None, None), (None, None)]
    assert sent == [(None, None), *kept[:-1]]


def test_nothing_new_is_a_good_visit_without_items(reading, loopback, answer) -> None:
    url = loopback.says("/feed", answer(304))
    before = FeedState(etag='"x"', failures=2, failing_since=NOW, error="something")
    fetched = reading.visit(Feed(url=url, state=before))
    assert fetched.items == ()
    assert (fetched.feed.state.failures, fetched.feed.state.error, fetched.feed.state.fetched_at) == (0, "", NOW)


def test_not_modified_unasked_is_a_failure(reading, loopback, answer) -> None:
    fetched = reading.visit(loopback.says("/feed", answer(304)))
    assert (fetched.feed.state.failures, fetched.feed.state.fetched_at) == (1, None)


@pytest.mark.parametrize(
    ("extra", "said", "hours"),
    [
        ("", {}, 1),
        ("<ttl>15</ttl>", {}, 1),
        ("<ttl>180</ttl>", {}, 3),
        ("", {"Cache_Control": "max-age=18000"}, 5),
        ("", {"Retry_After": "7200"}, 2),
        ("<skipHours><hour>7</hour><hour>8</hour></skipHours>", {}, 2.5),
    ],
)
def test_a_feed_may_ask_to_be_left_in_peace(reading, loopback, answer, rss, extra, said, hours) -> None:
    fetched = reading.visit(loopback.says("/feed", answer(200, rss(extra=extra), **said)))
    assert wait_of(fetched.feed) == HOUR * hours


def test_no_wish_is_longer_than_a_day(reading, loopback, answer, rss) -> None:
    url = loopback.says("/feed", answer(200, rss(), Cache_Control="max-age=31536000"))
    assert timedelta() <= timedelta(days=1) - (reading.visit(url).feed.state.next_at - NOW) <= SPREAD


def test_the_wishes_of_a_document_hold_while_it_has_not_changed(reading, loopback, answer, rss) -> None:
    said = answer(200, rss(extra="<ttl>180</ttl>"), ETag='"x"')
    url = loopback.says("/feed", said, answer(304), answer(304), said.replace(b"180", b"060"))
    feed, now = Feed(id=7, url=url), NOW
    waits = []
    for _ in range(4):
        feed = reading.visit(feed, now=now).feed
        waits.append(wait_of(feed, now))
        now = feed.state.next_at + timedelta(minutes=7)
    assert waits == [3 * HOUR, 3 * HOUR, 3 * HOUR, HOUR]


@pytest.mark.parametrize(
    ("status", "said", "hours", "words"),
    [
        (404, {}, 1, "nothing at this address (404)"),
        (500, {}, 1, "in trouble (500)"),
        (500, {"Retry_After": "10800"}, 3, "in trouble (500)"),
        (401, {}, 1, "name and a password (401)"),
        (204, {}, 1, "without a feed (204)"),
        (301, {}, 1, "without saying where (301)"),
        (429, {}, 4, "less often (429)"),
        (503, {}, 4, "too busy"),
        (429, {"Retry_After": "7200"}, 2, "less often"),
        (429, {"Retry_After": "60"}, 1, "less often"),
        (503, {"Retry_After": "Sun, 22 Nov 2026 12:30:00 GMT"}, 6, "too busy"),
        (429, {"Retry_After": "whenever"}, 4, "less often"),
    ],
)
def test_a_refusal_is_kept_and_waited_out(reading, loopback, answer, status, said, hours, words) -> None:
    url = loopback.says("/feed", answer(status, **said))
    fetched = reading.visit(Feed(url=url, state=FeedState(etag='"x"', fetched_at=NOW - HOUR)))
    state = fetched.feed.state
    assert fetched.items == ()
    assert (state.failures, state.failing_since, state.disabled) == (1, NOW, False)
    assert (state.etag, state.fetched_at) == ('"x"', NOW - HOUR)
    assert words in state.error
    assert wait_of(fetched.feed) == HOUR * hours


def test_failures_in_a_row_back_off_and_one_success_forgives(reading, loopback, answer, rss) -> None:
    url = loopback.says("/feed", *[answer(404)] * 6, answer(200, rss()))
    feed, now, waits = Feed(url=url), NOW, []
    for _ in range(6):
        feed = reading.visit(feed, now=now).feed
        waits.append(wait_of(feed, now))
        now = feed.state.next_at
    assert waits == [HOUR * hours for hours in (1, 2, 4, 8, 16)] + [timedelta(days=1) - SPREAD]
    assert (feed.state.failures, feed.state.failing_since) == (6, NOW)
    assert reading.visit(feed, now=now).feed.state.failures == 0


def test_what_is_gone_is_switched_off_with_the_reason(reading, loopback, answer) -> None:
    state = reading.visit(loopback.says("/feed", answer(410))).feed.state
    assert state.disabled
    assert "gone for good (410)" in state.error


def test_gone_after_a_temporary_redirect_is_not_the_feed_itself(reading, loopback, answer) -> None:
    loopback.says("/away", answer(410))
    for status, disabled in ((302, False), (301, True)):
        url = loopback.says("/feed", answer(status, Location="/away"))
        assert reading.visit(url).feed.state.disabled is disabled


@pytest.mark.parametrize(("status", "adopted"), [(301, True), (308, True), (302, False), (303, False), (307, False)])
def test_a_permanent_redirect_is_adopted_when_it_leads_to_a_feed(
    reading, loopback, answer, rss, status: int, adopted: bool
) -> None:
    url = loopback.says("/old", answer(status, Location="/new"))
    new = loopback.says("/new", answer(200, rss(("a", TODAY)), ETag='"n"'))
    fetched = reading.visit(url)
    assert fetched.feed.url == (new if adopted else url)
    assert len(fetched.items) == 1


@pytest.mark.parametrize(
    "said", [(404, b""), (200, b"<html><body>Parked</body></html>"), (200, b"nonsense"), (304, b"")]
)
def test_a_permanent_redirect_to_no_feed_is_not_adopted(reading, loopback, answer, said) -> None:
    url = loopback.says("/old", answer(301, Location="/new"))
    loopback.says("/new", answer(*said))
    feed = Feed(url=url, state=FeedState(etag='"x"', fetched_at=NOW - HOUR))
    assert reading.visit(feed).feed.url == url


def test_a_moved_feed_keeps_its_items(reading, loopback, answer, rss) -> None:
    url = loopback.says("/old", answer(200, rss(("a", TODAY))), answer(301, Location="/new"))
    loopback.says("/new", answer(200, rss(("a", TODAY))))
    first = reading.visit(url)
    second = reading.visit(first.feed)
    third = reading.visit(second.feed)
    assert third.feed.url == loopback.url("/new")
    assert first.items[0].id == second.items[0].id == third.items[0].id


def test_the_owners_header_goes_home_only_and_is_never_moved_elsewhere(reading, loopback, answer, rss) -> None:
    reading.hosts = ("home.example", "away.example")
    away = loopback.url("/new", host="away.example")
    loopback.says("/old", answer(301, Location=away))
    loopback.says("/new", answer(200, rss()))
    url = loopback.url("/old", host="home.example")
    feed = Feed(url=url, header=("Authorization", "Bearer x"))
    assert reading.visit(feed).feed.url == url
    assert [request.headers.get("authorization") for request in loopback.requests] == ["Bearer x", None]
    assert reading.visit(replace(feed, header=None)).feed.url == away


def test_a_first_visit_and_undated_items_do_not_flood_the_day(reading, loopback, answer, rss) -> None:
    many = [(f"d{n}", f"Sun, 22 Nov 2026 05:{n:02}:00 GMT") for n in range(40)] + [("u", None)]
    url = loopback.says("/feed", answer(200, rss(*many)), answer(200, rss(*many, ("v", None), ("w", TODAY))))
    first = reading.visit(url)
    dated = {item.title for item in first.items if item.published}
    assert dated == {f"Story d{n}" for n in range(20, 40)}
    stored = frozenset(item.id for item in first.items)
    reading.known = lambda ids: stored & frozenset(ids)
    second = {item.title: item.published for item in reading.visit(first.feed, now=NOW + HOUR).items}
    assert second["Story u"] is None
    assert second["Story v"] == NOW + HOUR
    assert second["Story w"] == datetime(2026, 11, 22, 5, tzinfo=UTC)


FAULTY = {
    "empty": b"",
    "garbage": bytes(range(256)) * 20,
    "not a feed": b"<?xml version='1.0'?><note>no feed</note>",
    "json of something else": b'{"a": 1}',
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
}


@pytest.mark.parametrize("body", FAULTY.values(), ids=FAULTY.keys())
def test_what_is_no_feed_is_a_failure_in_words(reading, loopback, answer, body: bytes) -> None:
    fetched = reading.visit(loopback.says("/feed", answer(200, body, Content_Type="text/xml")))
    assert (fetched.items, fetched.feed.state.failures) == ((), 1)
    assert fetched.feed.state.error
    assert "\n" not in fetched.feed.state.error


def test_an_address_that_is_refused_is_a_failure_in_words(reading, loopback) -> None:
    for url in ("http://10.0.0.1/feed", "file:///etc/passwd", "http://user:word@news.example/", "nonsense"):
        state = reading.visit(url).feed.state
        assert state.failures == 1
        assert state.error
    assert loopback.connections == 0


def test_a_server_that_hangs_up_is_a_failure_in_words(reading, loopback) -> None:
    state = reading.visit(loopback.says("/feed", b"")).feed.state
    assert "hung up" in state.error
