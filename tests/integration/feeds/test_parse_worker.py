"""Documents that are made to hang or to burst what reads them end in a worker, with an error of ours."""

import asyncio
import os
from datetime import UTC, datetime

import pytest

from digest.errors import ParseError
from digest.feeds.worker import Workers
from digest.model.feed import Feed

pytestmark = pytest.mark.timeout(120)

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
FEED = Feed(id=7, url="https://vale.example/feed")


def rss(inner: bytes) -> bytes:
    return b'<?xml version="1.0"?><rss version="2.0"><channel><title>V</title>' + inner + b"</channel></rss>"


GOOD = rss(b"<item><title>Tunnel opens</title></item>")
ATTRIBUTES = rss(b"<item><title " + b" ".join(b'a%d="1"' % n for n in range(50_000)) + b">x</title></item>")
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n + 1, b"&a%d;" % n * 10) for n in range(12))
    + b"]>"
    + rss(b"<item><title>Ha &a12;</title></item>").partition(b"?>")[2]
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    + rss(b"<item><title>[&x;]</title></item>").partition(b"?>")[2]
)


async def titles(workers: Workers, body: bytes) -> list[str]:
    parsed = await workers.parse_apart(body, FEED, FEED.url, None, NOW)
    return [item.title for item in parsed.items]


def test_a_feed_is_read_apart_and_faults_come_back():
    async def scenario() -> None:
        async with Workers(count=1) as workers:
            assert await titles(workers, GOOD) == ["Tunnel opens"]
            with pytest.raises(ParseError, match="no feed"):
                await titles(workers, b"<svg/>")
            assert await workers.run(os.getpid) != os.getpid()

    asyncio.run(scenario())


def test_a_document_that_takes_too_long_is_stopped_and_the_next_one_read():
    async def scenario() -> None:
        async with Workers(count=1, seconds=2) as workers:
            with pytest.raises(ParseError, match="longer than 2 s"):
                await titles(workers, ATTRIBUTES)
            assert await titles(workers, GOOD) == ["Tunnel opens"]

    asyncio.run(scenario())


def test_a_document_that_wants_too_much_memory_fails_alone():
    async def scenario() -> None:
        async with Workers(count=1, memory=300_000_000) as workers:
            with pytest.raises(ParseError, match="memory"):
                await workers.run(bytearray, 2_000_000_000)
            assert await titles(workers, GOOD) == ["Tunnel opens"]

    asyncio.run(scenario())


def test_a_worker_that_dies_takes_nobody_along():
    async def scenario() -> None:
        async with Workers(count=1) as workers:
            with pytest.raises(ParseError, match="broke"):
                await workers.run(os.abort)
            assert await titles(workers, GOOD) == ["Tunnel opens"]

    asyncio.run(scenario())


def test_entities_are_neither_multiplied_nor_fetched():
    async def scenario() -> None:
        async with Workers(count=1) as workers:
            (laughed,) = await titles(workers, LAUGHS)
            assert len(laughed) < 50
            assert await titles(workers, OUTSIDE) == ["[]"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "inner",
    [
        b"<item><title>a</title><description>" + b"x" * 10_000_000 + b"</description></item>",
        b"<item><title>a</title><description>" + b"&lt;div&gt;" * 300_000 + b"</description></item>",
    ],
    ids=["one line of 10 MB", "300,000 elements deep"],
)
def test_bulk_is_cut_down_to_a_readers_size(inner):
    async def scenario() -> None:
        async with Workers(count=1, seconds=60) as workers:
            parsed = await workers.parse_apart(rss(inner), FEED, FEED.url, None, NOW)
            assert len(parsed.items[0].summary) <= 1000

    asyncio.run(scenario())


def test_a_call_that_is_given_up_ends_its_worker():
    async def scenario() -> None:
        async with Workers(count=1) as workers:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(titles(workers, ATTRIBUTES), timeout=2)
            assert await titles(workers, GOOD) == ["Tunnel opens"]

    asyncio.run(scenario())


def test_workers_start_late_and_close_twice():
    workers = Workers()
    assert workers.pool is None
    workers.close()
    workers.close()
