"""`digest run` and `serve`: every morning."""

import signal
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.logs import announce
from digest.cli.options import Now
from digest.cli.session import finished, opened

if TYPE_CHECKING:
    from digest.app import App
    from digest.newsroom.beat import Went


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

    with opened(now, service=True) as newspaper:
        dispatch.check_sendable(newspaper)
        if once:
            raise typer.Exit(finished(one_beat(newspaper)))
        if not web:
            finished(beats(newspaper, turns=None))
            return
        from digest.web.front import front
        from digest.web.server import in_thread

        with in_thread(front(newspaper), *newspaper.settings.listen) as url:
            announce(f"serving {url}; Ctrl-C finishes the mail in hand and ends", newspaper.settings)
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
    with opened(service=True) as newspaper:
        host, port = newspaper.settings.listen
        serve_web(
            front(newspaper),
            host,
            port,
            stop=stop,
            ready=lambda url: announce(f"serving {url}; Ctrl-C ends", newspaper.settings),
        )
