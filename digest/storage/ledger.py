"""The deliveries under way: claimed, begun, settled, and taken back after a crash."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, case, literal, null, or_, select, update

from digest.model.delivery import Composition, DeliveryState, Outcome
from digest.ports import Claim
from digest.storage.columns import CleanText, UtcDateTime
from digest.storage.deliveries import delivery_of, told_where
from digest.storage.engine import Database
from digest.storage.progress import Begin, Progress, Settle, keep_answers
from digest.storage.schema import deliveries, dispatches
from digest.storage.standing import STOPPED, end_each, standing_of, stop, wait_again
from digest.storage.subscribers import subscriber_of

MEMORY = timedelta(days=7)
"""How long what a reader was told counts when the next line-up is made."""

CRASHED = "the process ended before an answer came"
"""The answer of what was found sending after a crash."""

AGREED = timedelta(minutes=5)
"""The clocks of several machines agree by this much."""

ROW = deliveries.c
HELD = or_(
    ROW.doubtful,
    ROW.endpoint_id.is_(None),
    ROW.dispatch_id.in_(select(dispatches.c.id).where(dispatches.c.cancelled_at.is_not(None))),
)
"""That a mail without an answer is not tried again by itself."""


class Ledger:
    """ports.Ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._progress = Progress()

    def claim(self, *, worker: str, limit: int, lease: timedelta, now: datetime) -> tuple[Claim, ...]:
        """Lease deliveries that are due (oldest due first). Who has left, is suppressed, paused or whose dispatch
        is cancelled becomes suppressed or failed here instead.
        """
        return self._database.write(
            lambda connection: _claim(connection, worker=worker, limit=limit, until=now + lease, now=now)
        )

    def compose(self, compositions: Mapping[int, Composition], *, now: datetime) -> None:
        """Fix what makes the bytes (and the time of it) of claimed deliveries where nothing is fixed yet."""
        if not compositions:
            return
        statement = (
            update(deliveries)
            .where(ROW.id == bindparam("delivery"), ROW.composed_at.is_(None))
            .values(
                lineup=bindparam("stories"),
                reader_name=bindparam("named", type_=CleanText),
                reader_zone=bindparam("zone", type_=CleanText),
                composed_at=now,
            )
        )
        rows = [
            {"delivery": delivery, "stories": made.lineup, "named": made.name, "zone": made.timezone}
            for delivery, made in compositions.items()
        ]
        self._database.write(lambda connection: connection.execute(statement, rows).close())

    def sending(self, delivery_id: int, *, worker: str, until: datetime, now: datetime) -> "Future[bool]":
        """Commit that content is about to leave, as one more attempt; False where it must not any more: the row then
        says why, or waits again where its dispatch is stopped, and needs no settling.
        """
        return self._database.submit_to(self._progress, Begin(delivery_id, worker, until, now))

    def settle(self, delivery_id: int, outcome: Outcome, *, worker: str, now: datetime) -> "Future[bool]":
        """Commit what came of it; False where the row was no longer this worker's. An acceptance counts all the same
        where another worker has taken back what was begun, and not begun it again.

        `outcome.suppress` is the reason to suppress the address, proved by `outcome.answer`. What is unanswered a
        second time is not tried again, whatever `outcome.next_at` says. Every answer but an acceptance is kept.
        """
        return self._database.submit_to(self._progress, Settle(delivery_id, worker, outcome, now))

    def halt(self, dispatch_id: int, because: str, *, now: datetime) -> None:
        """Let nothing more of a dispatch be claimed or begun, by any worker, until it is resumed (Planner.resume).

        The first reason stands.
        """
        statement = (
            update(dispatches)
            .where(dispatches.c.id == dispatch_id, dispatches.c.stopped_at.is_(None))
            .values(stopped_at=now, stopped_because=because)
        )
        self._database.write(lambda connection: connection.execute(statement).close())

    def release(self, *, worker: str) -> int:
        """Give back what this worker has leased and not begun."""
        return self._database.write(lambda connection: wait_again(connection, ROW.worker == worker))

    def recover(self, *, alive: Callable[[str], bool], resend_at: datetime | None, now: datetime) -> int:
        """Take back what dead workers or run-out leases left: claimed becomes queued, sending becomes unconfirmed
        (tried once more at `resend_at`, unless that is None, it was tried once more already, or the dispatch is
        cancelled). Returns how many became unconfirmed.

        What waits by a clock that was ahead of `now` goes on waiting for as long as it had to, and no longer.
        """
        with self._database.read() as connection:
            workers = connection.scalars(select(ROW.worker).where(ROW.worker.is_not(None)).distinct()).all()
            ahead = [dict(row) for row in connection.execute(_ahead_of(now)).mappings()]
        dead = [worker for worker in workers if worker is not None and not alive(worker)]
        if ahead:
            self._database.write(lambda connection: _set_right(connection, ahead, now))
        if not workers:
            return 0
        return self._database.write(lambda connection: _take_back(connection, dead, resend_at, now))


