"""How fast messages may leave."""

from collections.abc import Callable


class Pacer:
    """A token bucket for all connections of a channel: `rate` messages a second, `burst` of them at once.

    `rate` None means as fast as the wire takes them. `monotonic` tells the time in seconds.
    """

    def __init__(self, rate: float | None, *, monotonic: Callable[[], float], burst: int = 1) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._slack = (burst - 1) * self._interval
        self._monotonic = monotonic
        self._free_at = float("-inf")

    @property
    def free(self) -> bool:
        """Whether the next turn would be at once."""
        return not self._interval or self._free_at <= self._monotonic()

    def reserve(self) -> float:
        """Take the next turn; returns the seconds to wait for it. Turns are given in the order of the calls."""
        if not self._interval:
            return 0.0
        now = self._monotonic()
        turn = max(self._free_at, now - self._slack)
        self._free_at = turn + self._interval
        return max(turn - now, 0.0)
