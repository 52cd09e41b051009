"""One of several machines that send from one store: procrastinate wakes the workers, the ledger decides.

A tick a minute, by whichever worker takes it, does what a beat of the scheduler does, but that it wakes workers in
place of sending. "Drain edition 41" wakes one, who wakes the next as soon as a mail has gone. What is sent, to whom and
how often is the ledger's alone: a job that is lost, or comes twice, loses and doubles nothing.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from time import monotonic
from typing import Any, NoReturn

from procrastinate import App as Queue
from procrastinate import PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import DeleteJobCondition, Job, Status
from procrastinate.manager import QUEUEING_LOCK_CONSTRAINT
from procrastinate.psycopg_connector import wrap_exceptions
from procrastinate.schema import SchemaManager

from digest.app import App
from digest.delivery.beside import in_thread
from digest.delivery.run import Report
from digest.errors import Conflict, DigestError, StoreError
from digest.newsroom import dispatch, heart
from digest.newsroom.beat import Went, beat, guarded, send_when_due, told_of_lost
from digest.newsroom.stopping import stoppable

BEATS, DRAINS = "beats", "drains"
"""The queues: a worker that sends for an hour must not keep the minutes from being looked at."""

LOOK = 15.0
"""Seconds between two looks at what died, by every worker: a job that does it could die with its worker."""

VAIN = 60.0
"""Seconds after a send of which nothing came (the relay is down, the rates leave no room) in which this worker calls
nobody but by a tick.
"""

STALLED = 60.0
"""Seconds without a sign of life from a worker's part of procrastinate, after which its jobs are another's."""

PATIENCE = 3
"""How often a job is given to another worker before it is dropped; the next tick makes a new one."""

RESTS = (1.0, 2.0, 5.0, 10.0)
"""Seconds between tries to reach the queue again; the last ever after."""

SKEW = timedelta(minutes=2)
"""The most that a worker's clock may be off the store's: leases and hours are reckoned by it."""

log = logging.getLogger("digest")


async def work(newspaper: App, *, concurrency: int = 1) -> None:
    """Tick, and send what is due in up to `concurrency` sends at once, until SIGTERM or SIGINT.

    The mails in hand are finished then. Raises StoreError where the store is away at the start, Conflict where the
    clocks differ too much; an outage later is waited for.
    """
    check_clock(newspaper)
    tell_in_brief()
    asyncio.get_running_loop().set_exception_handler(unheard)
    async with stoppable() as stop, heart.beating(newspaper.store.workers, "waits for work") as name:
        log.info("worker %s is ready", name)
        worker = Worker(newspaper, stop)
        await asyncio.gather(worker.keep(BEATS, 1), worker.keep(DRAINS, concurrency))
    log.info("worker %s has ended", name)


def check_clock(newspaper: App) -> None:
    """Raises Conflict where this machine's clock and the store's differ by more than SKEW."""
    skew = newspaper.clock() - newspaper.store.workers.clock()
    if abs(skew) > SKEW:
        way = "ahead of" if skew > timedelta() else "behind"
        raise Conflict(
            f"The clock of this machine is {abs(skew) // timedelta(seconds=1)} seconds {way} the database server's.",
            hint="Set both by NTP: leases and sending hours are reckoned by them.",
        )


class Worker:
    """What this process does for the queues, until it is told to stop."""

    def __init__(self, newspaper: App, stop: asyncio.Event) -> None:
        self._app = newspaper
        self._stop = stop
        self._vain_until = 0.0

    async def keep(self, name: str, concurrency: int) -> None:
        """Serve a queue until it is time to stop, and again after each outage."""
        tries = 0
        while not self._stop.is_set():
            began = monotonic()
            try:
                await self._unless_stopped(self._serve(name, concurrency))
                why = "its connection was lost"
            except DigestError as error:
                why = error.message
            except Exception as fault:  # the worker must outlive every fault; the traceback is kept
                log.exception("a fault of ours, or of procrastinate")
                why = type(fault).__name__
            tries = 0 if monotonic() - began > STALLED else tries + 1
            if not self._stop.is_set():
                seconds = RESTS[min(tries, len(RESTS) - 1)]
                log.warning("the queue of %s cannot be served (%s): again in %d s", name, why, seconds)
                await self._unless_stopped(asyncio.sleep(seconds))

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something, and cancel it when it is time to stop: whatever it has in hand it finishes then."""
        working = asyncio.create_task(work)
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        working.cancel()
        fault = (await asyncio.gather(working, stopping, return_exceptions=True))[0]
        if isinstance(fault, Exception):
            raise fault

    async def _serve(self, name: str, concurrency: int) -> None:
        store = self._app.store
        statements = SchemaManager.get_schema()
        await in_thread(partial(store.queue.lay_out, statements, version=version("procrastinate")))
        queue = Queue(connector=Connector(kwargs=dict(store.queue.reached_by()), min_size=1, max_size=4))
        self._lay_out_tasks(queue, ticking=name == BEATS)
        with explained():
            async with queue.open_async():
                looking = asyncio.create_task(self._look_out(queue) if name == BEATS else asyncio.sleep(0))
                try:
                    await queue.run_worker_async(
                        queues=[name],
                        name=name,
                        concurrency=concurrency,
                        delete_jobs=DeleteJobCondition.ALWAYS.value,
                        install_signal_handlers=False,
                        stalled_worker_timeout=STALLED,
                    )
                finally:
                    looking.cancel()
                    await asyncio.gather(looking, return_exceptions=True)

    def _lay_out_tasks(self, queue: Queue, *, ticking: bool) -> None:
        async def tick(timestamp: int) -> None:  # noqa: ARG001 procrastinate says for which minute
            await self._tick(queue)

        async def drain(edition: int) -> None:
            await self._drain(queue, edition)

        ticks = queue.task(name="tick", queue=BEATS, queueing_lock="tick")(tick)
        queue.task(name="drain", queue=DRAINS)(drain)
        if ticking:
            queue.periodic(cron="* * * * *")(ticks)

    async def _tick(self, queue: Queue) -> None:
        """A beat; what waits is seen to first, lest it wait for slow feeds."""
        await guarded(lambda stop: self._wake(queue, self._app, stop), self._stop)
        await beat(self._app, self._stop, carry=partial(self._wake, queue))

    async def _wake(self, queue: Queue, app: App, _stop: asyncio.Event) -> Went:
        """Take back what the dead had, and wake a worker where a mail is due."""
        lost, edition = await in_thread(partial(seen_to, app))
        if edition is not None:
            with explained():
                await call(queue, edition)
        return told_of_lost(lost)

    async def _see_to_the_dead(self, queue: Queue) -> Went:
        """The same, but that nobody is woken where that was in vain a moment ago."""
        if monotonic() > self._vain_until:
            return await self._wake(queue, self._app, self._stop)
        lost, _ = await in_thread(partial(seen_to, self._app))
        return told_of_lost(lost)

    async def _drain(self, queue: Queue, edition: int) -> None:
        """Send what is due, and look again for what a worker left that died meanwhile, until a look finds nothing."""
        while not self._stop.is_set() and await self._send(queue, edition):
            pass

    async def _send(self, queue: Queue, edition: int) -> bool:
        """Send what is due, and wake the next worker once something came of a mail; whether anything did.

        While the relay is down nothing does: it would be called at by all workers, and again and again.
        """
        calls: list[asyncio.Task[None]] = []

        def heard(report: Report) -> None:
            if not calls and report.tried:
                calls.append(asyncio.create_task(call(queue, edition)))

        await guarded(lambda stop: send_when_due(self._app, stop, heard), self._stop)
        await asyncio.gather(*calls, return_exceptions=True)
        if not calls:
            await guarded(lambda _stop: self._rest_if_vain(), self._stop)
        return bool(calls)

    async def _rest_if_vain(self) -> Went:
        """Call nobody for a while where mails are due of which nothing came."""
        _, edition = await in_thread(partial(seen_to, self._app))
        if edition is not None:
            self._vain_until = monotonic() + VAIN
        return Went.IDLE

    async def _look_out(self, queue: Queue) -> NoReturn:
        """Every few seconds see to the mails and the jobs of workers that died."""
        while True:
            await asyncio.sleep(LOOK)
            await guarded(lambda _stop: self._see_to_the_dead(queue), self._stop)
            await guarded(lambda _stop: hand_on(queue), self._stop)


