"""The manual send: whom it would reach, whether it may go, and the send itself."""

import asyncio
from collections.abc import Callable

from digest.app import App
from digest.delivery.run import Report
from digest.errors import Conflict
from digest.model.delivery import DeliveryState
from digest.model.edition import Edition, EditionState
from digest.model.subscriber import SubscriberState
from digest.newsroom import dispatch, editions, late, proof


def awaited(app: App, paper: Edition) -> int:
    """How many would get an edition now; raises Conflict where nobody would, or it is cancelled."""
    if paper.state is EditionState.CANCELLED:
        raise Conflict(f"edition {paper.number} is cancelled", hint="digest edition list shows the others")
    count = sum(1 for _ in dispatch.forecast(app, paper)) + waiting(app, paper)
    if not count:
        active = app.store.subscribers.counts().get(SubscriberState.ACTIVE, 0)
        who = "digest status shows who has it; digest subscribers list who could"
        nobody = "there is no active reader yet: digest subscribers add ADDRESS --consent TEXT"
        raise Conflict("nobody is waiting for this edition", hint=who if active else nobody)
    return count


def waiting(app: App, paper: Edition) -> int:
    """Mails of an edition that are in the queue; unconfirmed ones count when they are due to be sent once more."""
    if not paper.number:
        return 0
    history = app.store.history
    soon = history.next_due()
    again = soon is not None and soon <= app.clock() and app.settings.unconfirmed == "resend"
    tallies = history.tallies([paper.number]) if again else ()
    unconfirmed = sum(tally.count for tally in tallies if tally.state is DeliveryState.UNCONFIRMED)
    return history.open_count(paper.number) + unconfirmed


def refuse_errors(app: App, paper: Edition, *, anyway: str) -> None:
    """Raise Conflict where the checks found what no repair takes away; `anyway` says how it is sent all the same.

    Nothing is checked of an edition that goes out already, or that does not go out for another reason.
    """
    quiet = paper.quiet and paper.state is not EditionState.APPROVED
    if quiet or paper.state in {EditionState.FROZEN, EditionState.CANCELLED}:
        return
    errors = proof.faults(app, paper)
    if errors:
        unrendered = errors[0].check == proof.UNRENDERED
        raise Conflict(f"nothing is sent: {proof.in_words(errors)}", hint=errors[0].hint if unrendered else anyway)


async def send(app: App, paper: Edition, stop: asyncio.Event, step: Callable[[int, int], None]) -> Report:
    """Cut it if it is not cut, repair it, plan it, and carry what is due until done or stopped.

    It is sent as it is by now, whatever it was when somebody was asked. `step` hears how much is done, of how much.
    """
    paper = app.store.editions.get(paper.number) if paper.number else await editions.cut(app)
    if paper.state is EditionState.APPROVED:
        paper = proof.repaired(app, paper)
    dispatch.plan_now(app, editions.freeze(app, paper.number, checked=paper))
    app.store.planner.resume(paper.number, failed=False, now=app.clock())
    total = app.store.history.open_count(paper.number)
    report = await dispatch.drain(app, stop, lambda report: step(min(report.tried, total), total), at_once=True)
    await late.look(app)
    return report
