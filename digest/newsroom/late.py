"""The operator is told when an edition has not gone out by its hour, and when it has after all; each once."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from digest.app import App
from digest.errors import DigestError
from digest.model.delivery import DispatchKind
from digest.newsroom import switch
from digest.newsroom.alert import Alert, tell
from digest.newsroom.lateness import LATE, Late, Out, by_clock, seen, told

EVERY = 60.0
"""Seconds between two looks while a send is under way."""

PATIENCE = 20.0
"""The most seconds that the end of a send waits for a look: for a ping, and a mail to the operator."""

LATER = "gone out after all"
"""What marks an edition of which this was told."""

log = logging.getLogger("digest")


async def look(app: App) -> tuple[Late, ...]:
    """Tell what has not gone out by its hour, and what has; each once, however often it is looked at."""
    found = await asyncio.to_thread(seen, app)
    late = tuple(each for each in found if isinstance(each, Late))
    for each in found:
        await (_late(app, each) if isinstance(each, Late) else _out(app, each))
    return late


@asynccontextmanager
async def watched(app: App, *, every: float = EVERY) -> AsyncIterator[None]:
    """Look every minute while the block sends, which may take hours. A look that is under way at its end is finished,
    lest something be told twice, or not at all.
    """
    over = asyncio.Event()
    watch = asyncio.create_task(_watch(app, every, over))
    try:
        yield
    finally:
        over.set()
        await asyncio.wait([watch], timeout=PATIENCE)
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


async def _watch(app: App, every: float, over: asyncio.Event) -> None:
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), every)
            return
        try:
            await look(app)
        except DigestError as error:
            log.warning("whether an edition is late could not be seen: %s", error.message)


async def _late(app: App, late: Late) -> None:
    number = late.edition.number if late.edition else None
    if once(app, number, late.mark):
        log.warning("late: %s: %s", headline(late), late.because)
        await switch.failed(app)
    await tell(app, of_late(app, late))


async def _out(app: App, out: Out) -> None:
    number = out.edition.number
    if told(app, number, LATE) or told(app, None, f"never cut on {out.edition.date}"):
        if once(app, number, LATER):
            log.warning("edition %d has gone out after all", number)
        await tell(app, of_out(app, out))
    if await switch.gone_out(app):
        once(app, number, out.mark)


def once(app: App, number: int | None, mark: str) -> bool:
    """Mark it; whether it was not marked before."""
    if told(app, number, mark):
        return False
    app.store.planner.open(DispatchKind.ALERT, edition=number, subject=mark, now=app.clock())
    return True


def headline(late: Late) -> str:
    """What is late, in a few words."""
    return f"Edition {late.edition.number} has not gone out" if late.edition else "Today's edition was not cut"


def of_late(app: App, late: Late) -> Alert:
    """That an edition has not gone out, since when, and why."""
    whom = "Its readers" if late.waiting is None else f"{late.waiting:,} of its readers"
    return Alert(
        reason=f"{late.mark}, told",
        headline=headline(late),
        lines=(
            f"{whom} wait for the edition of {late.day:%A, %-d %B %Y}, the first since {by_clock(app, late.since)}.",
            f"Why: {late.because}.",
            "You are told once more when it has gone out.",
        ),
        command=late.command,
        edition=late.edition.number if late.edition else None,
    )


def of_out(app: App, out: Out) -> Alert:
    """That a late edition has gone out after all, with what became of it."""
    known = out.progress
    counts = ((known.failed, "failed"), (known.deferred, "deferred"), (known.unconfirmed, "unconfirmed"))
    others = "".join(f", {count:,} {word}" for count, word in counts if count) + "."
    return Alert(
        reason=f"{LATER}, told",
        headline=f"Edition {out.edition.number} has gone out after all",
        lines=(
            f"The edition of {out.edition.date:%A, %-d %B %Y} was late.",
            f"By {by_clock(app, app.clock())} all whose hour had come were served: {known.accepted:,} accepted{others}",
        ),
        command=f"digest status --edition {out.edition.number}",
        edition=out.edition.number,
    )
