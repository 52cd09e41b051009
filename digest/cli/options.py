"""The options that many commands share, and how their text becomes a value."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

YEARS = range(1970, 9999)
"""The years that a command may act in: with weeks before and after them that can be reckoned with."""

MOST = 2**31 - 1
"""The highest number that the store has for an edition."""


def moment(text: str) -> datetime:
    """An ISO 8601 time; without an offset it is UTC."""
    try:
        parsed = datetime.fromisoformat(text)
        at = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is no time such as 2026-03-12T07:00+01:00") from error
    if at.year not in YEARS:
        raise typer.BadParameter(f"{text!r} is no time from {YEARS[0]} to {YEARS[-1]}")
    return at


def edition_number(text: str) -> int:
    """The number of an edition, which may not exist."""
    try:
        number = int(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no number") from error
    if not 0 <= number <= MOST:
        raise typer.BadParameter(f"{text!r} is no number from 0 to {MOST}")
    return number


Now = Annotated[
    datetime | None,
    typer.Option("--now", parser=moment, metavar="TIME", help="Act as if it were this time (ISO 8601)."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen and change nothing.")]
Number = Annotated[
    int, typer.Argument(metavar="N", parser=edition_number, help="Its number, as digest edition list shows it.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write the files into this folder.")]
EditionNumber = Annotated[
    int | None, typer.Option("--edition", metavar="N", parser=edition_number, help="This edition, not the newest.")
]
By = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who does it, for the record; your login name by default.")
]

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="An e-mail address.")]
TimeZone = Annotated[str | None, typer.Option("--timezone", metavar="ZONE", help="An IANA name such as Europe/Lisbon.")]
Hour = Annotated[str | None, typer.Option("--hour", metavar="HH:MM", help="When their paper comes, such as 06:30.")]
Days = Annotated[str | None, typer.Option("--days", metavar="DAYS", help="daily, weekdays, or days such as mon,thu.")]
Sections = Annotated[
    list[str] | None, typer.Option("--sections", "--section", metavar="A,B", help="Only these, in this order.")
]
Stories = Annotated[
    str | None, typer.Option("--stories", "--max-stories", metavar="N", help="The most stories in their paper.")
]
Mute = Annotated[
    list[str] | None, typer.Option("--mute", metavar="WORDS", help="Words whose stories they do not want.")
]
MuteSource = Annotated[
    list[str] | None, typer.Option("--mute-source", metavar="SOURCES", help="Publishers they do not want.")
]
Follow = Annotated[
    list[str] | None, typer.Option("--follow", metavar="WORDS", help="Words whose stories they want first.")
]
FollowSource = Annotated[
    list[str] | None,
    typer.Option("--follow-source", metavar="SOURCES", help="Publishers whose stories they want first."),
]
