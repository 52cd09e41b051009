"""What happens to single mails while they are sent: begun, settled, and every answer kept.

This runs for every mail, so it is done for many at once: one executemany for a group, and when its count says that not
every row changed, each mail by itself, with a look at why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Text,
    bindparam,
    case,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)

from digest.model.delivery import DeliveryState, Outcome
from digest.storage.columns import CleanText, UtcDateTime
from digest.storage.dialects import insert_into
from digest.storage.schema import answers, deliveries, dispatches, endpoints, suppressions
from digest.storage.standing import CANCELLED, end, may_go, standing_of, stop, wait_again
from digest.storage.writer import Uneven

ROW = deliveries.c
WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Begin:
    """That the content of a delivery of `worker` is about to leave; it is the worker's until then."""

    delivery_id: int
    worker: str
    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Settle:
    """What came of a delivery of `worker`."""

    delivery_id: int
    worker: str
    outcome: Outcome
    at: datetime


def _fixed(state: DeliveryState) -> ColumnElement[str]:
    """A state as part of a statement: bound values are handed over again with every row."""
    return literal_column(f"'{state.value}'", Text)


def _once(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """One where the condition holds, else nothing."""
    return case((condition, literal_column("1", Integer)), else_=literal_column("0", Integer))


CLAIMED, SENDING, ACCEPTED, UNCONFIRMED = map(
    _fixed, (DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.UNCONFIRMED)
)
AT = bindparam("at", type_=UtcDateTime)
OF_WORKER = ROW.worker == bindparam("by", type_=CleanText)

# Built once: building a statement costs more than running it.
BEGIN = (
    update(deliveries)
    .where(ROW.id.in_(bindparam("these", expanding=True)), OF_WORKER, ROW.state == CLAIMED, may_go(AT))
    .values(
        state=SENDING,
        attempts=ROW.attempts + literal_column("1", Integer),
        lease_until=bindparam("until", type_=UtcDateTime),
        updated_at=AT,
    )
)
SAID = (
    update(deliveries)
    .where(ROW.id == bindparam("delivery"))
    .values(
        # What a server says may hold the address; a person forgotten meanwhile stays so.
        answer=case((ROW.endpoint_id.is_(None), literal_column("''")), else_=bindparam("said", type_=CleanText)),
        relay=bindparam("place", type_=CleanText),
        code=bindparam("number"),
        enhanced=bindparam("status", type_=CleanText),
        worker=null(),
        lease_until=null(),
        updated_at=AT,
    )
)
"""What every outcome changes."""

UNDER_WAY = OF_WORKER & or_(ROW.state == SENDING, ROW.state == CLAIMED)
IN_DOUBT = ROW.doubtful & or_(ROW.state == UNCONFIRMED, ROW.state == CLAIMED)
"""Somebody has doubted this mail, and may have claimed it to send it again, but has not begun it."""

ACCEPT = SAID.where(UNDER_WAY).values(
    state=ACCEPTED, next_at=null(), attempts=ROW.attempts + _once(ROW.state == CLAIMED)
)
ACCEPT_LATE = SAID.where(IN_DOUBT).values(state=ACCEPTED, next_at=null())
SETTLE = SAID.where(UNDER_WAY).values(
    # What may have arrived before stays unconfirmed while it waits.
    state=case(
        (ROW.doubtful & (bindparam("became", type_=ROW.state.type) == _fixed(DeliveryState.QUEUED)), UNCONFIRMED),
        else_=bindparam("became", type_=ROW.state.type),
    ),
    # What went unanswered is tried again once.
    next_at=case(
        (bindparam("unanswered", type_=ROW.doubtful.type) & ROW.doubtful, null()),
        else_=bindparam("again_at", type_=UtcDateTime),
    ),
    # An attempt that ended before its content left has not been counted yet.
    attempts=ROW.attempts + _once(bindparam("tried", type_=ROW.doubtful.type) & (ROW.state == CLAIMED)),
    doubtful=ROW.doubtful | bindparam("unanswered", type_=ROW.doubtful.type),
)
CANCELLED_ONES = select(dispatches.c.id).where(dispatches.c.cancelled_at.is_not(None))


class Progress:
    """The writer's bulk of `Begin` and `Settle`; the result is whether the row was changed.

    Outcomes come first: the address that one of them suppresses gets no other mail of the same batch.
    """

    def key(self, item: Begin | Settle) -> int:
        """The delivery."""
        return item.delivery_id

    def do(self, connection: Connection, items: Sequence[Begin | Settle]) -> list[bool]:
        """Settle, then begin."""
        settled = _settle(connection, [item for item in items if isinstance(item, Settle)])
        begun = _begin(connection, [item for item in items if isinstance(item, Begin)])
        if len(items) > 1 and not (settled and begun):
            raise Uneven
        return [settled if isinstance(item, Settle) else begun for item in items]


def keep_answers(connection: Connection, delivery_ids: Sequence[int]) -> None:
    """Write what the deliveries say now among the answers of their attempts."""
    if not delivery_ids:
        return
    kept = ("updated_at", "attempts", "state", "relay", "code", "enhanced", "answer")
    said = select(ROW.id, *(ROW[name] for name in kept)).where(ROW.id.in_(delivery_ids)).order_by(ROW.id)
    into = ["delivery_id", "at", "attempt", *kept[2:]]
    connection.execute(insert(answers).from_select(into, said))


def _begin(connection: Connection, begins: Sequence[Begin]) -> bool:
    """Whether all could be begun. Those of one worker take one statement: what begins together begins at one moment."""
    return all(_begin_of(connection, worker, begins) for worker in {it.worker for it in begins})


def _begin_of(connection: Connection, worker: str, begins: Sequence[Begin]) -> bool:
    theirs = [it for it in begins if it.worker == worker]
    last = max(theirs, key=lambda it: it.at)
    values = {"these": [it.delivery_id for it in theirs], "by": worker, "until": last.until, "at": last.at}
    if connection.execute(BEGIN, values).rowcount == len(theirs):
        return True
    if len(theirs) == 1:
        _end_stopped(connection, last)
    return False


def _settle(connection: Connection, settles: Sequence[Settle]) -> bool:
    """Whether all could be settled."""
    accepted = [_said(it) for it in settles if it.outcome.state is DeliveryState.ACCEPTED]
    others = [it for it in settles if it.outcome.state is not DeliveryState.ACCEPTED]
    if accepted and connection.execute(ACCEPT, accepted).rowcount != len(accepted):
        return len(settles) == 1 and connection.execute(ACCEPT_LATE, accepted[0]).rowcount == 1
    return not others or _settle_others(connection, others)


def _said(settle: Settle) -> dict[str, Any]:
    outcome = settle.outcome
    return {
        "delivery": settle.delivery_id,
        "by": settle.worker,
        "said": outcome.answer,
        "place": outcome.relay or None,
        "number": outcome.code,
        "status": outcome.enhanced or None,
        "at": settle.at,
    }


def _became(settle: Settle) -> dict[str, Any]:
    outcome = settle.outcome
    waits = outcome.state in WAITING
    return {
        **_said(settle),
        "became": outcome.state.value,
        "unanswered": outcome.state is DeliveryState.UNCONFIRMED,
        "tried": outcome.state is not DeliveryState.QUEUED,
        "again_at": (outcome.next_at or settle.at) if waits else outcome.next_at,
    }


def _settle_others(connection: Connection, settles: Sequence[Settle]) -> bool:
    """All that was not accepted: each answer is kept, and what it means for the address is done at once."""
    if connection.execute(SETTLE, [_became(it) for it in settles]).rowcount != len(settles):
        return False
    # A lease that ran out in the line is no answer.
    told = [it for it in settles if it.outcome.answer or it.outcome.state is not DeliveryState.QUEUED]
    keep_answers(connection, [it.delivery_id for it in told])
    _end_cancelled(connection, [it for it in settles if it.outcome.state in WAITING])
    for settle in settles:
        if settle.outcome.suppress:
            _suppress(connection, settle)
    return True


def _end_stopped(connection: Connection, begin: Begin) -> None:
    """Write why a delivery could not be begun, where the row is still the worker's."""
    row = connection.execute(standing_of([begin.delivery_id])).mappings().first()
    if row is None or row[ROW.worker] != begin.worker or row[ROW.state] != DeliveryState.CLAIMED:
        return
    why = stop(row, begin.at)
    if why is not None:
        end(connection, ROW.id == begin.delivery_id, why, now=begin.at)
    else:
        wait_again(connection, ROW.id == begin.delivery_id)


def _end_cancelled(connection: Connection, settles: Sequence[Settle]) -> None:
    if settles:
        here = ROW.id.in_([it.delivery_id for it in settles]) & ROW.dispatch_id.in_(CANCELLED_ONES)
        end(connection, here, (DeliveryState.FAILED, CANCELLED), now=max(it.at for it in settles))


def _suppress(connection: Connection, settle: Settle) -> None:
    row = {
        "fingerprint": endpoints.c.fingerprint,
        "address": endpoints.c.target,
        "reason": literal(settle.outcome.suppress),
        "evidence": literal(settle.outcome.answer, CleanText),
        "at": literal(settle.at, UtcDateTime),
    }
    proved = (
        select(*row.values()).join(deliveries, ROW.endpoint_id == endpoints.c.id).where(ROW.id == settle.delivery_id)
    )
    statement = insert_into(connection, suppressions).from_select(list(row), proved)
    connection.execute(statement.on_conflict_do_nothing())
