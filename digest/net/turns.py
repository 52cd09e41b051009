"""Takes turns: so many requests at once, overall and to one host, and a gap between two to the same host."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Lane:
    """One host's places, and when its last request began, in the loop's own seconds."""

    places: asyncio.Semaphore
    last: float = float("-inf")


class Turns:
    """`at_once` requests overall, `per_lane` in one lane (a host and port)."""

    def __init__(self, at_once: int, per_lane: int) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._per_lane = per_lane
        self._lanes: dict[str, Lane] = {}

    @asynccontextmanager
    async def turn(self, name: str, gap: float) -> AsyncIterator[None]:
        """Wait until the last request in this lane began `gap` seconds ago and there is a place, and hold the place."""
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = Lane(places=asyncio.Semaphore(self._per_lane))
        async with lane.places:
            await self._wait(lane, gap)
            async with self._places:
                yield

    async def _wait(self, lane: Lane, gap: float) -> None:
        now = asyncio.get_running_loop().time()
        lane.last = max(now, lane.last + gap)
        if lane.last > now:
            await asyncio.sleep(lane.last - now)
