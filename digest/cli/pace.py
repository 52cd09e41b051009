"""How fast something goes while one watches."""

from collections import deque
from collections.abc import Callable

from digest.delivery.speed import rate, span

WINDOW = 30.0
"""Seconds that the speed is taken over: long enough to be steady, short enough to be of now."""

SETTLED = 3.0
"""Seconds before which nothing is foretold."""


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
