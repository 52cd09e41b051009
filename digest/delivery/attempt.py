"""Bringing what is due to the wire: leased, announced, sent, settled, and never forgotten."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from digest.delivery.backlog import Backlog
from digest.delivery.pacing import Pacer
from digest.delivery.retry import decide
from digest.errors import ChannelDown, DeliveryError, MessageRefused, RecipientRefused, Unconfirmed
from digest.model.delivery import DeliveryState, Outcome
from digest.model.message import Mail
from digest.ports import Channel, Claim, Clock, Connection, Ledger

T = TypeVar("T")

REFUSED_CONTENT = 3
"""So many messages refused for what they are, none accepted in between, and the rest would fare the same."""

REFUSED_ADDRESSES = 10
"""So many dead addresses in a row, none accepted in between, and it is the relay that is wrong, not the list."""

PATIENCE = 3
"""Faults of a connection in a row, without a mail accepted, before it is given up."""

CLOSING = 421
SENDING_LEASE = timedelta(minutes=20)
"""Longer than any content takes: after it, a mail under way is the prey of `Ledger.recover`."""

Composer = Callable[[Sequence[Claim]], Sequence[Mail | Outcome]]
"""The mail of each claim, or what becomes of it where there is none. Fixes line-ups; called in a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run did, in deliveries. `suppressed` addresses are among the failed; `left_out` are those for whom
    there was nothing to send.

    `stopped` says why it ended before everything due was tried; it is empty where it was not.
    """

    accepted: int = 0
    deferred: int = 0
    failed: int = 0
    suppressed: int = 0
    unconfirmed: int = 0
    left_out: int = 0
    stopped: str = ""

    def words(self) -> str:
        """The counts that are not nought, in words."""
        counts = ((each.name.replace("_", " "), getattr(self, each.name)) for each in fields(self))
        return (
            ", ".join(f"{count} {name}" for name, count in counts if count and name != "stopped") or "nothing was sent"
        )


def _unheard(_report: Report) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How to send. `worker` is a name of this run alone (identity.worker_name).

    With `hold` an unconfirmed mail is not sent again by itself. `batch` claims are leased at a time for `lease`.
    `rest` is how long (in seconds) a connection rests after its first fault; twice that after the second.
    `progress` hears of every mail.
    """

    worker: str
    pacer: Pacer
    connections: int = 4
    hold: bool = False
    batch: int = 200
    lease: timedelta = timedelta(minutes=10)
    rest: float = 2.0
    progress: Callable[[Report], None] = _unheard


