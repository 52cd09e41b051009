"""The guarded session against servers that misbehave."""

import asyncio
import gzip
import socket
import ssl
import struct
from collections.abc import Callable, Iterator, Sequence

import pytest
import trustme

from digest.errors import AddressRefused, FetchError
from digest.net.guard import Guard
from digest.net.session import GuardedSession, Limits

QUICK = Limits(connect=1.0, read=0.3, total=1.0, gap=0.0)
PATIENT = Limits(connect=10.0, read=10.0, total=20.0, gap=0.0)
AGENT = "digest/0.1 (+https://digest.example/about; feed fetcher; 3 subscribers)"


def get(loopback, url: str, *, hosts: Sequence[str] = ("127.0.0.1",), lookup=None, tls=None, limits=PATIENT, **asked):
    """Ask through a session that may reach the loopback server under these names."""
    guard = Guard(frozenset((host, loopback.port) for host in hosts), lookup=lookup)

    async def visit():
        async with GuardedSession(guard, user_agent=AGENT, limits=limits, tls=tls) as session:
            return await session.get(url, **asked)

    return asyncio.run(visit())


def test_an_answer_comes_with_status_headers_and_body(loopback, answer) -> None:
    url = loopback.says("/feed", answer(200, b"<rss/>", ETag='W/"a, b"', Content_Type="text/xml"))
    got = get(loopback, url + "?page=1#top", headers={"If-None-Match": '"old"'})
    assert (got.status, got.url, got.permanent_url, got.body) == (200, url + "?page=1", None, b"<rss/>")
    assert got.headers["etag"] == 'W/"a, b"'


def test_a_request_says_who_we_are_and_nothing_else(loopback, answer) -> None:
    url = loopback.says("/feed", answer(302, Location="/next", Set_Cookie="id=1; Path=/"))
    loopback.says("/next", answer(200))
    get(loopback, url, headers={"If-None-Match": '"old"'})
    for request in loopback.requests:
        assert request.headers == {
            "host": f"127.0.0.1:{loopback.port}",
            "accept": "*/*",
            "user-agent": AGENT,
            "accept-encoding": "gzip",
            "if-none-match": '"old"',
        }


