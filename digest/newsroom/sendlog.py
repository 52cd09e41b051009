"""What a send says of itself in the log: a line a minute, however many mails there are, and nobody's address."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta

from digest.delivery.run import Report
from digest.ports import Clock
from digest.ports.sending import RelayHealth, RelayStore

MINUTE = timedelta(minutes=1)

log = logging.getLogger("digest")

Step = Callable[[Report], None]
"""Hears of every mail, by what a run has done so far."""


class Minutely:
    """A step that logs a line a minute, and tells `step` of every mail."""

    def __init__(self, step: Step, clock: Clock) -> None:
        self._step = step
        self._clock = clock
        self._since: datetime | None = None
        self._then = 0

    def __call__(self, report: Report) -> None:
        """Hear of one more mail."""
        self._step(report)
        now = self._clock()
        if self._since is None:
            self._since = now
        elif now - self._since >= MINUTE:
            rate = round((report.tried - self._then) / (now - self._since).total_seconds(), 1)
            log.info("sending: %s; %s a second", report.words(), rate, extra={**counts(report), "rate": rate})
            self._since, self._then = now, report.tried


class HeardRelays:
    """A ports.RelayStore that logs when a relay is left alone, and when it carries again."""

    def __init__(self, relays: RelayStore) -> None:
        self._relays = relays

    def health(self) -> tuple[RelayHealth, ...]:
        """As the store knows it."""
        return self._relays.health()

    def record(self, health: RelayHealth, *, now: datetime) -> None:
        """Keep it, and say so."""
        self._relays.record(health, now=now)
        named = {"relay": health.place, "faults": health.faults}
        if health.down_until is None:
            log.info("relay %s carries again", health.place, extra=named)
        else:
            words = "relay %s is left alone until %s UTC: %s"
            until = f"{health.down_until:%H:%M}"
            log.warning(words, health.place, until, health.because, extra={**named, "until": health.down_until})


def counts(report: Report) -> Mapping[str, object]:
    """What a run did, as fields of an event; those that are nought or empty are left out."""
    found = ((each.name, getattr(report, each.name)) for each in fields(report))
    return {name: value for name, value in found if value}
