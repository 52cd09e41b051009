"""How the commands speak: data to stdout, talk to stderr, bars on a terminal only.

rich is loaded where there is a table or a bar to draw: most commands have neither.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Protocol

import typer

from digest.errors import DigestError


class Step(Protocol):
    """Moves a progress bar: how much is done, of how much."""

    def __call__(self, done: int, total: int) -> None:
        """Show it."""
        ...


def say(text: str) -> None:
    """One line of talk, on stderr."""
    typer.echo(text, err=True)


def put(text: str) -> None:
    """Data, on stdout."""
    typer.echo(text)


def complain(error: DigestError) -> None:
    """The error, and what to do about it."""
    say(f"error: {phrase(error.message)}")
    if error.hint:
        say(f"hint: {phrase(error.hint).replace('`', '')}")


def phrase(sentence: str) -> str:
    """A sentence as it follows "error:": no capital, no full stop, so that a command at its end can be copied."""
    first = sentence.partition(" ")[0]
    plain_word = first.isalpha() and first[1:] == first[1:].lower()
    opening = sentence[:1].lower() if plain_word else sentence[:1]
    return opening + sentence[1:].removesuffix(".")


def put_json(value: object) -> None:
    """A value as JSON on stdout, times in ISO 8601."""
    put(json.dumps(value, default=plain, ensure_ascii=False, indent=2))


def put_line(value: object) -> None:
    """A value as one line of JSON."""
    put(json.dumps(value, default=plain, ensure_ascii=False))


def plain(value: object) -> object:
    """What JSON has no form for."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def record(value: object) -> dict[str, object]:
    """A value of ours as a mapping."""
    return asdict(value)  # type: ignore[call-overload,no-any-return]  # every value of ours is a dataclass


def put_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout; wide ones wrap on a terminal and stay whole in a pipe."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(printable(cell) for cell in row))
    width = None if sys.stdout.isatty() else 200
    Console(width=width, highlight=False, markup=False, emoji=False).print(table)


def printable(cell: object) -> str:
    """A cell without control characters: a feed's title must not drive the terminal."""
    return "".join(char if char.isprintable() else " " for char in str(cell))


@contextmanager
def progress(what: str) -> Iterator[Step]:
    """A bar on stderr while something long runs; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None  # noqa: ARG005 the bar's signature
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def ago(moment: datetime | None, *, now: datetime) -> str:
    """How long ago, in one short word pair."""
    if moment is None:
        return "never"
    seconds = int((now - moment).total_seconds())
    side = "ago" if seconds >= 0 else "ahead"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if abs(seconds) >= size:
            return f"{abs(seconds) // size} {unit} {side}"
    return "now"


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many}"
