"""A queue is served until it is time to stop, and again after whatever went wrong."""

import asyncio
import logging
import os
import signal
from dataclasses import dataclass

import pytest

from digest.errors import StoreError
from digest.newsroom.stopping import stoppable
from digest.workers import BEATS, Worker


@dataclass
class Trial:
    """What serving comes to, one after the other; after the last it is time to stop."""

    outcomes: list[BaseException | None]
    stop: asyncio.Event
    served: int = 0

    async def serve(self) -> None:
        self.served += 1
        outcome = self.outcomes.pop(0)
        if not self.outcomes:
            self.stop.set()
        if outcome is not None:
            raise outcome


class Serving(Worker):
    def __init__(self, trial):
        super().__init__(None, trial.stop)
        self.trial = trial

    async def _serve(self, name, concurrency):
        await self.trial.serve()


async def kept(outcomes) -> Trial:
    trial = Trial(list(outcomes), asyncio.Event())
    await asyncio.wait_for(Serving(trial).keep(BEATS, 1), 30)
    return trial


def test_a_queue_that_was_served_in_vain_is_served_again(caplog):
    trial = asyncio.run(kept([StoreError("the queue is away"), None, None]))
    assert trial.served == 3
    first, second = (record.getMessage() for record in caplog.records)
    assert "the queue is away" in first
    assert "its connection was lost" in second


def test_a_fault_of_ours_keeps_its_traceback_and_does_not_end_the_worker(caplog):
    trial = asyncio.run(kept([ZeroDivisionError(), None]))
    assert trial.served == 2
    fault, again = caplog.records
    assert fault.exc_info[0] is ZeroDivisionError
    assert (again.levelno, "ZeroDivisionError" in again.getMessage()) == (logging.WARNING, True)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_lets_what_it_serves_end_in_good_order(sign):
    ended: list[str] = []

    class Slow(Worker):
        async def _serve(self, name, concurrency):
            try:
                os.kill(os.getpid(), sign)
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0.01)
                ended.append(name)

    async def main():
        async with stoppable() as stop:
            await asyncio.wait_for(Slow(None, stop).keep(BEATS, 1), 30)

    asyncio.run(main())
    assert ended == [BEATS]
