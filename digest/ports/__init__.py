"""What the middle needs from the edges, as narrow protocols; each is named after the questions it answers."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from digest.model.delivery import (
    Composition,
    Delivery,
    DeliveryState,
    Dispatch,
    DispatchKind,
    Outcome,
    Profile,
    Receipt,
    Slot,
    Told,
)
from digest.model.edition import Edition, EditionState
from digest.model.feed import Feed, Fetched, Item
from digest.model.message import Mail, Rendering
from digest.model.subscriber import Preferences, Subscriber, SubscriberState, Suppression

Clock = Callable[[], datetime]
"""The time as an aware UTC datetime; only the composition root holds the real one."""


Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""Texts in, one vector of equal length a text out, in their order; a numpy array will do. See Vectors."""


class Vectors(Protocol):
    """A model that places texts by their meaning (optional)."""

    @property
    def name(self) -> str:
        """The model, as it is shown and as vectors are kept under."""
        ...

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector of length one for each text, in their order; raises VectorsDown where there is no answer."""
        ...


class Source(Protocol):
    """Reads feeds."""

    async def fetch(self, feed: Feed, *, now: datetime) -> Fetched:
        """Visit one feed. Expected failures are recorded in the feed's state, never raised."""
        ...


class Connection(Protocol):
    """One open way to the wire; used by one task, for one mail at a time."""

    async def send(
        self, mail: Mail, *, starting: Callable[[], Awaitable[bool]], following: Mail | None = None
    ) -> Receipt | None:
        """Hand over one mail.

        `starting` is awaited before the first byte of content leaves; where it answers False (the reader has just left,
        the edition was cancelled) nothing is sent and None is returned. `following` is the mail that will most likely
        be handed over next: a wire may announce it together with the end of this one, and must forget it when another
        mail comes, or none. Raises a DeliveryError: Unconfirmed only when content may have arrived, ChannelDown when
        the connection is of no more use.
        """
        ...


class Channel(Protocol):
    """What carries."""

    @property
    def name(self) -> str:
        """Smtp or outbox."""
        ...

    @property
    def place(self) -> str:
        """Where it leads, as operators know it: a relay's host and port, or the outbox. Never a secret."""
        ...

    def connect(self) -> AbstractAsyncContextManager[Connection]:
        """Open one connection; raises ChannelDown."""
        ...


class FeedStore(Protocol):
    """The sources."""

    def all(self) -> tuple[Feed, ...]:
        """Every feed, in the order they were added."""
        ...

    def due(self, now: datetime) -> tuple[Feed, ...]:
        """The feeds that may be asked again."""
        ...

    def add(self, feeds: Sequence[Feed]) -> tuple[Feed, ...]:
        """Store those whose url is new; returns them with their ids."""
        ...

    def change(self, feed: Feed) -> None:
        """Replace the owner's wishes and the state of one feed; raises NotFound, Conflict (the url is taken)."""
        ...

    def remove(self, url: str) -> None:
        """Forget a feed and its items that are in no edition; raises NotFound."""
        ...


class ItemStore(Protocol):
    """The articles."""

    def record(self, fetched: Fetched) -> int:
        """Keep a visit's items and the feed's new state in one transaction; returns how many items were new.

        An item that is known already keeps its `seen` and takes over a changed title and summary.
        """
        ...

    def recent(self, since: datetime) -> tuple[Item, ...]:
        """Items published and seen since then, with their feed's section and weight; undated ones left out."""
        ...

    def known(self, ids: Sequence[str]) -> frozenset[str]:
        """Which of these items are kept already."""
        ...

    def prune(self, before: datetime) -> int:
        """Drop items last seen before then; those in an edition live on in its snapshot. Returns how many."""
        ...


