"""What an error means for its delivery: again, when, or never."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from digest.errors import ChannelDown, DeliveryError, RecipientRefused, TryLater, Unconfirmed
from digest.model.delivery import DeliveryState, Outcome


class Trouble(StrEnum):
    """What a temporary refusal is about, which says how soon another attempt is worth it."""

    GREYLISTED = "greylisted"
    FULL = "mailbox full"
    RATE = "too much at once"
    SYSTEM = "trouble at the server"
    CONNECTION = "the connection broke"


def _minutes(*steps: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=step) for step in steps)


STEPS = {
    Trouble.GREYLISTED: _minutes(2, 5, 10, 20, 40, 60),
    Trouble.FULL: _minutes(120, 240, 360),
    Trouble.RATE: _minutes(3, 6, 12, 25, 50, 60),
    Trouble.SYSTEM: _minutes(1, 5, 15, 60),
    Trouble.CONNECTION: _minutes(1, 2, 5, 15, 60),
}
"""How long the first attempts wait; the last step is repeated."""

JITTER = 0.2
"""The share by which a wait is shorter or longer, so that what failed together does not come back together."""

GIVE_UP = timedelta(hours=20)
"""A daily paper is stale when the next one is near."""

CLOSING = 421
WANTS_TO_WAIT = 450
GREY = re.compile(r"gr[ea]y[ -]?list", re.IGNORECASE)
FULL = re.compile(r"quota|mail ?box (is )?full|(out of|insufficient) (mailbox |disk )?(storage|space)", re.IGNORECASE)
RATE = re.compile(
    r"\brate\b|too (many|much|fast)|throttl|slow(er| down)|concurren|connection limit|exceeded the", re.IGNORECASE
)
ABOUT_RATE = ("4.7.28", "4.5.3", "4.4.5")

HARD = "hard"
"""The reason a dead address is suppressed for; the answer is the proof."""

RESEND = timedelta(minutes=30)
"""How long an unconfirmed message rests before it is sent again, the same bytes under the same Message-ID."""


def trouble_of(error: DeliveryError) -> Trouble:
    """What a temporary refusal is about: by its words where they are plain, by its status otherwise (RFC 3463)."""
    words, enhanced = error.message, error.enhanced
    if error.code is None and not enhanced:
        return Trouble.CONNECTION
    if GREY.search(words):
        return Trouble.GREYLISTED
    if enhanced == "4.2.2" or (not enhanced and FULL.search(words)):
        return Trouble.FULL
    if error.code == CLOSING or enhanced in ABOUT_RATE or RATE.search(words):
        return Trouble.RATE
    if enhanced.startswith("4.7.") or (error.code == WANTS_TO_WAIT and not enhanced):
        return Trouble.GREYLISTED
    return Trouble.SYSTEM


def about_rate(error: DeliveryError) -> bool:
    """Whether a relay asks for less at a time. A 421 alone does not: many end each connection so after some mails."""
    temporary = isinstance(error, TryLater | ChannelDown) and error.code is not None
    return temporary and (error.enhanced in ABOUT_RATE or bool(RATE.search(error.message)))


def decide(
    error: DeliveryError,
    *,
    attempts: int,
    first_due: datetime,
    now: datetime,
    key: str,
    hold: bool = False,
    at_once: bool = False,
) -> Outcome:
    """What becomes of a delivery after `error`.

    `attempts` counts this one, `first_due` is when it was first due, `key` (its Message-ID) spreads the attempts, and
    always in the same way. An unconfirmed message is sent again, once (the ledger knows whether it was), or with `hold`
    never by itself. With `at_once`, what a broken connection failed is in the queue again for the next one.
    """
    if isinstance(error, ChannelDown):
        return Outcome(state=DeliveryState.QUEUED, answer=error.message)
    if isinstance(error, Unconfirmed):
        return Outcome(state=DeliveryState.UNCONFIRMED, answer=error.message, next_at=None if hold else now + RESEND)
    if isinstance(error, TryLater):
        trouble = trouble_of(error)
        if at_once and trouble is Trouble.CONNECTION:
            return Outcome(state=DeliveryState.QUEUED, answer=error.message)
        return _deferred(error, now + pause(trouble, attempts, key), first_due + GIVE_UP)
    suppress = HARD if isinstance(error, RecipientRefused) else ""
    return Outcome(state=DeliveryState.FAILED, answer=error.message, suppress=suppress)


def _deferred(error: TryLater, next_at: datetime, deadline: datetime) -> Outcome:
    if next_at > deadline:
        return Outcome(state=DeliveryState.FAILED, answer=f"given up, the last answer was: {error.message}")
    return Outcome(state=DeliveryState.DEFERRED, answer=error.message, next_at=next_at)


def pause(trouble: Trouble, attempts: int, key: str) -> timedelta:
    """How long a delivery waits after so many attempts."""
    steps = STEPS[trouble]
    step = steps[min(max(attempts, 1), len(steps)) - 1]
    share = int.from_bytes(sha256(f"{key} {attempts}".encode()).digest()[:4]) / 2**32
    return step * (1 + (2 * share - 1) * JITTER)
