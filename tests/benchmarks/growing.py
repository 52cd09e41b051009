"""How our sender's memory grows with the list, and what planning a long list costs beside writing as many rows."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.newsroom import dispatch, editions
from tests.benchmarks.measure import Cost, Run, apart, spending
from tests.benchmarks.newspaper import WARM, Wire, copied, opened, prepare

SHORT = (1, 1)
"""One story for each reader: mails small enough for a long list to be sent in a minute or two."""

ITEMS = 120
ROW = "insert into bare values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
BARE = """
create table bare (id integer primary key, dispatch integer, endpoint integer, date text, message_id text,
                   state text, due_at text, next_at text, attempts integer, updated_at text)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A newspaper with so many readers, in a folder of its own; `way` is how its work is run."""

    folder: Path
    readers: int
    way: Callable[[Run], Cost] = apart

    def made(self) -> "List":
        """The same, written."""
        for name, readers in (("paper", self.readers), ("warm", WARM)):
            (self.folder / name).mkdir(parents=True)
            self.way(partial(prepare, self.folder / name, readers=readers, items=ITEMS, stories=SHORT))
        return self


def planned(folder: Path) -> Cost:
    """Plan everybody of a newspaper."""
    with TemporaryDirectory() as name, opened(copied(folder, Path(name)), Wire(port=1)) as newspaper:
        edition = editions.find(newspaper, 1)
        with spending() as cost:
            cost.count = dispatch.plan_now(newspaper, edition)
    return cost


def bare(count: int) -> Cost:
    """Write as many rows as a plan has, as wide, into a table without an index: what SQLite itself takes."""
    now = datetime.now(UTC).isoformat()
    rows = (
        (None, 1, number, "2026-05-14", f"{number:032x}@quay.example", "queued", now, now, 0, now)
        for number in range(count)
    )
    with TemporaryDirectory() as name, closing(sqlite3.connect(Path(name) / "bare.db")) as connection:
        connection.executescript("pragma journal_mode=wal; pragma synchronous=full;" + BARE)
        with spending(count) as cost, connection:
            connection.executemany(ROW, rows)
    return cost


def planning(people: List) -> dict[str, Run]:
    """Planning a list beside writing as many rows."""
    return {
        f"plan {people.readers} deliveries": partial(planned, people.folder / "paper"),
        "write as many rows with executemany": partial(bare, people.readers),
    }
