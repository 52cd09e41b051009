"""Who is to get what: deliveries are written before anything is sent."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Date,
    Integer,
    RowMapping,
    Select,
    Text,
    and_,
    cast,
    column,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
    values,
)

from digest.errors import Conflict, NotFound
from digest.model.delivery import DeliveryState, Dispatch, DispatchKind, Profile, Slot
from digest.model.edition import EditionState
from digest.model.subscriber import Subscriber, SubscriberState
from digest.storage.columns import UtcDateTime
from digest.storage.dialects import insert_counted, insert_into
from digest.storage.engine import Database
from digest.storage.schema import deliveries, dispatches, editions, endpoints, subscribers
from digest.storage.standing import CANCELLED, end, unsuppressed, welcome
from digest.storage.subscribers import MAIL, PAGE, subscriber_of

SLOTS = 500
"""How many slots one statement looks at, seven values each."""


class Planner:
    """ports.Planner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, kind: DispatchKind, *, edition: int | None = None, subject: str = "", now: datetime) -> Dispatch:
        """The dispatch of this reason; opened once, the same one ever after.

        Raises NotFound (no such edition), Conflict for the papers of an edition that is cancelled.
        """
        return self._database.write(lambda connection: _open(connection, kind, edition, subject, now))

    def is_open(self, kind: DispatchKind, *, edition: int | None = None, subject: str = "") -> bool:
        """Whether the dispatch of this reason was opened."""
        query = select(exists().where(*_reason(kind, edition, subject)))
        with self._database.read() as connection:
            return bool(connection.scalar(query))

    def profiles(self, defaults: Profile) -> tuple[Profile, ...]:
        """The distinct wishes of all active readers, defaults filled in."""
        timezone, send_at, days = _profile(defaults)
        query = (
            select(timezone.label("timezone"), send_at.label("send_at"), days.label("days"))
            .where(subscribers.c.state == SubscriberState.ACTIVE)
            .distinct()
        )
        with self._database.read() as connection:
            return tuple(sorted((Profile(**row) for row in connection.execute(query).mappings()), key=_order))

    def plan(self, dispatch: Dispatch, slots: Sequence[Slot], *, defaults: Profile, domain: str, now: datetime) -> int:
        """Write the missing deliveries of these slots, set-based; returns how many were added.

        Left out: who is not active, suppressed, paused at that hour, or has a paper for that local date or this
        dispatch already. Of several slots of one profile a reader gets the earliest possible. A cancelled dispatch
        plans nothing.
        """
        return self._database.write(
            lambda connection: sum(
                _plan(connection, dispatch, _matches(part, defaults, now), domain, now) for part in _parts(slots)
            )
        )

    def forecast(
        self, edition: int, slots: Sequence[Slot], *, defaults: Profile, now: datetime
    ) -> Iterator[tuple[Subscriber, Slot]]:
        """Whom `plan` would add for that edition, without writing; streamed in bounded memory."""
        this = select(dispatches.c.id).where(dispatches.c.kind == DispatchKind.EDITION, dispatches.c.edition == edition)
        with self._database.read() as connection:
            dispatch = connection.scalar(this)
            for part in _parts(slots):
                query = _wanting(_matches(part, defaults, now), dispatch, papers=True)
                yield from _foreseen(connection, query, part)

    def cancel(self, edition: int, *, now: datetime) -> None:
        """Stop a dispatch: what is not under way fails with the answer "cancelled"."""
        self._database.write(lambda connection: _cancel(connection, edition, now))

    def resume(self, edition: int, *, failed: bool, now: datetime) -> int:
        """Let a stopped dispatch go on. With `failed`, what failed at the wire and whose address is not suppressed
        waits again; returns how many do. Raises NotFound, Conflict where it is cancelled.
        """
        return self._database.write(lambda connection: _resume(connection, edition, failed, now))


def _order(profile: Profile) -> tuple[str, int, int]:
    return profile.timezone, profile.send_at, profile.days


