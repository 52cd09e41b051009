"""The doctor at a relay that is ill: each illness is a line, in bounded time, and no mail is begun."""

import asyncio
from datetime import UTC, datetime

import pytest

from digest.channels.relay import Security
from digest.newsroom.doctor import wires

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

NOW = datetime(2026, 3, 12, 5, 30, tzinfo=UTC)


@pytest.fixture
def look(relay, listen, options_for):
    """The line on the relay, as it is told to behave."""

    def run(*, server=None, patience=5.0, **options):
        async def main():
            async with listen(relay, **(server or {})):
                return await wires.of_relay(options_for(relay, **options), NOW, patience=patience)

        return asyncio.run(main())

    return run


@pytest.fixture
def strange():
    """The line on a server that speaks so: what it says to each new connection, piece by piece, with pauses."""

    def run(options_for, pieces, pause=0.0, **options):
        async def talk(reader, writer):
            try:
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(pause)
                await reader.read()
            except ConnectionError:
                pass
            finally:
                writer.close()

        async def main():
            server = await asyncio.start_server(talk, "127.0.0.1", 0)
            async with server:
                port = server.sockets[0].getsockname()[1]
                chosen = options_for(type("Place", (), {"port": port})(), **options)
                return await wires.of_relay(chosen, NOW, patience=0.5)

        return asyncio.run(main())

    return run


def test_a_relay_that_is_well(look, relay):
    assert look().verdict == "ok"
    assert relay.mails == []


@pytest.mark.parametrize(
    ("moment", "answer", "words"),
    [
        ("EHLO", "421 4.7.0 too many of you", "refuses us: 421 4.7.0 too many of you"),
        ("EHLO", "drop", "cannot be used"),
        ("AUTH", "454 4.7.0 not now, ana right", "refuses the login of ana: 454 4.7.0"),
    ],
)
def test_a_relay_that_refuses(look, relay, login, moment, answer, words):
    relay.script[moment] = answer
    line = look(server=login, username="ana", password="right")
    assert line.verdict == "fail"
    assert line.found.startswith(words)
    assert "right" not in f"{line}".replace("right away", "")


def test_a_relay_that_falls_silent(look, relay):
    relay.script["EHLO"] = "silence"
    line = look(patience=0.3)
    assert (line.verdict, line.found) == ("fail", "does not answer")


def test_a_relay_whose_certificate_nobody_knows(look, server_tls):
    line = look(server={"tls_context": server_tls}, security=Security.STARTTLS)
    assert (line.verdict, line.found.startswith("has a certificate that is not trusted")) == ("fail", True)


def test_a_relay_without_tls_where_it_is_asked_for(look):
    line = look(security=Security.STARTTLS)
    assert line.verdict == "fail"


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b"HTTP/1.1 400 Bad Request\r\n\r\n"],
        [b"\x16\x03\x01\x00\x02\x02\x28"],
        [b"x" * 100_000],
        [b"250-" + b"y" * 5000 + b"\r\n"] * 50,
    ],
)
def test_a_server_that_is_none(strange, options_for, pieces):
    line = strange(options_for, pieces)
    assert (line.verdict, len(line.found) < 500, "\n" not in line.found) == ("fail", True, True)


def test_a_server_that_drips_is_left(strange, options_for):
    line = strange(options_for, [b"2", b"2", b"0", b" "] + [b"z"] * 100, pause=0.3)
    assert line.verdict == "fail"
