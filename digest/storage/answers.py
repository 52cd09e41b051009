"""What the wires said, how the deliveries of an edition are spread over relays and domains, and how far they are."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from digest.model.bounce import BounceKind
from digest.model.delivery import Attempt, DeliveryState
from digest.model.progress import Overdue, Progress, Reason
from digest.model.subscriber import SubscriberState
from digest.ports.sending import Share
from digest.storage.engine import Database
from digest.storage.schema import answers, bounces, deliveries, dispatches, endpoints, subscribers, suppressions
from digest.storage.standing import unsuppressed
from digest.storage.tallies import overdue_of, pace_of, progress_of, reasons_of

AT_ONCE = 500
"""Ids in one question; databases bound the parameters of a statement."""


class Answers:
    """ports.sending.Answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def attempts(self, delivery_ids: Sequence[int]) -> tuple[Attempt, ...]:
        """Every answer that was no acceptance, oldest first."""
        found: list[tuple[datetime, int, Attempt]] = []
        with self._database.read() as connection:
            for start in range(0, len(delivery_ids), AT_ONCE):
                theirs = answers.c.delivery_id.in_(delivery_ids[start : start + AT_ONCE])
                rows = connection.execute(select(answers).where(theirs)).mappings()
                found.extend((row["at"], row["id"], _attempt(dict(row))) for row in rows)
        return tuple(attempt for _, _, attempt in sorted(found, key=lambda each: each[:2]))

    def by_relay(self, edition: int) -> tuple[Share, ...]:
        """Counts by relay and state."""
        return self._shares(_spread(func.coalesce(deliveries.c.relay, ""), edition))

    def by_domain(self, edition: int, *, limit: int) -> tuple[Share, ...]:
        """Counts by recipient domain and state, largest domains first; a forgotten reader's domain is empty."""
        shares = self._shares(_spread(func.coalesce(endpoints.c.domain, ""), edition))
        totals: dict[str, int] = {}
        for share in shares:
            totals[share.way] = totals.get(share.way, 0) + share.count
        largest = sorted(totals, key=lambda way: (-totals[way], way))[:limit]
        return tuple(share for way in largest for share in shares if share.way == way)

    def accepted_since(self, edition: int, since: datetime) -> int:
        """How many mails of an edition were accepted since then."""
        query = (
            select(func.count())
            .select_from(deliveries)
            .join(dispatches, dispatches.c.id == deliveries.c.dispatch_id)
            .where(
                dispatches.c.edition == edition,
                deliveries.c.state == DeliveryState.ACCEPTED,
                deliveries.c.updated_at >= since,
            )
        )
        with self._database.read() as connection:
            return connection.scalar(query) or 0

    def progress(self, editions: Sequence[int], *, now: datetime) -> tuple[Progress, ...]:
        """How far each of these editions is, by number; those left out that nothing was planned of."""
        with self._database.read() as connection:
            return progress_of(connection, editions, now)

    def reasons(self, edition: int, *, limit: int) -> tuple[Reason, ...]:
        """Why deliveries were deferred, failed, suppressed or unconfirmed: the `limit` most frequent for each state."""
        with self._database.read() as connection:
            return reasons_of(connection, edition, limit)

    def overdue(self, edition: int, *, by: datetime) -> Overdue:
        """What of an edition still waits whose hour came by then."""
        with self._database.read() as connection:
            return overdue_of(connection, edition, by)

    def pace(self, edition: int, *, since: datetime, now: datetime) -> float:
        """How many mails a second were accepted since then, or since the first of them; 0 where there is no telling."""
        with self._database.read() as connection:
            return pace_of(connection, edition, since, now)

    def passed_over(self, *, now: datetime) -> dict[str, int]:
        """How many active readers no paper is planned for, by why: the reason of their suppression, or "paused"."""
        active = subscribers.c.state == SubscriberState.ACTIVE
        suppressed = (
            select(suppressions.c.reason, func.count())
            .join(endpoints, endpoints.c.fingerprint == suppressions.c.fingerprint)
            .join(subscribers, subscribers.c.id == endpoints.c.subscriber_id)
            .where(active)
            .group_by(suppressions.c.reason)
            .order_by(func.count().desc(), suppressions.c.reason)
        )
        paused = (
            select(func.count())
            .select_from(subscribers)
            .join(endpoints, endpoints.c.subscriber_id == subscribers.c.id)
            .where(active, subscribers.c.paused_until > now, unsuppressed())
        )
        with self._database.read() as connection:
            found = {str(reason): int(count) for reason, count in connection.execute(suppressed)}
            resting = connection.scalar(paused) or 0
        return found | ({"paused": resting} if resting else {})

    def returned(self, *, since: datetime) -> dict[BounceKind, int]:
        """How much bad news came since then, by kind."""
        query = (
            select(bounces.c.kind, func.count())
            .where(bounces.c.at >= since, bounces.c.kind != BounceKind.LIFTED)
            .group_by(bounces.c.kind)
            .order_by(bounces.c.kind)
        )
        with self._database.read() as connection:
            return {BounceKind(kind): count for kind, count in connection.execute(query)}

    def _shares(self, query: Select[tuple[object, ...]]) -> tuple[Share, ...]:
        with self._database.read() as connection:
            return tuple(
                Share(way=row["way"], state=DeliveryState(row["state"]), count=row["count"])
                for row in connection.execute(query).mappings()
            )


def _spread(way: ColumnElement[str], edition: int) -> Select[tuple[object, ...]]:
    named = way.label("way")
    return (
        select(named, deliveries.c.state, func.count().label("count"))
        .select_from(deliveries)
        .join(dispatches, dispatches.c.id == deliveries.c.dispatch_id)
        .outerjoin(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
        .where(dispatches.c.edition == edition)
        .group_by(named, deliveries.c.state)
        .order_by(named, deliveries.c.state)
    )


def _attempt(row: dict[str, object]) -> Attempt:
    kept = {name: value for name, value in row.items() if name != "id"}
    kept |= {"state": DeliveryState(str(row["state"])), "relay": row["relay"] or "", "enhanced": row["enhanced"] or ""}
    return Attempt(**kept)  # type: ignore[arg-type]
