"""What was sent to whom, and what was not."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, null, select, update

from digest.model.delivery import OPEN, Delivery, DeliveryState, Told
from digest.ports import Tally
from digest.storage.deliveries import deliveries_where, delivery_of, told_where
from digest.storage.engine import Database
from digest.storage.fingerprint import Fingerprints
from digest.storage.schema import deliveries, dispatches, endpoints
from digest.storage.standing import STOPPED

AT_ONCE = 500
"""Ids in one statement; databases bound the parameters of one."""

BY_HAND = {
    DeliveryState.ACCEPTED: "resolved by hand: it was accepted",
    DeliveryState.QUEUED: "resolved by hand: it is sent again",
    DeliveryState.FAILED: "resolved by hand: it is not sent again",
}
"""The states an unconfirmed delivery may be brought into by hand, and what it then says."""


class History:
    """ports.History."""

    def __init__(self, database: Database, fingerprints: Fingerprints) -> None:
        self._database = database
        self._fingerprints = fingerprints

    def tallies(self, editions: Sequence[int]) -> tuple[Tally, ...]:
        """Counts by edition and state."""
        query = (
            select(dispatches.c.edition, deliveries.c.state, func.count().label("count"))
            .join(deliveries, deliveries.c.dispatch_id == dispatches.c.id)
            .where(dispatches.c.edition.in_(editions))
            .group_by(dispatches.c.edition, deliveries.c.state)
            .order_by(dispatches.c.edition, deliveries.c.state)
        )
        with self._database.read() as connection:
            return tuple(
                Tally(edition=edition, state=DeliveryState(state), count=count)
                for edition, state, count in connection.execute(query)
            )

    def of_address(self, address: str, *, limit: int) -> tuple[Delivery, ...]:
        """An address's deliveries, newest first; none once the person was forgotten."""
        theirs = endpoints.c.fingerprint == self._fingerprints.of(address)
        newest = (deliveries.c.due_at.desc(), deliveries.c.id.desc())
        return self._deliveries(deliveries_where(theirs).order_by(*newest).limit(limit))

    def in_state(self, edition: int, state: DeliveryState, *, limit: int) -> tuple[Delivery, ...]:
        """An edition's deliveries in one state, by id."""
        these = (dispatches.c.edition == edition) & (deliveries.c.state == state)
        return self._deliveries(deliveries_where(these).order_by(deliveries.c.id).limit(limit))

    def told(self, subscriber_id: int, *, since: datetime) -> tuple[Told, ...]:
        """What one reader was told since then, oldest first."""
        with self._database.read() as connection:
            by_endpoint = told_where(connection, endpoints.c.subscriber_id == subscriber_id, since=since)
        return tuple(told for endpoint in sorted(by_endpoint) for told in by_endpoint[endpoint])

    def open_count(self, edition: int) -> int:
        """Deliveries of an edition that still wait."""
        return self._count((dispatches.c.edition == edition) & deliveries.c.state.in_(OPEN))

    def next_due(self) -> datetime | None:
        """When the next open delivery may be attempted; None when nothing waits but what is stopped."""
        # Not min(): this ends at the first row of the index.
        waits = (deliveries.c.next_at.is_not(None), deliveries.c.dispatch_id.not_in(STOPPED))
        query = select(deliveries.c.next_at).where(*waits).order_by(deliveries.c.next_at).limit(1)
        with self._database.read() as connection:
            soonest: datetime | None = connection.scalar(query)
        return soonest

    def waits_longest(self, now: datetime) -> int | None:
        """The edition of the mail that is due and has waited longest, 0 for a mail of none; None when none is due."""
        query = (
            select(func.coalesce(dispatches.c.edition, 0))
            .join(deliveries, deliveries.c.dispatch_id == dispatches.c.id)
            .where(deliveries.c.next_at <= now, dispatches.c.stopped_at.is_(None))
            .order_by(deliveries.c.next_at, deliveries.c.id)
            .limit(1)
        )
        with self._database.read() as connection:
            edition: int | None = connection.scalar(query)
        return edition

    def resolve(self, delivery_ids: Iterable[int], state: DeliveryState, *, now: datetime) -> int:
        """Settle unconfirmed deliveries by hand: accepted, failed, or queued again with the same bytes, at once.

        Returns how many were unconfirmed (and are not being tried again at this moment).
        """
        these = tuple(delivery_ids)
        parts = [these[start : start + AT_ONCE] for start in range(0, len(these), AT_ONCE)]
        statement = (
            update(deliveries)
            .where(deliveries.c.state == DeliveryState.UNCONFIRMED)
            .values(
                state=state,
                answer=BY_HAND[state],
                relay=None,
                code=None,
                enhanced=None,
                next_at=now if state is DeliveryState.QUEUED else null(),
                doubtful=False,
                updated_at=now,
            )
        )
        return self._database.write(
            lambda connection: sum(
                connection.execute(statement.where(deliveries.c.id.in_(part))).rowcount for part in parts
            )
        )

    def _deliveries(self, query: Select[tuple[object, ...]]) -> tuple[Delivery, ...]:
        with self._database.read() as connection:
            return tuple(delivery_of(row) for row in connection.execute(query).mappings())

    def _count(self, condition: ColumnElement[bool]) -> int:
        query = (
            select(func.count())
            .select_from(deliveries)
            .join(dispatches, dispatches.c.id == deliveries.c.dispatch_id)
            .where(condition)
        )
        with self._database.read() as connection:
            return connection.scalar(query) or 0
