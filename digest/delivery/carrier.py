"""One connection after the other, and one mail after the other over it."""

from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial

from digest.delivery.retry import decide
from digest.delivery.run import Job, Run, shared
from digest.errors import ChannelDown, DeliveryError, Unconfirmed
from digest.model.delivery import DeliveryState, Outcome, Receipt
from digest.model.message import Mail
from digest.ports import Channel, Connection

PATIENCE = 3
"""Faults of a connection in a row, without a mail accepted, before it is given up."""

CLOSING = 421
SENDING_LEASE = timedelta(minutes=20)
"""Longer than any content takes: after it, a mail under way is the prey of `Ledger.recover`."""


class Carrier:
    """One connection after the other, one mail at a time."""

    def __init__(self, run: Run, channel: Channel) -> None:
        self._run = run
        self._channel = channel
        self._carried = 0
        self._settling: Awaitable[bool] | None = None
        self._if_interrupted: Outcome | None = None
        self._following: Job | None = None
        self._in_turn: Job | None = None

    async def carry(self) -> None:
        """Carry until the line is closed, no connection can be opened, or they have failed too often."""
        try:
            await self._carry()
        finally:
            if (unused := self._taken()) is not None:
                await self._run.backlog.put_back(unused)

    async def _carry(self) -> None:
        run, faults = self._run, 0
        while faults < PATIENCE and (job := await self._next()) is not None:
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

    async def _session(self, job: Job) -> DeliveryError | None:
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

    async def _serve(self, connection: Connection, first: Job) -> DeliveryError | None:
        """Carry one mail after the other; returns the fault after which the connection is of no use."""
        job: Job | None = first
        while job is not None:
            error = await self._attempt(connection, job)
            await self._run.backlog.done()
            if isinstance(error, ChannelDown) or (error is not None and error.code == CLOSING):
                return error
            job = await self._next()
        return None

    async def _next(self) -> Job | None:
        """What was announced to the server as following, or else the next in the line."""
        return self._taken() or await self._run.backlog.take()

    def _taken(self) -> Job | None:
        following, self._following = self._following, None
        return following

    def _look_ahead(self) -> Mail | None:
        """Take the next mail and its turn early where it may go straight after this one: its envelope can then travel
        with the end of this one's content.
        """
        run = self._run
        if run.terms.pacer.free and (job := run.backlog.take_now()) is not None:
            run.terms.pacer.reserve()
            self._following = self._in_turn = job
        return self._following.mail if self._following else None

    async def _attempt(self, connection: Connection, job: Job) -> DeliveryError | None:
        """Carry one mail when its turn comes; a lease that ran out in the line is given back."""
        run = self._run
        if job is not self._in_turn:
            await run.rest(run.terms.pacer.reserve())
        if run.backlog.closed.is_set():
            return None
        if run.clock() >= job.leased_until:
            await run.settle(job.claim, Outcome(state=DeliveryState.QUEUED))
            return None
        self._if_interrupted = None
        return await self._carry_one(connection, job)

    async def _carry_one(self, connection: Connection, job: Job) -> DeliveryError | None:
        try:
            starting = partial(self._announce, job)
            receipt = await connection.send(job.mail, starting=starting, following=self._look_ahead())
        except DeliveryError as error:
            await self._fail(job, error)
            return error
        except BaseException:
            if self._if_interrupted is not None:
                self._run.settle(job.claim, self._if_interrupted)
            raise
        if receipt is not None:
            self._carried += 1
            self._settling = self._run.settle(job.claim, self._accepted(receipt))
        return None

    async def _announce(self, job: Job) -> bool:
        """Commit that content is about to leave, together with the outcome of the mail before (one fsync for both)."""
        run, now = self._run, self._run.clock()
        self._if_interrupted = Outcome(state=DeliveryState.QUEUED, answer="interrupted before the content")
        announced = shared(
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

    async def _fail(self, job: Job, error: DeliveryError) -> None:
        await self._run.settle(job.claim, self._decide(job, error))
        await self._run.judge(error, job.claim.delivery.dispatch_id)

    def _accepted(self, receipt: Receipt) -> Outcome:
        return Outcome(
            state=DeliveryState.ACCEPTED,
            answer=f"{receipt.code} {receipt.text}".rstrip(),
            relay=self._channel.place,
            code=receipt.code,
            enhanced=receipt.enhanced,
        )

    def _decide(self, job: Job, error: DeliveryError) -> Outcome:
        delivery = job.claim.delivery
        outcome = decide(
            error,
            attempts=delivery.attempts + 1,
            first_due=delivery.due_at,
            now=self._run.clock(),
            key=delivery.message_id,
            hold=self._run.terms.hold,
        )
        return replace(outcome, relay=self._channel.place, code=error.code, enhanced=error.enhanced)
