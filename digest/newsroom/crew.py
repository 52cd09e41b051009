"""Who sends, and what waits for them: the lines on workers and queue that the status shows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from digest.app import App
from digest.delivery.identity import alive
from digest.newsroom.heart import SENDS, SILENT
from digest.ports.sending import Waiting, Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """One process that sends, or may: where it runs, since when, what it does ("sends", or what it waits for), how many
    sends it has under way, and how many seconds ago it gave its last sign of life.

    `silent` says that this was too long ago, or that it is certain to be dead, which `dead` says: a process of this
    machine that was killed.
    """

    host: str
    process: str
    started_at: datetime
    doing: str
    sends: int
    heard: int
    silent: bool
    dead: bool

    def words(self) -> str:
        """The process in a few words."""
        if self.dead:
            return f"{self.host} ({self.process}) was killed; what it had in hand goes out with the next send"
        many = f" {self.sends} times at once" if self.sends > 1 else ""
        quiet = f", not heard of for {_span(self.heard)}" if self.silent else ""
        return f"{self.host} ({self.process}) {self.doing}{many}{quiet}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """The processes that send, and the jobs that wait for workers."""

    hands: tuple[Hand, ...]
    queue: tuple[Waiting, ...]

    def lines(self) -> tuple[str, ...]:
        """All of it in words, a line each; nothing where nobody sends and nothing waits."""
        living = sum(not hand.silent for hand in self.hands)
        sending = sum(bool(hand.sends) for hand in self.hands if not hand.silent)
        head = (f"workers: {living}, {sending} sending",) if self.hands else ()
        queue = "; ".join(_of_job(job) for job in self.queue)
        return (*head, *(f"  {hand.words()}" for hand in self.hands), *((f"queue: {queue}",) if queue else ()))


def crew_of(app: App) -> Crew:
    """Who sends now, from the store; raises StoreError."""
    workers = app.store.workers.all()
    dead = {each.name for each in workers if not alive(each.name, one_machine=not app.store.shared)}
    return Crew(hands=hands_of(workers, dead), queue=app.store.queue.waiting())


def hands_of(workers: Sequence[Worker], dead: Collection[str] = ()) -> tuple[Hand, ...]:
    """The processes behind these workers, each with all it does; `dead` are the names of those that have ended."""
    by_process = groupby(sorted(workers, key=lambda worker: worker.name), key=lambda worker: _process(worker.name))
    return tuple(_hand(process, tuple(theirs), dead) for process, theirs in by_process)


def _process(name: str) -> str:
    """What the names of all that one process does begin with (identity.worker_name)."""
    return name.rpartition("-")[0] or name


def _hand(process: str, theirs: Sequence[Worker], dead: Collection[str]) -> Hand:
    heard = min(worker.silence for worker in theirs)
    ended = all(worker.name in dead for worker in theirs)
    sends = [worker for worker in theirs if worker.doing == SENDS]
    host, _, rest = process.partition(":")
    return Hand(
        host=host,
        process=rest.split(":")[1] if rest.count(":") > 1 else rest,
        started_at=min(worker.started_at for worker in theirs),
        doing=SENDS if sends else theirs[0].doing,
        sends=len(sends),
        heard=heard // timedelta(seconds=1),
        silent=ended or heard > SILENT,
        dead=ended,
    )


def _of_job(job: Waiting) -> str:
    what = f"{job.what} edition {job.edition}" if job.edition else job.what
    many = f"{job.count} × " if job.count > 1 else ""
    return f"{many}{what} {job.state}"


def _span(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
