"""The account of one address and one edition: who they are, what they were to get, what became of it, what is next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest import daily
from digest.app import App
from digest.delivery.plan import next_slot, slot
from digest.errors import NotFound
from digest.model.bounce import Bounce
from digest.model.delivery import Attempt, Delivery, DeliveryState, Profile, Slot
from digest.model.edition import Edition, LineUp
from digest.model.progress import Progress
from digest.model.subscriber import DAILY, Subscriber, SubscriberState, Suppression
from digest.newsroom.absence import Absence, Case, absence
from digest.newsroom.editions import wish_for
from digest.newsroom.relays import RelayState, relay_states
from digest.selection.lineup import lineups
from digest.storage.standing import CANCELLED

OTHERS = 10
"""How many other deliveries are shown."""

SEARCHED = 1000
"""How many of somebody's deliveries are looked through for an edition: those of some years."""

AROUND = timedelta(days=3)
"""How far around an edition those lie that may have been the newest at somebody's hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One edition and one reader.

    `hour` is when it was due to them; `delivery` what was planned, or `absence` why nothing was. `stories` are the
    headlines they got, or would get; None where that is not known. `attempts` are oldest first, the last one what came
    of it. `bounces` came back later, newest first.
    """

    edition: Edition
    hour: Slot | None = None
    delivery: Delivery | None = None
    absence: Absence | None = None
    stories: tuple[str, ...] | None = None
    attempts: tuple[Attempt, ...] = ()
    bounces: tuple[Bounce, ...] = ()
    progress: Progress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All there is to tell of an address.

    `person` is None where only a suppression remembers it. `profile` is their hour, the newsletter's where they chose
    none, `next_paper` when it comes next; `others` are other deliveries to them, newest first.
    """

    address: str
    person: Subscriber | None
    suppression: Suppression | None
    profile: Profile | None = None
    next_paper: Slot | None = None
    paper: Paper | None = None
    others: tuple[Delivery, ...] = ()
    relays: tuple[RelayState, ...] = ()


def account(app: App, address: str, number: int | None = None) -> Account:
    """The account of an address (in its one spelling) with one edition, or else the newest; raises NotFound."""
    edition = app.store.editions.latest() if number is None else app.store.editions.get(number)
    suppression = app.store.suppressions.find(address)
    person = _person(app, address, suppression)
    if person is None:
        return Account(address=address, person=None, suppression=suppression)
    theirs = app.store.history.of_address(address, limit=SEARCHED)
    profile = profile_of(person, app.defaults)
    gets = person.state is SubscriberState.ACTIVE and suppression is None
    return Account(
        address=address,
        person=person,
        suppression=suppression,
        profile=profile,
        next_paper=next_slot(profile, now=_welcome_from(person, app.clock())) if gets else None,
        paper=_paper(app, edition, person, suppression, theirs) if edition else None,
        others=tuple(each for each in theirs if edition is None or each.edition != edition.number)[:OTHERS],
        relays=relay_states(app),
    )


def profile_of(person: Subscriber, defaults: Profile) -> Profile:
    """A reader's hour and days, the newsletter's where they chose none."""
    wishes = person.preferences
    return Profile(
        timezone=wishes.timezone or defaults.timezone,
        send_at=defaults.send_at if wishes.send_at is None else wishes.send_at,
        days=defaults.days if wishes.days is None else wishes.days,
    )


def _person(app: App, address: str, suppression: Suppression | None) -> Subscriber | None:
    try:
        return app.store.subscribers.find(address)
    except NotFound:
        if suppression is None:
            raise
        return None


def _welcome_from(person: Subscriber, now: datetime) -> datetime:
    """From when a reader gets papers; an hour that is the very end of a pause is served."""
    until = person.preferences.paused_until
    return now if until is None else max(now, until - timedelta(seconds=1))


def _paper(
    app: App, edition: Edition, person: Subscriber, suppression: Suppression | None, theirs: Sequence[Delivery]
) -> Paper:
    delivery = next((each for each in theirs if each.edition == edition.number), None)
    if delivery is None:
        return _unplanned(app, Case(edition=edition, person=person, suppression=suppression), theirs)
    known = app.store.answers.progress([edition.number], now=app.clock())
    bounces = app.store.bounces.of_address(person.address, since=delivery.due_at)
    profile = profile_of(person, app.defaults)
    return Paper(
        edition=edition,
        hour=Slot(profile=profile, local_date=delivery.local_date, due_at=delivery.due_at),
        delivery=delivery,
        stories=_headlines(edition, delivery.lineup),
        attempts=_attempts(app, delivery),
        bounces=tuple(each for each in bounces if each.delivery_id == delivery.id),
        progress=known[0] if known else None,
    )


def _unplanned(app: App, case: Case, theirs: Sequence[Delivery]) -> Paper:
    edition, person = case.edition, case.person
    hour, instead = _hour(app, edition, profile_of(person, app.defaults))
    rival = next((each for each in theirs if hour and _takes(each, hour)), None)
    known = replace(case, hour=hour, instead=instead, rival=rival)
    (lineup,) = lineups(edition, (wish_for(app, edition, person),), app.rules)
    return Paper(
        edition=edition,
        hour=hour,
        absence=absence(known, app.clock()),
        stories=_headlines(edition, lineup.encode()),
    )


def _takes(delivery: Delivery, hour: Slot) -> bool:
    """Whether a delivery took up the date of an hour: one that was left out or cancelled has given it back."""
    given_back = delivery.state is DeliveryState.SUPPRESSED or delivery.answer == CANCELLED
    return delivery.edition is not None and delivery.local_date == hour.local_date and not given_back


def _hour(app: App, edition: Edition, profile: Profile) -> tuple[Slot | None, Edition | None]:
    """A reader's hour for an edition, whatever the weekday; and the edition that was the newest then, if another."""
    first: tuple[Slot | None, Edition | None] = (None, None)
    around = app.store.editions.since(edition.cut_at - AROUND)
    for hour in _hours(app, edition, profile):
        newest = _newest_at(app, hour, around)
        # Cut late, it is for the hours before its cut as well, unless another of its day was there.
        if newest is None or newest.number == edition.number or newest.date < edition.date:
            return hour, None
        first = first if first[0] else (hour, newest)
    return first


