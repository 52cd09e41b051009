"""What the wires said, and how the deliveries of an edition are spread over relays and domains."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from digest.model.delivery import Attempt, DeliveryState
from digest.ports.sending import Share
from digest.storage.engine import Database
from digest.storage.schema import answers, deliveries, dispatches, endpoints

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
