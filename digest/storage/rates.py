"""How much was sent to whom, so that bounds hold over restarts and over all workers."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from math import inf

from sqlalchemy import Connection, RowMapping, delete, func, select, update

from digest.model.rates import Grant, Rate, WarmUp
from digest.storage.dialects import alone, insert_into
from digest.storage.engine import Database
from digest.storage.schema import paces, usage

SLICE = timedelta(seconds=2)
"""Turns are given for so long at a time, and only when the first of them is no further away than that."""

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

MARGIN = 2 * MINUTE
"""A bucket holds what was taken within a minute, and what is taken leaves a few seconds later: so much longer than the
span it is counted, that no window of that span, wherever it begins, holds more than the bound.
"""

FORGOTTEN = DAY + 2 * MARGIN
"""Minutes older than that bound nothing any more."""

Bound = tuple[float, datetime]
"""How much room there is, and when it is worth asking again where there is none."""


class Rates:
    """A ports.RateStore on the tables `paces` and `usage`; every method raises StoreError.

    Minutes are kept for a day; the days on which a scope was used are kept only for scopes that warm up.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, scope: str, wanted: int, rate: Rate, *, now: datetime) -> Grant:
        """Take room for up to `wanted` messages; it is used up whether they are sent or not, until given back."""
        return self._database.write(lambda connection: _take(connection, scope, wanted, rate, now))

    def take_each(self, asked: Mapping[str, tuple[int, Rate]], *, now: datetime) -> dict[str, tuple[Grant, ...]]:
        """The same for several scopes in one commit: for each as many as are wanted, or all that there are now and
        last an empty grant, which says when to ask again.
        """
        return self._database.write(
            lambda connection: {
                scope: tuple(_take_all(connection, scope, wanted, rate, now)) for scope, (wanted, rate) in asked.items()
            }
        )

    def give_back(self, scope: str, count: int, *, now: datetime) -> None:
        """Give back room that was taken and not used, at most two minutes after it was taken."""
        self._database.write(lambda connection: _give_back(connection, scope, count, now))

    def used(self, scope: str, *, since: datetime) -> int:
        """How much of a scope was taken since then (to the minute, at most a day ago)."""
        counted = select(func.coalesce(func.sum(usage.c.count), 0)).where(
            usage.c.scope == scope, usage.c.span == "minute", usage.c.start >= _minute(since)
        )
        with self._database.read() as connection:
            return int(connection.scalar(counted) or 0)

    def room(self, scope: str, rate: Rate, *, now: datetime) -> Grant | None:
        """How much could be taken now by the bounds of the hour, the day and the warm-up; None where there are none.

        Nothing is taken.
        """
        with self._database.read() as connection:
            bounds = list(_bounds(connection, scope, rate, now))
        if not bounds:
            return None
        count = int(max(min(room for room, _again in bounds), 0))
        return Grant(count=count, start=now if count else max(again for room, again in bounds if room < 1))


