"""How an event loop hears of what another thread has finished: once for all of it, not once for each.

A ledger resolves the futures of a commit one after the other. Waking the loop takes a system call and a switch of
threads, which for every single future would cost more than the ledger's own work.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class Bell:
    """Wakes one event loop, to do there what has come together in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Callable[[], None]] = []

    def ring(self, loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
        """Have something done in the loop; in a loop that was closed nobody waits for it."""
        with self._lock:
            self._waiting.append(work)
            first = len(self._waiting) == 1
        if first:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for work in waiting:
            work()


_bells: "WeakKeyDictionary[asyncio.AbstractEventLoop, Bell]" = WeakKeyDictionary()


def awaitable(future: "Future[T]") -> "asyncio.Future[T]":
    """The same future for the loop that runs. Who gives up waiting for it leaves the other as it is."""
    loop = asyncio.get_running_loop()
    if (bell := _bells.get(loop)) is None:
        bell = _bells[loop] = Bell()
    here: asyncio.Future[T] = loop.create_future()
    future.add_done_callback(lambda there: bell.ring(loop, partial(_hand_on, there, here)))
    return here


def _hand_on(there: "Future[T]", here: "asyncio.Future[T]") -> None:
    if here.done():
        return
    if (fault := there.exception()) is not None:
        here.set_exception(fault)
    else:
        here.set_result(there.result())
