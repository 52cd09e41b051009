"""A person's wishes, and the ways to reach them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

DAILY = 0b1111111
"""Every day of the week; bit 0 is Monday."""


class SubscriberState(StrEnum):
    """pending → active → unsubscribed."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a reader chose; what is None follows the newsletter.

    `timezone` is an IANA name, `send_at` minutes after midnight there, `days` a bit per weekday (bit 0 Monday).
    `sections` in the reader's order, none meaning all. Words are muted and followed at word borders, sources by
    publisher; muting wins.
    """

    timezone: str | None = None
    send_at: int | None = None
    days: int | None = None
    sections: tuple[str, ...] = ()
    muted_words: tuple[str, ...] = ()
    muted_sources: tuple[str, ...] = ()
    followed_words: tuple[str, ...] = ()
    followed_sources: tuple[str, ...] = ()
    max_stories: int | None = None
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """How a person agreed: in which words, when, and where (a form, a file's name)."""

    text: str
    at: datetime
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person. `id` 0 is not stored yet; `address` is normalised and its own key."""

    id: int = 0
    address: str
    name: str = ""
    state: SubscriberState = SubscriberState.PENDING
    preferences: Preferences = field(default_factory=Preferences)
    consent: Consent | None = None
    joined_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address that must not be mailed. `reason` is hard, soft, complaint, unsubscribed or manual; `evidence` the
    words that prove it.
    """

    address: str
    reason: str
    evidence: str
    at: datetime
