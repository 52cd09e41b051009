"""The heartbeat on one machine: a beat at once, and then every minute until it is told to stop."""

import asyncio

import schedule

from digest.newsroom.beat import Beat, Went, guarded
from digest.newsroom.stopping import stoppable

BEAT = 60
"""Seconds between two beats."""


async def run(beat: Beat, *, turns: int | None = None) -> Went:
    """Beat at once, for what was missed, and then every minute until SIGTERM or SIGINT (or `turns` beats).

    Returns how the last beat went.
    """
    async with stoppable() as stop:
        return await beat_until(stop, beat, turns)


async def beat_until(stop: asyncio.Event, beat: Beat, turns: int | None) -> Went:
    """One beat after another; what is due is computed from the store, so a beat that comes late loses nothing."""
    pulse = asyncio.Event()
    pulse.set()
    heart = started(pulse)
    went = Went.IDLE
    while not stop.is_set() and turns != 0:
        if overslept(heart):
            heart = started(pulse)
        heart.run_pending()
        if pulse.is_set():
            pulse.clear()
            went = await guarded(beat, stop)
            turns = None if turns is None else turns - 1
        else:
            await pause(stop)
    return went


def started(pulse: asyncio.Event) -> schedule.Scheduler:
    """A heart that sets the pulse once a minute."""
    heart = schedule.Scheduler()
    heart.every(BEAT).seconds.do(pulse.set)
    return heart


def overslept(heart: schedule.Scheduler) -> bool:
    """Whether the next beat lies further off than a beat can: the machine's clock was set back."""
    idle = heart.idle_seconds
    return idle is None or idle > BEAT


async def pause(stop: asyncio.Event) -> None:
    """A second, or less when it is time to stop."""
    try:
        await asyncio.wait_for(stop.wait(), timeout=1)
    except TimeoutError:
        return
