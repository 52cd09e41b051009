"""How fast and how much may be sent: to a relay, or to a recipient domain."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """A new sender's plan: `start` messages on the first day, `growth` times as many on each further day of sending."""

    start: int
    growth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The most messages a second, in any hour and in any day (24 hours); None is no bound."""

    per_second: float | None = None
    per_hour: int | None = None
    per_day: int | None = None
    warm_up: WarmUp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`count` messages may leave, the first at `start` and each of the others `interval` after the one before it.

    Where `count` is 0, `start` is when it is worth asking again.
    """

    count: int
    start: datetime
    interval: timedelta = timedelta()
