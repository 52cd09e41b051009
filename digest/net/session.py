"""The one way out to the web: guarded, bounded in time and size, anonymous, polite."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import quote

from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from digest.errors import FetchError
from digest.net.answer import SUCCESS, Answer
from digest.net.body import read_body
from digest.net.faults import EXPECTED, fetch_error
from digest.net.guard import CheckedResolver, Guard
from digest.net.turns import Turns
from digest.net.url import UNQUOTED, Target, joined

__all__ = ["Answer", "GuardedSession", "Limits"]

PERMANENT = frozenset({301, 308})
REDIRECTS = PERMANENT | {302, 303, 307}
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
FEED_BYTES = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds: to connect, between two reads, for a whole visit with its redirects, between two requests to a host."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 30.0
    gap: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked at every hop; `private` only where the origin is `home`."""

    headers: Mapping[str, str]
    private: tuple[str, str] | None
    home: str
    limit: int
    gap: float

    def headers_for(self, target: Target) -> dict[str, str]:
        """The headers of a request there."""
        own = {self.private[0]: self.private[1]} if self.private and target.origin == self.home else {}
        return {**self.headers, **own, "Accept-Encoding": "gzip"}


class GuardedSession:
    """An HTTP client for hostile servers; use it as an async context manager.

    `user_agent` goes out as it is. `connections` overall and `per_host` bound what runs at once; waiting for a place
    does not count into the time limits. `tls` replaces the system's trusted certificates.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        user_agent: str,
        connections: int = 20,
        per_host: int = 2,
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._guard = guard
        self._user_agent = user_agent
        self._limits = limits or Limits()
        self._tls = tls
        self._turns = Turns(connections, per_host)
        self._client: ClientSession | None = None

    async def __aenter__(self) -> Self:
        # No proxy from the environment (trust_env), no cookies, no decoding behind our back.
        self._client = ClientSession(
            connector=TCPConnector(
                resolver=CheckedResolver(self._guard),
                socket_factory=self._guard.socket,
                ssl=self._tls or True,
                limit=0,
            ),
            cookie_jar=DummyCookieJar(),
            headers={"User-Agent": self._user_agent},
            timeout=ClientTimeout(total=None, sock_connect=self._limits.connect, sock_read=self._limits.read),
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.close()
        self._guard.close()

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        private: tuple[str, str] | None = None,
        limit_bytes: int = FEED_BYTES,
        redirects: int = 5,
        gap: float = 0.0,
    ) -> Answer:
        """Ask for a URL and follow its redirects, each checked like the first.

        `private` is a header for the URL's own origin only. `gap` lengthens the pause between two requests to the
        host (seconds). Raises AddressRefused, FetchError; an answer of any status is no error.
        """
        target, permanent, left = self._guard.check(url), True, self._limits.total
        question = Question(
            headers=headers,
            private=private,
            home=target.origin,
            limit=limit_bytes,
            gap=max(gap, self._limits.gap),
        )
        for hop in range(redirects + 1):
            answer, left = await self._hop(target, question, left)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or location is None:
                moved = answer.url if hop and permanent else None
                return Answer(
                    status=answer.status,
                    url=answer.url,
                    permanent_url=moved,
                    headers=answer.headers,
                    body=answer.body,
                )
            permanent = permanent and answer.status in PERMANENT
            target = self._guard.check(joined(target.url, location))
        raise FetchError(f"{target.host}: more than {redirects} redirects, perhaps in a circle")

    async def _hop(self, target: Target, question: Question, left: float) -> tuple[Answer, float]:
        """One request; returns the answer and what is left of the seconds."""
        clock = asyncio.get_running_loop().time
        async with self._turns.turn(f"{target.host}:{target.port}", question.gap):
            begun = clock()
            try:
                async with asyncio.timeout(left):
                    answer = await self._ask(target, question)
            except EXPECTED as fault:
                raise fetch_error(fault, target.host, seconds=self._limits.total) from fault
            return answer, left - (clock() - begun)

    async def _ask(self, target: Target, question: Question) -> Answer:
        if self._client is None:
            raise RuntimeError("a GuardedSession is used inside its own `async with`")
        url = URL(target.url, encoded=True)
        async with self._client.get(url, headers=question.headers_for(target), allow_redirects=False) as response:
            good = response.status in SUCCESS
            body = await read_body(response, target.host, question.limit) if good else b""
            return Answer(status=response.status, url=target.url, headers=_headers(response), body=body)


def _headers(response: ClientResponse) -> Mapping[str, str]:
    """Names in lower case; values that are not UTF-8 are left out, since they could not be sent back as they came."""
    found: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()
        if key == "location":
            found[key] = quote(value.encode("utf-8", "surrogateescape"), safe=UNQUOTED + "#")
        elif value.replace("\t", " ").isprintable():
            found[key] = f"{found[key]}, {value}" if key in found else value
    return found
