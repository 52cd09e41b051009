"""GET /metrics: the newspaper in numbers, for Prometheus; no number is of a person, and no address is in it."""

import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from digest import __version__
from digest.ports import Clock
from digest.ports.watching import Gauges
from digest.web.gate import PRIVATE_HEADERS

BEARER = "bearer "

Word = TypeVar("Word", bound=str)


class MetricsPage:
    """Answers who shows the token (RFC 6750 section 2.1) with what `measure` gives; every scrape asks the store anew,
    so that it does not matter which of several processes is asked.
    """

    def __init__(self, token: str, measure: Callable[[datetime], Gauges], clock: Clock) -> None:
        self._token = token.encode()
        self._measure = measure
        self._clock = clock

    def answer(self, request: Request) -> Response:
        """GET /metrics."""
        if not self._admits(request.headers.get("authorization", "")):
            headers = {**PRIVATE_HEADERS, "WWW-Authenticate": 'Bearer realm="metrics"'}
            return PlainTextResponse("the token is missing or wrong\n", status_code=401, headers=headers)
        now = self._clock()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Snapshot(self._measure(now), now))
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={**PRIVATE_HEADERS, "Content-Type": content_type})

    def _admits(self, header: str) -> bool:
        shown = header[len(BEARER) :].strip() if header.lower().startswith(BEARER) else ""
        return hmac.compare_digest(shown.encode("utf-8", "replace"), self._token)


class Snapshot(Collector):
    """One moment as metrics."""

    def __init__(self, gauges: Gauges, now: datetime) -> None:
        self.gauges = gauges
        self.now = now

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield InfoMetricFamily("digest", "The version that answers.", value={"version": __version__})
        yield from self.mails()
        yield from self.people()
        yield from self.sources()
        yield from self.relays()

    def mails(self) -> Iterator[Metric]:
        """The deliveries and the queue."""
        found = self.gauges
        by_state = GaugeMetricFamily(
            "digest_deliveries", "Deliveries of the newest editions by state.", labels=("edition", "state")
        )
        for tally in found.tallies:
            by_state.add_metric((str(tally.edition), tally.state.value), tally.count)
        yield by_state
        by_relay = GaugeMetricFamily(
            "digest_relay_deliveries", "Deliveries of the newest edition by relay.", labels=("relay", "state")
        )
        for share in found.shares:
            by_relay.add_metric((share.way, share.state.value), share.count)
        yield by_relay
        oldest = (self.now - found.oldest_due).total_seconds() if found.oldest_due else 0.0
        yield gauge("digest_accepted_last_5_minutes", "Mails accepted in five minutes.", found.accepted_lately)
        yield gauge("digest_unconfirmed", "Mails without an answer after their last byte.", found.unconfirmed)
        yield gauge("digest_queue_waiting", "Deliveries that wait for an attempt, now or later.", found.waiting)
        yield gauge("digest_queue_due", "Deliveries that may be attempted now.", found.due)
        yield gauge("digest_queue_oldest_due_seconds", "How long the oldest of those has waited.", max(0.0, oldest))
        yield gauge("digest_under_way", "Deliveries in the hands of a worker.", found.under_way)
        yield gauge("digest_dispatches_stopped", "Dispatches stopped until somebody resumes them.", found.stopped)

    def people(self) -> Iterator[Metric]:
        """How many readers, and what came back."""
        found = self.gauges
        yield counted("digest_subscribers", "People by state.", "state", found.subscribers)
        yield gauge("digest_suppressions", "Addresses that must not be mailed.", found.suppressions)
        yield counted("digest_bounces_last_day", "Bounces and complaints read in a day.", "kind", found.bounces)

    def sources(self) -> Iterator[Metric]:
        """The feeds, and when the news last came."""
        found = self.gauges
        yield gauge("digest_feeds", "Feeds.", found.feeds)
        yield gauge("digest_feeds_failing", "Feeds that cannot be read, or were given up.", found.feeds_failing)
        yield moment("digest_last_fetch_timestamp_seconds", "When a feed was last read.", found.last_fetch)
        yield moment("digest_last_edition_timestamp_seconds", "When an edition was last cut.", found.last_edition)

    def relays(self) -> Iterator[Metric]:
        """The health of the relays, and who sends."""
        down = GaugeMetricFamily("digest_relay_down", "Whether a relay is left alone for now.", labels=("relay",))
        faults = GaugeMetricFamily("digest_relay_faults", "A relay's faults in a row.", labels=("relay",))
        for health in self.gauges.relays:
            down.add_metric((health.place,), bool(health.down_until and health.down_until > self.now))
            faults.add_metric((health.place,), health.faults)
        yield down
        yield faults
        yield gauge("digest_workers", "Worker processes heard of in the last minutes.", self.gauges.workers)


def gauge(name: str, meaning: str, value: float) -> Metric:
    """One number."""
    return GaugeMetricFamily(name, meaning, value=value)


def counted(name: str, meaning: str, label: str, counts: Mapping[Word, int]) -> Metric:
    """Counts by a word; the words are ours."""
    family = GaugeMetricFamily(name, meaning, labels=(label,))
    for word, count in counts.items():
        family.add_metric((str(word),), count)
    return family


def moment(name: str, meaning: str, at: datetime | None) -> Metric:
    """A moment in seconds since 1970; without a value where there was none yet."""
    return GaugeMetricFamily(name, meaning, value=at.timestamp() if at else None)
