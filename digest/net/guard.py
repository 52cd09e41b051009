"""Decides whom we may talk to: names are resolved once, checked, and the checked address is the one connected to."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

from digest.errors import AddressRefused, FetchError
from digest.net.addresses import is_public
from digest.net.url import Target, read_url

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""All IP addresses of a host, by (host, port); raises OSError."""

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]

OPEN_PORTS = frozenset({80, 443})
LOOKUPS_AT_ONCE = 16
LOOKUP_SECONDS = 5.0


class Guard:
    """Refuses every address that is not public, but for what the owner names.

    `allow` holds (host, port) pairs, hosts as names or IP addresses: each opens that very pair, wherever it leads,
    and nothing else. `lookup` stands in for the system's resolver.
    """

    def __init__(self, allow: frozenset[tuple[str, int]] = frozenset(), *, lookup: Lookup | None = None) -> None:
        self._allow = frozenset((_plain(host), port) for host, port in allow)
        self._lookup = lookup
        self._threads: ThreadPoolExecutor | None = None
        # What allowed names led to. A private address may be connected to only when it is in here.
        self._opened = {pair for pair in self._allow if _is_address(pair[0])}

    def allows(self, host: str, port: int) -> bool:
        """Whether the owner named this very pair."""
        return (host, port) in self._allow

    def check(self, url: str) -> Target:
        """The URL in canonical form; raises AddressRefused for a bad scheme, a closed port, a private address."""
        target = read_url(url)
        if self.allows(target.host, target.port):
            return target
        if target.port not in OPEN_PORTS:
            raise AddressRefused(f"{target.host}: port {target.port} is closed, {_unnamed(target.host, target.port)}")
        if _is_address(target.host) and not is_public(target.host):
            raise _private(target.host, target.port)
        return target

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses of a host, every one of them checked.

        Raises AddressRefused when any is not public, FetchError when there is none.
        """
        addresses = await self._addresses(host, port)
        if self.allows(host, port):
            self._opened.update((address, port) for address in addresses)
        elif not all(map(is_public, addresses)):
            raise _private(host, port)
        return addresses

    def socket(self, info: AddressInfo) -> socket.socket:
        """A socket for one checked address: the second wall, should any way lead around the first.

        Raises PermissionError, which the connector takes for a failed connection.
        """
        family, kind, protocol, _, (address, port, *_) = info
        if not is_public(str(address)) and (address, port) not in self._opened:
            raise PermissionError(f"{address} is not on the public internet")
        return socket.socket(family, kind, protocol)

    def close(self) -> None:
        """Let go of the threads that look names up."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    async def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                found = await (self._lookup or self._ask_system)(host, port)
        except TimeoutError as fault:
            raise FetchError(f"{host}: the name was not resolved within {LOOKUP_SECONDS:.0f} seconds") from fault
        except (OSError, UnicodeError) as fault:
            raise FetchError(f"{host}: there is no such name, or no name server answers") from fault
        if not found:
            raise FetchError(f"{host}: the name has no address")
        return tuple(dict.fromkeys(found))

    async def _ask_system(self, host: str, port: int) -> Sequence[str]:
        # Threads of its own: a dozen dead name servers must not hold up whatever else uses the default ones.
        if self._threads is None:
            self._threads = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="lookup")
        loop = asyncio.get_running_loop()
        infos = await loop.run_in_executor(self._threads, _getaddrinfo, host, port)
        return [str(info[4][0]) for info in infos]


class CheckedResolver(AbstractResolver):
    """The guard as aiohttp asks it."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 — the base class asks for it
    ) -> list[ResolveResult]:
        """Checked addresses only, of whatever family the system knows."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in await self._guard.resolve(host.removesuffix("."), port)
        ]

    async def close(self) -> None:
        """The guard outlives the session."""


def _getaddrinfo(host: str, port: int) -> list[tuple[object, object, int, str, tuple[object, ...]]]:
    return [*socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _plain(host: str) -> str:
    return host.strip().strip("[]").removesuffix(".").lower()


def _private(host: str, port: int) -> AddressRefused:
    return AddressRefused(f"{host} leads to an address that is not on the public internet, {_unnamed(host, port)}")


def _unnamed(host: str, port: int) -> str:
    return f"and DIGEST_ALLOW_HOSTS does not name {host}:{port}"
