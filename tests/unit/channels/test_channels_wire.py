"""What comes in over the wire becomes answers, however it is cut."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.channels.wire import LONGEST_ANSWER, MOST_UNREAD, Wire

WORDS = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=30).map(lambda text: text.encode())
CODES = st.integers(200, 599).map(lambda code: b"%d" % code)


class Pipe(asyncio.Transport):
    """A transport that keeps what is written to it; `unsent` octets of it have not left."""

    def __init__(self):
        super().__init__()
        self.written = b""
        self.closing = False
        self.unsent = 0
        self.breaks = False

    def set_protocol(self, protocol):
        self.protocol = protocol

    def is_closing(self):
        return self.closing

    def write(self, data):
        self.closing = self.closing or self.breaks
        self.written += b"" if self.breaks else data

    def get_write_buffer_size(self):
        return self.unsent

    def abort(self):
        self.closing, self.unsent = True, 0


def on_wire(scene):
    """Run a scene with a wire and its pipe."""

    async def main():
        pipe = Pipe()
        return await asyncio.wait_for(scene(Wire(pipe), pipe), 20)

    return asyncio.run(main())


@st.composite
def answers(draw):
    """An answer as it is sent: one or more lines of one code."""
    code, first, others = draw(CODES), draw(WORDS), draw(st.lists(WORDS, max_size=3))
    ending = draw(st.sampled_from([b"\r\n", b"\n"]))
    lines = [code + b"-" + words for words in others] + [code + b" " + first]
    return b"".join(line + ending for line in lines)


def cut(octets, places):
    ends = sorted({min(place, len(octets)) for place in places} | {0, len(octets)})
    return [octets[start:end] for start, end in pairwise(ends)]


def heard(*pieces):
    """The answers that come out when these octets come in."""

    async def scene(wire, pipe):
        for piece in pieces:
            wire.data_received(piece)
        found = []
        try:
            while True:
                found.append(await wire.answer(0))
        except TimeoutError:
            return found

    return on_wire(scene)


@given(sent=st.lists(answers(), min_size=1, max_size=5), places=st.lists(st.integers(0, 400), max_size=30))
def test_answers_are_the_same_however_they_are_cut(sent, places):
    octets = b"".join(sent)
    expected = heard(octets)
    assert [answer.code for answer in expected] == [int(answer[:3]) for answer in sent]
    assert heard(*cut(octets, places)) == expected
    assert heard(*(bytes([octet]) for octet in octets)) == expected


@given(octets=st.binary(max_size=80), places=st.lists(st.integers(0, 80), max_size=10))
def test_noise_is_the_same_noise_however_it_is_cut(octets, places):
    assert heard(*cut(octets, places)) == heard(octets)


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1 400 Bad Request"),
        (b"\r\n", ""),
        (b"25\r\n", "25"),
        (b"2500 ok\r\n", "2500 ok"),
        (b"\0" * 3 + b" ok\r\n", "ok"),
        (b"\xb2\xb2\xb2 ok\r\n", "\ufffd\ufffd\ufffd ok"),
        (b"250-one\r\n550 two\r\n", "550 two"),
        (b"x" * (LONGEST_ANSWER + 1), "x" * 300),
        (b"250 " + b"x" * LONGEST_ANSWER + b"\r\n", "250 " + "x" * 296),
        (b"250-" + b"\r\n250-".join([b"x" * 100] * 1000), "250-" + "x" * 100),
    ],
)
def test_what_is_no_answer_is_none(octets, says):
    [answer] = heard(octets)
    assert (answer.code, answer.text) == (0, says)


def test_after_noise_nothing_is_trusted():
    found = heard(b"250 first\r\nnoise\r\n250 second\r\n", b"250 third\r\n")
    assert [answer.code for answer in found] == [250, 0]


def test_a_flood_of_answers_is_noise():
    found = heard(b"250 more\r\n" * 100_000, b"250 more\r\n")
    assert [answer.code for answer in found] == [250] * MOST_UNREAD + [0]


def test_a_status_in_every_line_is_said_once():
    [answer] = heard(b"550-5.1.1 The address that you tried\r\n550 5.1.1 is not here.\r\n")
    assert (answer.text, answer.enhanced) == ("5.1.1 The address that you tried is not here.", "5.1.1")


def test_an_answer_that_drips_is_not_waited_for_beyond_its_time():
    async def scene(wire, pipe):
        async def drip():
            while True:
                wire.data_received(b"250-x\r\n")
                await asyncio.sleep(0.01)

        dripping = asyncio.create_task(drip())
        with pytest.raises(TimeoutError, match="did not answer in time"):
            await wire.answer(0.1)
        dripping.cancel()

    on_wire(scene)


def test_answers_that_came_before_the_end_can_be_read():
    async def scene(wire, pipe):
        wire.data_received(b"250 kept\r\n221 bye")
        wire.eof_received()
        wire.connection_lost(None)
        assert (await wire.answer(1)).text == "kept"
        with pytest.raises(ConnectionError, match="closed the connection"):
            await wire.answer(1)

    on_wire(scene)


@pytest.mark.parametrize("end", ["eof_received", "abort"])
def test_the_end_wakes_who_waits(end):
    async def scene(wire, pipe):
        asyncio.get_running_loop().call_soon(getattr(wire, end))
        with pytest.raises(ConnectionError):
            await wire.answer(5)

    on_wire(scene)


@pytest.mark.parametrize("said", [b"421 4.4.2 timeout\r\n", b"25", b"250-more\r\n", b"noise\r\n"])
def test_nothing_is_written_after_something_unasked(said):
    async def scene(wire, pipe):
        wire.data_received(said)
        with pytest.raises(ConnectionError, match="unasked"):
            wire.write(b"MAIL")
        assert pipe.written == b""

    on_wire(scene)


def test_nothing_is_written_to_a_connection_that_is_gone():
    async def scene(wire, pipe):
        pipe.closing = True
        with pytest.raises(ConnectionError):
            wire.write(b"MAIL")
        assert pipe.written == b""

    on_wire(scene)


def test_a_write_that_breaks_at_once_says_so():
    async def scene(wire, pipe):
        pipe.breaks = True
        with pytest.raises(ConnectionError):
            wire.write(b"MAIL")

    on_wire(scene)


@pytest.mark.parametrize("end", ["eof_received", "abort"])
def test_what_has_not_left_is_known_at_the_end(end):
    async def scene(wire, pipe):
        wire.write(b"0123456789")
        pipe.unsent = 7
        assert wire.unsent == 7
        getattr(wire, end)()
        pipe.unsent = 0
        wire.connection_lost(None)
        assert wire.unsent == 7

    on_wire(scene)
