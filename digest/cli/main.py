"""The `digest` command: its groups, and how errors become exit codes."""

import sys
import traceback
from typing import Annotated

import typer

from digest import __version__
from digest.cli import (
    backtest,
    bounces,
    check,
    dkim,
    doctor,
    editions,
    feeds,
    hand,
    people,
    selection,
    service,
    start,
    status,
    suppressions,
    talk,
    unconfirmed,
    why,
    wishes,
    worker,
)
from digest.errors import DigestError

TRY, SOURCES, TODAY, SERVICE, PEOPLE = "Try it", "Sources", "Today's edition", "Every morning", "People"

app = typer.Typer(
    name="digest",
    help="A self-hosted daily newspaper: reads your feeds, picks the day's stories, mails them to every reader.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(rich_help_panel=TRY)(start.demo)
app.command(rich_help_panel=TRY)(start.init)
app.add_typer(feeds.app, name="feeds", rich_help_panel=SOURCES)
app.command(rich_help_panel=SOURCES)(feeds.fetch)
app.command(rich_help_panel=TODAY)(selection.select)
app.command(rich_help_panel=TODAY)(backtest.backtest)
app.command(rich_help_panel=TODAY)(editions.preview)
app.command(rich_help_panel=TODAY)(check.check)
app.add_typer(editions.app, name="edition", rich_help_panel=TODAY)
editions.app.add_typer(hand.app)
editions.app.add_typer(unconfirmed.app)
app.command(rich_help_panel=TODAY)(editions.send)
app.command(rich_help_panel=SERVICE)(service.run)
app.command(rich_help_panel=SERVICE)(service.serve)
app.command(rich_help_panel=SERVICE)(worker.worker)
app.command(rich_help_panel=SERVICE)(status.status)
app.command(rich_help_panel=SERVICE)(doctor.doctor)
app.command(rich_help_panel=SERVICE)(why.why)
app.command(rich_help_panel=SERVICE)(bounces.bounces)
app.add_typer(dkim.app, name="dkim", rich_help_panel=SERVICE)
people.subscribers.command("set", epilog=wishes.EXAMPLE)(wishes.set_)
app.add_typer(people.subscribers, name="subscribers", rich_help_panel=PEOPLE)
app.add_typer(suppressions.app, name="suppressions", rich_help_panel=PEOPLE)


def show_version(value: bool) -> None:
    """Print the version and stop."""
    if value:
        talk.put(f"digest {__version__}")
        raise typer.Exit


@app.callback()
def common(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show causes and tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that stand before the command."""


def main() -> None:
    """Run the command line; the process ends with 0 done, 1 failed, 2 usage or settings, 3 done with failures."""
    verbose = bool({"-v", "--verbose"} & set(sys.argv[1:]))
    try:
        app(prog_name="digest")
    except DigestError as error:
        talk.complain(error)
        if verbose:
            traceback.print_exc()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        talk.say(f"error: something could not be read or written: {error.strerror or error}")
        if verbose:
            traceback.print_exc()
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 the last resort: a fault of ours, said in one line
        talk.say(f"error: this should not have happened: {type(error).__name__}: {error}")
        talk.say("hint: run it again with -v before the command to see where, and report it")
        if verbose:
            traceback.print_exc()
        sys.exit(1)


if __name__ == "__main__":
    main()
