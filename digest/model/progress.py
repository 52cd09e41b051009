"""How far the papers of an edition are, as the ledger tells it."""

from dataclasses import dataclass
from datetime import datetime

from digest.model.delivery import DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The deliveries of one edition by state; `cancelled` ones are not among the `failed`.

    `due` of those that wait may be attempted by now. `deferred_until` is the earliest next attempt of a deferred one,
    `again_at` that of an unconfirmed one (None: none is sent again by itself). `stopped` says why nothing of it goes
    out, since `stopped_at`, until it is resumed.
    """

    edition: int
    opened_at: datetime
    cancelled_at: datetime | None = None
    stopped_at: datetime | None = None
    stopped: str = ""
    queued: int = 0
    claimed: int = 0
    sending: int = 0
    accepted: int = 0
    deferred: int = 0
    failed: int = 0
    cancelled: int = 0
    unconfirmed: int = 0
    suppressed: int = 0
    due: int = 0
    deferred_until: datetime | None = None
    again_at: datetime | None = None

    @property
    def planned(self) -> int:
        """All deliveries."""
        return self.open + self.accepted + self.failed + self.cancelled + self.unconfirmed + self.suppressed

    @property
    def open(self) -> int:
        """Those that still wait for an answer."""
        return self.queued + self.under_way + self.deferred

    @property
    def under_way(self) -> int:
        """Those that a sender has in hand."""
        return self.claimed + self.sending


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """How many deliveries of an edition are in a state for one reason: what a relay answered, by its `code` and
    `enhanced` status with the `words` of one of them, or what the ledger says.
    """

    state: DeliveryState
    count: int
    words: str
    relay: str = ""
    code: int | None = None
    enhanced: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """The deliveries of an edition whose hour came by some time and that still wait: for us, or (`deferred`) because
    their own servers asked for it. `first` is the earliest such hour.
    """

    waiting: int = 0
    deferred: int = 0
    first: datetime | None = None
