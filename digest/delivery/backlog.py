"""The mails that wait for a connection: few enough for any list to fit into memory."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush

from digest.delivery.pacing import FRESH, LONG_AGO
from digest.delivery.rooms import Turn
from digest.model.message import Mail
from digest.ports import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A mail in the line, ours until `leased_until`; with a `turn` it may not leave before that."""

    claim: Claim
    mail: Mail
    leased_until: datetime
    turn: Turn | None = None


class Backlog:
    """A bounded line between one filler and many takers, which anybody may close.

    It belongs to one event loop. Mails with a turn stand in lines of their own, one for each domain, and are taken when
    their time has come: none of them holds up another domain.
    """

    def __init__(self, *, low: int) -> None:
        self.closed = False
        self.waiting = 0
        self.late: list[Job] = []
        self._low = low
        self._in_hand = 0
        self._free: deque[Job] = deque()
        self._lines: dict[str, deque[Job]] = {}
        self._next: list[tuple[datetime, str]] = []
        self._free_at: dict[str, datetime] = {}
        self._watching: list[asyncio.Future[None]] = []

    @property
    def hungry(self) -> bool:
        """Whether so few wait that more should be put in."""
        return self.waiting <= self._low

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is in hand."""
        return not self.waiting and not self._in_hand

    def put(self, jobs: Iterable[Job]) -> None:
        """Add mails at the end; to a closed line nothing is added."""
        for job in () if self.closed else jobs:
            self.waiting += 1
            if job.turn is None:
                self._free.append(job)
            else:
                self._line_up(job, job.turn)
        self.wake()

    def take(self, now: datetime) -> Job | None:
        """The next mail that may leave now, which is in hand until `done`; None where there is none.

        A mail whose turn is long over is put into `late` instead.
        """
        while self._next and self._next[0][0] <= now:
            job, turn = self._take_turn(now)
            if now <= turn.at + FRESH:
                return self._hand_out(job)
            self.waiting -= 1
            self.late.append(job)
        return self._hand_out(self._free.popleft()) if self._free else None

    def put_back(self, job: Job) -> None:
        """Let another taker have a mail in hand; it is the next."""
        self._in_hand -= 1
        if not self.closed:
            self.waiting += 1
            self._free.appendleft(job)
        self.wake()

    def done(self) -> None:
        """Put one mail out of hand."""
        self._in_hand -= 1
        if not self._in_hand and not self.waiting:
            self.wake()

    def until_turn(self, now: datetime, longest: float) -> float:
        """The seconds until a mail that waits for its turn may leave, at most `longest`."""
        return min(longest, max((self._next[0][0] - now).total_seconds(), 0.001)) if self._next else longest

    def clear(self) -> list[Job]:
        """Take out all that waits."""
        dropped = [*self._free, *(job for line in self._lines.values() for job in line)]
        self._free.clear()
        self._lines.clear()
        self._next.clear()
        self.waiting = 0
        self.wake()
        return dropped

    def close(self) -> list[Job]:
        """Let nothing more be taken; returns what waited."""
        self.closed = True
        return self.clear()

    async def changed(self, seconds: float) -> None:
        """Wait until the line has changed, or for so long."""
        loop = asyncio.get_running_loop()
        watching = loop.create_future()
        self._watching.append(watching)
        alarm = loop.call_later(seconds, _ring, watching)
        try:
            await watching
        finally:
            alarm.cancel()
            if watching in self._watching:
                self._watching.remove(watching)

    def wake(self) -> None:
        """Let all who wait look again."""
        watching, self._watching = self._watching, []
        for each in watching:
            _ring(each)

    def _hand_out(self, job: Job) -> Job:
        self.waiting -= 1
        self._in_hand += 1
        if self.waiting == self._low or (not self.waiting and self._watching):
            self.wake()
        return job

    def _line_up(self, job: Job, turn: Turn) -> None:
        line = self._lines.get(turn.scope)
        if line is None:
            self._lines[turn.scope] = line = deque()
            heappush(self._next, (max(turn.at, self._free_at.get(turn.scope, LONG_AGO)), turn.scope))
        line.append(job)

    def _take_turn(self, now: datetime) -> tuple[Job, Turn]:
        """Take the first of the lines whose time has come. Late turns are no reason to hurry: `interval` stays between
        two mails to a domain.
        """
        _at, scope = heappop(self._next)
        line = self._lines[scope]
        job = line.popleft()
        turn = job.turn or Turn(scope=scope, at=now)
        if turn.interval > timedelta():
            self._free_at[scope] = now + turn.interval
        if not line:
            del self._lines[scope]
        elif line[0].turn is not None:
            heappush(self._next, (max(line[0].turn.at, self._free_at.get(scope, LONG_AGO)), scope))
        return job, turn


def _ring(watching: "asyncio.Future[None]") -> None:
    if not watching.done():
        watching.set_result(None)
