"""`digest doctor`: everything that mail depends on, looked at before the morning does."""

import sys
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.options import Json, Now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.model.examined import Examined, Verdict

MARGIN = 24
"""Characters before what was found: the verdict and the name of the check."""

NARROWEST = 60

Offline = Annotated[bool, typer.Option("--offline", help="Ask nobody outside: no relay, no DNS, no web page.")]


def doctor(offline: Offline = False, as_json: Json = False, now: Now = None) -> None:
    """Check settings, store, templates, relays, the sender's DNS and the public pages; ends with 1 where one fails.

    Nothing is changed and no mail is sent; a relay is greeted, logged in to, and left.

    Example: digest doctor
    Example: digest doctor --offline --json
    """
    from digest.cli.logs import no_log
    from digest.model.examined import Verdict
    from digest.newsroom.doctor.rounds import examine

    no_log()
    lines = examine(now=now, offline=offline)
    failed, warned, unknown = (count(lines, each) for each in (Verdict.FAIL, Verdict.WARN, Verdict.SKIP))
    if as_json:
        talk.put_json({"checks": lines, "failed": failed, "warnings": warned, "unknown": unknown})
    else:
        show(lines)
        warnings = talk.counted(warned, "warning", "warnings")
        talk.say(f"{len(lines)} checks: {failed} failed, {warnings}, {unknown} not known from here")
    if failed:
        raise typer.Exit(1)


def count(lines: "Sequence[Examined]", verdict: "Verdict") -> int:
    """How many lines have a verdict."""
    return sum(line.verdict is verdict for line in lines)


def show(lines: "Sequence[Examined]") -> None:
    """A line for each check, what to do below it; wrapped on a terminal, and whole in a pipe."""
    for line in lines:
        about = f"{line.about}: " if line.about else ""
        hint = f"→ {line.hint}" if line.hint else ""
        texts = (talk.printable(text).replace("`", "") for text in (f"{about}{line.found}", hint) if text)
        first, *more = (row for text in texts for row in rows(text))
        talk.put(f"{line.verdict:<6}{line.check:<{MARGIN - 6}}{first}")
        for row in more:
            talk.put(" " * MARGIN + row)


def rows(text: str) -> "Sequence[str]":
    """A text as it fits beside the margin."""
    if not sys.stdout.isatty():
        return (text,)
    width = max(NARROWEST, get_terminal_size().columns) - MARGIN
    return wrap(text, width, break_on_hyphens=False, break_long_words=False)
