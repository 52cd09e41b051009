"""One connection after the other, and one mail after the other over it."""

import asyncio
from concurrent.futures import Future
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial

from digest.delivery.backlog import Job
from digest.delivery.beside import answer, in_thread
from digest.delivery.judge import Judge
from digest.delivery.pacing import Turns
from digest.delivery.retry import Trouble, about_rate, decide, trouble_of
from digest.delivery.routes import Way
from digest.delivery.run import Run
from digest.errors import ChannelDown, DeliveryError, TryLater, Unconfirmed
from digest.model.delivery import DeliveryState, Outcome, Receipt
from digest.model.message import Mail
from digest.ports import Connection

PATIENCE = 3
"""Connections in a row that ended with a fault, none of which carried a mail, before a relay is left alone."""

CLOSING = 421
NAP = 1.0
"""Seconds after which a connection that waits looks again whether it may be used."""

SENDING_LEASE = timedelta(minutes=20)
"""Longer than any content takes: after it, a mail under way is the prey of `Ledger.recover`."""


class Carrier:
    """Connection number `index` of a way, opened anew as often as need be, one mail at a time."""

    def __init__(self, run: Run, judge: Judge, way: Way, index: int) -> None:
        self._run = run
        self._judge = judge
        self._way = way
        self._index = index
        self._busy = False
        self._carried = 0
        self._settling: Future[bool] | None = None
        self._announced = False
        self._begun = False
        self._following: Job | None = None
        self._in_turn: Job | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> "asyncio.Task[None]":
        """Begin to carry; the task ends with the run."""
        self._task = asyncio.create_task(self._carry())
        return self._task

    def stand_down(self) -> None:
        """End, unless a mail is in hand: that is finished first."""
        if self._task is not None and not self._busy:
            self._task.cancel()

    async def _carry(self) -> None:
        while not self._run.line.closed:
            if not self._wanted(self._run.opening):
                await self._run.line.changed(NAP)
                continue
            carried = self._carried
            try:
                error = await self._session()
            except ChannelDown as down:
                await self._refused(down)
            else:
                if error is not None:
                    await self._broken(error, carried=self._carried > carried)

    def _wanted(self, opening: int) -> bool:
        """Whether one more connection is of use: so many are being opened already."""
        return self._run.line.waiting > opening and self._run.usable(self._way, self._index, self._run.now())

    async def _refused(self, down: ChannelDown) -> None:
        """No connection came about: the relay is left alone, or only has enough where others are open."""
        way, now = self._way, self._run.now()
        if not way.connected:
            await self._leave_alone(down)
        elif down.code == CLOSING or about_rate(down):
            way.route.ease.halve(way.route.connections, now)
        else:
            way.route.ease.limit(way.connected, now)

    async def _broken(self, error: DeliveryError, *, carried: bool) -> None:
        """A connection ended with a fault: rest, or leave the relay alone where it happens again and again."""
        run, way = self._run, self._way
        way.breaks += not carried
        if way.breaks >= PATIENCE:
            await self._leave_alone(error)
        elif error.code != CLOSING or not carried or about_rate(error):
            await run.rest(run.terms.rest * max(way.breaks, 1))

    async def _leave_alone(self, error: DeliveryError) -> None:
        self._busy = True
        if not self._way.down(self._run.now()):
            await self._run.leave_alone(self._way, error)
        self._busy = False

    async def _session(self) -> DeliveryError | None:
        """Connect and carry; returns the fault that ended it. Raises ChannelDown where no connection came about."""
        async with AsyncExitStack() as stack:
            connection = await self._open(stack)
            if connection is None:
                return None
            self._run.ways.joined(self._way, self._run.now())
            try:
                return await self._serve(connection)
            finally:
                self._way.connected -= 1
                self._busy = True
                await self._settled()
                self._busy = False

    async def _open(self, stack: AsyncExitStack) -> Connection | None:
        """The first connection of a way is opened alone: a wrong password is tried once, not ten times at once."""
        run, way = self._run, self._way
        run.opening += 1
        try:
            async with way.door:
                if not way.connected and self._wanted(run.opening - 1):
                    return await stack.enter_async_context(way.route.channel.connect())
            if not self._wanted(run.opening - 1):
                return None
            return await stack.enter_async_context(way.route.channel.connect())
        finally:
            run.opening -= 1

    async def _serve(self, connection: Connection) -> DeliveryError | None:
        """Carry one mail after the other; returns the fault after which the connection is of no use."""
        try:
            while (job := await self._next()) is not None:
                error = await self._attempt(connection, job)
                if error is not None and _ends_the_connection(error):
                    return error
        finally:
            self._let_go()
        return None

    async def _next(self) -> Job | None:
        """What was announced to the server as following, or else the next in the line; None where the connection is
        not to be used any more.
        """
        run = self._run
        if self._following is not None and not self._way.health.faults:
            return self._taken()
        while run.usable(self._way, self._index, now := run.now()):
            if (job := self._taken() or run.take(self._way, now)) is not None:
                return job
            await run.line.changed(run.line.until_turn(run.now(), NAP))
        run.look_for_ways()
        return None

    def _taken(self) -> Job | None:
        following, self._following = self._following, None
        return following

    def _let_go(self) -> None:
        """Let others have what was announced, and its turn."""
        if (job := self._taken()) is not None:
            self._way.turns.give_back()
            self._run.overall.give_back()
            self._run.line.put_back(job)

    def _look_ahead(self) -> Mail | None:
        """Take the next mail and its turn early where it may go straight after this one: its envelope can then travel
        with the end of this one's content.
        """
        run, way = self._run, self._way
        if not run.line.waiting or not run.usable(way, self._index, now := run.now()) or not way.turns.take_now():
            return None
        if not run.overall.take_now():
            way.turns.give_back()
        elif (job := run.take(way, now)) is None:
            way.turns.give_back()
            run.overall.give_back()
        else:
            self._following = self._in_turn = job
            return job.mail
        return None

    async def _attempt(self, connection: Connection, job: Job) -> DeliveryError | None:
        """Carry one mail when its turn comes; a lease that ran out in the line is given back."""
        run = self._run
        if job is not self._in_turn and not await self._turn():
            run.line.put_back(job)
            return None
        if run.line.closed:
            return None
        self._busy = True
        try:
            if run.now() < job.leased_until:
                return await self._carry_one(connection, job)
            await run.settled(job.claim, Outcome(state=DeliveryState.QUEUED))
            return None
        finally:
            self._busy = False
            run.line.done()

    async def _turn(self) -> bool:
        """Wait for a turn by the rate of all relays together, then of this one; False where there is none soon."""
        run, way = self._run, self._way
        if not run.overall.take_now() and not await self._wait_for(run.overall):
            return False
        if way.turns.take_now():
            return True
        way.held += 1
        try:
            if await self._wait_for(way.turns):
                return True
        finally:
            way.held -= 1
        run.overall.give_back()
        run.look_for_ways()
        return False

    async def _wait_for(self, turns: Turns) -> bool:
        at = await turns.take(self._run.line.waiting + 1)
        if at is None:
            return False
        try:
            await asyncio.sleep(max((at - self._run.now()).total_seconds(), 0.0))
        except asyncio.CancelledError:
            turns.give_back()
            raise
        return True

    async def _carry_one(self, connection: Connection, job: Job) -> DeliveryError | None:
        self._announced = self._begun = False
        try:
            starting = partial(self._announce, job)
            receipt = await connection.send(job.mail, starting=starting, following=self._look_ahead())
        except DeliveryError as error:
            await self._fail(job, error)
            return error
        except BaseException:
            self._leave(job)
            raise
        if receipt is not None:
            await self._accept(job, receipt)
        else:
            await self._run.forbidden()
        return None

    def _leave(self, job: Job) -> None:
        """Record what became of a mail that was cut off: in doubt when its content had begun to leave."""
        if self._begun:
            self._run.settle(job.claim, self._decide(job, Unconfirmed("interrupted before the answer came")))
        elif self._announced:
            self._run.settle(job.claim, Outcome(state=DeliveryState.QUEUED, answer="interrupted before the content"))

    async def _accept(self, job: Job, receipt: Receipt) -> None:
        run, way = self._run, self._way
        self._carried += 1
        self._settling = run.settle(job.claim, self._accepted(receipt))
        await self._judge.accepted(way, job)
        record = run.ways.well(way, run.now())
        if record is not None:
            run.line.wake()
            await in_thread(record)

    async def _announce(self, job: Job) -> bool:
        """Commit that content is about to leave, together with the outcome of the mail before (one fsync for both)."""
        run, now = self._run, self._run.now()
        self._announced = True
        announced = run.ledger.sending(
            job.claim.delivery.id, worker=run.terms.worker, until=now + SENDING_LEASE, now=now
        )
        # The ledger answers in the order it was asked: the outcome before is settled when this is.
        begun = await answer(announced)
        await self._settled()
        self._announced, self._begun = begun, begun
        if begun:
            run.goes()
        return begun

    async def _settled(self) -> None:
        settling, self._settling = self._settling, None
        if settling is not None:
            await answer(settling)

    async def _fail(self, job: Job, error: DeliveryError) -> None:
        run, way = self._run, self._way
        outcome = self._decide(job, error)
        if about_rate(error):
            way.route.ease.halve(way.route.connections, run.now())
        await self._judge.refused(way, job, error, outcome, begun=self._begun)

    def _accepted(self, receipt: Receipt) -> Outcome:
        return Outcome(
            state=DeliveryState.ACCEPTED,
            answer=f"{receipt.code} {receipt.text}".rstrip(),
            relay=self._way.place,
            code=receipt.code,
            enhanced=receipt.enhanced,
        )

    def _decide(self, job: Job, error: DeliveryError) -> Outcome:
        delivery, run = job.claim.delivery, self._run
        broke = trouble_of(error) is Trouble.CONNECTION and isinstance(error, TryLater)
        outcome = decide(
            error,
            attempts=delivery.attempts + 1,
            first_due=delivery.due_at,
            now=run.now(),
            key=delivery.message_id,
            hold=run.terms.hold,
            at_once=broke and run.second_chance(delivery.id),
        )
        return replace(outcome, relay=self._way.place, code=error.code, enhanced=error.enhanced)


def _ends_the_connection(error: DeliveryError) -> bool:
    """Whether a fault is one of the connection, after which nothing more goes over it."""
    if isinstance(error, TryLater):
        return error.code in {None, CLOSING}
    return isinstance(error, ChannelDown | Unconfirmed)
