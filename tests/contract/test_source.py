"""What every ports.Source does."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Protocol

import pytest

from digest.feeds.fetch import FeedReader
from digest.feeds.parse import parse
from digest.model.feed import Feed, FeedState, Fetched, Item
from digest.net.guard import Guard
from digest.net.session import GuardedSession, Limits
from digest.testing import FakeSource

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
EARLIER = NOW - timedelta(days=1)


class Stage(Protocol):
    """A source with feeds set up for it: how one visit goes, and the addresses of a good and a broken feed.

    The good feed is called "Harbour Post" and has the stories "Bridge opens" (today) and "Ferry stops" (undated).
    """

    good: str
    broken: str

    def visit(self, feed: Feed) -> Fetched: ...


class Shelf(BaseHTTPRequestHandler):
    """Serves the good feed, and an error for everything else."""

    def do_GET(self) -> None:
        stories = (
            "<item><title>Bridge opens</title><guid>a</guid><pubDate>Sun, 22 Nov 2026 05:00:00 GMT</pubDate>"
            "<description>It is open.</description></item><item><title>Ferry stops</title><guid>b</guid></item>"
        )
        good = self.path == "/good"
        self.send_response(200 if good else 500)
        self.end_headers()
        if good:
            self.wfile.write(
                f"<rss version='2.0'><channel><title>Harbour Post</title>{stories}</channel></rss>".encode()
            )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the name the library gave it
        """Tests are quiet."""


class RealStage:
    """FeedReader over a loopback server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.good = f"http://127.0.0.1:{port}/good"
        self.broken = f"http://127.0.0.1:{port}/broken"

    def visit(self, feed: Feed) -> Fetched:
        async def here(function, *arguments):
            return function(*arguments)

        async def once() -> Fetched:
            guard = Guard(frozenset({("127.0.0.1", self.port)}))
            async with GuardedSession(guard, user_agent="digest/0.1", limits=Limits(gap=0)) as session:
                source = FeedReader(session, parse=partial(here, parse), run=here)
                return await source.fetch(feed, now=NOW)

        return asyncio.run(once())


class FakeStage:
    """FakeSource, set up with the same feeds."""

    good = "https://harbour.example/feed"
    broken = "https://broken.example/feed"

    def visit(self, feed: Feed) -> Fetched:
        def items() -> Iterator[Item]:
            for title, published in (("Bridge opens", NOW), ("Ferry stops", None)):
                yield Item(id=title, title=title, published=published, seen=NOW, feed_id=feed.id, section=feed.section)

        read = FeedState(fetched_at=NOW, next_at=NOW + timedelta(hours=1))
        failing = replace(feed.state, failures=feed.state.failures + 1, error="it is in trouble", failing_since=NOW)
        failing = replace(failing, next_at=NOW + timedelta(hours=1))
        good = replace(feed, title=feed.title or "Harbour Post", state=read)
        source = FakeSource(
            {
                self.good: Fetched(feed=good, items=tuple(items())),
                self.broken: Fetched(feed=replace(feed, state=failing)),
            }
        )
        return asyncio.run(source.fetch(feed, now=NOW))


def real() -> Iterator[Stage]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield RealStage(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def fake() -> Iterator[Stage]:
    yield FakeStage()


@pytest.fixture(params=[real, fake], ids=["FeedReader", "FakeSource"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    build: Callable[[], Iterator[Stage]] = request.param
    yield from build()


def test_a_good_feed_gives_its_items_and_a_clean_record(stage: Stage) -> None:
    state = FeedState(failures=2, error="something", failing_since=EARLIER)
    fetched = stage.visit(Feed(id=7, url=stage.good, section="Town", state=state))
    assert [item.title for item in fetched.items] == ["Bridge opens", "Ferry stops"]
    assert all((item.seen, item.feed_id, item.section) == (NOW, 7, "Town") for item in fetched.items)
    assert fetched.items[0].published is not None
    after = fetched.feed.state
    assert (after.failures, after.failing_since, after.error, after.fetched_at) == (0, None, "", NOW)
    assert after.next_at is not None
    assert after.next_at > NOW


def test_what_is_undated_on_a_first_visit_stays_undated(stage: Stage) -> None:
    assert stage.visit(Feed(id=7, url=stage.good)).items[1].published is None


def test_a_feed_without_a_title_takes_its_own(stage: Stage) -> None:
    assert stage.visit(Feed(id=7, url=stage.good)).feed.title == "Harbour Post"
    assert stage.visit(Feed(id=7, url=stage.good, title="Mine")).feed.title == "Mine"


def test_the_owners_wishes_are_left_alone(stage: Stage) -> None:
    for url in (stage.good, stage.broken):
        feed = Feed(id=7, url=url, title="Mine", section="Town", weight=0.6, tags=("a",), full_text=False)
        assert replace(stage.visit(feed).feed, state=feed.state) == feed


def test_a_broken_feed_is_a_record_and_no_exception(stage: Stage) -> None:
    state = FeedState(etag='"x"', fetched_at=EARLIER)
    fetched = stage.visit(Feed(id=7, url=stage.broken, state=state))
    after = fetched.feed.state
    assert fetched.items == ()
    assert (after.failures, after.failing_since, after.fetched_at, after.etag) == (1, NOW, EARLIER, '"x"')
    assert after.error
    assert after.next_at is not None
    assert after.next_at > NOW


def test_items_have_one_id_each_and_the_same_at_every_visit(stage: Stage) -> None:
    first, second = (stage.visit(Feed(id=7, url=stage.good)) for _ in range(2))
    assert [item.id for item in first.items] == [item.id for item in second.items]
    assert len({item.id for item in first.items}) == 2
