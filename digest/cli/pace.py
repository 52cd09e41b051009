"""How fast something goes and how long it takes, in words."""

from collections import deque
from collections.abc import Callable

WINDOW = 30.0
"""Seconds that the speed is taken over: long enough to be steady, short enough to be of now."""

SETTLED = 3.0
"""Seconds before which nothing is foretold."""

COARSER = 90
"""So many seconds are told in minutes, and so many minutes in hours."""

BRISK = 10
"""From so many a second on, fractions are of no use."""


class Pace:
    """Hears how much is done, and tells how fast that goes; `monotonic` gives seconds that never go back."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._heard: deque[tuple[float, int]] = deque([(monotonic(), 0)])

    def note(self, done: int) -> None:
        """So much is done by now."""
        now = self._monotonic()
        # One note a second is enough; a send may make thousands.
        if now - self._heard[-1][0] >= 1 or len(self._heard) == 1:
            self._heard.append((now, done))
        while len(self._heard) > 2 and self._heard[1][0] <= now - WINDOW:  # noqa: PLR2004 two notes make a speed
            self._heard.popleft()

    def per_second(self, done: int) -> float:
        """The speed by what was done lately; 0 while there is no telling."""
        now, (then, before) = self._monotonic(), self._heard[0]
        return (done - before) / (now - then) if now - then >= SETTLED and done > before else 0.0

    def words(self, done: int, total: int) -> str:
        """The speed, and how long the rest takes; empty while there is no telling."""
        speed = self.per_second(done)
        if not speed:
            return ""
        left = (total - done) / speed
        return f"{rate(speed)}, {span(left)} left" if total > done else rate(speed)


def span(seconds: float) -> str:
    """A stretch of time, as exact as is of use."""
    whole = max(round(seconds), 0)
    if whole < COARSER:
        return f"{whole} {'second' if whole == 1 else 'seconds'}"
    minutes = round(whole / 60)
    if minutes < COARSER:
        return f"{minutes} minutes"
    hours, rest = divmod(minutes, 60)
    return f"{hours} {'hour' if hours == 1 else 'hours'}" + (f" {rest} min" if rest else "")


def rate(per_second: float) -> str:
    """How fast something goes: a second, or a minute where that is little."""
    if per_second >= BRISK:
        return f"{per_second:,.0f} a second"
    return f"{per_second:.1f} a second" if per_second >= 1 else f"{per_second * 60:.1f} a minute"
