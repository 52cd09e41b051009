"""Bad news that comes by mail after a message was accepted, and what else comes to the return address."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class BounceKind(StrEnum):
    """What is known to have happened to an address.

    HARD: it is dead. SOFT: trouble that may pass. POLICY: what we sent, or we, were refused; the address is fine.
    DELAYED: still being tried. COMPLAINT: its reader called our mail spam. UNSUBSCRIBE: its reader wishes to leave.
    LIFTED: an operator allowed mail again, and what came before does not count any more.
    """

    HARD = "hard"
    SOFT = "soft"
    POLICY = "policy"
    DELAYED = "delayed"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    LIFTED = "lifted"


class What(StrEnum):
    """What a mail to the return address is."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    AUTOREPLY = "autoreply"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """One address and what a mail says of it; the address is empty where the mail names none.

    `also` are further spellings of it in the same report, such as the address it was forwarded to. `source` is a
    fingerprint of that mail, by which the same news counts once. `enhanced` is the status of RFC 3463 where there was
    one, `words` the evidence: the other side's own words on one line. `delivery_id` is the delivery it is about, where
    that is known.
    """

    address: str
    kind: BounceKind
    source: str
    at: datetime
    enhanced: str = ""
    words: str = ""
    delivery_id: int | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A mail that came to the return address: what it is, what it says of which address, and what it may be about.

    `sent_to` are the addresses it came to, of which one may be the return path of a delivery; `message_ids` the ids of
    ours that it may speak of, without brackets; `left` the https links to leave that it returns; `author` who wrote it.
    """

    what: What
    source: str
    bounces: tuple[Bounce, ...] = ()
    sent_to: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When soft bounces are enough: about the papers of `days` days within `within`.

    A paper that was accepted and of which nothing came back for `quiet` has arrived, and what came before it does not
    count any more. A later one proves nothing yet: its bounce may still be on its way.
    """

    days: int = 3
    within: timedelta = timedelta(days=14)
    quiet: timedelta = timedelta(days=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What came of bounces: how many were news, how many addresses were suppressed, how many people left."""

    new: int = 0
    suppressed: int = 0
    left: int = 0

    def __add__(self, other: "Consequence") -> "Consequence":
        """Both together."""
        return Consequence(
            new=self.new + other.new, suppressed=self.suppressed + other.suppressed, left=self.left + other.left
        )
