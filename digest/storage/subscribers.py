"""The people, and the ways to reach them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, case, delete, func, insert, select, update

from digest.errors import NotFound
from digest.model.delivery import DeliveryState
from digest.model.subscriber import Consent, Preferences, Subscriber, SubscriberState
from digest.storage.dialects import insert_into
from digest.storage.engine import Database
from digest.storage.fingerprint import Fingerprints
from digest.storage.schema import answers, bounces, deliveries, endpoints, subscribers, suppressions

MAIL = "mail"
"""The channel of an endpoint that is an address."""

PAGE = 500
"""How many people are read or written by one statement."""

WISHES = (
    "timezone", "send_at", "days", "sections", "muted_words", "muted_sources", "followed_words", "followed_sources",
    "max_stories", "paused_until",
)  # fmt: skip

# Looked up once: a claim reads hundreds of rows.
WISHED = tuple((wish, subscribers.c[wish]) for wish in WISHES)
AS_THEY_ARE = tuple((name, subscribers.c[name]) for name in ("id", "address", "name", "joined_at", "left_at"))
STATE = subscribers.c.state
CONSENT_TEXT, CONSENT_AT, CONSENT_ORIGIN = (
    subscribers.c[name] for name in ("consent_text", "consent_at", "consent_origin")
)


class Subscribers:
    """ports.SubscriberStore."""

    def __init__(self, database: Database, fingerprints: Fingerprints) -> None:
        self._database = database
        self._fingerprints = fingerprints

    def enrol(self, new: Sequence[Subscriber]) -> tuple[str, ...]:
        """Add the new ones, set-based; returns the addresses that were left alone because they are known (in any
        state, however capitalised) or suppressed.
        """
        by_fingerprint: dict[str, Subscriber] = {}
        twice = []
        for subscriber in new:
            first = by_fingerprint.setdefault(self._fingerprints.of(subscriber.address), subscriber)
            if first is not subscriber:
                twice.append(subscriber.address)
        return self._database.write(lambda connection: (*_enrol(connection, by_fingerprint), *twice))

    def find(self, address: str) -> Subscriber:
        """Raises NotFound."""
        query = (
            select(subscribers)
            .join(endpoints, endpoints.c.subscriber_id == subscribers.c.id)
            .where(endpoints.c.channel == MAIL, endpoints.c.fingerprint == self._fingerprints.of(address))
        )
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise unknown(address)
        return subscriber_of(row)

    def get(self, subscriber_id: int) -> Subscriber:
        """Raises NotFound."""
        query = select(subscribers).where(subscribers.c.id == subscriber_id)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise unknown(f"number {subscriber_id}")
        return subscriber_of(row)

    def each(self, *states: SubscriberState) -> Iterator[Subscriber]:
        """Stream people (in any state, when none is named) in the order of their ids, in bounded memory.

        Nothing is held between two pages: whoever is iterating may change the people met.
        """
        last = 0
        while True:
            query = select(subscribers).where(subscribers.c.id > last).order_by(subscribers.c.id).limit(PAGE)
            if states:
                query = query.where(subscribers.c.state.in_(states))
            with self._database.read() as connection:
                page = [subscriber_of(row) for row in connection.execute(query).mappings()]
            yield from page
            if len(page) < PAGE:
                return
            last = page[-1].id

    def counts(self) -> dict[SubscriberState, int]:
        """How many people are in each state; none is left out."""
        query = select(subscribers.c.state, func.count()).group_by(subscribers.c.state)
        with self._database.read() as connection:
            found = {SubscriberState(state): count for state, count in connection.execute(query)}
        return {state: found.get(state, 0) for state in SubscriberState}

    def change(self, subscriber: Subscriber) -> None:
        """Replace name, state, preferences, consent and when they came and left; raises NotFound."""
        statement = update(subscribers).where(subscribers.c.id == subscriber.id).values(_columns(subscriber))
        if not self._database.write(lambda connection: connection.execute(statement).rowcount):
            raise unknown(subscriber.address)

    def choose(self, subscriber_id: int, preferences: Preferences) -> bool:
        """Replace a reader's preferences and nothing else; False where they have left or are not known.

        Who leaves at the same moment has left.
        """
        statement = (
            update(subscribers)
            .where(subscribers.c.id == subscriber_id, subscribers.c.state != SubscriberState.UNSUBSCRIBED)
            .values(_wishes(preferences))
        )
        return bool(self._database.write(lambda connection: connection.execute(statement).rowcount))

    def forget(self, address: str, *, now: datetime) -> None:
        """Erase a person; what stays is a suppression without the address, and counts in the ledger.

        What still waited for that person is suppressed. Raises NotFound.
        """
        fingerprint = self._fingerprints.of(address)
        if not self._database.write(lambda connection: _forget(connection, fingerprint, now)):
            raise unknown(address)


def unknown(who: str) -> NotFound:
    """Nobody of that address or number."""
    return NotFound(f"There is no subscriber {who}.", hint="`digest subscribers list` shows them all.")


def subscriber_of(row: RowMapping) -> Subscriber:
    """A row with the columns of `subscribers` as a value."""
    consent = None
    if row[CONSENT_TEXT] is not None:
        consent = Consent(text=row[CONSENT_TEXT], at=row[CONSENT_AT], origin=row[CONSENT_ORIGIN] or "")
    return Subscriber(
        **{name: row[column] for name, column in AS_THEY_ARE},
        state=SubscriberState(row[STATE]),
        preferences=Preferences(**{wish: row[column] for wish, column in WISHED}),
        consent=consent,
    )


def _wishes(preferences: Preferences) -> dict[str, object]:
    return {wish: getattr(preferences, wish) for wish in WISHES}


def _columns(subscriber: Subscriber) -> dict[str, object]:
    consent = subscriber.consent
    return {
        **_wishes(subscriber.preferences),
        "name": subscriber.name,
        "state": subscriber.state,
        "consent_text": consent.text if consent else None,
        "consent_at": consent.at if consent else None,
        "consent_origin": consent.origin if consent else None,
        "joined_at": subscriber.joined_at,
        "left_at": subscriber.left_at,
    }


def _enrol(connection: Connection, people: dict[str, Subscriber]) -> tuple[str, ...]:
    prints = list(people)
    refused: list[str] = []
    for start in range(0, len(prints), PAGE):
        page = prints[start : start + PAGE]
        taken = _taken(connection, page)
        refused.extend(people[print_].address for print_ in page if print_ in taken)
        _insert(connection, {print_: people[print_] for print_ in page if print_ not in taken})
    return tuple(refused)


def _taken(connection: Connection, prints: Sequence[str]) -> set[str]:
    known = select(endpoints.c.fingerprint).where(endpoints.c.channel == MAIL, endpoints.c.fingerprint.in_(prints))
    kept_out = select(suppressions.c.fingerprint).where(suppressions.c.fingerprint.in_(prints))
    return set(connection.scalars(known)) | set(connection.scalars(kept_out))


def _insert(connection: Connection, people: dict[str, Subscriber]) -> None:
    if not people:
        return
    ids = connection.scalars(
        insert(subscribers).returning(subscribers.c.id, sort_by_parameter_order=True),
        [_columns(person) | {"address": person.address} for person in people.values()],
    ).all()
    connection.execute(
        insert(endpoints),
        [
            {
                "subscriber_id": id_,
                "channel": MAIL,
                "target": person.address,
                "domain": person.address.rpartition("@")[2],
                "fingerprint": print_,
            }
            for id_, (print_, person) in zip(ids, people.items(), strict=True)
        ],
    )


def _forget(connection: Connection, fingerprint: str, now: datetime) -> bool:
    person = connection.scalar(
        select(endpoints.c.subscriber_id).where(endpoints.c.channel == MAIL, endpoints.c.fingerprint == fingerprint)
    )
    erased = update(suppressions).where(suppressions.c.fingerprint == fingerprint).values(address=None, evidence="")
    connection.execute(update(bounces).where(bounces.c.fingerprint == fingerprint).values(words=""))
    if person is None:
        return bool(connection.execute(erased.where(suppressions.c.address.is_not(None))).rowcount)
    theirs = select(endpoints.c.id).where(endpoints.c.subscriber_id == person)
    _blank(connection, list(connection.scalars(theirs)), now)
    connection.execute(delete(endpoints).where(endpoints.c.subscriber_id == person))
    connection.execute(delete(subscribers).where(subscribers.c.id == person))
    row = {"fingerprint": fingerprint, "address": None, "reason": "unsubscribed", "evidence": "", "at": now}
    connection.execute(insert_into(connection, suppressions).values(row).on_conflict_do_nothing())
    connection.execute(erased)
    return True


def _blank(connection: Connection, their_endpoints: Sequence[int], now: datetime) -> None:
    """Take the person out of the ledger; a mail that is leaving at this moment may still be settled."""
    column = deliveries.c
    theirs = select(column.id).where(column.endpoint_id.in_(their_endpoints))
    # What a server or a later report said may hold the address, or that of a mailbox it is forwarded to.
    connection.execute(update(answers).where(answers.c.delivery_id.in_(theirs)).values(answer=""))
    connection.execute(update(bounces).where(bounces.c.delivery_id.in_(theirs)).values(words=""))
    waits = (column.next_at.is_not(None) | (column.state == DeliveryState.CLAIMED)) & column.doubtful.is_(False)
    leaving = column.state == DeliveryState.SENDING
    connection.execute(
        update(deliveries)
        .where(column.endpoint_id.in_(their_endpoints))
        .values(
            endpoint_id=None,
            state=case((waits, DeliveryState.SUPPRESSED.value), else_=column.state),
            worker=case((leaving, column.worker), else_=None),
            lease_until=case((leaving, column.lease_until), else_=None),
            next_at=None,
            lineup=None,
            reader_name=None,
            reader_zone=None,
            answer="",
            updated_at=now,
        )
    )
