"""What the connections of one drain share: the line, the count of what became of it, and when to stop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from digest.delivery.backlog import Backlog
from digest.delivery.pacing import Pacer
from digest.delivery.waking import awaitable
from digest.errors import DeliveryError, MessageRefused, RecipientRefused
from digest.model.delivery import DeliveryState, Outcome
from digest.model.message import Mail
from digest.ports import Claim, Clock, Ledger

T = TypeVar("T")

REFUSED_CONTENT = 3
"""So many messages refused for what they are, none accepted in between, and the rest would fare the same."""

REFUSED_ADDRESSES = 10
"""So many dead addresses in a row, none accepted in between, and it is the relay that is wrong, not the list."""

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

    @property
    def tried(self) -> int:
        """How many something came of, deferred ones again with each attempt."""
        return self.accepted + self.deferred + self.failed + self.unconfirmed + self.left_out

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A mail in the line, ours until `leased_until`."""

    claim: Claim
    mail: Mail
    leased_until: datetime


class Run:
    """What the connections of one drain share."""

    def __init__(self, ledger: Ledger, compose: Composer, *, terms: Terms, clock: Clock) -> None:
        self.ledger = ledger
        self.terms = terms
        self.clock = clock
        self.report = Report()
        self.backlog: Backlog[Job] = Backlog(low=terms.batch // 2)
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
            claims = await in_thread(
                partial(self.ledger.claim, worker=terms.worker, limit=terms.batch, lease=terms.lease, now=now)
            )
            if claims:
                await self._line_up(claims, now + terms.lease)
            elif was_idle:
                await self.backlog.close()
            else:
                await self.backlog.emptied()

    async def _line_up(self, claims: Sequence[Claim], leased_until: datetime) -> None:
        composed = list(zip(claims, await in_thread(partial(self._compose, claims)), strict=True))
        await self.backlog.put(
            Job(claim=claim, mail=mail, leased_until=leased_until) for claim, mail in composed if isinstance(mail, Mail)
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
        return shared(self.ledger.settle(claim.delivery.id, outcome, worker=self.terms.worker, now=self.clock()))

    async def judge(self, error: DeliveryError, dispatch_id: int) -> None:
        """Stop the dispatch, for every worker, when refusals in a row say that the fault is ours."""
        self._refused_content += isinstance(error, MessageRefused) and not error.personal
        self._refused_addresses += isinstance(error, RecipientRefused)
        if self._refused_content >= REFUSED_CONTENT:
            what = f"{self._refused_content} messages in a row were refused"
        elif self._refused_addresses >= REFUSED_ADDRESSES:
            what = f"{self._refused_addresses} addresses in a row were refused"
        else:
            return
        because = f"{what}, the last with: {error.message}"
        await self.halt(because)
        await in_thread(partial(self.ledger.halt, dispatch_id, because, now=self.clock()))

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


def shared(future: "Future[bool]") -> Awaitable[bool]:
    """The ledger's future for this loop. Giving up waiting for it does not take the work back."""
    return awaitable(future)


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work beside the loop; when cancelled, only after the work has ended."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    finally:
        await asyncio.wait([running])
