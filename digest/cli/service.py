"""`digest run`, `serve` and `status`: every morning, and what came of it."""

import logging
import signal
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.options import Json, Now
from digest.cli.session import finished, opened
from digest.model.delivery import Delivery, DeliveryState
from digest.model.edition import Edition
from digest.model.subscriber import SubscriberState
from digest.ports import Tally
from digest.selection.quiet import SourcesState

if TYPE_CHECKING:
    from digest.app import App
    from digest.newsroom.beat import Went

WEEK = timedelta(days=7)
SHOWN = 20
"""The most rows of a kind that status shows."""


def run(
    web: Annotated[bool, typer.Option("--web/--no-web", help="Serve the web pages as well.")] = True,
    once: Annotated[bool, typer.Option("--once", help="Do what is due now and end, for a cron job.")] = False,
    now: Now = None,
) -> None:
    """Fetch, cut and send on schedule until stopped; what was missed while it was down is made up for.

    Example: digest run
    Example: digest run --once --no-web
    """
    from digest.newsroom import dispatch

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with opened(now) as newspaper:
        dispatch.check_sendable(newspaper)
        if once:
            raise typer.Exit(finished(one_beat(newspaper)))
        if not web:
            finished(beats(newspaper, turns=None))
            return
        from digest.web.front import front
        from digest.web.server import in_thread

        with in_thread(front(newspaper), *newspaper.settings.listen) as url:
            talk.say(f"serving {url}; Ctrl-C finishes the mail in hand and ends")
            finished(beats(newspaper, turns=None))


async def one_beat(newspaper: "App") -> int:
    """Do what is due now; returns the exit code."""
    from digest.newsroom.beat import Went

    went = await beats(newspaper, turns=1)
    return {Went.NOT: 1, Went.PARTLY: 3}.get(went, 0)


async def beats(newspaper: "App", *, turns: int | None) -> "Went":
    """The heartbeat over this newspaper; selecting happens in a process beside it, so the pages stay quick."""
    from digest.newsroom.beat import beat
    from digest.scheduler import run as run_scheduler

    with newspaper.beside() as app:
        return await run_scheduler(lambda stop: beat(app, stop), turns=turns)


def serve() -> None:
    """Serve the web edition and the unsubscribe pages, and nothing else.

    Example: digest serve
    """
    from digest.web.front import front
    from digest.web.server import serve as serve_web

    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: stop.set())
    with opened() as newspaper:
        host, port = newspaper.settings.listen
        serve_web(front(newspaper), host, port, stop=stop, ready=lambda url: talk.say(f"serving {url}; Ctrl-C ends"))


def status(as_json: Json = False, now: Now = None) -> None:
    """Show what was sent, what was not, and what needs you.

    Example: digest status
    """
    with opened(now) as newspaper:
        state = state_of(newspaper)
        clock = newspaper.clock()
    if as_json:
        talk.put_json(state)
    else:
        show_status(state, clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the newspaper does: the week's editions with their mails by state, people by state, feeds in trouble."""

    editions: tuple[dict[str, object], ...]
    readers: dict[SubscriberState, int]
    feeds: int
    failing: tuple[tuple[str, str], ...]
    unconfirmed: tuple[Delivery, ...]
    channel: str
    sources: SourcesState


def state_of(newspaper: "App") -> Status:
    """All that status shows."""
    from digest.daily import MEMORY
    from digest.newsroom.editions import sources_of

    store = newspaper.store
    editions = store.editions.since(newspaper.clock() - WEEK)
    numbers = [edition.number for edition in editions]
    tallies = store.history.tallies(numbers)
    feeds = store.feeds.all()
    unconfirmed = (store.history.in_state(number, DeliveryState.UNCONFIRMED, limit=SHOWN) for number in numbers)
    return Status(
        editions=tuple(edition_status(edition, tallies) for edition in editions),
        readers=store.subscribers.counts(),
        feeds=len(feeds),
        failing=tuple((feed.url, feed.state.error) for feed in feeds if feed.state.failures or feed.state.disabled),
        unconfirmed=tuple(delivery for group in unconfirmed for delivery in group)[:SHOWN],
        channel=newspaper.channel.name,
        sources=sources_of(newspaper, store.items.recent(newspaper.clock() - MEMORY)),
    )


def edition_status(edition: Edition, tallies: tuple[Tally, ...]) -> dict[str, object]:
    """An edition's line in the status."""
    return {
        "number": edition.number,
        "date": edition.date,
        "state": edition.state,
        "quiet": edition.quiet,
        "held": edition.held,
        "mails": {tally.state: tally.count for tally in tallies if tally.edition == edition.number},
    }


def show_status(state: Status, now: datetime) -> None:
    """The status as text."""
    rows = (
        (line["number"], line["date"], line["state"], counts(line["mails"]), line["held"] or line["quiet"])
        for line in state.editions
    )
    talk.put_table(("edition", "date", "state", "mails", "held back by"), rows)
    talk.put(f"readers: {counts(state.readers)}; mail goes by {state.channel}")
    talk.put(f"feeds: {state.feeds}, {len(state.failing)} failing")
    if state.sources.failed:
        talk.put(f"  a failed fetch: {state.sources.words()}, so the next paper has little to choose from")
    for url, error in state.failing[:SHOWN]:
        talk.put(f"  {talk.printable(url)}: {talk.printable(error)}")
    for delivery in state.unconfirmed:
        then = f"sent again from {delivery.next_at:%H:%M}Z" if delivery.next_at > now else "waits for you"
        talk.put(f"  unconfirmed: {delivery.target}, edition {delivery.edition}: {then}")


def counts(numbers: object) -> str:
    """Counts by name in one line."""
    pairs = numbers.items() if isinstance(numbers, dict) else ()
    return ", ".join(f"{count} {name}" for name, count in pairs) or "none"
