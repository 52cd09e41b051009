"""What has not gone out by its hour, why, and what has gone out since; nothing is written or told here.

An edition has gone out when everybody planned whose hour has come was answered for good. Who asks us to come back later
does not make it late, unless they are many.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from digest import daily
from digest.app import App
from digest.delivery.speed import rate, span
from digest.model.delivery import DeliveryState, DispatchKind, Slot
from digest.model.edition import Edition, EditionState
from digest.model.progress import Overdue, Progress
from digest.newsroom.relays import RelayState, first_to_open, relay_states

TOLERATED = 10
"""One in so many may be deferred by its own server, and the edition has gone out all the same."""

LATELY = timedelta(minutes=1)
"""The speed of a send is that of its last minute."""

BUSY = "a send that is under way still keeps it waiting"
"""Why what is due was not done, where that is so."""

LATE = "has not gone out"
"""What marks an edition that was late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """What has not gone out: an edition (None: the one of that `day` was never cut), since when its first readers wait,
    how many do (None: nobody is planned yet), why, and the command that helps.
    """

    edition: Edition | None
    day: date
    since: datetime
    waiting: int | None
    because: str
    command: str

    @property
    def mark(self) -> str:
        """What it is told once for, beside its edition."""
        return LATE if self.edition else f"never cut on {self.day}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """An edition that has gone out to everybody whose hour has come."""

    edition: Edition
    progress: Progress

    @property
    def mark(self) -> str:
        """Another for each hour at which it goes out to more readers."""
        return f"gone out to {self.progress.planned}"


def seen(app: App) -> tuple[Late | Out, ...]:
    """What is late, and what has gone out and was not told of yet; nothing is written."""
    now = app.clock()
    recent = app.store.editions.since(now - daily.STALE)
    planned = app.store.answers.progress([edition.number for edition in recent], now=now)
    by_number = {progress.edition: progress for progress in planned}
    out = [Out(edition=each, progress=by_number[each.number]) for each in recent if _is_planned(by_number, each)]
    done = {each.edition.number for each in out if told(app, each.edition.number, each.mark)}
    found = [each for one in out if one.edition.number not in done for each in _planned(app, one, now)]
    late = {each.edition.number for each in found if isinstance(each, Late) and each.edition}
    excuse = BUSY if any(progress.under_way for progress in planned) else "the log says why"
    missed = (*_never_cut(app, excuse, now), *_unplanned(app, recent, late, excuse, now))
    unplanned = {each.edition.number for each in missed if each.edition}
    return (*missed, *(each for each in found if each.edition and each.edition.number not in unplanned))


def _is_planned(known: Mapping[int, Progress], edition: Edition) -> bool:
    progress = known.get(edition.number)
    return progress is not None and progress.planned > 0 and progress.cancelled_at is None


def _planned(app: App, out: Out, now: datetime) -> Iterator[Late | Out]:
    edition, progress = out.edition, out.progress
    overdue = app.store.answers.overdue(edition.number, by=_limit(app, now))
    if waits(overdue, progress):
        because, command = reason(app, edition, progress, overdue, now)
        yield Late(
            edition=edition,
            day=edition.date,
            since=overdue.first or now,
            waiting=overdue.waiting + overdue.deferred,
            because=because,
            command=command,
        )
    elif (progress.accepted or progress.unconfirmed) and not waits(
        app.store.answers.overdue(edition.number, by=now), progress
    ):
        yield out


def waits(overdue: Overdue, progress: Progress) -> bool:
    """Whether so much is overdue that an edition has not gone out."""
    return overdue.waiting > 0 or overdue.deferred * TOLERATED > progress.planned


def reason(app: App, edition: Edition, progress: Progress, overdue: Overdue, now: datetime) -> tuple[str, str]:
    """Why an edition that is planned has not gone out, and the command that helps."""
    number, answers = edition.number, app.store.answers
    status = f"digest status --edition {number}"
    if progress.stopped:
        return f"it is stopped: {progress.stopped}", f"digest edition resume {number}"
    if relay := first_to_open(relay_states(app), now):
        return closed(app, relay, now), "digest status"
    state = DeliveryState.DEFERRED if overdue.deferred > overdue.waiting else DeliveryState.QUEUED
    said = next((each for each in answers.reasons(number, limit=1) if each.state is state), None)
    if state is DeliveryState.DEFERRED and said:
        return f"{overdue.deferred:,} are asked to come back later, {said.count:,} of them with: {said.words}", status
    if speed := answers.pace(number, since=now - LATELY, now=now):
        left = span((progress.due + progress.under_way) / speed)
        return f"it is going out, {rate(speed)}, and what is due takes {left} more", status
    if said:
        return f"{said.count:,} could not be handed over: {said.words}", "digest status"
    return "nothing sends it", "digest send"


def closed(app: App, relay: RelayState, now: datetime) -> str:
    """Why a relay takes nothing, and until when."""
    until = by_clock(app, relay.closed_until(now))
    if relay.room_at is not None and relay.room_at > now:
        return f"the rates of relay {relay.place} leave no room before {until}"
    return f"relay {relay.place} is down, and left alone until {until}: {relay.because}"


def _never_cut(app: App, excuse: str, now: datetime) -> Iterator[Late]:
    """The edition whose time to be cut has come, and that of the first readers who wait for it."""
    chosen = app.settings
    due = daily.edition_due(chosen.edit_at, chosen.timezone, last=app.store.editions.latest(), now=now)
    if due is None:
        return
    hours = [each.due_at for each in _overdue_slots(app, now) if each.due_at >= due]
    if hours:
        because = f"no edition was cut, which was due at {by_clock(app, due)}; {excuse}"
        day = daily.local_date(due, chosen.timezone)
        yield Late(edition=None, day=day, since=min(hours), waiting=None, because=because, command="digest select")


def _unplanned(
    app: App, recent: Sequence[Edition], named: Collection[int], excuse: str, now: datetime
) -> Iterator[Late]:
    """Editions that readers wait for who are not planned: they are held, or could not be planned. Those that are
    `named` are late for another reason.
    """
    chosen = app.settings
    papers = daily.papers(_overdue_slots(app, now), recent, chosen.edit_at, chosen.timezone)
    for edition, slots in papers:
        since = None if edition.number in named else _first_in_want(app, edition, slots, now)
        if since is None:
            continue
        number = edition.number
        command = f"digest edition approve {number}"
        if edition.state is EditionState.HELD:
            because = f"it is held: {edition.held or edition.quiet or 'it waits for an editor'}"
        else:
            because, command = f"it was not planned; {excuse}", f"digest check --edition {number}"
        yield Late(edition=edition, day=edition.date, since=since, waiting=None, because=because, command=command)


def _overdue_slots(app: App, now: datetime) -> tuple[Slot, ...]:
    slots = daily.due_now(app.store.planner, app.defaults, now=now)
    return tuple(each for each in slots if each.due_at <= _limit(app, now))


def _first_in_want(app: App, edition: Edition, slots: Sequence[Slot], now: datetime) -> datetime | None:
    """The hour of a reader who has no paper for that date; whoever joined after their hour is not late yet."""
    forecast = app.store.planner.forecast(edition.number, slots, defaults=app.defaults, now=now)
    for person, slot in forecast:
        if person.joined_at is None or person.joined_at <= slot.due_at:
            return slot.due_at
    return None


def _limit(app: App, now: datetime) -> datetime:
    """Hours from before then are overdue."""
    return now - timedelta(minutes=app.settings.late_after)


def told(app: App, number: int | None, mark: str) -> bool:
    """Whether this was marked, of an edition or of none."""
    return app.store.planner.is_open(DispatchKind.ALERT, edition=number, subject=mark)


def by_clock(app: App, moment: datetime | None) -> str:
    """A time by the newsletter's clock, with its day where that is another."""
    if moment is None:
        return "some time"
    zone = app.settings.timezone
    there, today = moment.astimezone(ZoneInfo(zone)), daily.local_date(app.clock(), zone)
    return f"{there:%H:%M} ({zone})" if there.date() == today else f"{there:%H:%M} on {there:%A, %-d %B} ({zone})"