def _take(connection: Connection, scope: str, wanted: int, rate: Rate, now: datetime) -> Grant:
    # One lock for all scopes: two workers that take several in one commit cannot block each other in a ring.
    alone(connection, paces)
    _tidy(connection, scope, now)
    interval = timedelta(seconds=1 / rate.per_second) if rate.per_second else timedelta()
    free_at = _free_at(connection, scope, interval, now) if interval else now
    bounds = [(wanted, now), *_bounds(connection, scope, rate, now)]
    if interval:
        bounds.append((max(1, SLICE // interval) if free_at <= now + SLICE else 0, free_at))
    count = int(max(min(room for room, _again in bounds), 0))
    if count:
        _use(connection, scope, count, rate, now)
    if interval:
        _pace(connection, scope, free_at + count * interval)
    start = free_at if count else max(again for room, again in bounds if room < 1)
    return Grant(count=count, start=start, interval=interval)


def _take_all(connection: Connection, scope: str, wanted: int, rate: Rate, now: datetime) -> Iterator[Grant]:
    while wanted > 0:
        grant = _take(connection, scope, wanted, rate, now)
        yield grant
        wanted = wanted - grant.count if grant.count else 0


def _free_at(connection: Connection, scope: str, interval: timedelta, now: datetime) -> datetime:
    """When the next turn is free. No turn is ever given further ahead than this cap: what lies beyond it was written
    before the clock was set back, and would stall us.
    """
    known = connection.scalar(select(paces.c.free_at).where(paces.c.scope == scope))
    return now if known is None else min(max(known, now), now + SLICE + max(SLICE, interval))


def _bounds(connection: Connection, scope: str, rate: Rate, now: datetime) -> Iterator[Bound]:
    """What the hour, the day and the plan of warming up leave."""
    for bound, span in ((rate.per_hour, HOUR), (rate.per_day, DAY)):
        if bound is not None:
            yield _sliding(connection, scope, bound, span, now)
    if rate.warm_up is not None:
        yield _warming(connection, scope, rate.warm_up, now)


def _sliding(connection: Connection, scope: str, bound: int, span: timedelta, now: datetime) -> Bound:
    statement = select(func.coalesce(func.sum(usage.c.count), 0), func.min(usage.c.start)).where(
        usage.c.scope == scope, usage.c.span == "minute", usage.c.start > now - span - MARGIN, usage.c.count > 0
    )
    used, oldest = connection.execute(statement).one()
    return bound - int(used), (oldest or now) + span + MARGIN


def _warming(connection: Connection, scope: str, plan: WarmUp, now: datetime) -> Bound:
    """Day k of sending allows `start` * `growth` ** k; days (UTC) without a message do not count."""
    days = select(usage.c.start, usage.c.count).where(usage.c.scope == scope, usage.c.span == "day", usage.c.count > 0)
    sent = {row.start: row.count for row in connection.execute(days)}
    today = _day(now)
    try:
        allowed = plan.start * plan.growth ** sum(day < today for day in sent)
    except OverflowError:
        allowed = inf
    return allowed - sent.get(today, 0), today + DAY


def _use(connection: Connection, scope: str, count: int, rate: Rate, now: datetime) -> None:
    _add(connection, scope, "minute", _minute(now), count)
    if rate.warm_up is not None:
        _add(connection, scope, "day", _day(now), count)


def _add(connection: Connection, scope: str, span: str, start: datetime, count: int) -> None:
    insert = insert_into(connection, usage).values(scope=scope, span=span, start=start, count=count)
    more = {"count": usage.c.count + insert.excluded.count}
    connection.execute(insert.on_conflict_do_update(index_elements=["scope", "span", "start"], set_=more))


def _pace(connection: Connection, scope: str, free_at: datetime) -> None:
    insert = insert_into(connection, paces).values(scope=scope, free_at=free_at)
    connection.execute(insert.on_conflict_do_update(index_elements=["scope"], set_={"free_at": free_at}))


def _tidy(connection: Connection, scope: str, now: datetime) -> None:
    """Forget old minutes, and bring back into the past what a clock that was set back left in the future.

    How far it was set back nobody knows, but the newest of it was sent by now: all of it is moved by as much as brings
    the newest to now. What was sent long before then is counted no longer than if the clock had been right.
    """
    connection.execute(
        delete(usage).where(usage.c.scope == scope, usage.c.span == "minute", usage.c.start <= now - FORGOTTEN)
    )
    for span, start in (("minute", _minute(now)), ("day", _day(now))):
        ahead = (usage.c.scope == scope, usage.c.span == span, usage.c.start > now + MARGIN)
        rows = connection.execute(select(usage.c.start, usage.c.count).where(*ahead)).all()
        if not rows:
            continue
        connection.execute(delete(usage).where(*ahead))
        too_far = max(moment for moment, _count in rows) - start
        for moment, count in rows:
            _add(connection, scope, span, moment - too_far, count)


def _give_back(connection: Connection, scope: str, count: int, now: datetime) -> None:
    """The oldest first: what is left then is counted for too long rather than too short."""
    alone(connection, paces)
    for span, since in (("minute", _minute(now) - MARGIN), ("day", _day(now))):
        left = count
        rows = select(usage).where(usage.c.scope == scope, usage.c.span == span, usage.c.start >= since)
        for row in connection.execute(rows.order_by(usage.c.start)).mappings().all():
            if not left:
                break
            left -= _lower(connection, row, left)


def _lower(connection: Connection, row: RowMapping, count: int) -> int:
    fewer = min(int(row["count"]), count)
    at = (usage.c.scope == row["scope"], usage.c.span == row["span"], usage.c.start == row["start"])
    connection.execute(update(usage).where(*at).values(count=usage.c.count - fewer))
    return fewer


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _day(instant: datetime) -> datetime:
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)
