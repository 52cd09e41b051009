"""`digest worker`: one of several machines that send."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.session import finished, opened
from digest.errors import SettingsError

if TYPE_CHECKING:
    from digest.app import App

MOST = 32
"""More sends at once would want more connections to the database than it has."""


def worker(
    concurrency: Annotated[
        int,
        typer.Option(
            "--concurrency",
            metavar="N",
            min=1,
            max=MOST,
            help="So many sends at once, each with connections of its own.",
        ),
    ] = 1,
) -> None:
    """Fetch, cut and send on schedule, together with other workers on one PostgreSQL database, until stopped.

    Example: digest worker
    Example: digest worker --concurrency 2
    """
    from digest.newsroom import dispatch

    with opened(service=True) as newspaper:
        check_able(newspaper)
        dispatch.check_sendable(newspaper)
        with newspaper.beside() as app:
            from digest.workers import work

            finished(work(app, concurrency=concurrency))


def check_able(newspaper: "App") -> None:
    """Raises SettingsError where several machines cannot share the store, or what wakes them is not installed."""
    if not newspaper.store.shared:
        raise SettingsError(
            ("DIGEST_DATABASE_URL names an SQLite file, which only one machine can use: workers share PostgreSQL",),
            hint="`digest run` does the same work on one machine; docs/workers.md tells how to set up several.",
        )
    if find_spec("procrastinate") is None:
        raise SettingsError(
            ("digest worker needs procrastinate, which wakes the workers and is not installed",),
            hint="Install it: pip install 'digest[workers]'.",
        )
