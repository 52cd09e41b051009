"""What every channel promises (ports.Channel), held against SMTP, the outbox and the fake."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiosmtpd.smtp import SMTP

from digest.channels.outbox import OutboxChannel
from digest.channels.relay import Security, SmtpOptions
from digest.channels.smtp import SmtpChannel
from digest.model.delivery import Receipt
from digest.model.message import Mail
from digest.testing import FakeChannel

CONTENTS = [
    b"Subject: one\r\n\r\nbody\r\n",
    b".leading dot\r\n..two\r\n.\r\nlast\r\n",
    b"Subject: long\r\n\r\n" + b"x" * 998 + b"\r\n",
    b"\r\n" * 3,
    b"Subject: big\r\n\r\n" + b"0123456789abcdef\r\n" * 20_000,
]


class Keeper:
    """An aiosmtpd handler that keeps the content of mails."""

    def __init__(self):
        self.contents = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - named by aiosmtpd
        self.contents.append(envelope.content)
        return "250 2.0.0 kept"


@asynccontextmanager
async def smtp(folder):
    keeper = Keeper()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(keeper), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    options = SmtpOptions(host="127.0.0.1", port=port, security=Security.CLEAR, local_hostname="digest.example")
    try:
        yield SmtpChannel(options), lambda: list(keeper.contents)
    finally:
        server.close()
        await asyncio.sleep(0.01)


@asynccontextmanager
async def outbox(folder):
    yield OutboxChannel(folder), lambda: [path.read_bytes() for path in sorted((folder / "new").iterdir())]


@asynccontextmanager
async def fake(folder):
    channel = FakeChannel()
    yield channel, lambda: [mail.content for mail in channel.mails]


@pytest.fixture(params=[smtp, outbox, fake], ids=lambda make: make.__name__)
def with_channel(request, tmp_path):
    """Run a coroutine function with a channel and a function that lists what arrived."""

    def run(scene):
        async def main():
            async with request.param(tmp_path / "box") as (channel, arrived):
                return await asyncio.wait_for(scene(channel, arrived), 30)

        return asyncio.run(main())

    return run


def letter(number, content=CONTENTS[0]):
    return Mail(
        envelope_from="bounces@digest.example",
        envelope_to=f"reader{number}@mail.example",
        message_id=f"1.{number}@digest.example",
        content=content,
    )


async def go():
    return True


async def stay():
    return False


def test_a_channel_has_a_name(with_channel):
    async def scene(channel, arrived):
        assert channel.name in {"smtp", "outbox", "fake"}

    with_channel(scene)


def test_what_is_accepted_has_arrived_byte_for_byte(with_channel):
    async def scene(channel, arrived):
        async with channel.connect() as connection:
            for number, content in enumerate(CONTENTS):
                receipt = await connection.send(letter(number, content), starting=go)
                assert isinstance(receipt, Receipt)
                assert receipt.code == 250
                assert receipt.text
        assert arrived() == CONTENTS

    with_channel(scene)


def test_starting_is_asked_once_a_mail_and_before_anything_arrives(with_channel):
    async def scene(channel, arrived):
        seen = []

        async def look():
            seen.append(len(arrived()))
            return True

        async with channel.connect() as connection:
            await connection.send(letter(1), starting=look)
            await connection.send(letter(2), starting=look)
        assert seen == [0, 1]

    with_channel(scene)


def test_a_mail_that_must_not_go_leaves_no_trace(with_channel):
    async def scene(channel, arrived):
        async with channel.connect() as connection:
            assert await connection.send(letter(1), starting=stay) is None
            assert await connection.send(letter(2), starting=go) is not None
            assert await connection.send(letter(3), starting=stay) is None
        assert len(arrived()) == 1

    with_channel(scene)


def test_a_fault_in_starting_comes_out_and_nothing_arrives(with_channel):
    async def scene(channel, arrived):
        async def fail():
            raise LookupError("the store is gone")

        async with channel.connect() as connection:
            with pytest.raises(LookupError, match="the store is gone"):
                await connection.send(letter(1), starting=fail)
            assert await connection.send(letter(2), starting=go) is not None
        assert len(arrived()) == 1

    with_channel(scene)


def test_cancelled_before_the_content_nothing_arrives(with_channel):
    async def scene(channel, arrived):
        asked = asyncio.Event()

        async def hang():
            asked.set()
            await asyncio.Event().wait()

        async with channel.connect() as connection:
            sending = asyncio.create_task(connection.send(letter(1), starting=hang))
            await asked.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert await connection.send(letter(2), starting=go) is not None
        assert len(arrived()) == 1

    with_channel(scene)


def test_several_connections_work_side_by_side(with_channel):
    async def scene(channel, arrived):
        async def one(start):
            async with channel.connect() as connection:
                for number in range(start, start + 5):
                    assert await connection.send(letter(number), starting=go) is not None

        await asyncio.gather(one(10), one(20), one(30))
        assert len(arrived()) == 15

    with_channel(scene)
