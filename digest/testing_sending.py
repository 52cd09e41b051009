"""Stand-ins for what many processes share while they send."""

from dataclasses import replace
from datetime import datetime, timedelta

from digest.ports import Clock
from digest.ports.sending import Worker


class MemoryWorkers:
    """A ports.sending.WorkerStore in memory, whose own clock is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, Worker] = {}

    def beat(self, name: str, doing: str) -> None:
        """A sign of life."""
        now = self._clock()
        since = self._known[name].started_at if name in self._known else now
        self._known[name] = Worker(name=name, started_at=since, seen_at=now, silence=timedelta(), doing=doing)

    def leave(self, name: str) -> None:
        """A worker ended in good order."""
        self._known.pop(name, None)

    def all(self) -> tuple[Worker, ...]:
        """Those heard of within a day, by name."""
        now = self._clock()
        heard = (replace(self._known[name], silence=now - self._known[name].seen_at) for name in sorted(self._known))
        return tuple(each for each in heard if each.silence <= timedelta(days=1))

    def clock(self) -> datetime:
        """The time by its own clock."""
        return self._clock()


class MemoryTurns:
    """A ports.sending.TurnStore in memory, whose own clock is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, tuple[str, datetime]] = {}

    def take(self, what: str, *, by: str, lease: timedelta) -> bool:
        """Whether it is `by`'s turn, for so long at most; nobody gets it until then."""
        now = self._clock()
        holder = self._held.get(what)
        if holder is not None and holder[1] >= now:
            return False
        self._held[what] = (by, now + lease)
        return True

    def end(self, what: str, *, by: str) -> None:
        """Let others have it; nothing happens where it is somebody else's by now."""
        holder = self._held.get(what)
        if holder is not None and holder[0] == by:
            del self._held[what]
