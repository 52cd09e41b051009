"""Filling the line: deliveries are leased, sorted by the room of their domains, composed and lined up."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from digest.delivery.backlog import Job
from digest.delivery.beside import in_thread
from digest.delivery.pacing import SOON
from digest.delivery.retry import GIVE_UP
from digest.delivery.rooms import Sorted, Turn
from digest.delivery.run import Run
from digest.model.delivery import DeliveryState, Outcome
from digest.model.message import Mail
from digest.ports import Claim

LULL = 1.0
"""The seconds to wait before looking again for what is due, while mails are in hand."""


class Filler:
    """Keeps the line of a run filled, and ends the run when nothing is due and nothing may come back soon."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def fill(self) -> None:
        """Fill until the run ends."""
        run = self._run
        await asyncio.gather(*(way.turns.look() for way in run.ways.all))
        while run.look_for_ways():
            if not run.line.hungry or not run.ways.usable(run.now()):
                await run.line.changed(LULL)
                continue
            was_idle, now = run.line.idle, run.now()
            claims = await in_thread(
                partial(
                    run.ledger.claim, worker=run.terms.worker, limit=run.terms.batch, lease=run.terms.lease, now=now
                )
            )
            if claims:
                await self._line_up(claims, now)
            elif was_idle and not self._comes_back_soon():
                run.close()
            else:
                await self._lull(was_idle=was_idle)

    def _comes_back_soon(self) -> bool:
        soonest = self._run.rooms.soonest(self._run.now())
        return soonest is not None and soonest <= self._run.now() + SOON

    async def _lull(self, *, was_idle: bool) -> None:
        """Wait until the line is empty, a mail that waits for its domain comes back, or a little."""
        run = self._run
        soonest, wait = run.rooms.soonest(run.now()), LULL
        if soonest is not None:
            wait = min(LULL, (soonest - run.now()).total_seconds())
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while (left := until - loop.time()) > 0 and not run.line.closed:
            if run.line.idle and not was_idle:
                return
            await run.line.changed(left)

    async def _line_up(self, claims: Sequence[Claim], now: datetime) -> None:
        run = self._run
        sorted_ = await in_thread(partial(run.rooms.sort, claims, now)) if run.rooms.bounded else None
        if sorted_ is None:
            sorted_ = Sorted(going=tuple((claim, None) for claim in claims))
        await self._compose(sorted_.going, now + run.terms.lease)
        waits = [run.settled(claim, _waits(claim, until)) for claim, until in sorted_.waiting]
        await asyncio.gather(*waits)

    async def _compose(self, going: Sequence[tuple[Claim, Turn | None]], leased_until: datetime) -> None:
        run = self._run
        if not going:
            return
        made = await in_thread(partial(run.compose, [claim for claim, _turn in going]))
        composed = list(zip(going, made, strict=True))
        run.line.put(
            Job(claim=claim, mail=mail, leased_until=leased_until, turn=turn)
            for (claim, turn), mail in composed
            if isinstance(mail, Mail)
        )
        unwritten = [(claim, turn, outcome) for (claim, turn), outcome in composed if isinstance(outcome, Outcome)]
        for _claim, turn, _outcome in unwritten:
            if turn is not None:
                run.rooms.unused(turn.scope)
        await asyncio.gather(*(run.settled(claim, outcome) for claim, _turn, outcome in unwritten))


def _waits(claim: Claim, until: datetime) -> Outcome:
    """A mail whose domain has no room waits, and that is no attempt; when it would be stale by then it fails."""
    if until > claim.delivery.due_at + GIVE_UP:
        domain = claim.delivery.target.rpartition("@")[2]
        return Outcome(state=DeliveryState.FAILED, answer=f"given up: the rate of {domain} leaves no room in time")
    return Outcome(state=DeliveryState.QUEUED, next_at=until)