def _profile(defaults: Profile) -> tuple[ColumnElement[str], ColumnElement[int], ColumnElement[int]]:
    return (
        func.coalesce(subscribers.c.timezone, defaults.timezone),
        func.coalesce(subscribers.c.send_at, defaults.send_at),
        func.coalesce(subscribers.c.days, defaults.days),
    )


def _parts(slots: Sequence[Slot]) -> Iterator[Sequence[Slot]]:
    """Slots in parts of a statement's size, those of one profile together and in time's order."""
    ordered = sorted(slots, key=lambda slot: (_order(slot.profile), slot.due_at))
    start = 0
    while start < len(ordered):
        stop = start + SLOTS
        while stop < len(ordered) and ordered[stop].profile == ordered[stop - 1].profile:
            stop += 1
        yield ordered[start:stop]
        start = stop


def _matches(slots: Sequence[Slot], defaults: Profile, now: datetime) -> tuple[CTE, ColumnElement[bool]]:
    """The slots as a table, and when the subscriber at hand belongs to one."""
    table = (
        values(
            column("slot", Integer),
            column("timezone", Text),
            column("send_at", Integer),
            column("days", Integer),
            column("local_date", Date),
            column("due_at", UtcDateTime),
            column("earliest", UtcDateTime),
            name="slots",
        )
        .data(
            [
                (index, *_order(slot.profile), slot.local_date, slot.due_at, max(slot.due_at, now))
                for index, slot in enumerate(slots)
            ]
        )
        .cte("slots")
    )
    timezone, send_at, days = _profile(defaults)
    return table, and_(timezone == table.c.timezone, send_at == table.c.send_at, days == table.c.days)


def _wanting(
    matches: tuple[CTE, ColumnElement[bool]], dispatch: int | None, *, papers: bool
) -> Select[tuple[object, ...]]:
    """Readers with the slots they want and can still get, the earliest first."""
    slots, belongs = matches
    had = deliveries.c.dispatch_id == dispatch
    if papers:
        had = or_(had, deliveries.c.paper_date == slots.c.local_date)
    return (
        select(subscribers, endpoints.c.id.label("endpoint"), slots.c.slot)
        .select_from(subscribers)
        .join(endpoints, and_(endpoints.c.subscriber_id == subscribers.c.id, endpoints.c.channel == MAIL))
        .join(slots, belongs)
        .where(welcome(slots.c.earliest), ~exists().where(deliveries.c.endpoint_id == endpoints.c.id, had))
        .order_by(endpoints.c.id, slots.c.slot)
    )


def _plan(
    connection: Connection,
    dispatch: Dispatch,
    matches: tuple[CTE, ColumnElement[bool]],
    domain: str,
    now: datetime,
) -> int:
    slots, _ = matches
    papers = dispatch.kind is DispatchKind.EDITION
    number = dispatch.edition if dispatch.edition is not None else dispatch.id
    message_id = (
        literal(f"{number}.", Text)
        + cast(endpoints.c.id, Text)
        + "."
        + dispatches.c.token
        + literal(f"@{domain}", Text)
    )
    row = {
        "dispatch_id": dispatches.c.id,
        "endpoint_id": endpoints.c.id,
        "local_date": slots.c.local_date,
        "paper_date": slots.c.local_date if papers else null(),
        "due_at": slots.c.due_at,
        "next_at": slots.c.due_at,
        "state": literal(DeliveryState.QUEUED.value, Text),
        "message_id": message_id,
        "attempts": literal(0),
        "doubtful": literal(value=False),
        "answer": literal("", Text),
        "updated_at": literal(now, UtcDateTime),
    }
    chosen = (
        _wanting(matches, dispatch.id, papers=papers)
        .join(dispatches, and_(dispatches.c.id == dispatch.id, dispatches.c.cancelled_at.is_(None)))
        .with_only_columns(*row.values())
    )
    return insert_counted(
        connection, insert_into(connection, deliveries).from_select(list(row), chosen).on_conflict_do_nothing()
    )