class EditionStore(Protocol):
    """The editions, whole."""

    def cut(self, edition: Edition, *, by: str = "") -> Edition:
        """Write a new edition under the next number; recorded where somebody (`by`) cut it by hand."""
        ...

    def cut_once(self, edition: Edition, *, due: datetime) -> Edition | None:
        """The same for an edition that was due at an instant, unless the newest there is was cut then or later: some
        other process was first, and nothing (None) is written.
        """
        ...

    def get(self, number: int) -> Edition:
        """Raises NotFound."""
        ...

    def latest(self, *states: EditionState) -> Edition | None:
        """The newest edition in one of these states (in any, when none is named)."""
        ...

    def since(self, start: datetime) -> tuple[Edition, ...]:
        """Every edition cut since then, newest first."""
        ...

    def move(self, number: int, state: EditionState) -> Edition:
        """Bring an edition into a state; raises Conflict where that way is not open, NotFound."""
        ...

    def freeze(self, number: int, rendering: Rendering, *, rendered: Edition | None = None) -> Edition:
        """Keep the rendered blocks and freeze, in one transaction; frozen again, the first rendering stands.

        `rendered` is the edition that the blocks were made of, with the corrections it carries from now on. Raises
        Conflict where it was changed since, or another edition carries one of them by now.
        """
        ...

    def rendering(self, number: int, language: str) -> Rendering:
        """The blocks of a frozen edition; raises NotFound."""
        ...


class ImageStore(Protocol):
    """Lead images and logos, by fingerprint."""

    def keep(self, fingerprint: str, content: bytes, *, now: datetime) -> None:
        """Store a JPEG or PNG; known already, nothing happens."""
        ...

    def get(self, fingerprint: str) -> bytes | None:
        """Its bytes, or None."""
        ...


class SubscriberStore(Protocol):
    """The people."""

    def enrol(self, subscribers: Sequence[Subscriber]) -> tuple[str, ...]:
        """Add the new ones, set-based; returns the addresses that were left alone because they are known
        (in any state) or suppressed.
        """
        ...

    def find(self, address: str) -> Subscriber:
        """Raises NotFound."""
        ...

    def get(self, subscriber_id: int) -> Subscriber:
        """Raises NotFound."""
        ...

    def each(self, *states: SubscriberState) -> Iterator[Subscriber]:
        """Stream people in the order of their ids, in bounded memory."""
        ...

    def counts(self) -> dict[SubscriberState, int]:
        """How many people are in each state; none is left out."""
        ...

    def change(self, subscriber: Subscriber) -> None:
        """Replace name, state, preferences, consent; raises NotFound."""
        ...

    def choose(self, subscriber_id: int, preferences: Preferences) -> bool:
        """Replace a reader's preferences and nothing else; False where they have left or are not known."""
        ...

    def forget(self, address: str, *, now: datetime) -> None:
        """Erase a person; what stays is a suppression without the address. Raises NotFound."""
        ...


class SuppressionStore(Protocol):
    """Addresses that must not be mailed."""

    def add(self, suppression: Suppression) -> None:
        """Suppress; an older reason stands."""
        ...

    def find(self, address: str) -> Suppression | None:
        """Why an address is suppressed, or None."""
        ...

    def lift(self, address: str, *, now: datetime) -> Suppression:
        """Allow mail again; what came before does not count any more. Returns what was lifted; raises NotFound."""
        ...

    def all(self) -> tuple[Suppression, ...]:
        """Every one, newest first; address empty where the person was forgotten."""
        ...