def seen_to(app: App) -> tuple[int, int | None]:
    """Take back what the dead had: how many of their mails are unconfirmed now, and whose edition waits longest (0 for
    a mail of none, None where no mail is due).
    """
    lost = dispatch.take_back(app)
    return lost, app.store.history.waits_longest(app.clock())


async def call(queue: Queue, edition: int) -> None:
    """Wake one worker to send; one call for each edition waits at a time."""
    with suppress(AlreadyEnqueued):
        job = queue.configure_task("drain", queue=DRAINS, queueing_lock=f"drain {edition}")
        await job.defer_async(edition=edition)


async def hand_on(queue: Queue) -> Went:
    """Give the jobs of workers that died, or are silent, to others."""
    with explained():
        stalled = list(await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED))
    for job in stalled:
        # Where another worker was first, the job is not as it was any more, and procrastinate raises.
        with suppress(ConnectorException):
            await _hand_on(queue, job)
    return Went.WELL if stalled else Went.IDLE


async def _hand_on(queue: Queue, job: Job) -> None:
    if job.attempts < PATIENCE:
        try:
            await queue.job_manager.retry_job(job)
        except UniqueViolation:
            log.info("the job %s of a silent worker is dropped: one like it waits", job.task_name)
        else:
            log.info("the job %s of a silent worker waits for another", job.task_name)
            return
    await queue.job_manager.finish_job(job, Status.FAILED, delete_job=True)