async def drain(
    ledger: Ledger, channel: Channel, compose: Composer, *, terms: Terms, clock: Clock, stop: asyncio.Event
) -> Report:
    """Send what is due until nothing is left, the channel is down, or `stop` is set.

    When `stop` is set the mails in hand are finished; what was leased and not begun is given back in every case.
    Errors of `compose` and of the ledger (StoreError) end the run and are raised. Opens no connection when
    nothing is due.
    """
    run = _Run(ledger, compose, terms=terms, clock=clock)
    carriers = [_Carrier(run, channel).carry() for _ in range(terms.connections)]
    tasks = [asyncio.create_task(work) for work in (run.fill(), *carriers)]
    watch = asyncio.create_task(run.watch(stop))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        await run.backlog.close()
        await asyncio.wait(tasks)
    finally:
        await _end([watch, *tasks])
        await _in_thread(partial(ledger.release, worker=terms.worker))
    for task in tasks:
        task.result()
    return run.report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A mail in the line, ours until `leased_until`."""

    claim: Claim
    mail: Mail
    leased_until: datetime


class _Run:
    """What the connections of one drain share."""

    def __init__(self, ledger: Ledger, compose: Composer, *, terms: Terms, clock: Clock) -> None:
        self.ledger = ledger
        self.terms = terms
        self.clock = clock
        self.report = Report()
        self.backlog: Backlog[_Job] = Backlog(low=terms.batch // 2)
        self.door = asyncio.Lock()
        self.connected = 0
        self._compose = compose
        self._refused_content = 0
        self._refused_addresses = 0

    async def fill(self) -> None:
        """Lease and compose while the line is short; close it when nothing is due and nothing may come back."""
        while await self.backlog.hungry():
            was_idle = self.backlog.idle
            now = self.clock()
            terms = self.terms
            claims = await _in_thread(
                partial(self.ledger.claim, worker=terms.worker, limit=terms.batch, lease=terms.lease, now=now)
            )
            if claims:
                await self._line_up(claims, now + terms.lease)
            elif was_idle:
                await self.backlog.close()
            else:
                await self.backlog.emptied()

    async def _line_up(self, claims: Sequence[Claim], leased_until: datetime) -> None:
        composed = list(zip(claims, await _in_thread(partial(self._compose, claims)), strict=True))
        await self.backlog.put(
            _Job(claim=claim, mail=mail, leased_until=leased_until)
            for claim, mail in composed
            if isinstance(mail, Mail)
        )
        unwritten = [(claim, outcome) for claim, outcome in composed if isinstance(outcome, Outcome)]
        await asyncio.gather(*(self.settle(claim, outcome) for claim, outcome in unwritten))

    async def watch(self, stop: asyncio.Event) -> None:
        """Close the line when we are asked to stop."""
        await stop.wait()
        await self.halt("interrupted")

    async def halt(self, reason: str) -> None:
        """Let nothing more begin; the first reason stands."""
        if not self.backlog.closed.is_set():
            self.report = replace(self.report, stopped=reason)
            await self.backlog.close()

    async def rest(self, seconds: float) -> None:
        """Wait, unless the line is closed."""
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.backlog.closed.wait(), seconds)

    def settle(self, claim: Claim, outcome: Outcome) -> Awaitable[bool]:
        """Hand an outcome to the ledger; from here on it is recorded whether it is awaited or not."""
        self._count(outcome)
        return _shared(self.ledger.settle(claim.delivery.id, outcome, worker=self.terms.worker, now=self.clock()))

    async def judge(self, error: DeliveryError) -> None:
        """Stop the channel when refusals in a row say that the fault is ours."""
        self._refused_content += isinstance(error, MessageRefused) and not error.personal
        self._refused_addresses += isinstance(error, RecipientRefused)
        if self._refused_content >= REFUSED_CONTENT:
            await self.halt(f"{self._refused_content} messages in a row were refused, the last with: {error.message}")
        elif self._refused_addresses >= REFUSED_ADDRESSES:
            await self.halt(
                f"{self._refused_addresses} addresses in a row were refused, the last with: {error.message}"
            )

    def _count(self, outcome: Outcome) -> None:
        state = outcome.state
        self.report = replace(
            self.report,
            accepted=self.report.accepted + (state is DeliveryState.ACCEPTED),
            deferred=self.report.deferred + (state is DeliveryState.DEFERRED),
            failed=self.report.failed + (state is DeliveryState.FAILED),
            unconfirmed=self.report.unconfirmed + (state is DeliveryState.UNCONFIRMED),
            suppressed=self.report.suppressed + bool(outcome.suppress),
            left_out=self.report.left_out + (state is DeliveryState.SUPPRESSED),
        )
        if state is DeliveryState.ACCEPTED:
            self._refused_content = self._refused_addresses = 0
        self.terms.progress(self.report)


class _Carrier:
    """One connection after the other, one mail at a time."""

    def __init__(self, run: _Run, channel: Channel) -> None:
        self._run = run
        self._channel = channel
        self._carried = 0
        self._settling: Awaitable[bool] | None = None
        self._if_interrupted: Outcome | None = None

    async def carry(self) -> None:
        """Carry until the line is closed, no connection can be opened, or they have failed too often."""
        run, faults = self._run, 0
        while faults < PATIENCE and (job := await run.backlog.take()) is not None:
            carried = self._carried
            try:
                error = await self._session(job)
            except ChannelDown as down:
                await self._fail(job, down)
                return await run.backlog.done()
            if error is None:
                return None
            faults = 1 if self._carried > carried else faults + 1
            await run.rest(run.terms.rest * faults)
            if faults == PATIENCE:
                return await self._give_up(error)
        return None

    async def _give_up(self, error: DeliveryError) -> None:
        """Leave the line to the other connections; without any, close it."""
        if not self._run.connected:
            await self._run.halt(error.message)

    async def _session(self, job: _Job) -> DeliveryError | None:
        """Connect and carry; returns the fault that ended it. Raises ChannelDown where no connection came about.

        Connections are opened one after the other: a wrong password is tried once, not ten times at once.
        """
        run = self._run
        async with AsyncExitStack() as stack:
            async with run.door:
                if run.backlog.closed.is_set():
                    return None
                try:
                    connection = await stack.enter_async_context(self._channel.connect())
                except ChannelDown as down:
                    await self._give_up(down)
                    raise
                run.connected += 1
            try:
                return await self._serve(connection, job)
            finally:
                run.connected -= 1
                await self._settled()

    async def _serve(self, connection: Connection, first: _Job) -> DeliveryError | None:
        """Carry one mail after the other; returns the fault after which the connection is of no use."""
        job: _Job | None = first
        while job is not None:
            error = await self._attempt(connection, job)
            await self._run.backlog.done()
            if isinstance(error, ChannelDown) or (error is not None and error.code == CLOSING):
                return error
            job = await self._run.backlog.take()
        return None

    async def _attempt(self, connection: Connection, job: _Job) -> DeliveryError | None:
        """Carry one mail when its turn comes; a lease that ran out in the line is given back."""
        run = self._run
        await run.rest(run.terms.pacer.reserve())
        if run.backlog.closed.is_set():
            return None
        if run.clock() >= job.leased_until:
            await run.settle(job.claim, Outcome(state=DeliveryState.QUEUED))
            return None
        self._if_interrupted = None
        return await self._carry_one(connection, job)

    async def _carry_one(self, connection: Connection, job: _Job) -> DeliveryError | None:
        try:
            receipt = await connection.send(job.mail, starting=partial(self._announce, job))
        except DeliveryError as error:
            await self._fail(job, error)
            return error
        except BaseException:
            if self._if_interrupted is not None:
                self._run.settle(job.claim, self._if_interrupted)
            raise
        if receipt is not None:
            self._carried += 1
            answer = f"{receipt.code} {receipt.text}".rstrip()
            self._settling = self._run.settle(job.claim, Outcome(state=DeliveryState.ACCEPTED, answer=answer))
        return None

    async def _announce(self, job: _Job) -> bool:
        """Commit that content is about to leave, together with the outcome of the mail before (one fsync for both)."""
        run, now = self._run, self._run.clock()
        self._if_interrupted = Outcome(state=DeliveryState.QUEUED, answer="interrupted before the content")
        announced = _shared(
            run.ledger.sending(job.claim.delivery.id, worker=run.terms.worker, until=now + SENDING_LEASE, now=now)
        )
        await self._settled()
        going = await announced
        interrupted = Unconfirmed("interrupted before the answer came")
        self._if_interrupted = self._decide(job, interrupted) if going else None
        return going

    async def _settled(self) -> None:
        settling, self._settling = self._settling, None
        if settling is not None:
            await settling

    async def _fail(self, job: _Job, error: DeliveryError) -> None:
        await self._run.settle(job.claim, self._decide(job, error))
        await self._run.judge(error)

    def _decide(self, job: _Job, error: DeliveryError) -> Outcome:
        delivery = job.claim.delivery
        return decide(
            error,
            attempts=delivery.attempts + 1,
            first_due=delivery.due_at,
            now=self._run.clock(),
            key=delivery.message_id,
            hold=self._run.terms.hold,
        )


def _shared(future: "Future[bool]") -> Awaitable[bool]:
    """The ledger's future for this loop. Giving up waiting for it does not take the work back."""
    return asyncio.shield(asyncio.wrap_future(future))


async def _in_thread(work: Callable[[], T]) -> T:
    """Run blocking work beside the loop; when cancelled, only after the work has ended."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    finally:
        await asyncio.wait([running])


async def _end(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
