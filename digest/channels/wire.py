"""The bare wire under SMTP: what is written goes out as it is, what comes in is cut into answers (RFC 5321, 4.2).

It takes over a connection that has been opened, secured and logged in, and can wait for several answers at a time, as
pipelining needs it (RFC 2920). All that comes in is hostile: answers are bounded, and what is no answer is none.
"""

import asyncio
import re
from collections import deque

from digest.channels.answers import Answer, answer_of, no_answer

LONGEST_ANSWER = 16_384
"""How long an answer may be, all its lines together, in octets. RFC 5321 allows 512 for each line."""

MOST_UNREAD = 8
"""How many answers may wait to be read. Never more than four are asked for at a time."""

LINE = re.compile(rb"[0-9]{3}(?:[ \r-]|\Z)")
CLOSED = "closed the connection"


class Wire(asyncio.Protocol):
    """One connection, used by one task. After its first fault (an OSError) it is of no more use.

    Writing needs no flow control: after each write its answer is awaited, so that never more than one mail waits in
    the transport.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        """Take the connection over from whom it belonged to."""
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._unread: deque[Answer] = deque()
        self._lines: list[bytes] = []
        self._rest = b""
        self._length = 0
        self._garbled = False
        self._unsent = 0
        self._lost = transport.is_closing()
        transport.set_protocol(self)

    @property
    def quiet(self) -> bool:
        """Whether the connection is open and nothing has been said that is not read yet."""
        return not (self._transport.is_closing() or self._unread or self._lines or self._rest)

    @property
    def unsent(self) -> int:
        """How many octets at the end of what was written have not left (at least so many), and after `abort` never do.

        A connection that was reset, or speaks TLS, does not tell: then it is 0.
        """
        return self._unsent if self._lost else self._transport.get_write_buffer_size()

    def write(self, octets: bytes) -> None:
        """Write all at once.

        Raises ConnectionError where the connection is not quiet, and where it broke at once: the end has not left then.
        """
        if self._unread or self._lines or self._rest:
            raise ConnectionAbortedError(f"said {self._unread[0] if self._unread else 'something'} unasked")
        if not self._transport.is_closing():
            self._transport.write(octets)
        if self._transport.is_closing():
            raise ConnectionResetError(CLOSED)

    async def answer(self, within: float) -> Answer:
        """The next answer, of code 0 where what came is none.

        Raises TimeoutError where it is not there, whole, within so many seconds, and ConnectionError.
        """
        if not self._unread:
            await self._arrival(within)
        return self._unread.popleft()

    def abort(self) -> None:
        """Close without a word. What has not left yet never will."""
        self._lose()
        self._transport.abort()

    async def _arrival(self, within: float) -> None:
        if self._lost:
            raise ConnectionResetError(CLOSED)
        waiter = self._waiter = self._loop.create_future()
        timer = self._loop.call_later(within, _give_up, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Cut what has come into answers."""
        if self._garbled:
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line)
        if self._length + len(self._rest) > LONGEST_ANSWER:
            self._refuse(self._rest)
        if self._unread and self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def eof_received(self) -> None:
        """The server will say no more; the transport closes itself. Answers that came before can still be read."""
        self._lose()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 why it is lost changes nothing
        """The connection is gone."""
        self._lose()

    def _take(self, line: bytes) -> None:
        """Take one line: `250 the last`, `250-with more to come`, or `250` alone. All lines have the same code."""
        self._length += len(line)
        odd = not LINE.match(line) or (self._lines and self._lines[0][:3] != line[:3])
        if odd or self._length > LONGEST_ANSWER or len(self._unread) == MOST_UNREAD:
            self._refuse(line)
        if self._garbled:
            return
        self._lines.append(line)
        if line[3:4] != b"-":
            self._unread.append(answer_of(tuple(self._lines)))
            self._lines, self._length = [], 0

    def _refuse(self, words: bytes) -> None:
        """What came is no answer, and nothing that comes after it is trusted."""
        if not self._garbled:
            self._garbled = True
            self._unread.append(no_answer(words))

    def _lose(self) -> None:
        if not self._lost:
            self._unsent, self._lost = self.unsent, True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ConnectionResetError(CLOSED))


def _give_up(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError("did not answer in time"))
