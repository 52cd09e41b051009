"""The store in numbers, for those who watch it: a few questions that are cheap beside a send."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from digest.model.bounce import BounceKind
from digest.model.delivery import DeliveryState, DispatchKind
from digest.model.subscriber import SubscriberState
from digest.ports import Tally
from digest.ports.sending import RelayHealth, Share
from digest.ports.watching import Gauges
from digest.storage.engine import Database
from digest.storage.schema import (
    bounces,
    deliveries,
    dispatches,
    editions,
    feeds,
    relays,
    subscribers,
    suppressions,
    workers,
)
from digest.storage.standing import STOPPED

EDITIONS = 3
"""The newest editions whose deliveries are told apart."""

RELAYS = 20
"""The most relays that are told apart: those that were at fault last."""

LATELY = timedelta(minutes=5)
DAY = timedelta(days=1)
ALIVE = timedelta(minutes=3)
"""How long ago a worker was heard of that counts as at work."""

Papers = Mapping[int, int]
"""The editions of the newest dispatches of papers by the dispatch, newest first."""


def gauges(database: Database, now: datetime) -> Gauges:
    """Every number, of one consistent view; raises StoreError."""
    with database.read() as connection:
        papers = _newest(connection)
        due, oldest = _due(connection, now)
        count, failing, fetched = _feeds(connection)
        shares, lately = _shares(connection, next(iter(papers), 0), now)
        return Gauges(
            tallies=_tallies(connection, papers),
            shares=shares,
            accepted_lately=lately,
            waiting=_count(connection, deliveries.c.next_at.is_not(None)),
            due=due,
            oldest_due=oldest,
            under_way=_count(connection, deliveries.c.worker.is_not(None)),
            stopped=_count(connection, and_(dispatches.c.stopped_at.is_not(None), dispatches.c.cancelled_at.is_(None))),
            subscribers=_subscribers(connection),
            suppressions=_count(connection, suppressions.c.fingerprint.is_not(None)),
            bounces=_bounces(connection, now),
            feeds=count,
            feeds_failing=failing,
            last_fetch=fetched,
            last_edition=connection.scalar(select(func.max(editions.c.cut_at))),
            relays=_relays(connection),
            workers=_count(connection, workers.c.seen_at >= now - ALIVE),
        )


def _newest(connection: Connection) -> Papers:
    query = (
        select(dispatches.c.id, dispatches.c.edition)
        .where(dispatches.c.kind == DispatchKind.EDITION, dispatches.c.edition.is_not(None))
        .order_by(dispatches.c.edition.desc())
        .limit(EDITIONS)
    )
    return {row.id: row.edition for row in connection.execute(query)}


def _tallies(connection: Connection, papers: Papers) -> tuple[Tally, ...]:
    column = deliveries.c
    query = (
        select(column.dispatch_id, column.state, func.count())
        .where(column.dispatch_id.in_(papers))
        .group_by(column.dispatch_id, column.state)
    )
    found = [
        Tally(edition=papers[dispatch], state=DeliveryState(state), count=count)
        for dispatch, state, count in connection.execute(query)
    ]
    return tuple(sorted(found, key=lambda each: (-each.edition, each.state)))


def _shares(connection: Connection, dispatch: int, now: datetime) -> tuple[tuple[Share, ...], int]:
    """The deliveries of one dispatch by relay and state, and how many were accepted lately."""
    column = deliveries.c
    way = func.coalesce(column.relay, "").label("way")
    lately = and_(column.state == DeliveryState.ACCEPTED, column.updated_at >= now - LATELY)
    query = (
        select(way, column.state, func.count(), func.sum(case((lately, 1), else_=0)))
        .where(column.dispatch_id == dispatch)
        .group_by(way, column.state)
        .order_by(way, column.state)
    )
    rows = connection.execute(query).all()
    shares = tuple(Share(way=row[0], state=DeliveryState(row[1]), count=row[2]) for row in rows)
    return shares, int(sum(row[3] for row in rows))


def _due(connection: Connection, now: datetime) -> tuple[int, datetime | None]:
    """How many deliveries may be attempted now, and since when the first of them might have been."""
    column = deliveries.c
    query = select(func.count(), func.min(column.next_at)).where(
        column.next_at <= now, column.worker.is_(None), column.dispatch_id.not_in(STOPPED)
    )
    count, oldest = connection.execute(query).one()
    return count, oldest


def _feeds(connection: Connection) -> tuple[int, int, datetime | None]:
    """How many feeds there are, how many of them fail, and when the last was read."""
    failing = case((or_(feeds.c.failures > 0, feeds.c.disabled), 1), else_=0)
    row = connection.execute(select(func.count(), func.sum(failing), func.max(feeds.c.fetched_at)).select_from(feeds))
    count, failed, fetched = row.one()
    return count, failed or 0, fetched


def _subscribers(connection: Connection) -> Mapping[SubscriberState, int]:
    found = _of(connection, subscribers.c.state)
    return {state: found.get(state, 0) for state in SubscriberState}


def _bounces(connection: Connection, now: datetime) -> Mapping[BounceKind, int]:
    found = _of(connection, bounces.c.kind, bounces.c.at >= now - DAY)
    return {kind: found.get(kind, 0) for kind in BounceKind}


def _relays(connection: Connection) -> tuple[RelayHealth, ...]:
    columns = (relays.c.place, relays.c.faults, relays.c.down_until, relays.c.because)
    rows = connection.execute(select(*columns).order_by(relays.c.updated_at.desc(), relays.c.place).limit(RELAYS))
    return tuple(RelayHealth(**row) for row in rows.mappings())


def _of(connection: Connection, column: ColumnElement[str], *where: ColumnElement[bool]) -> Mapping[str, int]:
    """How many rows have each value of a column."""
    rows = connection.execute(select(column, func.count()).where(*where).group_by(column))
    return {row[0]: row[1] for row in rows}


def _count(connection: Connection, which: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).where(which)) or 0
