"""How fast messages may leave: turns that all connections share, and all processes through the store."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

from digest.delivery.beside import in_thread
from digest.model.rates import Grant, Rate
from digest.ports import Clock
from digest.ports.sending import RateStore

LUMP = 500
"""The most turns that are taken from the store at a time: one write for so many mails."""

FRESH = timedelta(seconds=30)
"""A turn that was not used so long after its time is given back: bounds hold for mails that leave when they said."""

SOON = timedelta(seconds=60)
"""Room that comes within this time is waited for."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Turns:
    """The turns of one scope. `full_until` says until when there are none, where none comes soon.

    All times are those of `clock`, which must not stand still.
    """

    def __init__(self, rates: RateStore, scope: str, rate: Rate, clock: Clock) -> None:
        self.full_until: datetime | None = None
        self._rates = rates
        self._scope = scope
        self._rate = rate
        self._clock = clock
        self._bounded = rate.bounded
        self._left = 0
        self._unused = 0
        self._turn = self._free_at = LONG_AGO
        self._interval = timedelta()
        self._asking = asyncio.Lock()

    def take_now(self) -> bool:
        """Take a turn that is there and whose time has come; False where that is not so."""
        if not self._bounded:
            return True
        now = self._clock()
        if not self._there(now) or self._next(now) > now:
            return False
        self._use(now)
        return True

    async def take(self, wanted: int) -> datetime | None:
        """Take the next turn; returns its time, which may be ahead, or None where there is no room soon.

        `wanted` is how many turns the caller and others will want next, as far as anybody knows.
        """
        if not self._bounded:
            return self._clock()
        while not self._there(self._clock()):
            async with self._asking:
                if not self._there(self._clock()) and not await self._ask(wanted):
                    return None
        return self._use(self._clock())

    async def look(self, wanted: int = 1) -> None:
        """Find out whether there is room at all, before anything is made ready for it."""
        if self._bounded and not self._left:
            async with self._asking:
                now = self._clock()
                self._keep(await in_thread(partial(self._fetch, wanted, now)), now)

    def give_back(self) -> None:
        """Take back one turn that was taken and not used."""
        self._unused += self._bounded

    async def close(self) -> None:
        """Give what was not used back to the store."""
        self._drop()
        if self._unused:
            await in_thread(self._return)

    async def _ask(self, wanted: int) -> bool:
        """Have turns from the store, waiting a little where they come soon; False where they do not."""
        self._drop()
        while True:
            now = self._clock()
            grant = await in_thread(partial(self._fetch, min(max(wanted, 1), LUMP), now))
            self._keep(grant, now)
            if self._left or self.full_until is not None:
                return bool(self._left)
            await asyncio.sleep(max((grant.start - self._clock()).total_seconds(), 0.01))

    def _keep(self, grant: Grant, now: datetime) -> None:
        self._left, self._turn, self._interval = grant.count, grant.start, grant.interval
        self.full_until = grant.start if not grant.count and grant.start - now > SOON else None

    def _fetch(self, wanted: int, now: datetime) -> Grant:
        self._return()
        return self._rates.take(self._scope, wanted, self._rate, now=now)

    def _return(self) -> None:
        if self._unused:
            unused, self._unused = self._unused, 0
            self._rates.give_back(self._scope, unused, now=self._clock())

    def _drop(self) -> None:
        self._unused += self._left
        self._left = 0

    def _there(self, now: datetime) -> bool:
        """Whether there is a turn that may still be used."""
        return bool(self._left) and now <= self._turn + FRESH

    def _next(self, now: datetime) -> datetime:
        """When the next turn is: at its time, or later where those before it were late."""
        return max(now, self._turn, self._free_at)

    def _use(self, now: datetime) -> datetime:
        at = self._next(now)
        self._left -= 1
        self._turn += self._interval
        self._free_at = at + self._interval
        return at
