"""The relays of a send: how much each is given, whether it may be used, and how it bears it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from digest.delivery.pacing import Turns
from digest.errors import DeliveryError
from digest.model.rates import Rate
from digest.ports import Channel, Clock
from digest.ports.sending import RateStore, RelayHealth, RelayStore

MINUTE = timedelta(minutes=1)
LONGEST = timedelta(minutes=30)
"""The longest that a relay with faults is left alone: one minute at first, then twice as long each time."""

STUCK = timedelta(seconds=5)
"""A relay that has taken no mail for so long is not waited for to keep its share."""

SETTLED = timedelta(seconds=5)
"""What several connections are told within this time, they are told once."""

AHEAD = 1.0
"""How far a relay may be ahead of the others and still take a mail, in mails for each unit of its weight."""

BEHIND = 2.0
"""How far one may be behind and still catch up: no further than the weights alone let it fall."""


class Ease:
    """How many connections a relay bears: half as many when it says that there are too many, and one more with each
    minute that it does not. Kept between drains.
    """

    def __init__(self) -> None:
        self._limit: int | None = None
        self._since: datetime | None = None

    def allowed(self, most: int, now: datetime) -> int:
        """How many may be open, at least one."""
        if self._limit is None or self._since is None:
            return most
        # Ahead of now it can only be after the clock was set back.
        self._since = min(self._since, now)
        return max(1, min(most, self._limit + (now - self._since) // MINUTE))

    def halve(self, most: int, now: datetime) -> None:
        """Allow half as many as until now; once where several are told so together."""
        if self._since is None or not timedelta() <= now - self._since < SETTLED:
            self.limit(self.allowed(most, now) // 2, now)

    def limit(self, connections: int, now: datetime) -> None:
        """Allow so many."""
        self._limit, self._since = max(connections, 1), now


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A relay and what it is given: so many connections, its share of the mail by `weight` (0: it stands by until no
    other is up), and no more than `rate`.
    """

    channel: Channel
    connections: int = 5
    weight: int = 1
    rate: Rate = field(default_factory=Rate)
    ease: Ease = field(default_factory=Ease, repr=False, compare=False)


class Way:
    """A route in one drain."""

    def __init__(self, route: Route, turns: Turns, health: RelayHealth) -> None:
        self.route = route
        self.place = route.channel.place
        self.turns = turns
        self.health = health
        self.door = asyncio.Lock()
        self.connected = 0
        self.held = 0
        self.breaks = 0
        self.taken = 0.0
        self.took_at: datetime | None = None
        self.trusted: set[int] = set()

    def up(self, now: datetime) -> bool:
        """Whether it is neither left alone nor without room."""
        return not (self.down(now) or self.full(now))

    def down(self, now: datetime) -> bool:
        """Whether it is left alone for its faults, and not only by what a clock wrote that was ahead of ours."""
        return self.health.down_until is not None and now < self.health.down_until <= now + LONGEST

    def full(self, now: datetime) -> bool:
        """Whether its rates leave no room soon."""
        return self.turns.full_until is not None and now < self.turns.full_until

    def allowed(self, now: datetime) -> int:
        """How many connections may be open: one where it must show first that it is well again."""
        return 1 if self.health.faults else self.route.ease.allowed(self.route.connections, now)

    def stuck(self, now: datetime) -> bool:
        """Whether it takes no mails at the moment, so that nobody should wait for it to keep its share."""
        return self.held > 0 or self.took_at is None or now - self.took_at > STUCK


class Ways:
    """All routes of one drain, with their health as it is known to all workers."""

    def __init__(
        self, routes: Sequence[Route], *, rates: RateStore, relays: RelayStore, clock: Clock, at_once: bool
    ) -> None:
        self._relays = relays
        self._clock = clock
        known = {health.place: health for health in relays.health()}
        self.all = tuple(
            Way(
                route,
                Turns(rates, route.channel.place, route.rate, clock),
                _remembered(known.get(route.channel.place), route.channel.place, at_once=at_once),
            )
            for route in routes
        )

    def usable(self, now: datetime) -> Sequence[Way]:
        """The ways that carry now: those with a weight; and those that stand by, until one of the others is well."""
        if len(self.all) == 1:
            return self.all if self.all[0].up(now) else ()
        up = [way for way in self.all if way.up(now)]
        sharing = [way for way in up if way.route.weight]
        return sharing if any(not way.health.faults for way in sharing) else up

    def may_take(self, way: Way, now: datetime) -> bool:
        """Whether it is this way's turn by the weights."""
        if len(self.all) == 1:
            return True
        rivals = [other.taken for other in self._rivals(way, now) if not other.stuck(now)]
        return not rivals or way.taken < min(rivals) + AHEAD

    def took(self, way: Way, now: datetime) -> None:
        """Count a mail that a way has taken. What it fell behind, while it was slow or away, it need not catch up."""
        if len(self.all) > 1:
            behind = max((other.taken for other in self._rivals(way, now)), default=way.taken) - BEHIND
            way.taken = max(way.taken, behind) + 1 / max(way.route.weight, 1)
            way.took_at = now

    def joined(self, way: Way, now: datetime) -> None:
        """Count a connection; a way that had none begins level with the others."""
        if not way.connected:
            way.taken = max([way.taken, *(other.taken for other in self._rivals(way, now))])
            way.took_at = now
        way.connected += 1

    def failed(self, way: Way, error: DeliveryError, now: datetime) -> Callable[[], None]:
        """Leave a way alone for a while, longer each time; returns what tells all workers, to be done in a thread."""
        faults = way.health.faults + 1
        away = min(MINUTE * 2 ** min(faults - 1, 10), LONGEST)
        way.breaks = 0
        way.health = RelayHealth(
            place=way.place, faults=faults, down_until=now + away, because=error.message.removesuffix(".")
        )
        return lambda: self._relays.record(way.health, now=now)

    def well(self, way: Way, now: datetime) -> Callable[[], None] | None:
        """Take note of a mail that a way has carried; returns what tells all workers where they thought otherwise."""
        way.breaks = 0
        if not way.health.faults:
            return None
        way.health = RelayHealth(place=way.place)
        return lambda: self._relays.record(way.health, now=now)

    def why_not(self, now: datetime) -> str:
        """Why none can be used: those that are down, in words. Empty where all are only without room."""
        down = [way for way in self.all if way.down(now)]
        return "; ".join(f"{way.health.because}{_again(way.health.down_until)}" for way in down)

    def room_at(self, now: datetime) -> datetime | None:
        """When the first way that is up has room again; None where none is up."""
        times = (way.turns.full_until for way in self.all if way.full(now) and not way.down(now))
        return min((time for time in times if time is not None), default=None)

    def _rivals(self, way: Way, now: datetime) -> list[Way]:
        return [other for other in self.usable(now) if other is not way and other.connected]


def _remembered(health: RelayHealth | None, place: str, *, at_once: bool) -> RelayHealth:
    if health is None:
        return RelayHealth(place=place)
    return replace(health, down_until=None) if at_once else health


def _again(until: datetime | None) -> str:
    return f" (tried again at {until:%H:%M} UTC)" if until else ""
