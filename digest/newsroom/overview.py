"""Where everything stands: the editions and how far each is, the readers, the relays, what came back, the feeds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest import daily
from digest.app import App
from digest.model.bounce import BounceKind
from digest.model.delivery import Delivery, DeliveryState
from digest.model.edition import Edition
from digest.model.progress import Progress, Reason
from digest.model.subscriber import SubscriberState
from digest.newsroom.crew import Crew, crew_of
from digest.newsroom.editions import sources_of
from digest.newsroom.relays import RelayState, relay_states
from digest.ports.sending import Share
from digest.selection.quiet import SourcesState

WEEK = timedelta(days=7)
"""How far back editions and what came back are shown."""

LATELY = timedelta(minutes=1)
"""The pace of a send is that of its last minute."""

NAMED = 20
"""The most deliveries of a kind, and the most domains, that are named where one edition is not asked for."""

ALL = 1000
"""The most where it is."""

REASONS = 5
"""The most reasons for each state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an edition stands; `progress` is None while nothing is planned of it.

    `per_second` is how many were accepted a second lately, 0 where nothing goes out. `relays`, `domains` and `reasons`
    are None where they were not asked for.
    """

    edition: Edition
    progress: Progress | None = None
    per_second: float = 0.0
    unconfirmed: tuple[Delivery, ...] = ()
    relays: tuple[Share, ...] | None = None
    domains: tuple[Share, ...] | None = None
    reasons: tuple[Reason, ...] | None = None

    @property
    def seconds_left(self) -> int | None:
        """How long what may go out now will take at this pace; None where nothing goes out."""
        known = self.progress
        left = known.due + known.under_way if known and not known.stopped else 0
        return round(left / self.per_second) if left and self.per_second else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How the newspaper does. `failing` are feeds with what is wrong, `passed_over` active readers whom no paper is
    planned for by why, `returned` the bad news of the last week by kind.
    """

    editions: tuple[Standing, ...]
    readers: Mapping[SubscriberState, int]
    passed_over: Mapping[str, int]
    channel: str
    relays: tuple[RelayState, ...]
    crew: Crew
    returned: Mapping[BounceKind, int]
    feeds: int
    failing: tuple[tuple[str, str], ...]
    sources: SourcesState


def overview(app: App) -> Overview:
    """All of it: the editions of the last week, newest first; in full those that go out and the newest that did."""
    store, now = app.store, app.clock()
    feeds = store.feeds.all()
    return Overview(
        editions=_recent(app, now),
        readers=store.subscribers.counts(),
        passed_over=store.answers.passed_over(now=now),
        channel=app.channel.name,
        relays=relay_states(app),
        crew=crew_of(app),
        returned=store.answers.returned(since=now - WEEK),
        feeds=len(feeds),
        failing=tuple((feed.url, feed.state.error) for feed in feeds if feed.state.failures or feed.state.disabled),
        sources=sources_of(app, store.items.recent(now - daily.MEMORY)),
    )


def standing(app: App, number: int) -> Standing:
    """One edition in full; raises NotFound."""
    edition = app.store.editions.get(number)
    known = app.store.answers.progress([number], now=app.clock())
    return _standing(app, edition, known[0] if known else None, limit=ALL, in_full=True)


def _recent(app: App, now: datetime) -> tuple[Standing, ...]:
    editions = app.store.editions.since(now - WEEK)
    found = app.store.answers.progress([edition.number for edition in editions], now=now)
    known = {progress.edition: progress for progress in found}
    newest = max(known, default=None)
    standings = []
    for edition in editions:
        progress = known.get(edition.number)
        whole = edition.number == newest or bool(progress and progress.open)
        standings.append(_standing(app, edition, progress, limit=NAMED, in_full=whole))
    return tuple(standings)


def _standing(app: App, edition: Edition, progress: Progress | None, *, limit: int, in_full: bool) -> Standing:
    if progress is None:
        return Standing(edition=edition)
    answers, number, now = app.store.answers, edition.number, app.clock()
    history, doubtful = app.store.history, DeliveryState.UNCONFIRMED
    return Standing(
        edition=edition,
        progress=progress,
        per_second=answers.pace(number, since=now - LATELY, now=now) if progress.open else 0.0,
        unconfirmed=history.in_state(number, doubtful, limit=limit) if progress.unconfirmed else (),
        relays=answers.by_relay(number) if in_full else None,
        domains=answers.by_domain(number, limit=limit) if in_full else None,
        reasons=answers.reasons(number, limit=REASONS) if in_full else None,
    )
