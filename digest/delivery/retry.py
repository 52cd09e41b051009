"""What an error means for its delivery: again, when, or never."""

from datetime import datetime, timedelta
from hashlib import sha256

from digest.errors import ChannelDown, DeliveryError, RecipientRefused, TryLater, Unconfirmed
from digest.model.delivery import DeliveryState, Outcome

STEPS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
"""How long the first attempts wait; greylisting lets the second or third through."""

HOURLY = timedelta(hours=1)
JITTER = timedelta(minutes=10)
GIVE_UP = timedelta(hours=20)
"""A daily paper is stale when the next one is near."""

HARD = "hard"
"""The reason a dead address is suppressed for; the answer is the proof."""

RESEND = timedelta(minutes=30)
"""How long an unconfirmed message rests before it is sent again, the same bytes under the same Message-ID."""


def decide(
    error: DeliveryError, *, attempts: int, first_due: datetime, now: datetime, key: str, hold: bool = False
) -> Outcome:
    """What becomes of a delivery after `error`.

    `attempts` counts this one, `first_due` is when it was first due, `key` (its Message-ID) spreads the hourly
    attempts, and always in the same way. An unconfirmed message is sent again, once (the ledger knows whether it
    was), or with `hold` never by itself.
    """
    if isinstance(error, ChannelDown):
        return Outcome(state=DeliveryState.QUEUED, answer=error.message)
    if isinstance(error, Unconfirmed):
        return Outcome(state=DeliveryState.UNCONFIRMED, answer=error.message, next_at=None if hold else now + RESEND)
    if isinstance(error, TryLater):
        return _deferred(error, now + _pause(attempts, key), first_due + GIVE_UP)
    suppress = HARD if isinstance(error, RecipientRefused) else ""
    return Outcome(state=DeliveryState.FAILED, answer=error.message, suppress=suppress)


def _deferred(error: TryLater, next_at: datetime, deadline: datetime) -> Outcome:
    if next_at > deadline:
        return Outcome(state=DeliveryState.FAILED, answer=f"given up, the last answer was: {error.message}")
    return Outcome(state=DeliveryState.DEFERRED, answer=error.message, next_at=next_at)


def _pause(attempts: int, key: str) -> timedelta:
    if attempts <= len(STEPS):
        return STEPS[max(attempts, 1) - 1]
    share = int.from_bytes(sha256(f"{key} {attempts}".encode()).digest()[:4]) / 2**32
    return HOURLY + (2 * share - 1) * JITTER
