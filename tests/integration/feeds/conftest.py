"""A loopback web server that misbehaves on request."""

import asyncio
import socketserver
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from digest.feeds.fetch import FeedReader
from digest.feeds.parse import parse
from digest.model.feed import Feed, Fetched
from digest.net.guard import Guard
from digest.net.session import GuardedSession, Limits


@dataclass(frozen=True)
class Request:
    """One request as it came: headers have lower-case names."""

    path: str
    headers: dict[str, str]
    at: float


Route = Callable[[Request], bytes | Iterator[bytes]]


class Handler(socketserver.StreamRequestHandler):
    """Answers one request and closes, so that every request is a connection."""

    def handle(self) -> None:
        loopback: Loopback = self.server.loopback
        loopback.connections += 1
        lines = []
        while (line := self.rfile.readline(65536)) not in {b"\r\n", b"\n", b""}:
            lines.append(line.decode("latin-1").rstrip("\r\n"))
        if not lines:
            return
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        request = Request(lines[0].split(" ")[1], headers, time.monotonic())
        loopback.requests.append(request)
        said = loopback.route(request)
        for piece in [said] if isinstance(said, bytes) else said:
            if loopback.stopped.is_set():
                return
            try:
                self.wfile.write(piece)
            except OSError:
                return


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is no news."""


@dataclass
class Loopback:
    """What the server knows: routes by path (its query left out), and what was asked."""

    server: Server = field(repr=False)
    routes: dict[str, Route] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    @property
    def hits(self) -> int:
        return len(self.requests)

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def route(self, request: Request) -> bytes | Iterator[bytes]:
        route = self.routes.get(request.path.partition("?")[0])
        return answer(404) if route is None else route(request)

    def says(self, path: str, *answers: bytes) -> str:
        """These answers in turn, the last for ever; returns the URL."""
        left = list(answers)
        self.routes[path] = lambda _: left.pop(0) if len(left) > 1 else left[0]
        return self.url(path)

    def drips(self, path: str, *pieces: bytes, pause: float = 0.05, times: int = 100) -> str:
        """The pieces, of which the last is repeated, with a pause between each."""

        def drip(_: Request) -> Iterator[bytes]:
            for piece in (*pieces, *[pieces[-1]] * times):
                yield piece
                self.stopped.wait(pause)

        self.routes[path] = drip
        return self.url(path)


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """An HTTP answer; header names with underscores for hyphens, Content-Length unless it is given."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if status != 304:
        named.setdefault("Content-Length", str(len(body)))
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} Whatever\r\n{head}Connection: close\r\n\r\n".encode("utf-8", "surrogateescape") + body


@pytest.fixture(name="answer")
def answer_fixture() -> Callable[..., bytes]:
    return answer


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.loopback = Loopback(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.loopback
        finally:
            server.loopback.stopped.set()
            server.shutdown()
            thread.join()


NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
PATIENT = Limits(connect=10.0, read=10.0, total=20.0, gap=0.0)


async def here(function, *arguments):
    """A worker that is no process of its own."""
    return function(*arguments)


async def parse_here(*arguments):
    return parse(*arguments)


def rss(*entries: tuple[str, str | None], title: str = "Harbour Post", text: str = "A text.", extra: str = "") -> bytes:
    """A feed of (id, date) entries; its links are relative, its texts all `text`."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{name}</guid><title>Story {name}</title><link>/news/{name}</link>"
        + (f"<description>{text}</description>" if text else "")
        + (f"<pubDate>{date}</pubDate>" if date else "")
        + "</item>"
        for name, date in entries
    )
    return f"<rss version='2.0'><channel><title>{title}</title>{extra}{items}</channel></rss>".encode()


@pytest.fixture(name="rss")
def rss_fixture() -> Callable[..., bytes]:
    return rss


@dataclass
class Reading:
    """A reader of the loopback server's feeds; `hosts` are the names it may be reached by, all leading to it."""

    loopback: Loopback
    hosts: tuple[str, ...] = ("127.0.0.1",)
    known: Callable[[Sequence[str]], frozenset[str]] | None = None
    limits: Limits = PATIENT
    run: Callable[..., Awaitable[object]] = here

    @asynccontextmanager
    async def source(self) -> AsyncIterator[FeedReader]:
        guard = Guard(frozenset((host, self.loopback.port) for host in self.hosts), lookup=self.lookup)
        async with GuardedSession(guard, user_agent="digest/0.1 (+test)", limits=self.limits) as session:
            yield FeedReader(session, parse=parse_here, run=self.run, known=self.known)

    async def lookup(self, host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    def visit(self, feed: Feed | str, *, now: datetime = NOW) -> Fetched:
        """One visit."""
        feed = Feed(id=7, url=feed) if isinstance(feed, str) else feed

        async def once() -> Fetched:
            async with self.source() as source:
                return await source.fetch(feed, now=now)

        return asyncio.run(once())


@pytest.fixture
def reading(loopback: Loopback) -> Reading:
    return Reading(loopback)