class Connector(PsycopgConnector):
    """Procrastinate's own, made to close after a failed opening, and to understand a server that speaks no English: it
    reads from the server's words which lock is taken, and fails on others.
    """

    async def open_async(self, pool: Any = None) -> None:  # noqa: ANN401 its signature
        """Raises ConnectorException."""
        try:
            async with wrap_exceptions():
                await super().open_async(pool)
        except BaseException:
            await self.close_async()
            raise

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 its signature
        """One row."""
        with understood():
            row: dict[str, Any] = await super().execute_query_one_async(query, **arguments)
        return row

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:  # noqa: ANN401 its signature
        """All rows."""
        with understood():
            rows: list[dict[str, Any]] = await super().execute_query_all_async(query, **arguments)
        return rows


@contextmanager
def understood() -> Iterator[None]:
    """That one like it waits already, in whatever language the server says so."""
    try:
        yield
    except AssertionError as fault:
        raise UniqueViolation(constraint_name=QUEUEING_LOCK_CONSTRAINT, queueing_lock=None) from fault


@contextmanager
def explained() -> Iterator[None]:
    """What the queue cannot do, as a StoreError."""
    try:
        yield
    except ConnectorException as fault:
        words = str(fault.__cause__ or fault).strip().partition("\n")[0]
        raise StoreError(f"The queue cannot be used: {words}", hint="Check that the database server runs.") from fault


class Brief(logging.Handler):
    """What procrastinate says, each in a line: an outage is no fault of the code, and needs no traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it among our own."""
        log.log(record.levelno, "the queue: %s", " ".join(record.getMessage().split()))


def tell_in_brief() -> None:
    """Have procrastinate tell what goes wrong, and nothing of every job."""
    theirs = logging.getLogger("procrastinate")
    theirs.setLevel(logging.WARNING)
    theirs.propagate = False
    theirs.handlers = [Brief()]
    # Its connections say of themselves only what we say as well.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


def unheard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What nobody waits for any more: that a job or a mail could not be written down during an outage was told once."""
    if not isinstance(context.get("exception"), ConnectorException | StoreError):
        loop.default_exception_handler(context)