def test_the_environment_names_no_proxy(loopback, answer, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert get(loopback, loopback.says("/", answer(200, b"direct"))).body == b"direct"


def test_nothing_is_reached_that_is_not_named(loopback, answer) -> None:
    loopback.says("/", answer(200))
    port = loopback.port
    names = {"rebound.example": ["127.0.0.1"], "mixed.example": ["8.8.8.8", "127.0.0.1"], "six.example": ["::1"]}

    async def lookup(host: str, _: int) -> Sequence[str]:
        return names[host]

    urls = [f"http://{host}:{port}/" for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433")]
    urls += [f"http://{host}/" for host in ("127.0.0.1", "[::1]", "localhost.", "0", *names)]

    async def visit(url: str) -> None:
        guard = Guard(frozenset({("elsewhere.example", port)}), lookup=None if "localhost" in url else lookup)
        async with GuardedSession(guard, user_agent=AGENT, limits=PATIENT) as session:
            with pytest.raises(AddressRefused):
                await session.get(url)

    for url in urls:
        asyncio.run(visit(url))
    assert loopback.connections == 0


def test_the_connection_goes_to_the_address_that_was_checked(loopback, answer) -> None:
    """DNS rebinding: a name that leads elsewhere when it is asked again is not asked again."""
    loopback.says("/", answer(200, b"checked"))
    asked: list[str] = []

    async def lookup(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    url = loopback.url("/", host="feeds.example")
    assert get(loopback, url, hosts=["feeds.example"], lookup=lookup).body == b"checked"
    assert asked == ["feeds.example"]
    assert loopback.requests[0].headers["host"] == f"feeds.example:{loopback.port}"


def test_every_redirect_is_checked_like_the_first(loopback, answer) -> None:
    port = loopback.port
    loopback.says("/secret", answer(200))
    for location in (
        f"http://localhost:{port}/secret",
        f"http://127.0.0.2:{port}/secret",
        f"//[::1]:{port}/secret",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        f"http://user@127.0.0.1:{port}/secret",
        "http://0x7f.1/",
    ):
        url = loopback.says("/start", answer(302, Location=location))
        with pytest.raises(AddressRefused):
            get(loopback, url)
    assert set(loopback.paths) == {"/start"}


def test_a_redirect_chain_is_permanent_only_when_every_hop_is(loopback, answer) -> None:
    start, end = loopback.url("/a"), loopback.url("/c")
    loopback.says("/c", answer(200, b"end"))
    for first, second, moved in ((301, 308, end), (302, 301, None), (308, 307, None), (303, 303, None)):
        loopback.says("/a", answer(first, Location="/b"))
        loopback.says("/b", answer(second, Location="c"))
        got = get(loopback, start)
        assert (got.url, got.permanent_url, got.body) == (end, moved, b"end")


def test_redirects_in_a_circle_end(loopback, answer) -> None:
    url = loopback.says("/a", answer(302, Location="/a"))
    with pytest.raises(FetchError, match="redirects"):
        get(loopback, url)
    assert loopback.hits == 6


def test_a_redirect_to_nowhere_is_an_answer(loopback, answer) -> None:
    assert get(loopback, loopback.says("/", answer(301))).status == 301


def test_a_location_in_raw_bytes_is_followed(loopback, answer) -> None:
    loopback.says("/caf%E9", answer(200, b"raw"))
    url = loopback.says("/", answer(302, Location="/caf\udce9"))
    assert get(loopback, url).body == b"raw"


def test_the_private_header_stays_at_home(loopback, answer) -> None:
    async def lookup(host: str, _: int) -> Sequence[str]:
        return ["127.0.0.1"]

    home, away = loopback.url("", host="home.example"), loopback.url("", host="away.example")
    loopback.says("/start", answer(302, Location="/mid"))
    loopback.says("/mid", answer(302, Location=f"{away}/out"))
    loopback.says("/out", answer(302, Location=f"{home}/end"))
    loopback.says("/end", answer(200))
    names = ["home.example", "away.example"]
    get(loopback, f"{home}/start", hosts=names, lookup=lookup, private=("Authorization", "Bearer x"))
    sent = {request.path: request.headers.get("authorization") for request in loopback.requests}
    assert sent == {"/start": "Bearer x", "/mid": "Bearer x", "/out": None, "/end": "Bearer x"}


def reset(loopback, path: str, *, after: bytes) -> None:
    """Answer `after`, then cut the connection with a RST."""

    def routed(_) -> Iterator[bytes]:
        yield after
        loopback.stopped.wait(0.05)

    loopback.routes[path] = routed
    finish = loopback.server.shutdown_request
    hard = struct.pack("ii", 1, 0)
    loopback.server.shutdown_request = lambda request: (
        request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard),
        request.close(),
        finish,
    )


HEAD = b"HTTP/1.1 200 OK\r\n"

BROKEN = {
    "says nothing": [b""],
    "speaks another protocol": [b"220 mail.example ESMTP\r\n"],
    "garbage": [bytes(range(256)) * 8],
    "half a status line": [b"HTTP/1."],
    "bad length": [HEAD + b"Content-Length: many\r\n\r\nnews"],
    "length too long": [HEAD + b"Content-Length: 100\r\nConnection: close\r\n\r\nnews"],
    "broken chunks": [HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nnews\r\n"],
    "chunks cut": [HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\nnews"],
    "one endless header": [HEAD + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n"],
    "too many headers": [HEAD + b"".join(b"X-%d: a\r\n" % n for n in range(20_000)) + b"\r\n"],
    "two codings": [HEAD + b"Content-Encoding: gzip, gzip\r\nContent-Length: 4\r\n\r\nnews"],
    "two coding headers": [HEAD + b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnews"],
    "another coding": [HEAD + b"Content-Encoding: br\r\nContent-Length: 4\r\n\r\nnews"],
    "no gzip": [HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnews"],
    "gzip cut": [HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b"news" * 99)[:-9]],
    "null in header": [HEAD + b"ETag: a\x00b\r\n\r\n"],
}


@pytest.mark.parametrize("pieces", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_server_is_one_clear_sentence(loopback, pieces: list[bytes]) -> None:
    loopback.routes["/"] = lambda _: iter(pieces)
    with pytest.raises(FetchError) as caught:
        get(loopback, loopback.url("/"))
    sentence = caught.value.message
    assert sentence.startswith("127.0.0.1")
    assert "\n" not in sentence
    assert len(sentence) < 200


SLOW = {
    "silent": ([b""], 0.5),
    "status line byte by byte": ([*(bytes([byte]) for byte in HEAD), b"X-More: 1\r\n"], 0.05),
    "headers without end": ([HEAD, b"X-More: 1\r\n"], 0.1),
    "a body without end": ([HEAD + b"\r\n", b"news"], 0.1),
    "silence in the middle": ([HEAD + b"Content-Length: 9\r\n\r\nnews", b""], 0.5),
}


@pytest.mark.parametrize(("pieces", "pause"), SLOW.values(), ids=SLOW.keys())
def test_a_slow_server_is_left_in_time(loopback, pieces: list[bytes], pause: float) -> None:
    with pytest.raises(FetchError):
        get(loopback, loopback.drips("/", *pieces, pause=pause), limits=QUICK)


def test_slow_redirects_share_one_time_limit(loopback, answer) -> None:
    def late(_) -> Iterator[bytes]:
        loopback.stopped.wait(0.28)
        yield answer(302, Location="/")

    loopback.routes["/"] = late
    with pytest.raises(FetchError, match="1 seconds"):
        get(loopback, loopback.url("/"), limits=QUICK)
    assert loopback.hits < 6


def test_a_reset_connection_is_one_clear_sentence(loopback) -> None:
    reset(loopback, "/", after=HEAD + b"Content-Length: 100\r\n\r\nnews")
    with pytest.raises(FetchError):
        get(loopback, loopback.url("/"))


def test_a_closed_port_is_one_clear_sentence(loopback) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        guard = Guard(frozenset({("127.0.0.1", port)}))

        async def visit() -> None:
            async with GuardedSession(guard, user_agent=AGENT, limits=PATIENT) as session:
                await session.get(f"http://127.0.0.1:{port}/")

        with pytest.raises(FetchError, match="cannot be reached"):
            asyncio.run(visit())


def test_too_large_bodies_are_refused_however_they_come(loopback, answer) -> None:
    bomb = gzip.compress(bytes(30_000_000), 9)
    chunks = b"Transfer-Encoding: chunked\r\n\r\n" + b"8000\r\n" + b"n" * 0x8000 + b"\r\n"
    for said in (
        answer(200, b"n" * 30_000),
        HEAD + b"Connection: close\r\n\r\n" + b"n" * 30_000,
        HEAD + chunks,
        answer(200, bomb, Content_Encoding="gzip"),
        answer(200, gzip.compress(b"news" * 9000), Content_Encoding="gzip"),
    ):
        with pytest.raises(FetchError, match=r"larger than 0\.02 MB"):
            get(loopback, loopback.says("/", said), limit_bytes=20_000)


def test_gzip_is_undone_and_errors_come_without_a_body(loopback, answer) -> None:
    packed = answer(200, gzip.compress(b"news " * 1000), Content_Encoding="gzip")
    assert get(loopback, loopback.says("/", packed)).body == b"news " * 1000
    failed = get(loopback, loopback.says("/", answer(503, b"x" * 99, Retry_After="120")))
    assert (failed.status, failed.body, failed.headers["retry-after"]) == (503, b"", "120")


def test_a_header_that_cannot_be_sent_is_one_clear_sentence(loopback, answer) -> None:
    url = loopback.says("/", answer(200))
    with pytest.raises(FetchError, match="header"):
        get(loopback, url, private=("X-Token", "a\r\nHost: other.example"))
    assert loopback.hits == 0


@pytest.fixture
def certified(loopback) -> Callable[[str], ssl.SSLContext]:
    """Put the loopback server behind TLS with a certificate for one name; returns what trusts it."""

    def certify(name: str) -> ssl.SSLContext:
        authority = trustme.CA()
        served, trusting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
        authority.issue_cert(name).configure_cert(served)
        authority.configure_trust(trusting)
        served.sni_callback = lambda _socket, asked, _context: loopback.sni.append(asked)
        loopback.sni = []
        loopback.server.socket = served.wrap_socket(loopback.server.socket, server_side=True)
        return trusting

    return certify


async def home(host: str, port: int) -> Sequence[str]:
    """Every name leads to the loopback server."""
    return ["127.0.0.1"]


def test_tls_is_asked_for_the_original_name(loopback, answer, certified) -> None:
    trusting = certified("feeds.example")
    loopback.says("/", answer(200, b"secure"))
    url = f"https://feeds.example:{loopback.port}/"
    assert get(loopback, url, hosts=["feeds.example"], lookup=home, tls=trusting).body == b"secure"
    assert loopback.sni == ["feeds.example"]


def test_a_certificate_for_another_name_or_from_nobody_is_refused(loopback, answer, certified) -> None:
    trusting = certified("other.example")
    loopback.says("/", answer(200))
    url = f"https://feeds.example:{loopback.port}/"
    for tls in (trusting, None):
        with pytest.raises(FetchError, match="certificate"):
            get(loopback, url, hosts=["feeds.example"], lookup=home, tls=tls)
    assert loopback.hits == 0


def test_tls_to_a_server_without_is_one_clear_sentence(loopback) -> None:
    with pytest.raises(FetchError):
        get(loopback, f"https://127.0.0.1:{loopback.port}/", limits=QUICK)


def test_a_session_is_used_inside_its_context() -> None:
    session = GuardedSession(Guard(frozenset({("127.0.0.1", 80)})), user_agent=AGENT)
    with pytest.raises(RuntimeError):
        asyncio.run(session.get("http://127.0.0.1/"))
