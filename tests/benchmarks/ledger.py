"""The ledger beside plain SQL: planning, claiming, and the two commits of every mail, in a file on this machine's disk.

A mail is begun (committed before its content leaves) and settled (committed when its answer came). The peers write the
same columns of a table with the same indexes and the same durability, without asking whether the reader is still
there: what the database itself takes.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.delivery.waking import awaitable
from digest.model.delivery import Composition, DeliveryState, DispatchKind, Outcome, Profile, Slot
from digest.model.edition import Edition
from digest.model.subscriber import DAILY, Preferences, Subscriber, SubscriberState
from digest.ports import Claim, Ledger
from digest.storage.database import Store, open_store
from tests.benchmarks.measure import Cost, Line, Run, apart, contest, spending

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
DEFAULTS = Profile(timezone="UTC", send_at=360, days=DAILY)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney")
HOURS = (300, 330, 360, 390)
LEASE = timedelta(minutes=10)
BATCH = 200
ACCEPTED = Outcome(
    state=DeliveryState.ACCEPTED,
    answer="250 2.0.0 Ok: queued as 4Zk1Vq0hXbz9rTQ",
    relay="relay.example:587",
    code=250,
    enhanced="2.0.0",
)
SENDING = "UPDATE deliveries SET state='sending', attempts=attempts+1, lease_until=?, updated_at=? WHERE id=?"
DONE = (
    "UPDATE deliveries SET state='accepted', answer=?, relay=?, code=?, enhanced=?, worker=NULL, lease_until=NULL,"
    " updated_at=? WHERE id=?"
)


def enrolled(folder: Path, readers: int) -> Path:
    """A store with so many readers in twenty profiles, and an edition."""
    path = folder / f"{readers}.db"
    people = [
        Subscriber(
            address=f"reader{number}@domain{number % 50}.example",
            state=SubscriberState.ACTIVE,
            preferences=Preferences(timezone=ZONES[number % len(ZONES)], send_at=HOURS[number % len(HOURS)]),
        )
        for number in range(readers)
    ]
    with open_store(f"sqlite:///{path}") as store:
        store.subscribers.enrol(people)
        store.editions.cut(Edition(date=NOW.date(), cut_at=NOW, title="The Quay Morning"))
    return path


def planned(path: Path) -> Path:
    """The same with everybody's delivery planned."""
    copy = Path(shutil.copy(path, path.with_suffix(".planned")))
    with open_store(f"sqlite:///{copy}") as store:
        plan(store)
    return copy


def plan(store: Store) -> int:
    """Plan the edition for all, in two dates of each profile; returns how many deliveries there are."""
    dispatch = store.planner.open(DispatchKind.EDITION, edition=1, now=NOW)
    slots = [
        Slot(profile=profile, local_date=NOW.date() + timedelta(days=days), due_at=NOW + timedelta(days=days))
        for profile in store.planner.profiles(DEFAULTS)
        for days in (0, 1)
    ]
    return store.planner.plan(dispatch, slots, defaults=DEFAULTS, domain="news.example", now=NOW)


def on_a_copy(path: Path, work: Callable[[Path], Cost]) -> Cost:
    """A run on a file of its own."""
    with TemporaryDirectory(dir=path.parent) as folder:
        return work(Path(shutil.copy(path, Path(folder) / "digest.db")))


def planning(path: Path) -> Cost:
    """What planning takes for each delivery."""
    with open_store(f"sqlite:///{path}") as store, spending() as cost:
        cost.count = plan(store)
    return cost


