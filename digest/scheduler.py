"""The heartbeat: once a minute it asks what is due, and does it; no fault of one beat ends the next."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable

import schedule

from digest.errors import DigestError

BEAT = 60
"""Seconds between two beats."""

log = logging.getLogger("digest")

Beat = Callable[[asyncio.Event], Awaitable[None]]
"""Does all that is due now; the event asks it to finish the mail in hand and come back."""


async def run(beat: Beat, *, turns: int | None = None) -> None:
    """Beat at once, for what was missed, and then every minute until SIGTERM or SIGINT (or `turns` beats)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    try:
        await beat_until(stop, beat, turns)
    finally:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)


async def beat_until(stop: asyncio.Event, beat: Beat, turns: int | None) -> None:
    """One beat after another; what is due is computed from the store, so a beat that comes late loses nothing."""
    pulse = asyncio.Event()
    pulse.set()
    heart = started(pulse)
    while not stop.is_set() and turns != 0:
        if overslept(heart):
            heart = started(pulse)
        heart.run_pending()
        if pulse.is_set():
            pulse.clear()
            await guarded(beat, stop)
            turns = None if turns is None else turns - 1
        else:
            await pause(stop)


def started(pulse: asyncio.Event) -> schedule.Scheduler:
    """A heart that sets the pulse once a minute."""
    heart = schedule.Scheduler()
    heart.every(BEAT).seconds.do(pulse.set)
    return heart


def overslept(heart: schedule.Scheduler) -> bool:
    """Whether the next beat lies further off than a beat can: the machine's clock was set back."""
    idle = heart.idle_seconds
    return idle is None or idle > BEAT


async def guarded(beat: Beat, stop: asyncio.Event) -> None:
    """One beat. What goes wrong is told, and the next minute tries again."""
    try:
        await beat(stop)
    except DigestError as error:
        log.error("%s%s", error.message, f" ({error.hint})" if error.hint else "")  # noqa: TRY400 expected: no traceback
    except Exception:  # the loop must outlive every fault; the traceback is kept
        log.exception("a beat failed; the next one is in a minute")


async def pause(stop: asyncio.Event) -> None:
    """A second, or less when it is time to stop."""
    try:
        await asyncio.wait_for(stop.wait(), timeout=1)
    except TimeoutError:
        return
