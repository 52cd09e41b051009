"""Reading many feeds at once."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.errors import StoreError
from digest.feeds.fetch import Round, read_all
from digest.model.feed import Feed, Fetched
from digest.net.session import Limits

QUICK = Limits(connect=1.0, read=1.0, total=1.0, gap=0.0)
NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
TODAY = "Sun, 22 Nov 2026 05:00:00 GMT"


class Book:
    """Keeps what is recorded; raises at the name of a feed where it is told to."""

    def __init__(self, full_at: str = "") -> None:
        self.kept: list[Fetched] = []
        self.full_at = full_at

    def record(self, fetched: Fetched) -> int:
        if self.full_at and self.full_at in fetched.feed.url:
            raise StoreError("the disk is full")
        self.kept.append(fetched)
        return len(fetched.items)


def read(reading, urls: Sequence[str], book: Book, **bounds) -> Round:
    feeds = [Feed(id=number, url=url) for number, url in enumerate(urls, 1)]

    async def together() -> Round:
        async with reading.source() as source:
            return await read_all(source, feeds, now=NOW, record=book.record, **bounds)

    return asyncio.run(together())


def test_one_broken_feed_never_stops_the_round(reading, loopback, answer, rss) -> None:
    reading.limits = QUICK
    good = [loopback.says(f"/good{n}", answer(200, rss((f"g{n}", TODAY)))) for n in range(5)]
    bad = [
        loopback.says("/error", answer(500)),
        loopback.says("/garbage", b"\x00\xff" * 500),
        loopback.says("/huge", answer(200, b"", Content_Length="99999999")),
        loopback.drips("/slow", b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n", pause=0.2),
        loopback.says("/circle", answer(302, Location="/circle")),
        "http://10.0.0.1/private",
        "nonsense",
    ]
    book, seen = Book(), []
    report = read(reading, [*bad, *good], book, progress=lambda fetched: seen.append(fetched.feed.url))
    assert (report.visited, report.new) == (12, 5)
    assert {feed.url for feed in report.failed} == set(bad)
    assert all(feed.state.error for feed in report.failed)
    assert {fetched.feed.url for fetched in book.kept} == set(seen) == {*bad, *good}


def test_results_are_recorded_as_they_come(reading, loopback, answer, rss) -> None:
    first_is_in = threading.Event()

    def late(_) -> Iterator[bytes]:
        yield answer(200, rss(("late", TODAY))) if first_is_in.wait(8) else answer(500)

    loopback.routes["/late"] = late
    fast = loopback.says("/fast", answer(200, rss(("fast", TODAY))))
    report = read(reading, [loopback.url("/late"), fast], Book(), progress=lambda _: first_is_in.set())
    assert report.failed == ()


def test_a_host_gets_two_requests_at_once_at_most(reading, loopback, answer, rss) -> None:
    lock, now_open, most = threading.Lock(), [0], [0]

    def counted(_) -> Iterator[bytes]:
        with lock:
            now_open[0] += 1
            most[0] = max(most[0], now_open[0])
        loopback.stopped.wait(0.03)
        with lock:
            now_open[0] -= 1
        yield answer(200, rss())

    for n in range(8):
        loopback.routes[f"/feed{n}"] = counted
    report = read(reading, [loopback.url(f"/feed{n}") for n in range(8)], Book())
    assert (report.visited, report.failed) == (8, ())
    assert most[0] <= 2


def test_requests_to_a_host_begin_apart(reading, loopback, answer, rss) -> None:
    reading.limits = replace(reading.limits, gap=0.1)
    urls = [loopback.says(f"/feed{n}", answer(200, rss())) for n in range(6)]
    assert read(reading, urls, Book()).failed == ()
    times = sorted(request.at for request in loopback.requests)
    # Five gaps; the server's own unrest may take away from the first.
    assert times[-1] - times[0] > 0.25


def test_a_slow_host_does_not_hold_up_the_others(reading, loopback, answer, rss) -> None:
    reading.hosts = ("slow.example", "quick.example")
    loopback.drips("/slow", b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n", pause=0.2)
    loopback.says("/quick", answer(200, rss()))
    slow = [loopback.url("/slow", host="slow.example") + f"?{n}" for n in range(4)]
    order: list[str] = []
    read(
        replace(reading, limits=QUICK),
        [*slow, loopback.url("/quick", host="quick.example")],
        Book(),
        at_once=3,
        progress=lambda fetched: order.append(fetched.feed.url),
    )
    assert "quick.example" in order[0]


def test_a_full_disk_ends_the_round_with_the_rest_untouched(reading, loopback, answer, rss) -> None:
    urls = [loopback.says(f"/feed{n}", answer(200, rss((f"n{n}", TODAY)))) for n in range(6)]
    book = Book(full_at="/feed3")
    with pytest.raises(StoreError, match="full"):
        read(reading, urls, book, at_once=1)
    assert [fetched.feed.url for fetched in book.kept] == urls[:3]


def test_no_feeds_are_a_short_round(reading) -> None:
    assert read(reading, [], Book()) == Round()
