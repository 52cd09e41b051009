"""How fast and how much may be sent: to a relay, or to a recipient domain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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

    @property
    def bounded(self) -> bool:
        """Whether there is any bound."""
        return any((self.per_second, self.per_hour, self.per_day, self.warm_up))

    @property
    def spacing(self) -> timedelta:
        """How far apart messages are in the long run (a warm-up aside), so that no bound is met."""
        spans = (
            1 / self.per_second if self.per_second else 0.0,
            3600 / self.per_hour if self.per_hour else 0.0,
            86_400 / self.per_day if self.per_day else 0.0,
        )
        return timedelta(seconds=max(spans))


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRates:
    """What recipient domains take: a scope and a rate by domain; `others` holds for each domain that is not named."""

    named: Mapping[str, tuple[str, Rate]] = field(default_factory=dict)
    others: Rate = field(default_factory=Rate)

    def of(self, domain: str) -> tuple[str, Rate] | None:
        """The scope ("@" and a domain; some domains share one) and the rate of a domain; None where it has no bound."""
        found = self.named.get(domain)
        if found is None and self.others.bounded:
            found = (f"@{domain}", self.others)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`count` messages may leave, the first at `start` and each of the others `interval` after the one before it.

    Where `count` is 0, `start` is when it is worth asking again.
    """

    count: int
    start: datetime
    interval: timedelta = timedelta()