def claiming(path: Path, *, mails: int) -> Cost:
    """What it takes to claim a mail with its reader, and to fix its line-up."""
    with open_store(f"sqlite:///{path}") as store, spending(mails) as cost:
        for _ in range(mails // BATCH):
            claim(store.ledger)
    return cost


def claim(ledger: Ledger) -> tuple[Claim, ...]:
    """A batch, composed."""
    claims = ledger.claim(worker="desk", limit=BATCH, lease=LEASE, now=NOW)
    made = Composition(lineup=bytes(30), name="Ana", timezone="Europe/Lisbon")
    ledger.compose({one.delivery.id: made for one in claims}, now=NOW)
    return claims


def carrying(path: Path, *, mails: int, connections: int) -> Cost:
    """What the ledger takes of a mail on a wire that takes no time: the settling of one and the beginning of the next
    of a connection share a commit with those of all others.
    """
    with open_store(f"sqlite:///{path}") as store:
        claims = iter([one for _ in range(mails // BATCH) for one in claim(store.ledger)])
        with spending(mails) as cost:
            asyncio.run(carry_all(store.ledger, claims, connections))
        (tally,) = (it for it in store.history.tallies([1]) if it.state is DeliveryState.ACCEPTED)
    cost.notes = {"accepted": tally.count}
    return cost


async def carry_all(ledger: Ledger, claims: Iterator[Claim], connections: int) -> None:
    """Carry over so many connections."""

    async def carry() -> None:
        settling = None
        for one in claims:
            begun = awaitable(ledger.sending(one.delivery.id, worker="desk", until=NOW + LEASE, now=NOW))
            if settling is not None:
                await settling
            await begun
            await asyncio.sleep(0)
            settling = awaitable(ledger.settle(one.delivery.id, ACCEPTED, worker="desk", now=NOW))
        if settling is not None:
            await settling

    await asyncio.gather(*(carry() for _ in range(connections)))


def plain(path: Path, *, mails: int, together: int) -> Cost:
    """The two updates of every mail with sqlite3 alone, so many mails in a commit."""
    when = NOW.strftime("%Y-%m-%d %H:%M:%S.%f")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for setting in ("synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {setting}")
        ids = [row[0] for row in connection.execute("SELECT id FROM deliveries ORDER BY id LIMIT ?", (mails,))]
        hold = "UPDATE deliveries SET worker='desk', next_at=NULL, state='claimed' WHERE id=?"
        connection.executemany(hold, [(id_,) for id_ in ids])
        with spending(mails) as cost:
            for start in range(0, mails + together, together):
                before, these = ids[max(start - together, 0) : start], ids[start : start + together]
                connection.execute("BEGIN IMMEDIATE")
                said = (ACCEPTED.answer, ACCEPTED.relay, ACCEPTED.code, ACCEPTED.enhanced, when)
                connection.executemany(DONE, [(*said, id_) for id_ in before])
                connection.executemany(SENDING, [(when, when, id_) for id_ in these])
                connection.execute("COMMIT")
    return cost


def benchmark(
    *, readers: int = 200_000, mails: int = 5000, rounds: int = 8, way: Callable[[Run], Cost] = apart
) -> dict[str, tuple[Line, ...]]:
    """All contests; those of claiming and planning say how it goes when the list is forty times as long."""
    few = max(readers // 40, mails)
    with TemporaryDirectory() as name:
        small, large = (enrolled(Path(name), count) for count in (few, readers))
        waiting, crowd = planned(small), planned(large)
        carried = {
            f"ours, {connections} connections": partial(
                on_a_copy, waiting, partial(carrying, mails=mails, connections=connections)
            )
            for connections in (4, 10, 40)
        }
        alone = {
            f"sqlite3 alone, {together} in a commit": partial(
                on_a_copy, waiting, partial(plain, mails=mails, together=together)
            )
            for together in (1, 10)
        }
        claims = {
            f"of {count:,}": partial(on_a_copy, path, partial(claiming, mails=mails))
            for count, path in ((readers, crowd), (few, waiting))
        }
        plans = {
            f"for {count:,}": partial(on_a_copy, path, planning) for count, path in ((readers, large), (few, small))
        }
        return {
            "ledger, begun and settled": contest(
                carried | alone, baseline="sqlite3 alone, 10 in a commit", rounds=rounds, way=way
            ),
            "ledger, claimed and composed": contest(claims, baseline=f"of {few:,}", rounds=min(rounds, 3), way=way),
            "ledger, planned": contest(plans, baseline=f"for {few:,}", rounds=min(rounds, 3), way=way),
        }
