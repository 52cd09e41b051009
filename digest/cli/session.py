"""Opening the newspaper for one command; everything heavy is imported here, when a command really runs."""

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from digest.cli import talk

if TYPE_CHECKING:
    from digest.app import App

T = TypeVar("T")


@contextmanager
def opened(now: datetime | None = None, *, create: bool = False, service: bool = False) -> Iterator["App"]:
    """The application as the settings say, closed at the end; `now` stops its clock at that time. A `service` runs by
    itself, and logs as the settings say.

    Raises NoNewspaper where there is none, unless it is to `create` its database: a command typed in the wrong folder
    must not leave a newspaper there.
    """
    from digest.app import open_app
    from digest.cli.logs import start_log
    from digest.settings.read import read_settings

    settings = read_settings()
    start_log(settings, service=service)
    with open_app(settings, now=now, create=create) as app:
        yield app


def finished(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine comes to; most commands have none, and need not wait for the loop to be loaded.

    One that was told twice to stop ends the command.
    """
    import asyncio

    try:
        return asyncio.run(work)
    except asyncio.CancelledError:
        talk.say("ended at once: mails that were on the wire are unconfirmed, and digest status shows them")
        talk.say("hint: what is left stays in the queue; digest send goes on with it")
        raise typer.Exit(1) from None
