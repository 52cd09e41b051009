"""The mails that wait for a connection: few enough for any list to fit into memory."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Backlog(Generic[T]):
    """A bounded line between one filler and many takers, which anybody may close.

    It belongs to one event loop. `low` is how few must be waiting before the filler is asked for more.
    """

    def __init__(self, *, low: int) -> None:
        self._low = low
        self._waiting: deque[T] = deque()
        self._in_hand = 0
        self._changed = asyncio.Condition()
        self.closed = asyncio.Event()

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is in hand."""
        return not self._waiting and not self._in_hand

    async def put(self, mails: Iterable[T]) -> None:
        """Add mails at the end."""
        async with self._changed:
            self._waiting.extend(mails)
            self._changed.notify_all()

    async def take(self) -> T | None:
        """The next mail, which is in hand until `done`; None when the line was closed."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting or self.closed.is_set())
            if self.closed.is_set():
                return None
            self._in_hand += 1
            mail = self._waiting.popleft()
            if len(self._waiting) <= self._low:
                self._changed.notify_all()
            return mail

    def take_now(self) -> T | None:
        """The same without waiting; None also where nothing waits."""
        if self.closed.is_set() or not self._waiting:
            return None
        self._in_hand += 1
        return self._waiting.popleft()

    async def put_back(self, mail: T) -> None:
        """Let another taker have a mail in hand; in a closed line it is dropped."""
        async with self._changed:
            self._in_hand -= 1
            if not self.closed.is_set():
                self._waiting.appendleft(mail)
            self._changed.notify_all()

    async def done(self) -> None:
        """Put one mail out of hand."""
        async with self._changed:
            self._in_hand -= 1
            self._changed.notify_all()

    async def hungry(self) -> bool:
        """Wait until few mails wait; False when the line was closed."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._waiting) <= self._low or self.closed.is_set())
        return not self.closed.is_set()

    async def emptied(self) -> None:
        """Wait until nothing waits and nothing is in hand, or the line is closed."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.idle or self.closed.is_set())

    async def close(self) -> None:
        """Let nothing more be taken; what waits is dropped."""
        async with self._changed:
            self.closed.set()
            self._waiting.clear()
            self._changed.notify_all()
