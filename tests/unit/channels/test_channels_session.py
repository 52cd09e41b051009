"""What is known of a content that has left only in part."""

import asyncio

import pytest

from digest.channels.envelope import Offers
from digest.channels.relay import SmtpOptions
from digest.channels.session import SmtpConnection
from digest.channels.wire import Wire
from digest.errors import TryLater, Unconfirmed
from digest.model.message import Mail

ENVELOPE = b"MAIL FROM:<b@digest.example>\r\nRCPT TO:<ben@x>\r\nDATA\r\n"


class Stalled(asyncio.Transport):
    """A server that answers an envelope and takes all of the content but its last octets."""

    def __init__(self, unsent):
        super().__init__()
        self.unsent = unsent
        self.left = 0

    def set_protocol(self, protocol):
        self.protocol = protocol

    def is_closing(self):
        return False

    def write(self, data):
        if data.startswith(b"MAIL"):
            self.protocol.data_received(b"250 ok\r\n250 ok\r\n354 go on\r\n")
        else:
            self.left = self.unsent

    def get_write_buffer_size(self):
        return self.left

    def abort(self):
        self.left = 0


def outcome(unsent, following):
    """What a mail comes to when so many octets have not left in time."""

    async def dial():
        return Wire(Stalled(unsent)), Offers(pipelining=True)

    async def go():
        return True

    async def main():
        options = SmtpOptions(host="x", port=25, content_timeout=0.01)
        connection = SmtpConnection(dial, options, distrust=lambda: None)
        await connection.open()
        return await connection.send(mail("ana"), starting=go, following=following)

    with pytest.raises((TryLater, Unconfirmed)) as caught:
        asyncio.run(main())
    return caught.type


def mail(name):
    return Mail(envelope_from="b@digest.example", envelope_to=f"{name}@x", message_id=name, content=b"news\r\n")


@pytest.mark.parametrize(("unsent", "kind"), [(0, Unconfirmed), (1, TryLater), (9, TryLater)])
def test_a_mail_whose_dot_has_not_left_has_not_arrived(unsent, kind):
    assert outcome(unsent, None) is kind


@pytest.mark.parametrize(
    ("more", "kind"), [(-len(ENVELOPE), Unconfirmed), (-1, Unconfirmed), (0, Unconfirmed), (1, TryLater)]
)
def test_what_was_announced_after_the_dot_may_be_what_has_not_left(more, kind):
    assert outcome(len(ENVELOPE) + more, mail("ben")) is kind
