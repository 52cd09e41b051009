"""How a command that sends is told to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


def _unheard() -> None:
    """Nobody is to be told."""


@asynccontextmanager
async def stoppable(heard: Callable[[], None] = _unheard) -> AsyncIterator[asyncio.Event]:
    """An event that SIGTERM or Ctrl-C sets, so that the mail in hand is finished first; then `heard` is called.

    A second one cancels the task that entered here: it ends at once, with CancelledError.
    """
    stop = asyncio.Event()
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def told() -> None:
        if not stop.is_set():
            stop.set()
            heard()
        elif task is not None:
            task.cancel()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, told)
    try:
        yield stop
    finally:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)
