"""What is done beside the loop of a drain: blocking work in a thread, and the ledger's answers out of its own."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work beside the loop; when cancelled, only after the work has ended."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    finally:
        await asyncio.wait([running])


class Answers:
    """Brings answers from the ledger's thread into the loop. Those that come together, as the mails of one commit do,
    wake the loop once: waking it costs more than what is then done for a mail.

    Whoever gives up waiting does not take the work back.
    """

    def __init__(self) -> None:
        self._arrived: deque[asyncio.Future[None]] = deque()
        self._woken = False

    async def of(self, future: "Future[bool]") -> bool:
        """The answer, when it is there; raises what the ledger raised."""
        if not future.done():
            loop = asyncio.get_running_loop()
            waiter = loop.create_future()
            future.add_done_callback(lambda _done: self._arrive(loop, waiter))
            await waiter
        return future.result()

    def _arrive(self, loop: asyncio.AbstractEventLoop, waiter: "asyncio.Future[None]") -> None:
        """Called in the ledger's thread. First into the line and then the look at the flag: `_deliver` does these two
        the other way round, so that nobody is left in the line.
        """
        self._arrived.append(waiter)
        if not self._woken and not loop.is_closed():
            self._woken = True
            loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._woken = False
        while self._arrived:
            waiter = self._arrived.popleft()
            if not waiter.done():
                waiter.set_result(None)
