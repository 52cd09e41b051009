"""Bad news that comes by mail after a message was accepted, and what else comes to the return address."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BounceKind(StrEnum):
    """What a returned mail says: a dead address, trouble that may pass, a complaint, a wish to leave, or nothing."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    AUTOREPLY = "autoreply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """One address and what a mail says of it.

    `source` is a fingerprint of that mail, by which the same news counts once. `enhanced` is the status of RFC 3463
    where there was one, `words` the evidence: the other side's own words on one line. `delivery_id` is the delivery it
    is about, where its return path says so.
    """

    address: str
    kind: BounceKind
    source: str
    at: datetime
    enhanced: str = ""
    words: str = ""
    delivery_id: int | None = None
