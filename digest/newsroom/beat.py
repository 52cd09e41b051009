"""One beat: what is due by the store and the clock is done, and no fault of one step keeps the others from it.

The scheduler beats on one machine, the workers share the beats of several.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from functools import partial

from digest import daily
from digest.app import App
from digest.delivery.run import Report
from digest.errors import DigestError
from digest.model.delivery import Slot
from digest.model.edition import Edition, EditionState
from digest.newsroom import alert, dispatch, editions, late, proof, returns
from digest.newsroom.sendlog import counts
from digest.newsroom.turns import turn

log = logging.getLogger("digest")


class Went(Enum):
    """How a beat or a step of it went: nothing was due, all was done, some of it failed, nothing could be done."""

    IDLE = "idle"
    WELL = "well"
    PARTLY = "partly"
    NOT = "not"


Beat = Callable[[asyncio.Event], Awaitable[Went]]
"""Does all that is due now; the event asks it to finish the mail in hand and come back."""


Step = Callable[[App, asyncio.Event], Awaitable[Went]]
"""One thing that a beat does."""


async def guarded(beat: Beat, stop: asyncio.Event) -> Went:
    """One beat. What goes wrong is told, and the next minute tries again."""
    try:
        return await beat(stop)
    except DigestError as error:
        log.error("%s%s", error.message, f" ({error.hint})" if error.hint else "")  # noqa: TRY400 expected: no traceback
    except Exception:  # the loop must outlive every fault; the traceback is kept
        log.exception("a step of this beat failed; the next beat is in a minute")
    return Went.NOT


async def beat(app: App, stop: asyncio.Event, *, carry: Step | None = None) -> Went:
    """Fetch, edit and send what is due by the store and the clock, see what is late, and read what came back; whatever
    was done already is not due any more. `carry` does otherwise what `send_when_due` does.

    A fault in one of them does not keep the others from being done: what is planned goes out all the same.
    """
    steps = (fetch_when_due, edit_when_due, carry or send_when_due, see_what_is_late, read_returns)
    return together([await guarded(partial(step, app), stop) for step in steps if not stop.is_set()])


def together(steps: Sequence[Went]) -> Went:
    """How a beat of these steps went."""
    due = {went for went in steps if went is not Went.IDLE}
    if not due:
        return Went.IDLE
    return due.pop() if len(due) == 1 else Went.PARTLY


async def fetch_when_due(app: App, _stop: asyncio.Event) -> Went:
    """Read the feeds that may be asked again."""
    if not app.store.feeds.due(app.clock()):
        return Went.IDLE
    with turn(app.store.turns, "fetch") as mine:
        if not mine:
            return Went.IDLE
        report = await app.collect(lambda _done, _total: None)
    numbers = {"feeds": report.visited, "new": report.new, "failed": len(report.failed)}
    log.info("%d feeds read, %d new items, %d failed", *numbers.values(), extra=numbers)
    return Went.PARTLY if report.failed else Went.WELL


async def edit_when_due(app: App, _stop: asyncio.Event) -> Went:
    """Cut an edition at its time, and plan it for those whose hour has come."""
    return together([await cut_when_due(app), *await plan_when_due(app)])


async def send_when_due(app: App, stop: asyncio.Event, step: Callable[[Report], None] = lambda _report: None) -> Went:
    """Carry what may be attempted, what a dead worker had in hand with the rest. `step` hears of every mail."""
    lost = dispatch.take_back(app)
    if app.store.history.waits_longest(app.clock()) is None:
        return told_of_lost(lost)
    async with late.watched(app):
        sent = await dispatch.drain(app, stop, step)
    sent = replace(sent, unconfirmed=sent.unconfirmed + lost)
    if sent == Report(waits=sent.waits):
        return Went.IDLE
    why = f"; stopped: {sent.stopped}" if sent.stopped else f"; {sent.waits}" if sent.waits else ""
    log.info("sent: %s%s", sent.words(), why, extra=counts(sent))
    if sent.stopped and not stop.is_set():
        await alert.tell(app, alert.of_stopped(app, sent.stopped))
    faults = sent.stopped or sent.failed or sent.unconfirmed or sent.deferred
    return Went.PARTLY if faults else Went.WELL


def told_of_lost(lost: int) -> Went:
    """Say how many mails were under way when their worker died, if any were."""
    if not lost:
        return Went.IDLE
    log.warning("%d mails were under way when what sent them died: unconfirmed", lost, extra={"unconfirmed": lost})
    return Went.PARTLY


async def see_what_is_late(app: App, _stop: asyncio.Event) -> Went:
    """Tell what has not gone out by its hour, and what has; that is no work of this beat that could have failed."""
    await late.look(app)
    return Went.IDLE


async def read_returns(app: App, _stop: asyncio.Event) -> Went:
    """Read the bounces every few minutes."""
    found = await returns.look(app)
    if found is None or not (found.total or found.done.new or found.faults):
        return Went.IDLE
    log.info("bounces: %s", found.words())
    return Went.PARTLY if found.faults else Went.WELL


async def cut_when_due(app: App) -> Went:
    """Cut an edition at its time, and drop items too old to be of use; one that could not go out has not gone well.

    Where another process was first, all that follows a cut is that one's.
    """
    now, chosen = app.clock(), app.settings
    last = app.store.editions.latest()
    due = daily.edition_due(chosen.edit_at, chosen.timezone, last=last, now=now)
    edition = await editions.cut_once(app, due) if due else None
    if edition is None:
        return Went.IDLE
    app.store.items.prune(now - timedelta(days=chosen.keep_days))
    named = {"edition": edition.number}
    if edition.quiet:
        log.warning("edition %d is held, %s", edition.number, edition.quiet, extra=named)
    elif edition.state is EditionState.HELD:
        log.warning("edition %d waits for: digest edition approve %d", edition.number, edition.number, extra=named)
    else:
        stories = len(edition.lineup.picks)
        log.info("edition %d is cut: %d stories", edition.number, stories, extra={**named, "stories": stories})
        return await judge(app, edition)
    return Went.WELL


async def judge(app: App, edition: Edition) -> Went:
    """Hold an edition that could not go out as it is, and tell the operator before its hour comes."""
    dispatch.check_sendable(app)
    edition = proof.judged(app, edition)
    return await waits(app, edition) if edition.state is EditionState.HELD else Went.WELL


async def plan_when_due(app: App) -> list[Went]:
    """Plan the edition of their hour for every reader whose hour has come; says how it went with each edition.

    Of a day without a paper the operator is told.
    """
    now, chosen = app.clock(), app.settings
    slots = daily.due_now(app.store.planner, app.defaults, now=now)
    recent = app.store.editions.since(now - daily.STALE)
    if quiet := daily.paperless(recent, daily.local_date(now, chosen.timezone)):
        await alert.tell(app, alert.of_quiet(quiet))
    papers = daily.papers(slots, recent, chosen.edit_at, chosen.timezone)
    return [await plan_paper(app, edition, mine) for edition, mine in papers if wanted(app, edition, mine)]


async def plan_paper(app: App, edition: Edition, slots: tuple[Slot, ...]) -> Went:
    """Plan one edition, checked and rendered whole before anybody is planned; one that is held is not, and the operator
    is told.
    """
    if edition.state is not EditionState.HELD:
        dispatch.check_sendable(app)
        edition = proof.vetted(app, edition)
    if edition.state is EditionState.HELD:
        waiting = {"edition": edition.number}
        log.warning(
            "readers wait for edition %d: digest edition approve %d", edition.number, edition.number, extra=waiting
        )
        return await waits(app, edition)
    added = dispatch.plan(app, editions.freeze(app, edition.number, checked=edition), slots)
    if added:
        numbers = {"edition": edition.number, "readers": added}
        log.info("edition %d is due for %d readers", *numbers.values(), extra=numbers)
    return Went.WELL


async def waits(app: App, edition: Edition) -> Went:
    """Tell the operator that an edition is held; for an editor's word is well, by the checks is not."""
    await alert.tell(app, alert.of_waiting(edition))
    return Went.NOT if edition.held else Went.WELL


def wanted(app: App, edition: Edition, slots: tuple[Slot, ...]) -> bool:
    """Whether anybody's hour has come who has no paper for that date."""
    forecast = app.store.planner.forecast(edition.number, slots, defaults=app.defaults, now=app.clock())
    return any(True for _ in forecast)