class Planner(Protocol):
    """Who is to get what."""

    def open(self, kind: DispatchKind, *, edition: int | None = None, subject: str = "", now: datetime) -> Dispatch:
        """The dispatch of this reason; opened once, the same one ever after.

        Raises NotFound (no such edition), Conflict for the papers of an edition that is cancelled.
        """
        ...

    def is_open(self, kind: DispatchKind, *, edition: int | None = None, subject: str = "") -> bool:
        """Whether the dispatch of this reason was opened."""
        ...

    def profiles(self, defaults: Profile) -> tuple[Profile, ...]:
        """The distinct wishes of all active readers, defaults filled in."""
        ...

    def plan(self, dispatch: Dispatch, slots: Sequence[Slot], *, defaults: Profile, domain: str, now: datetime) -> int:
        """Write the missing deliveries of these slots, set-based; returns how many were added.

        Left out: who is not active, suppressed, paused, or has a paper for that local date or this dispatch already.
        """
        ...

    def forecast(
        self, edition: int, slots: Sequence[Slot], *, defaults: Profile, now: datetime
    ) -> Iterator[tuple[Subscriber, Slot]]:
        """Whom `plan` would add for that edition, without writing."""
        ...

    def cancel(self, edition: int, *, now: datetime) -> None:
        """Stop a dispatch: what is not under way fails with the answer "cancelled"."""
        ...

    def resume(self, edition: int, *, failed: bool, now: datetime) -> int:
        """Let a stopped dispatch go on. With `failed`, what failed waits again, but for suppressed addresses;
        returns how many do. Raises NotFound, Conflict where it is cancelled.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One delivery to attempt, with the reader and what the reader was told in the last days."""

    delivery: Delivery
    subscriber: Subscriber
    told: tuple[Told, ...] = ()


class Ledger(Protocol):
    """The deliveries under way. The two calls made for every mail return futures: they share commits."""

    def claim(self, *, worker: str, limit: int, lease: timedelta, now: datetime) -> tuple[Claim, ...]:
        """Lease deliveries that are due (oldest due first). Who has left, is suppressed, paused or whose dispatch
        is cancelled becomes suppressed or failed here instead.
        """
        ...

    def compose(self, compositions: Mapping[int, Composition], *, now: datetime) -> None:
        """Fix what makes the bytes (and the time of it) of claimed deliveries where nothing is fixed yet."""
        ...

    def sending(self, delivery_id: int, *, worker: str, until: datetime, now: datetime) -> "Future[bool]":
        """Commit that content is about to leave; False where it must not any more."""
        ...

    def settle(self, delivery_id: int, outcome: Outcome, *, worker: str, now: datetime) -> "Future[bool]":
        """Commit what came of it; False where the row was no longer this worker's. An acceptance that comes late
        counts all the same, unless the mail was begun again meanwhile.
        """
        ...

    def halt(self, dispatch_id: int, because: str, *, now: datetime) -> None:
        """Let nothing more of a dispatch be claimed or begun, by any worker, until it is resumed (Planner.resume)."""
        ...

    def release(self, *, worker: str) -> int:
        """Give back what this worker has leased and not begun."""
        ...

    def recover(self, *, alive: Callable[[str], bool], resend_at: datetime | None, now: datetime) -> int:
        """Take back what dead workers or run-out leases left: claimed becomes queued, sending becomes unconfirmed
        (tried once more at `resend_at`, unless that is None). Returns how many became unconfirmed.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many deliveries of one edition are in one state."""

    edition: int
    state: DeliveryState
    count: int


class History(Protocol):
    """What was sent to whom, and what was not."""

    def tallies(self, editions: Sequence[int]) -> tuple[Tally, ...]:
        """Counts by edition and state."""
        ...

    def of_address(self, address: str, *, limit: int) -> tuple[Delivery, ...]:
        """An address's deliveries, newest first."""
        ...

    def in_state(self, edition: int, state: DeliveryState, *, limit: int) -> tuple[Delivery, ...]:
        """An edition's deliveries in one state, by id."""
        ...

    def told(self, subscriber_id: int, *, since: datetime) -> tuple[Told, ...]:
        """What one reader was told since then."""
        ...

    def open_count(self, edition: int) -> int:
        """Deliveries of an edition that still wait."""
        ...

    def next_due(self) -> datetime | None:
        """When the next open delivery may be attempted; None when nothing waits but what is stopped."""
        ...

    def waits_longest(self, now: datetime) -> int | None:
        """The edition of the mail that is due and has waited longest, 0 for a mail of none; None when none is due."""
        ...

    def resolve(self, delivery_ids: Iterable[int], state: DeliveryState, *, now: datetime) -> int:
        """Settle unconfirmed deliveries by hand: accepted, failed, or queued again."""
        ...
