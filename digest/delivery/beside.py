"""What is done beside the loop of a drain: blocking work in a thread, and the ledger's answers out of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from digest.delivery.waking import awaitable

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work beside the loop; when cancelled, only after the work has ended."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    finally:
        await asyncio.wait([running])


async def answer(future: "Future[T]") -> T:
    """What the ledger answers, which may be there already. Giving up waiting for it does not take the work back."""
    return future.result() if future.done() else await awaitable(future)
