"""How the commands speak: data to stdout, talk to stderr, bars on a terminal only.

rich is loaded where there is a table or a bar to draw: most commands have neither.
"""

import json
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Protocol

import typer

from digest.cli.pace import Pace
from digest.errors import DigestError

NARROWEST = 40
"""The narrowest terminal that sentences are wrapped for."""


SAID_EVERY = 30.0
"""Seconds between two lines that say how far something is, where there is no bar."""


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


def put_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Collection[str] = ()) -> None:
    """A table on stdout; wide ones wrap on a terminal and stay whole in a pipe. Columns of `numbers` end flush."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", justify="right" if column in numbers else "left")
    for row in rows:
        table.add_row(*(printable(cell) for cell in row))
    width = None if sys.stdout.isatty() else 200
    Console(width=width, highlight=False, markup=False, emoji=False).print(table)


def printable(cell: object) -> str:
    """A cell without control characters: a feed's title must not drive the terminal."""
    return "".join(char if char.isprintable() else " " for char in str(cell))


def put_wrapped(text: str, *, indent: int = 0) -> None:
    """A sentence on stdout without control characters; a long one wraps on a terminal, its further lines `indent`ed,
    and stays whole in a pipe.
    """
    text = printable(text)
    if not sys.stdout.isatty():
        put(text)
        return
    width = max(shutil.get_terminal_size().columns, NARROWEST)
    put(textwrap.fill(text, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False))


@contextmanager
def progress(what: str, *, aloud: bool = False, monotonic: Callable[[], float] = time.monotonic) -> Iterator[Step]:
    """A bar on stderr, with the speed and the time left, while something long runs.

    Where stderr is no terminal there is nothing, or with `aloud` a line every half a minute.
    """
    pace = Pace(monotonic)
    if not sys.stderr.isatty():
        yield spoken(what, pace, monotonic) if aloud else lambda done, total: None  # noqa: ARG005 the bar's signature
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, pace="")

        def step(done: int, total: int) -> None:
            pace.note(done)
            bar.update(task, completed=done, total=total, pace=pace.words(done, total))

        yield step


def spoken(what: str, pace: Pace, monotonic: Callable[[], float]) -> Step:
    """A step that says how far it is every half a minute."""
    said_at = monotonic()

    def step(done: int, total: int) -> None:
        nonlocal said_at
        pace.note(done)
        if monotonic() - said_at >= SAID_EVERY:
            said_at = monotonic()
            words = pace.words(done, total)
            say(f"{what}: {done:,} of {total:,}{', ' if words else ''}{words}")

    return step


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
