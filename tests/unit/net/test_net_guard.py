"""Whom we may talk to."""

import asyncio
import socket
from collections.abc import Sequence

import pytest

from digest.errors import AddressRefused, FetchError
from digest.net.guard import Guard


class Names:
    """A resolver with answers of our own; each is given once, the last for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://[::1]/", "https://10.0.0.1/", "http://127.0.0.1./"])
def test_private_literals_are_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(AddressRefused, match="not on the public internet"):
        Guard().check(url)


@pytest.mark.parametrize("port", [22, 25, 8080, 65535])
def test_only_web_ports_are_open(port: int) -> None:
    with pytest.raises(AddressRefused, match="closed"):
        Guard().check(f"http://news.example:{port}/")
    assert Guard().check("http://news.example:443/").port == 443


def test_the_owner_opens_exactly_what_is_named() -> None:
    guard = Guard(frozenset({("Intranet.Example.", 8080), ("[::1]", 81), ("10.0.0.5", 80)}))
    for url in ("http://intranet.example:8080/", "http://[::1]:81/", "http://10.0.0.5/"):
        assert guard.check(url).url == url
    closed = ("http://intranet.example:8081/", "http://[::1]:80/", "http://10.0.0.6/", "https://10.0.0.5/")
    for url in closed:
        with pytest.raises(AddressRefused) as caught:
            guard.check(url)
        assert "DIGEST_ALLOW_HOSTS" in caught.value.message


def test_one_private_address_among_public_ones_closes_the_name() -> None:
    guard = Guard(lookup=Names(["8.8.8.8", "10.0.0.1"]))
    with pytest.raises(AddressRefused):
        asyncio.run(guard.resolve("news.example", 80))


def test_a_name_that_leads_to_an_opened_address_is_not_opened() -> None:
    guard = Guard(frozenset({("10.0.0.5", 80)}), lookup=Names(["10.0.0.5"]))
    with pytest.raises(AddressRefused):
        asyncio.run(guard.resolve("news.example", 80))


def test_public_names_resolve_once_to_what_is_connected() -> None:
    names = Names(["8.8.8.8", "8.8.8.8", "2606:4700::1111"])
    assert asyncio.run(Guard(lookup=names).resolve("news.example", 80)) == ("8.8.8.8", "2606:4700::1111")
    assert names.asked == [("news.example", 80)]


def test_a_name_without_an_address_is_an_error_of_ours() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    with pytest.raises(FetchError, match="no such name"):
        asyncio.run(Guard(lookup=unknown).resolve("news.example", 80))
    with pytest.raises(FetchError, match="no address"):
        asyncio.run(Guard(lookup=Names([])).resolve("news.example", 80))


def info(address: str, port: int) -> tuple[int, int, int, str, tuple[object, ...]]:
    return (socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port))


def test_the_second_wall_stands_at_the_socket() -> None:
    guard = Guard(frozenset({("intranet.example", 8080)}), lookup=Names(["127.0.0.1"]))
    with pytest.raises(PermissionError):
        guard.socket(info("127.0.0.1", 8080))
    asyncio.run(guard.resolve("intranet.example", 8080))
    guard.socket(info("127.0.0.1", 8080)).close()
    guard.socket(info("8.8.8.8", 80)).close()
    with pytest.raises(PermissionError):
        guard.socket(info("127.0.0.1", 8081))


def test_the_system_is_asked_where_no_other_resolver_is_given() -> None:
    guard = Guard(frozenset({("localhost", 80)}))
    try:
        assert set(asyncio.run(guard.resolve("localhost", 80))) <= {"127.0.0.1", "::1"}
        with pytest.raises(AddressRefused):
            asyncio.run(guard.resolve("localhost", 443))
    finally:
        guard.close()
