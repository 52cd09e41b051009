"""Delivery rows as values; what the ledger and its history both ask."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, or_, select

from digest.model.delivery import TOLD, Delivery, DeliveryState, Told
from digest.storage.schema import deliveries, dispatches, endpoints


def deliveries_where(condition: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    """Deliveries with all that `delivery_of` looks at."""
    return (
        select(deliveries, dispatches.c.edition, endpoints.c.target, endpoints.c.subscriber_id)
        .select_from(deliveries)
        .join(dispatches, dispatches.c.id == deliveries.c.dispatch_id)
        .outerjoin(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
        .where(condition)
    )


def delivery_of(row: RowMapping) -> Delivery:
    """A row as a value: endpoint 0 and an empty target where the person was forgotten, `next_at` the time it was due
    where nothing more is to be tried.
    """
    column = deliveries.c
    lineup = row[column.lineup]
    return Delivery(
        id=row[column.id],
        dispatch_id=row[column.dispatch_id],
        edition=row[dispatches.c.edition],
        endpoint_id=row[column.endpoint_id] or 0,
        subscriber_id=row[endpoints.c.subscriber_id],
        target=row[endpoints.c.target] or "",
        local_date=row[column.local_date],
        due_at=row[column.due_at],
        state=DeliveryState(row[column.state]),
        message_id=row[column.message_id],
        attempts=row[column.attempts],
        next_at=row[column.next_at] or row[column.due_at],
        lineup=None if lineup is None else bytes(lineup),
        composed_at=row[column.composed_at],
        reader_name=row[column.reader_name],
        reader_zone=row[column.reader_zone],
        answer=row[column.answer],
        relay=row[column.relay] or "",
        code=row[column.code],
        enhanced=row[column.enhanced] or "",
        updated_at=row[column.updated_at],
    )


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
