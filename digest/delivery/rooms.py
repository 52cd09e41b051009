"""What recipient domains take: each mail to a domain with a rate gets a turn, or waits in the ledger until one is near.

The turns of a batch are taken from the store in one commit, before its mails are composed: what cannot leave now costs
neither a line-up nor a signature.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.delivery.pacing import SOON
from digest.model.rates import DomainRates, Grant, Rate
from digest.ports import Claim
from digest.ports.sending import RateStore

BREATH = timedelta(seconds=0.5)
"""The least between two looks for what comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """When a mail may leave by the rate of its domain (or group of domains, `scope`); `interval` before the next."""

    scope: str
    at: datetime
    interval: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The claims that may leave, with their turns (None where their domain has no bound), and those that wait."""

    going: tuple[tuple[Claim, Turn | None], ...]
    waiting: tuple[tuple[Claim, datetime], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """When the first and the last of those come back that wait for one scope, and how far they are apart."""

    first: datetime
    last: datetime
    apart: timedelta


class Rooms:
    """The room of the recipient domains. What waits for one comes back at the pace of its rate, one after another, so
    that it is not claimed again before it can go.
    """

    def __init__(self, rates: RateStore, domains: DomainRates) -> None:
        self._rates = rates
        self._domains = domains
        self._full_until: dict[str, datetime] = {}
        self._away: dict[str, Away] = {}
        self._unused: Counter[str] = Counter()

    @property
    def bounded(self) -> bool:
        """Whether any domain has a rate."""
        return bool(self._domains.named) or self._domains.others.bounded

    def sort(self, claims: Sequence[Claim], now: datetime) -> Sorted:
        """Give turns to those that may leave; blocks, and raises StoreError."""
        found = [(claim, self._domains.of(_domain(claim))) for claim in claims]
        turns = self._turns(Counter(scope_rate for _claim, scope_rate in found if scope_rate is not None), now)
        going: list[tuple[Claim, Turn | None]] = []
        waiting: list[tuple[Claim, datetime]] = []
        for claim, scope_rate in found:
            if scope_rate is None:
                going.append((claim, None))
            elif turns[scope_rate[0]]:
                going.append((claim, turns[scope_rate[0]].pop()))
            else:
                waiting.append((claim, self._later(*scope_rate, now)))
        return Sorted(going=tuple(going), waiting=tuple(waiting))

    def unused(self, scope: str) -> None:
        """Note a turn that was not used; it is given back with the next batch, or by `close`."""
        self._unused[scope] += 1

    def close(self, now: datetime) -> None:
        """Give back what was not used; blocks, and raises StoreError."""
        unused, self._unused = self._unused, Counter()
        for scope, count in list(unused.items()):
            self._rates.give_back(scope, count, now=now)

    def _turns(self, wanted: Counter[tuple[str, Rate]], now: datetime) -> dict[str, list[Turn]]:
        """The turns of each scope, the last first."""
        self.close(now)
        asked = {
            scope: (count, rate)
            for (scope, rate), count in wanted.items()
            if self._full_until.get(scope, now) <= now + SOON
        }
        grants = self._rates.take_each(asked, now=now) if asked else {}
        for scope, given in grants.items():
            self._full_until.pop(scope, None)
            if given and not given[-1].count:
                self._full_until[scope] = given[-1].start
        return {scope: _in_turn(scope, grants.get(scope, ())) for scope, _rate in wanted}

    def soonest(self, now: datetime) -> datetime | None:
        """About when the next of those that wait comes back; None where none waits."""
        self._away = {scope: away for scope, away in self._away.items() if away.last >= now}
        return min((max(away.first, now + max(away.apart, BREATH)) for away in self._away.values()), default=None)

    def _later(self, scope: str, rate: Rate, now: datetime) -> datetime:
        """When it is worth asking again for the next mail that waits."""
        again = self._full_until.get(scope, now + BREATH)
        away = self._away.get(scope)
        if away is None or away.last < now:
            away = Away(first=again, last=again, apart=rate.spacing)
        else:
            away = replace(away, last=max(again, away.last + away.apart))
        self._away[scope] = away
        return away.last


def _in_turn(scope: str, grants: Sequence[Grant]) -> list[Turn]:
    turns = [
        Turn(scope=scope, at=grant.start + number * grant.interval, interval=grant.interval)
        for grant in grants
        for number in range(grant.count)
    ]
    return turns[::-1]


def _domain(claim: Claim) -> str:
    return claim.delivery.target.rpartition("@")[2].lower()
