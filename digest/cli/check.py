"""`digest check`: today's edition as it will be sent, and all that is wrong with it."""

from typing import Annotated

import typer

from digest.cli import talk
from digest.cli.options import EditionNumber, Json, Now
from digest.cli.session import opened
from digest.model.edition import Edition
from digest.model.finding import Finding, Level

Reader = Annotated[str | None, typer.Option("--subscriber", metavar="ADDRESS", help="As this reader will get it.")]


def check(subscriber: Reader = None, edition: EditionNumber = None, as_json: Json = False, now: Now = None) -> None:
    """Check today's edition as it will be sent, headlines to headers; ends with 1 where there are errors.

    Nothing is written, sent or fetched, and no link is followed.

    Example: digest check
    Example: digest check --edition 4 --subscriber ana@example.org
    Example: digest check --json
    """
    from digest.checks.every import COUNT
    from digest.newsroom import editions
    from digest.newsroom.proof import proof

    with opened(now) as newspaper:
        paper = editions.find(newspaper, edition)
        person = newspaper.store.subscribers.find(subscriber) if subscriber else None
        found = proof(newspaper, paper, person)
    errors = sum(each.level is Level.ERROR for each in found)
    if as_json:
        put_findings(paper, found, COUNT)
    elif found:
        show_findings(found)
        warnings = talk.counted(len(found) - errors, "warning", "warnings")
        talk.say(f"{COUNT} checks: {talk.counted(errors, 'error', 'errors')}, {warnings}")
    else:
        talk.put(f"{COUNT} checks, nothing found")
    if errors:
        raise typer.Exit(1)


def put_findings(paper: Edition, found: tuple[Finding, ...], count: int) -> None:
    """The findings as JSON."""
    talk.put_json({"edition": paper.number, "date": paper.date, "checks": count, "findings": found})


def show_findings(found: tuple[Finding, ...]) -> None:
    """The findings as a table, what to do about each below it."""
    rows = ((each.level, each.check, each.where, said(each)) for each in found)
    talk.put_table(("level", "check", "in", "found"), rows)


def said(finding: Finding) -> str:
    """What was found, and what helps."""
    return f"{finding.message} – {finding.hint}" if finding.hint else finding.message
