"""Bad news: kept once, and what it leads to in the same commit."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, exists, func, literal, or_, select, update

from digest.model.bounce import Bounce, BounceKind, Consequence, Patience
from digest.model.delivery import TOLD, Delivery, DeliveryState
from digest.model.subscriber import SubscriberState
from digest.storage.deliveries import deliveries_where, delivery_of
from digest.storage.dialects import insert_counted, insert_into
from digest.storage.engine import Database
from digest.storage.fingerprint import Fingerprints
from digest.storage.schema import bounces, deliveries, dispatches, endpoints, subscribers, suppressions

PAGE = 500
"""How many refusals are read at a time."""

DATES = 5
"""How many dates the evidence of soft bounces names."""

ROW = bounces.c
UNDELIVERED = (BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY)
"""News that a mail did not arrive."""

PATIENCE = Patience()


class Bounces:
    """ports.sending.BounceStore."""

    def __init__(self, database: Database, fingerprints: Fingerprints) -> None:
        self._database = database
        self._fingerprints = fingerprints

    def delivery(self, delivery_id: int) -> Delivery | None:
        """The delivery of that number, or None."""
        return self._first(deliveries.c.id == delivery_id)

    def sent_as(self, message_id: str) -> Delivery | None:
        """The delivery that was given this Message-ID (without brackets), or None.

        An id holds the number of the endpoint and the token of the dispatch, by which indexes find it.
        """
        parts = message_id.partition("@")[0].split(".")
        if len(parts) != 3 or not parts[1].isdecimal() or len(parts[1]) > 10:  # noqa: PLR2004 edition, endpoint, token
            return None
        endpoint = int(parts[1])
        if endpoint >= 2**31:
            return None
        whole = func.lower(deliveries.c.message_id) == message_id.lower()
        mine = select(dispatches.c.id).where(func.lower(dispatches.c.token) == parts[2].lower())
        return self._first((deliveries.c.endpoint_id == endpoint) & deliveries.c.dispatch_id.in_(mine) & whole)

    def last_sent(self, address: str, *, before: datetime) -> Delivery | None:
        """The newest delivery to an address that was accepted, or may have been, by then; None if there is none."""
        theirs = endpoints.c.fingerprint == self._fingerprints.of(address)
        return self._first(theirs & deliveries.c.state.in_(TOLD) & (deliveries.c.updated_at <= before))

    def add(self, bounces: Sequence[Bounce], *, now: datetime, patience: Patience = PATIENCE) -> Consequence:
        """Keep what is new and draw its consequence in the same commit."""
        done = Consequence()
        for bounce in bounces:
            fingerprint = self._fingerprints.of(bounce.address)
            done += self._database.write(
                partial(_add, bounce=bounce, fingerprint=fingerprint, patience=patience, now=now)
            )
        return done

    def of_address(self, address: str, *, since: datetime, kind: BounceKind | None = None) -> tuple[Bounce, ...]:
        """What came about an address since then, newest first; their addresses are as asked for."""
        query = (
            select(bounces)
            .where(ROW.fingerprint == self._fingerprints.of(address), ROW.at >= since)
            .order_by(ROW.at.desc(), ROW.id.desc())
        )
        query = query if kind is None else query.where(ROW.kind == kind)
        with self._database.read() as connection:
            return tuple(_bounce(row, address) for row in connection.execute(query).mappings())

    def refusals(self, *, since: datetime) -> Iterator[Delivery]:
        """Deliveries that failed since then for what may be a reader's mailbox and are no bounce yet, by id."""
        kept = exists().where(
            ROW.fingerprint == endpoints.c.fingerprint,
            ROW.source == literal("refused ", Text) + cast(deliveries.c.id, Text),
        )
        enhanced = func.coalesce(deliveries.c.enhanced, "")
        recent = dispatches.c.opened_at >= since - timedelta(days=14)
        these = and_(
            recent,
            deliveries.c.state == DeliveryState.FAILED,
            deliveries.c.updated_at >= since,
            endpoints.c.target.is_not(None),
            or_(enhanced == "", *(enhanced.like(f"_.{subject}.%") for subject in (0, 2, 3))),
            ~kept,
        )
        last = 0
        while True:
            query = deliveries_where(these & (deliveries.c.id > last)).order_by(deliveries.c.id).limit(PAGE)
            with self._database.read() as connection:
                page = [delivery_of(row) for row in connection.execute(query).mappings()]
            yield from page
            if len(page) < PAGE:
                return
            last = page[-1].id

    def _first(self, condition: ColumnElement[bool]) -> Delivery | None:
        newest = (deliveries.c.updated_at.desc(), deliveries.c.id.desc())
        query = deliveries_where(condition).order_by(*newest).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else delivery_of(row)


