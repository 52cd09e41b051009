"""How far the papers of editions are: counted in the database, over indexes where it can be."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, literal, select

from digest.model.delivery import OPEN, DeliveryState, DispatchKind
from digest.model.progress import Overdue, Progress, Reason
from digest.storage.columns import UtcDateTime
from digest.storage.schema import deliveries, dispatches
from digest.storage.standing import CANCELLED

ROW = deliveries.c
PAPERS = dispatches.c.kind == DispatchKind.EDITION

TOLD_OF = (
    DeliveryState.QUEUED,
    DeliveryState.DEFERRED,
    DeliveryState.FAILED,
    DeliveryState.SUPPRESSED,
    DeliveryState.UNCONFIRMED,
)
"""The states that there are reasons for."""

GROUPS = 500
"""The most reasons that are looked at; servers may word each refusal otherwise."""


def progress_of(connection: Connection, editions: Sequence[int], now: datetime) -> tuple[Progress, ...]:
    """Of each of these editions that something was planned of, by number."""
    opened = select(dispatches).where(PAPERS, dispatches.c.edition.in_(editions)).order_by(dispatches.c.edition)
    known = {row["id"]: dict(row) for row in connection.execute(opened).mappings()}
    counts: dict[int, dict[str, Any]] = {dispatch: {} for dispatch in known}
    for dispatch, state, count in connection.execute(_by_state(known)):
        counts[dispatch][state] = count
    for row in connection.execute(_waiting(known, now)).mappings():
        _note(counts[row["dispatch_id"]], dict(row))
    over = [dispatch for dispatch, row in known.items() if row["cancelled_at"] is not None]
    for dispatch, count in connection.execute(_cancelled(over)):
        counts[dispatch]["cancelled"] = count
        counts[dispatch]["failed"] -= count
    return tuple(_progress(known[dispatch], counts[dispatch]) for dispatch in known)


def reasons_of(connection: Connection, edition: int, limit: int) -> tuple[Reason, ...]:
    """The `limit` most frequent reasons for each state that has some."""
    words = case((ROW.code.is_(None), ROW.answer), else_="")
    same = (ROW.state, ROW.relay, ROW.code, ROW.enhanced, words)
    query = (
        select(*same[:4], func.min(ROW.answer).label("words"), func.count().label("count"))
        .join(dispatches, dispatches.c.id == ROW.dispatch_id)
        .where(PAPERS, dispatches.c.edition == edition, ROW.state.in_(TOLD_OF), ROW.answer.not_in((CANCELLED, "")))
        .group_by(*same)
        .order_by(func.count().desc(), func.min(ROW.answer))
        .limit(GROUPS)
    )
    found = [_reason(dict(row)) for row in connection.execute(query).mappings()]
    return tuple(reason for state in TOLD_OF for reason in [each for each in found if each.state is state][:limit])


def overdue_of(connection: Connection, edition: int, by: datetime) -> Overdue:
    """What of an edition still waits whose hour came by then."""
    query = (
        select(ROW.state, func.count(), func.min(ROW.due_at))
        .join(dispatches, dispatches.c.id == ROW.dispatch_id)
        .where(PAPERS, dispatches.c.edition == edition, ROW.state.in_(OPEN), ROW.due_at <= by)
        .group_by(ROW.state)
    )
    found = {DeliveryState(state): (count, first) for state, count, first in connection.execute(query)}
    deferred, _ = found.get(DeliveryState.DEFERRED, (0, None))
    return Overdue(
        waiting=sum(count for count, _ in found.values()) - deferred,
        deferred=deferred,
        first=min((first for _, first in found.values()), default=None),
    )


def pace_of(connection: Connection, edition: int, since: datetime, now: datetime) -> float:
    """How many mails a second were accepted since then, or since the first of them; 0 where there is no telling."""
    query = (
        select(func.count(), func.min(ROW.updated_at))
        .join(dispatches, dispatches.c.id == ROW.dispatch_id)
        .where(PAPERS, dispatches.c.edition == edition, ROW.state == DeliveryState.ACCEPTED, ROW.updated_at >= since)
    )
    count, first = connection.execute(query).one()
    elapsed = (now - first).total_seconds() if first is not None else 0.0
    return float(count / elapsed) if elapsed > 0 else 0.0


def _by_state(known: Iterable[int]) -> Select[tuple[Any, ...]]:
    """All that the index of dispatch and state answers by itself."""
    return (
        select(ROW.dispatch_id, ROW.state, func.count())
        .where(ROW.dispatch_id.in_(known))
        .group_by(ROW.dispatch_id, ROW.state)
    )


def _waiting(known: Iterable[int], now: datetime) -> Select[tuple[Any, ...]]:
    """What waits for an attempt, in the index of what does."""
    return (
        select(
            ROW.dispatch_id,
            ROW.state,
            func.min(ROW.next_at).label("first"),
            func.sum(case((ROW.next_at <= literal(now, UtcDateTime), 1), else_=0)).label("due"),
        )
        .where(ROW.next_at.is_not(None), ROW.dispatch_id.in_(known))
        .group_by(ROW.dispatch_id, ROW.state)
    )


def _cancelled(over: Iterable[int]) -> Select[tuple[Any, ...]]:
    ended: ColumnElement[bool] = (ROW.state == DeliveryState.FAILED) & (ROW.answer == CANCELLED)
    return select(ROW.dispatch_id, func.count()).where(ROW.dispatch_id.in_(over), ended).group_by(ROW.dispatch_id)


def _note(counts: dict[str, Any], row: Mapping[str, Any]) -> None:
    counts["due"] = counts.get("due", 0) + row["due"]
    moments = {DeliveryState.DEFERRED: "deferred_until", DeliveryState.UNCONFIRMED: "again_at"}
    if name := moments.get(DeliveryState(row["state"])):
        counts[name] = row["first"]


def _progress(row: Mapping[str, Any], counts: Mapping[str, Any]) -> Progress:
    return Progress(
        edition=row["edition"],
        opened_at=row["opened_at"],
        cancelled_at=row["cancelled_at"],
        stopped_at=row["stopped_at"],
        stopped=row["stopped_because"] or "",
        **counts,
    )


def _reason(row: Mapping[str, Any]) -> Reason:
    return Reason(
        state=DeliveryState(row["state"]),
        count=row["count"],
        words=row["words"],
        relay=row["relay"] or "",
        code=row["code"],
        enhanced=row["enhanced"] or "",
    )
