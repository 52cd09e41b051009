"""When a feed is asked again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.pace import (
    LONGEST,
    SHORTEST,
    SPREAD,
    after_failure,
    http_date,
    jitter,
    next_visit,
    seconds_asked,
    wished_wait,
)

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
URL = "https://news.example/feed"

headers = st.dictionaries(
    st.sampled_from(["cache-control", "expires", "retry-after", "age", "date"]),
    st.one_of(
        st.text(max_size=40),
        st.integers(-5, 10**12).map(lambda n: f"max-age={n}"),
        st.integers(-5, 10**12).map(str),
        st.datetimes().map(lambda at: at.strftime("%a, %d %b %Y %H:%M:%S +0500")),
    ),
)


@given(headers, st.one_of(st.none(), st.integers(-10, 10**9)), st.frozensets(st.integers(0, 23)))
def test_the_next_visit_is_between_an_hour_and_a_day_away(said, ttl, skipped) -> None:
    wait = wished_wait(said, ttl, now=NOW)
    assert SHORTEST <= next_visit(URL, wait, now=NOW, skip_hours=tuple(skipped)) - NOW <= LONGEST


@given(st.text())
def test_jitter_is_a_feeds_own_and_always_the_same(url: str) -> None:
    assert timedelta() <= jitter(url) == jitter(url) < SPREAD


def test_feeds_that_were_read_together_are_not_asked_together_again() -> None:
    times = {next_visit(f"https://news.example/{n}", timedelta(), now=NOW) for n in range(100)}
    assert len(times) == 100


@pytest.mark.parametrize(
    ("said", "ttl", "hours"),
    [
        ({}, None, 0),
        ({"cache-control": "public, max-age=7200"}, None, 2),
        ({"cache-control": 'private,Max-Age="7200"'}, None, 2),
        ({"cache-control": "max-age=7200", "age": "3600"}, None, 1),
        ({"cache-control": "max-age=0", "expires": "Sun, 22 Nov 2026 10:30:00 GMT"}, None, 0),
        ({"cache-control": "s-maxage=7200"}, None, 0),
        ({"cache-control": "no-cache"}, None, 0),
        ({"expires": "Sun, 22 Nov 2026 10:30:00 GMT"}, None, 4),
        ({"expires": "Sun, 22 Nov 2026 10:30:00 GMT", "date": "Sun, 22 Nov 2026 09:30:00 GMT"}, None, 1),
        ({"expires": "0"}, None, 0),
        ({"expires": "-1"}, None, 0),
        ({"retry-after": "10800"}, None, 3),
        ({}, 300, 5),
        ({"cache-control": "max-age=7200"}, 300, 5),
    ],
)
def test_an_answer_lengthens_the_wait(said: dict[str, str], ttl: int | None, hours: int) -> None:
    assert wished_wait(said, ttl, now=NOW) == timedelta(hours=hours)


def test_retry_after_comes_in_seconds_and_as_a_date() -> None:
    assert seconds_asked({"retry-after": " 120 "}, now=NOW) == timedelta(seconds=120)
    assert seconds_asked({"retry-after": "Sun, 22 Nov 2026 08:30:00 GMT"}, now=NOW) == timedelta(hours=2)
    assert seconds_asked({"retry-after": "Sun, 22 Nov 2025 08:30:00 GMT"}, now=NOW) == timedelta()
    for nonsense in ("soon", "-1", "1.5", "٣"):
        assert seconds_asked({"retry-after": nonsense}, now=NOW) is None


def test_dates_of_http_in_all_their_forms() -> None:
    moment = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    for written in ("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"):
        assert http_date(written) == moment
    for nonsense in ("", "0", "-1", "tomorrow", "Mon, 99 Jan 2026 00:00:00 GMT", "Mon, 01 Jan 2026 00:00:00 +9999"):
        assert http_date(nonsense) is None


def test_skipped_hours_are_slept_through() -> None:
    later = next_visit(URL, timedelta(), now=NOW, skip_hours=(7, 8, 9))
    assert later - datetime(2026, 11, 22, 10, tzinfo=UTC) == jitter(URL)


def test_failures_back_off_to_a_day() -> None:
    waits = [after_failure(failures).total_seconds() / 3600 for failures in range(1, 8)]
    assert waits == [1, 2, 4, 8, 16, 24, 24]
    assert after_failure(10_000) == LONGEST