def _foreseen(
    connection: Connection, query: Select[tuple[object, ...]], slots: Sequence[Slot]
) -> Iterator[tuple[Subscriber, Slot]]:
    last = 0
    rows = connection.execution_options(stream_results=True, yield_per=PAGE).execute(query).mappings()
    for row in rows:
        if row["endpoint"] != last:
            yield subscriber_of(row), slots[row["slot"]]
        last = row["endpoint"]


def _open(connection: Connection, kind: DispatchKind, edition: int | None, subject: str, now: datetime) -> Dispatch:
    if edition is not None:
        _check_edition(connection, kind, edition)
    row = {"kind": kind, "edition": edition, "subject": subject, "token": secrets.token_hex(8), "opened_at": now}
    connection.execute(insert_into(connection, dispatches).values(row).on_conflict_do_nothing())
    found = connection.execute(select(dispatches).where(*_reason(kind, edition, subject)))
    return _dispatch(found.mappings().one())


def _check_edition(connection: Connection, kind: DispatchKind, edition: int) -> None:
    """Refuse a dispatch of an edition that is not there, or was cancelled; its row is locked, lest it be cancelled
    before the dispatch is there to be cancelled with it.
    """
    state = connection.scalar(select(editions.c.state).where(editions.c.number == edition).with_for_update(read=True))
    if state is None:
        raise NotFound(f"There is no edition {edition}.", hint="`digest edition list` shows them all.")
    if kind is DispatchKind.EDITION and state == EditionState.CANCELLED:
        raise Conflict(f"Edition {edition} is cancelled.", hint="`digest edition list` shows the others.")


def _reason(kind: DispatchKind, edition: int | None, subject: str) -> tuple[ColumnElement[bool], ...]:
    """What a dispatch is unique by."""
    return (
        dispatches.c.kind == kind,
        func.coalesce(dispatches.c.edition, 0) == (edition or 0),
        dispatches.c.subject == subject,
    )


def _dispatch(row: RowMapping) -> Dispatch:
    return Dispatch(
        id=row["id"],
        kind=DispatchKind(row["kind"]),
        edition=row["edition"],
        subject=row["subject"],
        opened_at=row["opened_at"],
        cancelled=row["cancelled_at"] is not None,
        stopped=row["stopped_because"] or "",
    )


def _cancel(connection: Connection, edition: int, now: datetime) -> None:
    theirs = (dispatches.c.kind == DispatchKind.EDITION) & (dispatches.c.edition == edition)
    connection.execute(update(dispatches).where(theirs, dispatches.c.cancelled_at.is_(None)).values(cancelled_at=now))
    waits = deliveries.c.next_at.is_not(None) | (deliveries.c.state == DeliveryState.CLAIMED)
    of_edition = deliveries.c.dispatch_id.in_(select(dispatches.c.id).where(theirs))
    end(connection, of_edition & waits, (DeliveryState.FAILED, CANCELLED), now=now)


def _resume(connection: Connection, edition: int, failed: bool, now: datetime) -> int:  # noqa: FBT001 ours alone
    _check_edition(connection, DispatchKind.EDITION, edition)
    theirs = (dispatches.c.kind == DispatchKind.EDITION) & (dispatches.c.edition == edition)
    connection.execute(update(dispatches).where(theirs).values(stopped_at=None, stopped_because=None))
    if not failed:
        return 0
    welcome_still = select(endpoints.c.id).where(unsuppressed())
    again = connection.execute(
        update(deliveries)
        .where(
            deliveries.c.dispatch_id.in_(select(dispatches.c.id).where(theirs)),
            deliveries.c.state == DeliveryState.FAILED,
            deliveries.c.endpoint_id.in_(welcome_still),
        )
        .values(state=DeliveryState.QUEUED.value, next_at=now, updated_at=now)
    )
    return again.rowcount
