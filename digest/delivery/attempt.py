"""Bringing what is due to the wire: leased, announced, sent, settled, and never forgotten."""

import asyncio
from collections.abc import Sequence
from functools import partial

from digest.delivery.carrier import Carrier
from digest.delivery.run import Composer, Report, Run, Terms, in_thread
from digest.ports import Channel, Clock, Ledger


async def drain(
    ledger: Ledger, channel: Channel, compose: Composer, *, terms: Terms, clock: Clock, stop: asyncio.Event
) -> Report:
    """Send what is due until nothing is left, the channel is down, or `stop` is set.

    When `stop` is set the mails in hand are finished; what was leased and not begun is given back in every case.
    Errors of `compose` and of the ledger (StoreError) end the run and are raised. Opens no connection when
    nothing is due.
    """
    run = Run(ledger, compose, terms=terms, clock=clock)
    carriers = [Carrier(run, channel).carry() for _ in range(terms.connections)]
    tasks = [asyncio.create_task(work) for work in (run.fill(), *carriers)]
    watch = asyncio.create_task(run.watch(stop))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        await run.backlog.close()
        await asyncio.wait(tasks)
    finally:
        await _end([watch, *tasks])
        await in_thread(partial(ledger.release, worker=terms.worker))
    for task in tasks:
        task.result()
    return run.report


async def _end(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
