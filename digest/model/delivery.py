"""Why something is sent, to whom, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class DispatchKind(StrEnum):
    """What a dispatch carries."""

    EDITION = "edition"
    CONFIRM = "confirm"
    BREAKING = "breaking"
    REPLY = "reply"
    ALERT = "alert"


class DeliveryState(StrEnum):
    """queued → claimed → sending → accepted | deferred | failed | suppressed | unconfirmed."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNCONFIRMED = "unconfirmed"


TOLD = (DeliveryState.ACCEPTED, DeliveryState.UNCONFIRMED)
"""The states in which the reader counts as told."""

OPEN = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.DEFERRED)
"""The states that still wait for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """The reason of a send: an edition, or a subject of another kind (a subscriber, a story). Unique in both.

    `stopped` says why nothing of it is sent until it is resumed; it is empty where it may go.
    """

    id: int
    kind: DispatchKind
    edition: int | None = None
    subject: str = ""
    opened_at: datetime
    cancelled: bool = False
    stopped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One dispatch to one endpoint, and its state.

    `local_date` is the reader's date the paper is for, `due_at` the instant it may first be sent, `next_at` the
    earliest next attempt. `message_id` is fixed at planning, `lineup` (LineUp.encode), `composed_at` and the reader's
    name and time zone at the first claim, so that every attempt carries the same bytes. `answer` is what the wire
    (`relay`, with its `code` and `enhanced` status) or the ledger said last.
    """

    id: int
    dispatch_id: int
    edition: int | None
    endpoint_id: int
    subscriber_id: int | None
    target: str
    local_date: date
    due_at: datetime
    state: DeliveryState
    message_id: str
    attempts: int = 0
    next_at: datetime
    lineup: bytes | None = None
    composed_at: datetime | None = None
    reader_name: str | None = None
    reader_zone: str | None = None
    answer: str = ""
    relay: str = ""
    code: int | None = None
    enhanced: str = ""
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What fixes the bytes of a delivery's mail beside its edition: the line-up and the reader's values."""

    lineup: bytes
    name: str = ""
    timezone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the wire answered. SMTP says accepted, never delivered. `enhanced` is the status of RFC 3463, if any."""

    code: int = 250
    text: str = ""
    enhanced: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an attempt changes in its delivery; `next_at` only where it is to be tried again.

    `suppress` is the reason (Suppression.reason) to suppress the address for, with `answer` as the evidence. `relay` is
    the place (Channel.place) that answered, with its `code` and `enhanced` status where there were any.
    """

    state: DeliveryState
    answer: str = ""
    next_at: datetime | None = None
    suppress: str = ""
    relay: str = ""
    code: int | None = None
    enhanced: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One answer to a delivery that was not accepted: which attempt it was, when, what became of it, who said what."""

    delivery_id: int
    attempt: int
    at: datetime
    state: DeliveryState
    relay: str = ""
    code: int | None = None
    enhanced: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A distinct (time zone, minute of the day, weekdays) that readers have chosen, defaults filled in."""

    timezone: str
    send_at: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The paper of one local date for everybody of one profile, due at one instant."""

    profile: Profile
    local_date: date
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a reader was told: a line-up of an earlier edition."""

    edition: int
    lineup: bytes