def _hours(app: App, edition: Edition, profile: Profile) -> Iterator[Slot]:
    """The hours of a reader that an edition may be for; of those to come, those before the next edition is cut."""
    chosen = app.settings
    opens = daily.opening(edition, chosen.edit_at, chosen.timezone)
    days = [edition.date + timedelta(days=offset) for offset in (-1, 0, 1)]
    cuts = [cut for day in days for minutes in chosen.edit_at if (cut := slot(day, minutes, chosen.timezone))]
    next_cut = min((cut for cut in cuts if cut > edition.cut_at), default=None)
    for day in days:
        due = slot(day, profile.send_at, profile.timezone)
        if due is not None and due >= opens and (due <= app.clock() or next_cut is None or due < next_cut):
            yield Slot(profile=profile, local_date=day, due_at=due)


def _newest_at(app: App, hour: Slot, around: Sequence[Edition]) -> Edition | None:
    """The edition that was for an hour: the newest there was by then."""
    chosen, there = app.settings, [each for each in around if each.cut_at <= hour.due_at]
    every_day = replace(hour, profile=replace(hour.profile, days=DAILY))
    papers = daily.papers((every_day,), there, chosen.edit_at, chosen.timezone)
    return papers[0][0] if papers else None


def _headlines(edition: Edition, lineup: bytes | None) -> tuple[str, ...] | None:
    if lineup is None:
        return None
    picks = LineUp.decode(lineup).picks
    return tuple(edition.bench[pick.index].story.lead.title for pick in picks if pick.index < len(edition.bench))


def _attempts(app: App, delivery: Delivery) -> tuple[Attempt, ...]:
    """Every answer on record, and what came of the delivery where that is not the last of them."""
    known = app.store.answers.attempts([delivery.id])
    if not delivery.answer or any((each.state, each.answer) == (delivery.state, delivery.answer) for each in known):
        return known
    last = Attempt(
        delivery_id=delivery.id,
        attempt=delivery.attempts,
        at=delivery.updated_at,
        state=delivery.state,
        relay=delivery.relay,
        code=delivery.code,
        enhanced=delivery.enhanced,
        answer=delivery.answer,
    )
    return (*known, last)
