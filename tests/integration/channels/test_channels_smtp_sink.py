"""Postfix's smtp-sink as a peer that is not ours, well and badly behaved."""

import asyncio
import getpass
import socket
import subprocess
import time

import pytest

from digest.channels.relay import Security, SmtpOptions
from digest.channels.smtp import SmtpChannel
from digest.errors import ChannelDown, DeliveryError, MessageRefused, RecipientRefused, TryLater, Unconfirmed
from digest.model.delivery import Receipt
from digest.model.message import Mail
from tests.benchmarks.sink import postfix
from tests.conftest import missing

PATIENCE = 20.0


def mail(number, body=b".a dot\r\n..two\r\n" + b"a line of news\r\n" * 5000):
    content = f"Subject: {number}\r\n\r\n".encode() + body
    return Mail(
        envelope_from="b@digest.example", envelope_to=f"r{number}@x.example", message_id=str(number), content=content
    )


async def go():
    return True


async def attempt(connection, letter, following):
    try:
        return await connection.send(letter, starting=go, following=following)
    except DeliveryError as error:
        return error


@pytest.fixture
def sink(tmp_path):
    """Start smtp-sink with some options; gives its port."""
    program = postfix("smtp-sink")
    if program is None:
        missing("smtp-sink")
    running = []

    def start(*options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [program, "-u", getpass.getuser(), *options, f"127.0.0.1:{port}", "50"]
        running.append(subprocess.Popen(command, cwd=tmp_path))
        listening(port)
        return port

    yield start
    for process in running:
        process.terminate()
        process.wait()


def listening(port):
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def carry(port, count, *, connections=1, **options):
    """Carry mails over some connections, each announced with the one before it; gives the outcomes."""

    async def one(channel, mails):
        async with channel.connect() as connection:
            return [await attempt(connection, *pair) for pair in zip(mails, [*mails[1:], None], strict=True)]

    async def main():
        times = {"command_timeout": 5, "content_timeout": 5}
        channel = SmtpChannel(
            SmtpOptions(
                host="127.0.0.1",
                port=port,
                security=Security.CLEAR,
                local_hostname="digest.example",
                **{**times, **options},
            )
        )
        shares = [[mail(number) for number in range(start, count, connections)] for start in range(connections)]
        return [outcome for share in await asyncio.gather(*(one(channel, s) for s in shares)) for outcome in share]

    return asyncio.run(main())


@pytest.mark.parametrize("plain", [(), ("-p",), ("-e",)], ids=["in a row", "no PIPELINING", "no ESMTP"])
def test_everything_is_accepted(sink, plain):
    outcomes = carry(sink(*plain), 60, connections=4, recycle_after=7)
    assert [outcome.code for outcome in outcomes] == [250] * 60


@pytest.mark.parametrize("plain", [(), ("-p",)], ids=["in a row", "no PIPELINING"])
def test_what_is_kept_is_what_was_sent(sink, plain, tmp_path):
    box = tmp_path / "box"
    box.mkdir()
    outcomes = carry(sink("-d", f"{box}/mail.", *plain), 12, connections=2)
    assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    kept = [path.read_bytes().replace(b"\r\n", b"\n") for path in box.iterdir()]
    assert len(kept) == 12
    for number in range(12):
        content = mail(number).content.replace(b"\r\n", b"\n")
        [found] = [text for text in kept if f"<r{number}@x.example>".encode() in text]
        assert content in found


@pytest.mark.parametrize(
    ("option", "command", "kind"),
    [
        ("-r", "MAIL", TryLater),
        ("-r", "RCPT", TryLater),
        ("-r", "DATA", TryLater),
        ("-r", ".", TryLater),
        ("-f", "MAIL", ChannelDown),
        ("-f", "RCPT", MessageRefused),
        ("-f", "DATA", MessageRefused),
        ("-f", ".", MessageRefused),
        ("-q", "MAIL", ChannelDown),
        ("-q", "RCPT", TryLater),
        ("-q", "DATA", TryLater),
        ("-q", ".", Unconfirmed),
        ("-Q", "MAIL", ChannelDown),
        ("-Q", "RCPT", TryLater),
        ("-Q", "DATA", TryLater),
        ("-Q", ".", TryLater),
    ],
)
def test_each_refusal_and_each_end_is_what_it_is(sink, option, command, kind):
    outcomes = carry(sink(option, command), 3)
    assert [type(outcome) for outcome in outcomes] == [kind] * 3


def test_a_refused_reader_is_a_dead_address(sink):
    outcomes = carry(sink("-f", "RCPT", "-B", "550 5.1.1 no such reader"), 3)
    assert [type(outcome) for outcome in outcomes] == [RecipientRefused] * 3


def test_a_server_that_ends_the_content_before_it_is_over(sink):
    outcomes = carry(sink("-A", "0"), 2)
    assert all(isinstance(outcome, MessageRefused | Unconfirmed | TryLater) for outcome in outcomes)
