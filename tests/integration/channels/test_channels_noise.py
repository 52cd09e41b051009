"""Whatever comes out of a socket, before the login and after it, is one of our faults and never a crash."""

import asyncio
from contextlib import asynccontextmanager

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.channels.relay import Security, SmtpOptions
from digest.channels.smtp import SmtpChannel
from digest.errors import DeliveryError
from digest.model.delivery import Receipt
from digest.model.message import Mail

HELLO = b"250-noise\r\n250-AUTH CRAM-MD5 PLAIN LOGIN\r\n250-PIPELINING\r\n250 SIZE\r\n"
WHOLE = [
    b"220 hello\r\n",
    HELLO,
    b"250-noise\r\n250-SIZE " + b"9" * 5000 + b"\r\n250 AUTH\r\n",
    b"334 PDEyMy40NTZAbm9pc2U+\r\n",
    b"334 \xff!\r\n",
    b"235 2.7.0 welcome\r\n",
    b"250 ok\r\n",
    b"354 go on\r\n",
    b"421 closing\r\n",
    b"535 5.7.8 no\r\n",
    b"550 5.1.1 no\r\n",
    b"250-\r\n",
    b"\r\n",
]
SAYINGS = st.one_of(st.sampled_from(WHOLE), st.binary(max_size=40), st.sampled_from(["close", "reset"]))


class Noise(asyncio.Protocol):
    """Says one thing at the beginning, and one for whatever comes in."""

    def __init__(self, sayings):
        self.sayings = sayings

    def connection_made(self, transport):
        self.transport = transport
        self.say()

    def data_received(self, data):
        self.say()

    def say(self):
        saying = self.sayings.pop(0) if self.sayings else "close"
        if saying == "close":
            self.transport.close()
        elif saying == "reset":
            self.transport.abort()
        else:
            self.transport.write(saying)


@asynccontextmanager
async def noise(sayings):
    """The noise on a free port of loopback."""
    doors = []

    def door():
        doors.append(Noise(sayings))
        return doors[-1]

    server = await asyncio.get_running_loop().create_server(door, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for each in doors:
            each.transport.abort()
        await asyncio.sleep(0.01)


async def go():
    return True


async def outcomes(sayings, user):
    """What two mails come to in all that noise."""
    found = []
    async with noise(list(sayings)) as port:
        options = SmtpOptions(
            host="127.0.0.1",
            port=port,
            security=Security.CLEAR,
            username=user,
            password=user and "pässword",
            local_hostname="digest.example",
            connect_timeout=0.05,
            command_timeout=0.05,
            content_timeout=0.05,
            goodbye_timeout=0.05,
        )
        mails = [Mail(envelope_from="", envelope_to=f"{name}@x", message_id="", content=b"\r\n") for name in "ab"]
        try:
            async with SmtpChannel(options).connect() as connection:
                for mail, following in zip(mails, [mails[1], None], strict=True):
                    try:
                        found.append(await connection.send(mail, starting=go, following=following))
                    except DeliveryError as error:
                        found.append(error)
        except DeliveryError as error:
            found.append(error)
    return found


@settings(max_examples=150, deadline=None)
@given(
    before=st.sampled_from([[], WHOLE[:2], [WHOLE[0], HELLO, b"334 PDE+\r\n", b"235 2.7.0 welcome\r\n"]]),
    sayings=st.lists(SAYINGS, max_size=10),
    user=st.sampled_from(["", "änä"]),
)
def test_noise_is_one_of_our_faults(before, sayings, user):
    for outcome in asyncio.run(outcomes([*before, *sayings], user)):
        assert isinstance(outcome, Receipt | DeliveryError)
        if isinstance(outcome, DeliveryError):
            assert "\n" not in outcome.message
            assert "pässword" not in outcome.message
