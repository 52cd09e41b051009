"""How fast messages may leave."""

from collections.abc import Awaitable, Callable


class Pacer:
    """A token bucket for all connections of a channel: `rate` messages a second, `burst` of them at once.

    `rate` None means as fast as the wire takes them. `monotonic` (seconds) and `sleep` come from outside.
    """

    def __init__(
        self,
        rate: float | None,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        burst: int = 1,
    ) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._slack = (burst - 1) * self._interval
        self._monotonic = monotonic
        self._sleep = sleep
        self._free_at = float("-inf")

    async def __call__(self) -> None:
        """Wait for the turn of one message. Turns are given in the order of the calls."""
        if not self._interval:
            return
        now = self._monotonic()
        turn = max(self._free_at, now - self._slack)
        self._free_at = turn + self._interval
        if turn > now:
            await self._sleep(turn - now)
