"""Signs of life: whoever sends gives them, so that the others know whose mails to take back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import partial

from digest.delivery.beside import in_thread
from digest.delivery.identity import alive, retire, worker_name
from digest.errors import StoreError
from digest.ports import Ledger
from digest.ports.sending import WorkerStore

BEAT = 10.0
"""Seconds between two signs of life."""

SILENT = timedelta(seconds=60)
"""Who gave no sign for so long is dead, cut off from the store, or stopped in its tracks."""


SENDS = "sends"
"""What a worker does that carries mail."""


@asynccontextmanager
async def beating(workers: WorkerStore, doing: str) -> AsyncIterator[str]:
    """A name in the ledger for one run of a sender, with signs of life until the block ends; raises StoreError.

    The first sign is given before the name is, so that nobody holds what a stranger has claimed.
    """
    name = worker_name()
    try:
        await in_thread(partial(workers.beat, name, doing))
        heart = asyncio.create_task(_beat(workers, name, doing))
        try:
            yield name
        finally:
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)
            # A store that is away forgets us by itself.
            with suppress(StoreError):
                await in_thread(partial(workers.leave, name))
    finally:
        retire(name)


async def _beat(workers: WorkerStore, name: str, doing: str) -> None:
    while True:
        await asyncio.sleep(BEAT)
        # While the store is away nothing can be sent either, and who sends will say so.
        with suppress(StoreError):
            await in_thread(partial(workers.beat, name, doing))


def take_back(
    ledger: Ledger, workers: WorkerStore, *, one_machine: bool, resend_at: datetime | None, now: datetime
) -> int:
    """Let what the dead have left be sent by others; returns how many of their mails are unconfirmed now.

    What is certain to be dead is done with at once. The silent may wake again: what they have claimed is free to take,
    for they cannot begin what is not theirs any more; but a mail they have begun may be under way, and is left to them
    until its lease ends.
    """
    known = workers.all()
    silent = {each.name for each in known if each.silence > SILENT}
    stopped: list[str] = []

    def may_work(worker: str) -> bool:
        living = alive(worker, one_machine=one_machine)
        if living and worker in silent:
            stopped.append(worker)
        return living

    unconfirmed = ledger.recover(alive=may_work, resend_at=resend_at, now=now)
    for worker in stopped:
        ledger.release(worker=worker)
    for each in known:
        if not alive(each.name, one_machine=one_machine):
            workers.leave(each.name)
    return unconfirmed
