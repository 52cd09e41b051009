"""Delivery rows as values; what the ledger and its history both ask."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, or_, select

from digest.model.delivery import TOLD, Delivery, DeliveryState, Told
from digest.storage.schema import deliveries, dispatches, endpoints

# Looked up once: a claim reads hundreds of rows.
AS_THEY_ARE = (
    ("edition", dispatches.c.edition),
    ("subscriber_id", endpoints.c.subscriber_id),
    *(
        (name, deliveries.c[name])
        for name in (
            "id", "dispatch_id", "local_date", "due_at", "message_id", "attempts", "composed_at", "reader_name",
            "reader_zone", "answer", "code", "updated_at",
        )
    ),
)  # fmt: skip
ENDPOINT, STATE, NEXT, LINEUP, RELAY, ENHANCED = (
    deliveries.c[name] for name in ("endpoint_id", "state", "next_at", "lineup", "relay", "enhanced")
)
TARGET = endpoints.c.target


def deliveries_where(condition: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    """Deliveries with all that `delivery_of` looks at."""
    return (
        select(deliveries, dispatches.c.edition, endpoints.c.target, endpoints.c.subscriber_id)
        .select_from(deliveries)
        .join(dispatches, dispatches.c.id == deliveries.c.dispatch_id)
        .outerjoin(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
        .where(condition)
    )


def delivery_of(row: RowMapping, **changed: Any) -> Delivery:  # noqa: ANN401 - fields of a Delivery
    """A row as a value, but for what has `changed`: endpoint 0 and an empty target where the person was forgotten,
    `next_at` the time it was due where nothing more is to be tried.
    """
    found = {name: row[column] for name, column in AS_THEY_ARE}
    lineup = row[LINEUP]
    found |= {
        "endpoint_id": row[ENDPOINT] or 0,
        "target": row[TARGET] or "",
        "state": DeliveryState(row[STATE]),
        "next_at": row[NEXT] or found["due_at"],
        "lineup": None if lineup is None else bytes(lineup),
        "relay": row[RELAY] or "",
        "enhanced": row[ENHANCED] or "",
    }
    return Delivery(**(found | changed))


def told_where(
    connection: Connection, condition: ColumnElement[bool], *, since: datetime
) -> dict[int, tuple[Told, ...]]:
    """By endpoint, the line-ups of editions that were accepted, or may have arrived, oldest first."""
    query = (
        select(deliveries.c.endpoint_id, dispatches.c.edition, deliveries.c.lineup)
        .join(dispatches, dispatches.c.id == deliveries.c.dispatch_id)
        .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
        .where(
            condition,
            dispatches.c.edition.is_not(None),
            deliveries.c.lineup.is_not(None),
            deliveries.c.composed_at >= since,
            or_(deliveries.c.state.in_(TOLD), deliveries.c.doubtful),
        )
        .order_by(deliveries.c.composed_at, deliveries.c.id)
    )
    told: dict[int, tuple[Told, ...]] = {}
    for endpoint, edition, lineup in connection.execute(query):
        told[endpoint] = (*told.get(endpoint, ()), Told(edition=edition, lineup=bytes(lineup)))
    return told
