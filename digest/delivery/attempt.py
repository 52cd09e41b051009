"""Bringing what is due to the wire: leased, announced, sent, settled, and never forgotten."""

import asyncio
from collections.abc import Sequence
from functools import partial

from digest.delivery.beside import in_thread
from digest.delivery.carrier import Carrier
from digest.delivery.filler import Filler
from digest.delivery.judge import Judge
from digest.delivery.routes import Route, Ways
from digest.delivery.run import Composer, Moving, Report, Run, Terms
from digest.ports import Clock, Ledger


async def drain(
    ledger: Ledger, routes: Sequence[Route], compose: Composer, *, terms: Terms, clock: Clock, stop: asyncio.Event
) -> Report:
    """Send what is due until nothing is left, no relay is up or has room, or `stop` is set.

    The mails are spread over the routes by their weights; what a relay cannot carry goes over the others. When `stop`
    is set the mails in hand are finished; what was leased and not begun is given back in every case. Errors of
    `compose` and of the stores (StoreError) end the run and are raised. Opens no connection when nothing is due.
    """
    now = Moving(clock, terms.monotonic)
    known = partial(Ways, routes, rates=terms.rates, relays=terms.relays, clock=now, at_once=terms.at_once)
    run = Run(ledger, await in_thread(known), compose, terms=terms, now=now)
    judge = Judge(run)
    carriers = [Carrier(run, judge, way, index) for way in run.ways.all for index in range(way.route.connections)]

    def stand_down() -> None:
        for carrier in carriers:
            carrier.stand_down()

    run.at_close = stand_down
    tasks = [asyncio.create_task(Filler(run).fill()), *(carrier.start() for carrier in carriers)]
    watch = asyncio.create_task(_watch(run, stop))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        run.close()
        await asyncio.wait(tasks)
    finally:
        await _end([watch, *tasks])
        await judge.conclude()
        await run.finish()
    for task in tasks:
        if not task.cancelled():
            task.result()
    return run.report


async def _watch(run: Run, stop: asyncio.Event) -> None:
    """End the run when we are asked to stop."""
    await stop.wait()
    run.halt("interrupted")


async def _end(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
