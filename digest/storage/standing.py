"""Whether a delivery may still go out, asked when it is planned, claimed and begun."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, case, exists, or_, select, update

from digest.model.delivery import DeliveryState, DispatchKind
from digest.model.subscriber import SubscriberState
from digest.storage.schema import deliveries, dispatches, endpoints, subscribers, suppressions

CANCELLED = "cancelled"
"""The answer of a delivery whose dispatch was cancelled."""

STOPPED = select(dispatches.c.id).where(dispatches.c.stopped_at.is_not(None))
"""The dispatches of which nothing goes out until they are resumed; what waits in them goes on waiting."""

Stop = tuple[DeliveryState, str]
"""The state and the answer of a delivery that must not go out."""


def welcome(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """That the reader of the endpoint at hand is active, not suppressed and not paused."""
    return and_(subscribers.c.state == SubscriberState.ACTIVE, unsuppressed(), present(now))


def unsuppressed() -> ColumnElement[bool]:
    """That the endpoint at hand is not suppressed."""
    return ~exists().where(suppressions.c.fingerprint == endpoints.c.fingerprint)


def present(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """That the subscriber at hand is not paused."""
    return or_(subscribers.c.paused_until.is_(None), subscribers.c.paused_until <= now)


def may_go(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    """That the delivery at hand may be begun: `stop` in SQL, for an UPDATE of deliveries."""
    confirm = dispatches.c.kind == DispatchKind.CONFIRM
    wanted = case((confirm, SubscriberState.PENDING.value), else_=SubscriberState.ACTIVE.value)
    return exists().where(
        dispatches.c.id == deliveries.c.dispatch_id,
        dispatches.c.cancelled_at.is_(None),
        dispatches.c.stopped_at.is_(None),
        endpoints.c.id == deliveries.c.endpoint_id,
        subscribers.c.id == endpoints.c.subscriber_id,
        subscribers.c.state == wanted,
        present(now),
        unsuppressed(),
    )


def standing_of(ids: Sequence[int]) -> Select[tuple[object, ...]]:
    """Deliveries by id with all that `stop`, `delivery_of` and `subscriber_of` look at."""
    return (
        select(
            deliveries,
            subscribers,
            dispatches.c.kind,
            dispatches.c.edition,
            dispatches.c.cancelled_at,
            endpoints.c.target,
            endpoints.c.subscriber_id,
            suppressions.c.reason,
        )
        .select_from(deliveries)
        .join(dispatches, dispatches.c.id == deliveries.c.dispatch_id)
        .outerjoin(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
        .outerjoin(subscribers, subscribers.c.id == endpoints.c.subscriber_id)
        .outerjoin(suppressions, suppressions.c.fingerprint == endpoints.c.fingerprint)
        .where(deliveries.c.id.in_(ids))
        .order_by(deliveries.c.due_at, deliveries.c.id)
    )


def stop(row: RowMapping, now: datetime) -> Stop | None:
    """Why the delivery of a `standing_of` row must not go out, or None."""
    if row[dispatches.c.cancelled_at] is not None:
        return DeliveryState.FAILED, CANCELLED
    state = row[subscribers.c.state]
    confirms = row[dispatches.c.kind] == DispatchKind.CONFIRM
    if state != (SubscriberState.PENDING if confirms else SubscriberState.ACTIVE):
        return DeliveryState.SUPPRESSED, f"the reader is {state or 'forgotten'}"
    if row[suppressions.c.reason] is not None:
        return DeliveryState.SUPPRESSED, f"the address is suppressed: {row[suppressions.c.reason]}"
    pause = row[subscribers.c.paused_until]
    if pause is not None and pause > now:
        return DeliveryState.SUPPRESSED, f"paused until {pause:%Y-%m-%d %H:%M} UTC"
    return None


def end(connection: Connection, which: ColumnElement[bool], stop: Stop, *, now: datetime) -> int:
    """End deliveries that have not begun; returns how many.

    What may have arrived on an earlier attempt becomes unconfirmed and keeps its answer. All others give back the
    day they took up, so that a later paper of that date can reach the reader.
    """
    column = deliveries.c
    state, answer = stop
    ended = connection.execute(
        update(deliveries)
        .where(which)
        .values(
            state=case((column.doubtful, DeliveryState.UNCONFIRMED.value), else_=state.value),
            answer=case((column.doubtful, column.answer), else_=answer),
            paper_date=case((column.doubtful, column.paper_date), else_=None),
            next_at=None,
            worker=None,
            lease_until=None,
            updated_at=now,
        )
    )
    return ended.rowcount


def end_each(connection: Connection, stops: Iterable[tuple[int, Stop]], *, now: datetime) -> None:
    """End deliveries by id, one statement for each reason."""
    by_reason: dict[Stop, list[int]] = {}
    for id_, why in stops:
        by_reason.setdefault(why, []).append(id_)
    for why, ids in by_reason.items():
        end(connection, deliveries.c.id.in_(ids), why, now=now)


def wait_again(connection: Connection, which: ColumnElement[bool]) -> int:
    """Let deliveries that are claimed and have not begun wait again, due as they were first; returns how many."""
    column = deliveries.c
    given = connection.execute(
        update(deliveries)
        .where(column.state == DeliveryState.CLAIMED, which)
        .values(
            state=case((column.doubtful, DeliveryState.UNCONFIRMED.value), else_=DeliveryState.QUEUED.value),
            next_at=column.due_at,
            worker=None,
            lease_until=None,
        )
    )
    return given.rowcount
