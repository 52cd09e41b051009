"""What the store tells those who watch it: numbers, and nobody's address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from digest.model.bounce import BounceKind
from digest.model.delivery import DeliveryState
from digest.model.subscriber import SubscriberState
from digest.ports import Tally
from digest.ports.sending import RelayHealth, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """The state of the newspaper at one moment.

    `tallies` are of the newest few editions that have deliveries, `shares` (by relay) and `accepted_lately` of the
    newest of them. `waiting` may be attempted some time, `due` may be now, the oldest of these since `oldest_due`;
    `under_way` are with a worker. `stopped` are dispatches that wait for somebody to resume them. `bounces` are of the
    last day, `workers` those heard of in the last minutes.
    """

    tallies: tuple[Tally, ...] = ()
    shares: tuple[Share, ...] = ()
    accepted_lately: int = 0
    waiting: int = 0
    due: int = 0
    oldest_due: datetime | None = None
    under_way: int = 0
    stopped: int = 0
    subscribers: Mapping[SubscriberState, int] = field(default_factory=dict)
    suppressions: int = 0
    bounces: Mapping[BounceKind, int] = field(default_factory=dict)
    feeds: int = 0
    feeds_failing: int = 0
    last_fetch: datetime | None = None
    last_edition: datetime | None = None
    relays: tuple[RelayHealth, ...] = ()
    workers: int = 0

    @property
    def unconfirmed(self) -> int:
        """Mails that got no answer after their last byte, of the editions at hand."""
        return sum(each.count for each in self.tallies if each.state is DeliveryState.UNCONFIRMED)
