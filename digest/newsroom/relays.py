"""The relays of the settings: which carry, which are left alone, and how much they may still take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.app import App
from digest.ports.sending import RelayHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayState:
    """A relay as it is now.

    After `faults` in a row it is left alone until `down_until`, `because` of what was wrong last. `room` is how much it
    may still take by the bounds of hour, day and warm-up (None: it has no such bounds), and `room_at` when there is
    some again, where there is none.
    """

    place: str
    weight: int = 1
    faults: int = 0
    down_until: datetime | None = None
    because: str = ""
    room: int | None = None
    room_at: datetime | None = None

    def closed_until(self, now: datetime) -> datetime | None:
        """Until when it takes nothing; None where it does."""
        moments = [each for each in (self.down_until, self.room_at) if each is not None and each > now]
        return max(moments, default=None)


def relay_states(app: App) -> tuple[RelayState, ...]:
    """Every relay of the settings, or the outbox."""
    now = app.clock()
    known = {health.place: health for health in app.store.relays.health()}
    states = []
    for route in app.routes:
        place = route.channel.place
        health = known.get(place, RelayHealth(place=place))
        room = app.store.rates.room(place, route.rate, now=now)
        states.append(
            RelayState(
                place=place,
                weight=route.weight,
                faults=health.faults,
                down_until=health.down_until,
                because=health.because,
                room=room.count if room else None,
                room_at=room.start if room and not room.count else None,
            )
        )
    return tuple(states)


def first_to_open(relays: Sequence[RelayState], now: datetime) -> RelayState | None:
    """The relay that takes mail again before all others, where none does now; else None."""
    closed = [(until, relay) for relay in relays if (until := relay.closed_until(now)) is not None]
    if len(closed) < len(relays) or not closed:
        return None
    return min(closed, key=lambda each: each[0])[1]
