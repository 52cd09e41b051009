"""Fetching and parsing: many feeds from a server on this machine into SQLite."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from digest.feeds.fetch import FeedReader, read_all
from digest.feeds.parse import parse
from digest.feeds.worker import Workers
from digest.model.feed import Feed
from digest.net.guard import Guard
from digest.net.session import GuardedSession, Limits
from digest.storage.database import open_store
from tests.benchmarks.measure import Cost, Line, Run, apart, contest, spending
from tests.benchmarks.news import MORNING, Press

AT_ONCE = 20


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, keeps connections open, says nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing."""


def serve(folder: str, port: Connection) -> None:
    """Serve a folder for ever; the port goes out through the pipe."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        port.send(server.server_address[1])
        server.serve_forever()


@contextmanager
def served(count: int, size: int) -> Iterator[tuple[str, ...]]:
    """The addresses of so many feeds, served by a process of their own."""
    context = get_context("spawn")
    with TemporaryDirectory() as folder:
        for number, document in enumerate(Press().feeds(count, size=size)):
            Path(folder, f"{number}.xml").write_bytes(document)
        ours, theirs = context.Pipe()
        server = context.Process(target=serve, args=(folder, theirs), daemon=True)
        server.start()
        try:
            port = ours.recv()
            yield tuple(f"http://127.0.0.1:{port}/{number}.xml" for number in range(count))
        finally:
            server.terminate()
            server.join()


async def _parse_here(body: bytes, feed: Feed, url: str, content_type: str | None, now: object) -> object:
    return parse(body, feed, url, content_type, now)  # type: ignore[arg-type]


async def _collect(urls: tuple[str, ...], database: Path, *, workers: bool) -> int:
    port = int(urls[0].split(":")[2].partition("/")[0])
    guard = Guard(frozenset({("127.0.0.1", port)}))
    with open_store(f"sqlite:///{database}") as store:
        feeds = store.feeds.add([Feed(url=url) for url in urls])
        session = GuardedSession(guard, user_agent="benchmark", per_host=AT_ONCE, limits=Limits(gap=0))
        async with session, Workers() as pool:
            reader = FeedReader(
                session,
                parse=pool.parse_apart if workers else _parse_here,  # type: ignore[arg-type]
                run=pool.run,
                known=store.items.known,
            )
            report = await read_all(reader, feeds, now=MORNING, record=store.items.record, per_host=AT_ONCE)
    return report.new


def collect(urls: tuple[str, ...], *, workers: bool) -> Cost:
    """Our way: guarded, many at once, parsed in limited worker processes (or, to see what these cost, here)."""
    with TemporaryDirectory() as folder:
        open_store(f"sqlite:///{folder}/empty.db").close()  # what is loaded once is not counted
        with spending(len(urls)) as cost:
            new = asyncio.run(_collect(urls, Path(folder, "digest.db"), workers=workers))
    cost.notes = {"items": new}
    return cost


def one_loop(urls: tuple[str, ...]) -> Cost:
    """The plain way: one after the other, urllib and feedparser, into one table."""
    import feedparser

    feedparser.parse(b"<rss version='2.0'><channel><title>x</title></channel></rss>")
    with TemporaryDirectory() as folder, spending(len(urls)) as cost:
        store = sqlite3.connect(Path(folder, "plain.db"))
        store.execute("create table items (id text primary key, title text, summary text, published text)")
        new = 0
        for url in urls:
            with urlopen(url, timeout=10) as answer:
                found = feedparser.parse(answer.read())
            rows = [(entry.id, entry.title, entry.summary, entry.published) for entry in found.entries]
            new += store.executemany("insert or ignore into items values (?, ?, ?, ?)", rows).rowcount
            store.commit()
        store.close()
    cost.notes = {"items": new}
    return cost


def benchmark(
    *, feeds: int = 100, size: int = 25, rounds: int = 5, way: Callable[[Run], Cost] = apart
) -> dict[str, tuple[Line, ...]]:
    """Lines for each way to read the same feeds."""
    with served(feeds, size) as urls:
        contenders: dict[str, Run] = {
            "digest": partial(collect, urls, workers=True),
            "digest, parsing without workers": partial(collect, urls, workers=False),
            "urllib and feedparser in one loop": partial(one_loop, urls),
        }
        lines = contest(contenders, baseline="urllib and feedparser in one loop", rounds=rounds, way=way)
    return {f"fetch, {feeds} feeds of {size} items, for each feed": lines}