def _claim(connection: Connection, *, worker: str, limit: int, until: datetime, now: datetime) -> tuple[Claim, ...]:
    leased: list[RowMapping] = []
    while len(leased) < limit:
        due = (
            select(ROW.id)
            .where(ROW.next_at <= now, ROW.dispatch_id.not_in(STOPPED))
            .order_by(ROW.next_at, ROW.id)
            .limit(limit - len(leased))
            .with_for_update(skip_locked=True)
        )
        ids = connection.scalars(due).all()
        if not ids:
            break
        rows = connection.execute(standing_of(ids)).mappings().all()
        stops = {row[ROW.id]: stop(row, now) for row in rows}
        end_each(connection, ((id_, why) for id_, why in stops.items() if why is not None), now=now)
        _lease(connection, [id_ for id_, why in stops.items() if why is None], worker, until, now)
        leased.extend(row for row in rows if stops[row[ROW.id]] is None)
    return _claims(connection, leased, now)


def _lease(connection: Connection, ids: Sequence[int], worker: str, until: datetime, now: datetime) -> None:
    connection.execute(
        update(deliveries)
        .where(ROW.id.in_(ids))
        .values(state=DeliveryState.CLAIMED.value, worker=worker, lease_until=until, next_at=None, updated_at=now)
    )


def _claims(connection: Connection, leased: Sequence[RowMapping], now: datetime) -> tuple[Claim, ...]:
    """Rows that were leased as values, with what their readers were told by others in the last days."""
    if not leased:
        return ()
    readers = ROW.endpoint_id.in_([row[ROW.endpoint_id] for row in leased])
    others = ROW.id.not_in([row[ROW.id] for row in leased])
    told = told_where(connection, readers & others, since=now - MEMORY)
    return tuple(
        Claim(
            delivery=delivery_of(row, state=DeliveryState.CLAIMED, updated_at=now),
            subscriber=subscriber_of(row),
            told=told.get(row[ROW.endpoint_id], ()),
        )
        for row in leased
    )


def _take_back(connection: Connection, dead: Sequence[str], resend_at: datetime | None, now: datetime) -> int:
    """Returns how many became unconfirmed."""
    left = (
        select(ROW.id)
        .where(ROW.worker.is_not(None), or_(ROW.worker.in_(dead), ROW.lease_until < now))
        .order_by(ROW.id)
        # Where a row is locked, somebody is at work on it at this moment, or their connection has yet to be given up.
        .with_for_update(skip_locked=True)
    )
    these = ROW.id.in_(connection.scalars(left).all())
    wait_again(connection, these)
    doubted = connection.scalars(
        update(deliveries)
        .where(these, ROW.state == DeliveryState.SENDING)
        .values(
            state=DeliveryState.UNCONFIRMED,
            answer=CRASHED,
            relay=None,
            code=None,
            enhanced=None,
            next_at=case((HELD, null()), else_=literal(resend_at, UtcDateTime)),
            doubtful=True,
            worker=None,
            lease_until=None,
            updated_at=now,
        )
        .returning(ROW.id)
    ).all()
    keep_answers(connection, doubted)
    return len(doubted)


def _ahead_of(now: datetime) -> Select[tuple[object, ...]]:
    """Attempts that wait since a time that has not come yet: the clock was set back."""
    return select(ROW.id, ROW.next_at, ROW.updated_at).where(
        ROW.next_at > now, ROW.updated_at > now + AGREED, ROW.next_at > ROW.due_at
    )


def _set_right(connection: Connection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    statement = (
        update(deliveries)
        .where(ROW.id == bindparam("delivery"), ROW.next_at == bindparam("was", type_=UtcDateTime))
        .values(next_at=bindparam("becomes", type_=UtcDateTime), updated_at=now)
    )
    waits = [(row, max(row["next_at"] - row["updated_at"], timedelta(0))) for row in rows]
    changes = [{"delivery": row["id"], "was": row["next_at"], "becomes": now + wait} for row, wait in waits]
    connection.execute(statement, changes)
