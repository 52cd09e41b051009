"""What the connections of one drain share: the line, the ways, the count of what became of it, and when to stop."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import partial

from digest.delivery.backlog import Backlog, Job
from digest.delivery.beside import answer, in_thread
from digest.delivery.pacing import Turns
from digest.delivery.rooms import Rooms
from digest.delivery.routes import Way, Ways
from digest.errors import DeliveryError
from digest.model.delivery import DeliveryState, Outcome
from digest.model.message import Mail
from digest.model.rates import DomainRates, Rate
from digest.ports import Claim, Clock, Ledger
from digest.ports.sending import RateStore, RelayStore

EVERYWHERE = "all"
"""The scope of the rate over all relays."""

TOLD_EVERY = 0.1
"""Seconds between two words of progress."""

CHANCES = 2
"""How often a mail is tried again at once after its connection broke."""

Composer = Callable[[Sequence[Claim]], Sequence[Mail | Outcome]]
"""The mail of each claim, or what becomes of it where there is none. Fixes line-ups; called in a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run did, in deliveries. `suppressed` addresses are among the failed; `left_out` are those for whom
    there was nothing to send.

    `stopped` says why it ended before everything due was tried, `waits` until when what is left has no room by the
    rates; they are empty where that was not so.
    """

    accepted: int = 0
    deferred: int = 0
    failed: int = 0
    suppressed: int = 0
    unconfirmed: int = 0
    left_out: int = 0
    stopped: str = ""
    waits: str = ""

    @property
    def tried(self) -> int:
        """How many something came of, deferred ones again with each attempt."""
        return self.accepted + self.deferred + self.failed + self.unconfirmed + self.left_out

    def words(self) -> str:
        """The counts that are not nought, in words."""
        counts = ((each.name.replace("_", " "), getattr(self, each.name)) for each in fields(self))
        return ", ".join(f"{count} {name}" for name, count in counts if count and isinstance(count, int)) or (
            "nothing was sent"
        )


def _unheard(_report: Report) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How to send. `worker` is a name of this run alone (identity.worker_name).

    `rates` keeps what was sent and `relays` how the relays are, for all workers; `rate` bounds all relays together,
    `domains` what goes to a recipient domain. With `at_once`, relays that are left alone for their faults are tried all
    the same. With `hold` an unconfirmed mail is not sent again by itself. `batch` claims are leased at a time for
    `lease`. `rest` is how long (in seconds) a connection rests after its first fault; twice that after the second.
    `progress` hears how far it is some times a second, and at the end. `monotonic` tells seconds that never go back.
    """

    worker: str
    rates: RateStore
    relays: RelayStore
    rate: Rate = field(default_factory=Rate)
    domains: DomainRates = field(default_factory=DomainRates)
    at_once: bool = False
    hold: bool = False
    batch: int = 200
    lease: timedelta = timedelta(minutes=10)
    rest: float = 2.0
    progress: Callable[[Report], None] = _unheard
    monotonic: Callable[[], float] = time.monotonic


class Moving:
    """A clock that never stands still and never goes back, for turns and waits: one that is stopped or set back goes on
    at the pace of `monotonic`.
    """

    def __init__(self, clock: Clock, monotonic: Callable[[], float]) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._began = clock()
        self._zero = monotonic()

    def __call__(self) -> datetime:
        """The time."""
        return max(self._clock(), self._began + timedelta(seconds=self._monotonic() - self._zero))