def _bounce(row: Mapping[Any, Any], address: str) -> Bounce:
    return Bounce(
        address=address,
        kind=BounceKind(row["kind"]),
        source=row["source"],
        at=row["at"],
        enhanced=row["enhanced"] or "",
        words=row["words"],
        delivery_id=row["delivery_id"],
    )


def _add(connection: Connection, *, bounce: Bounce, fingerprint: str, patience: Patience, now: datetime) -> Consequence:
    row = {
        "fingerprint": fingerprint,
        "source": bounce.source,
        "delivery_id": bounce.delivery_id,
        "kind": bounce.kind.value,
        "enhanced": bounce.enhanced,
        "words": bounce.words,
        "at": bounce.at,
    }
    if not insert_counted(connection, insert_into(connection, bounces).values(row).on_conflict_do_nothing()):
        return Consequence()
    return _consequence(connection, bounce, fingerprint, patience, now)


def _consequence(
    connection: Connection, bounce: Bounce, fingerprint: str, patience: Patience, now: datetime
) -> Consequence:
    suppressed = left = 0
    if bounce.kind in {BounceKind.COMPLAINT, BounceKind.UNSUBSCRIBE}:
        left = _end_subscription(connection, fingerprint, now)
    if bounce.kind in {BounceKind.HARD, BounceKind.COMPLAINT}:
        evidence = f"{bounce.enhanced} {bounce.words}".strip()
        suppressed = _suppress(connection, bounce, fingerprint, evidence, now)
    elif bounce.kind is BounceKind.SOFT and (evidence := _enough(connection, bounce, fingerprint, patience, now)):
        suppressed = _suppress(connection, bounce, fingerprint, evidence, now)
    return Consequence(new=1, suppressed=suppressed, left=left)


def _suppress(connection: Connection, bounce: Bounce, fingerprint: str, evidence: str, now: datetime) -> int:
    row = {
        "fingerprint": fingerprint,
        "address": bounce.address,
        "reason": bounce.kind.value,
        "evidence": evidence,
        "at": now,
    }
    return insert_counted(connection, insert_into(connection, suppressions).values(row).on_conflict_do_nothing())


def _end_subscription(connection: Connection, fingerprint: str, now: datetime) -> int:
    theirs = select(endpoints.c.subscriber_id).where(endpoints.c.fingerprint == fingerprint)
    statement = (
        update(subscribers)
        .where(subscribers.c.id.in_(theirs), subscribers.c.state != SubscriberState.UNSUBSCRIBED)
        .values(state=SubscriberState.UNSUBSCRIBED.value, left_at=now)
    )
    return connection.execute(statement).rowcount


def _enough(connection: Connection, bounce: Bounce, fingerprint: str, patience: Patience, now: datetime) -> str:
    """The evidence that soft bounces are enough; empty while they are not."""
    since = _counted_from(connection, fingerprint, patience, now)
    sent_at = func.coalesce(deliveries.c.updated_at, ROW.at)
    query = (
        select(deliveries.c.local_date, ROW.at)
        .select_from(bounces.outerjoin(deliveries, deliveries.c.id == ROW.delivery_id))
        .where(ROW.fingerprint == fingerprint, ROW.kind == BounceKind.SOFT, ROW.at > since, sent_at > since)
    )
    days = sorted({local_date or at.date() for local_date, at in connection.execute(query)})
    if len(days) < patience.days:
        return ""
    return (
        f"soft bounces of the papers of {', '.join(map(str, days[-DATES:]))}: {bounce.enhanced} {bounce.words}".strip()
    )


def _counted_from(connection: Connection, fingerprint: str, patience: Patience, now: datetime) -> datetime:
    """Since when soft bounces count: not from before the window, a lift, or a paper that has arrived."""
    lifted = select(func.max(ROW.at)).where(ROW.fingerprint == fingerprint, ROW.kind == BounceKind.LIFTED)
    came_back = exists().where(
        ROW.fingerprint == fingerprint, ROW.delivery_id == deliveries.c.id, ROW.kind.in_(UNDELIVERED)
    )
    arrived = (
        select(func.max(deliveries.c.updated_at))
        .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
        .where(
            endpoints.c.fingerprint == fingerprint,
            deliveries.c.state == DeliveryState.ACCEPTED,
            deliveries.c.updated_at <= now - patience.quiet,
            ~came_back,
        )
    )
    known: list[datetime | None] = [connection.scalar(lifted), connection.scalar(arrived)]
    return max([now - patience.within, *(moment for moment in known if moment is not None)])
