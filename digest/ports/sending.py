"""What delivery remembers beside the ledger: rates, relays, bounces, workers, and what may be asked of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from digest.model.bounce import Bounce, BounceKind, Consequence, Patience
from digest.model.delivery import Attempt, Delivery, DeliveryState
from digest.model.progress import Overdue, Progress, Reason
from digest.model.rates import Grant, Rate


class RateStore(Protocol):
    """How much was sent to whom, so that bounds hold over restarts and over all workers.

    A scope is a relay's place or "@domain" of recipients.
    """

    def take(self, scope: str, wanted: int, rate: Rate, *, now: datetime) -> Grant:
        """Take room for up to `wanted` messages; it is used up whether they are sent or not, until given back."""
        ...

    def take_each(self, asked: Mapping[str, tuple[int, Rate]], *, now: datetime) -> dict[str, tuple[Grant, ...]]:
        """The same for several scopes in one commit: for each as many as are wanted, or all that there are now and
        last an empty grant, which says when to ask again.
        """
        ...

    def give_back(self, scope: str, count: int, *, now: datetime) -> None:
        """Give back room that was taken and not used."""
        ...

    def used(self, scope: str, *, since: datetime) -> int:
        """How much of a scope was taken since then (to the minute, at most a day ago)."""
        ...

    def room(self, scope: str, rate: Rate, *, now: datetime) -> Grant | None:
        """How much could be taken now by the bounds of the hour, the day and the warm-up; None where there are none.

        Nothing is taken.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayHealth:
    """A relay's faults in a row, until when it is left alone (None: it is in use), and what was wrong last."""

    place: str
    faults: int = 0
    down_until: datetime | None = None
    because: str = ""


class RelayStore(Protocol):
    """The health of the relays, shared by all workers."""

    def health(self) -> tuple[RelayHealth, ...]:
        """Of every relay that ever had a fault, by place."""
        ...

    def record(self, health: RelayHealth, *, now: datetime) -> None:
        """Replace what is known of one."""
        ...


class BounceStore(Protocol):
    """The bad news that was read, and what it leads to."""

    def delivery(self, delivery_id: int) -> Delivery | None:
        """The delivery of that number, or None."""
        ...

    def sent_as(self, message_id: str) -> Delivery | None:
        """The delivery that was given this Message-ID (without brackets), or None."""
        ...

    def last_sent(self, address: str, *, before: datetime) -> Delivery | None:
        """The newest delivery to an address that was accepted, or may have been, by then; None if there is none."""
        ...

    def add(self, bounces: Sequence[Bounce], *, now: datetime, patience: Patience = ...) -> Consequence:
        """Keep what is new and draw its consequence in the same commit: hard and complaint suppress, complaint and
        unsubscribe end the subscription, soft suppresses when patience ends. What was read before changes nothing.
        """
        ...

    def of_address(self, address: str, *, since: datetime, kind: BounceKind | None = None) -> tuple[Bounce, ...]:
        """What came about an address since then, newest first; their addresses are as asked for."""
        ...

    def refusals(self, *, since: datetime) -> Iterator[Delivery]:
        """Deliveries that failed since then for what may be a reader's mailbox and are no bounce yet, by id."""
        ...


class Letter(Protocol):
    """One mail in a mailbox."""

    @property
    def name(self) -> str:
        """What it is called there, for messages."""
        ...

    def content(self) -> bytes:
        """Its bytes, or the beginning where it is very large; raises MailboxError."""
        ...

    def put_away(self) -> None:
        """Move it where what was understood is kept, if there is such a place; raises MailboxError."""
        ...

    def leave(self) -> None:
        """Let it stay, and do not show it again while this mailbox object lives."""
        ...


class Mailbox(Protocol):
    """Where bounces arrive."""

    @property
    def place(self) -> str:
        """Its name, for messages."""
        ...

    def letters(self) -> Iterator[Letter]:
        """The mails in it, but for those that were left before; raises MailboxError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A run of something that sends: its name in the ledger, since when, its last sign of life, and what it was doing.

    `silence` is how long ago that sign was when the store was asked.
    """

    name: str
    started_at: datetime
    seen_at: datetime
    silence: timedelta
    doing: str = ""


class WorkerStore(Protocol):
    """Who sends. Times are those of the store's own clock: the clocks of several machines differ."""

    def beat(self, name: str, doing: str) -> None:
        """A sign of life."""
        ...

    def leave(self, name: str) -> None:
        """A worker ended in good order."""
        ...

    def all(self) -> tuple[Worker, ...]:
        """Those heard of within a day, by name."""
        ...

    def clock(self) -> datetime:
        """The time by the store's own clock."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many jobs of one kind the queue has: "tick" or "drain", for which edition (0 for none), "waits" or "runs"."""

    what: str
    edition: int
    state: str
    count: int


class WakeQueue(Protocol):
    """The queue that wakes workers; it decides nothing, and what is lost of it is made again every minute."""

    def waiting(self) -> tuple[Waiting, ...]:
        """The jobs that wait or run, by what they are."""
        ...

    def lay_out(self, statements: str, *, version: str) -> None:
        """Make the tables of this version of procrastinate, once however many do so at a time."""
        ...

    def reached_by(self) -> Mapping[str, Any]:
        """What a driver connects to the queue with. It holds the password: never show it."""
        ...


class TurnStore(Protocol):
    """What only one of several processes does at a time."""

    def take(self, what: str, *, by: str, lease: timedelta) -> bool:
        """Whether it is `by`'s turn, for so long at most (by the store's own clock); nobody gets it until then."""
        ...

    def end(self, what: str, *, by: str) -> None:
        """Let others have it; nothing happens where it is somebody else's by now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many deliveries of an edition that went (or are to go) one way are in one state.

    `way` is a relay's place (empty before the first attempt) or a recipient domain.
    """

    way: str
    state: DeliveryState
    count: int


class Answers(Protocol):
    """What the wires said, and how the deliveries of an edition are spread."""

    def attempts(self, delivery_ids: Sequence[int]) -> tuple[Attempt, ...]:
        """Every answer that was no acceptance, oldest first."""
        ...

    def by_relay(self, edition: int) -> tuple[Share, ...]:
        """Counts by relay and state."""
        ...

    def by_domain(self, edition: int, *, limit: int) -> tuple[Share, ...]:
        """Counts by recipient domain and state, of the `limit` domains with the most deliveries."""
        ...

    def accepted_since(self, edition: int, since: datetime) -> int:
        """How many mails of an edition were accepted since then, for the rate at which it goes."""
        ...

    def progress(self, editions: Sequence[int], *, now: datetime) -> tuple[Progress, ...]:
        """How far each of these editions is, by number; those left out that nothing was planned of."""
        ...

    def reasons(self, edition: int, *, limit: int) -> tuple[Reason, ...]:
        """Why deliveries were deferred, failed, suppressed or unconfirmed: the `limit` most frequent for each state."""
        ...

    def overdue(self, edition: int, *, by: datetime) -> Overdue:
        """What of an edition still waits whose hour came by then."""
        ...

    def pace(self, edition: int, *, since: datetime, now: datetime) -> float:
        """How many mails a second were accepted since then, or since the first of them; 0 where there is no telling."""
        ...

    def passed_over(self, *, now: datetime) -> dict[str, int]:
        """How many active readers no paper is planned for, by why: the reason of their suppression, or "paused"."""
        ...

    def returned(self, *, since: datetime) -> dict[BounceKind, int]:
        """How much bad news came since then, by kind."""
        ...