class Run:
    """What the connections of one drain share."""

    def __init__(self, ledger: Ledger, ways: Ways, compose: Composer, *, terms: Terms, now: Clock) -> None:
        self.ledger = ledger
        self.ways = ways
        self.compose = compose
        self.terms = terms
        self.now = now
        self.line = Backlog(low=terms.batch // 2)
        self.rooms = Rooms(terms.rates, terms.domains)
        self.overall = Turns(terms.rates, EVERYWHERE, terms.rate, now)
        self.opening = 0
        self.at_close: Callable[[], None] = lambda: None
        self._counts: Counter[str] = Counter()
        self._stopped = self._waits = ""
        self._broke: Counter[int] = Counter()
        self._forbidden = 0
        self._blocked = False
        self._told_at = float("-inf")

    @property
    def report(self) -> Report:
        """What was done so far."""
        return Report(**self._counts, stopped=self._stopped, waits=self._waits)

    def usable(self, way: Way, index: int, now: datetime) -> bool:
        """Whether connection number `index` of a way may be in use."""
        return not self.line.closed and way in self.ways.usable(now) and index < way.allowed(now)

    def take(self, way: Way, now: datetime) -> Job | None:
        """The next mail for a way, or None where there is none now, or another way is to take it."""
        if self.line.closed:
            return None
        if not self.ways.may_take(way, now):
            self._blocked = True
            return None
        job = self.line.take(now)
        if job is not None:
            self.ways.took(way, now)
            if self._blocked:
                self._blocked = False
                self.line.wake()
        if self.line.late:
            self._let_late_go()
        return job

    def settle(self, claim: Claim, outcome: Outcome) -> "Future[bool]":
        """Hand an outcome to the ledger; from here on it is recorded whether it is awaited or not."""
        self._count(outcome)
        return self._record(claim, outcome)

    async def settled(self, claim: Claim, outcome: Outcome) -> None:
        """Have an outcome recorded; it counts unless the delivery was given back meanwhile."""
        if await answer(self._record(claim, outcome)):
            self._count(outcome)

    def second_chance(self, delivery_id: int) -> bool:
        """Whether a mail whose connection broke is to be tried again at once."""
        self._broke[delivery_id] += 1
        return self._broke[delivery_id] <= CHANCES

    async def rest(self, seconds: float) -> None:
        """Wait; a connection without a mail in hand is not kept when the run ends."""
        await asyncio.sleep(seconds)

    def halt(self, reason: str) -> None:
        """Let nothing more begin; the first reason stands."""
        if not self.line.closed:
            self._stopped = self._stopped or reason
            self.close()

    def close(self) -> None:
        """Let nothing more begin; the mails in hand are finished."""
        if not self.line.closed:
            self._forget(self.line.close())
            self.at_close()

    def look_for_ways(self) -> bool:
        """Whether there is a way to carry, or a mail that waits for its turn on one; where there is none, the run ends
        and says why.
        """
        now = self.now()
        if self.line.closed or self.ways.usable(now) or any(way.held for way in self.ways.all):
            return not self.line.closed
        room_at, down = self.ways.room_at(now), self.ways.why_not(now)
        if room_at is not None:
            room = f"the rates leave no room before {room_at:%Y-%m-%d %H:%M} UTC"
            self._waits = f"{room}; {down}" if down else room
            self.close()
        else:
            self.halt(down)
        return False

    async def leave_alone(self, way: Way, error: DeliveryError) -> None:
        """Use a way no more for a while, and tell all workers."""
        record = self.ways.failed(way, error, self.now())
        self.look_for_ways()
        self.line.wake()
        await in_thread(record)

    def goes(self) -> None:
        """Take note that a mail was allowed to begin."""
        self._forbidden = 0

    async def forbidden(self) -> None:
        """Take note that a mail was not: a reader has left. Two in a row, and more than one reader may be concerned
        (the edition was cancelled or stopped): what is in the line is given back, so that the ledger looks at it again.
        """
        self._forbidden += 1
        if self._forbidden > 1:
            self._forbidden = 0
            await self.renew()

    async def stop_dispatch(self, dispatch_id: int, because: str) -> None:
        """Stop a dispatch, for every worker; other dispatches go on."""
        self._stopped = self._stopped or because
        await in_thread(partial(self.ledger.halt, dispatch_id, because, now=self.now()))
        await self.renew()

    async def renew(self) -> None:
        """Give back all that is in the line."""
        self._forget(self.line.clear())
        await in_thread(partial(self.ledger.release, worker=self.terms.worker))
        self.line.wake()

    async def finish(self) -> None:
        """Give back what was leased and not begun, and turns that were not used."""
        await in_thread(partial(self.ledger.release, worker=self.terms.worker))
        for turns in (self.overall, *(way.turns for way in self.ways.all)):
            await turns.close()
        await in_thread(partial(self.rooms.close, self.now()))
        self.terms.progress(self.report)

    def _record(self, claim: Claim, outcome: Outcome) -> "Future[bool]":
        return self.ledger.settle(claim.delivery.id, outcome, worker=self.terms.worker, now=self.now())

    def _let_late_go(self) -> None:
        late, self.line.late = self.line.late, []
        self._forget(late)
        for job in late:
            self.settle(job.claim, Outcome(state=DeliveryState.QUEUED))
        self.line.wake()

    def _forget(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if job.turn is not None:
                self.rooms.unused(job.turn.scope)

    def _count(self, outcome: Outcome) -> None:
        counted = COUNTED.get(outcome.state)
        if counted is None:
            return
        self._counts[counted] += 1
        if outcome.suppress:
            self._counts["suppressed"] += 1
        moment = self.terms.monotonic()
        if moment >= self._told_at + TOLD_EVERY:
            self._told_at = moment
            self.terms.progress(self.report)


COUNTED = {
    DeliveryState.ACCEPTED: "accepted",
    DeliveryState.DEFERRED: "deferred",
    DeliveryState.FAILED: "failed",
    DeliveryState.UNCONFIRMED: "unconfirmed",
    DeliveryState.SUPPRESSED: "left_out",
}
"""The field of a report that counts each state."""
