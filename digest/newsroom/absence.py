"""Why nothing was planned for a reader: the rules of planning, read backwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from digest.daily import LATEST
from digest.model.delivery import Delivery, Slot
from digest.model.edition import Edition, EditionState
from digest.model.subscriber import Subscriber, SubscriberState, Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """The rule by one word, and in a sentence."""

    rule: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A reader without a delivery of an edition.

    `hour` is when it was due to them, on whatever weekday; None where there is no such hour. `instead` is the edition
    that was the newest at that hour, where it is another one, `rival` the delivery that took up that date.
    """

    edition: Edition
    person: Subscriber
    suppression: Suppression | None = None
    hour: Slot | None = None
    instead: Edition | None = None
    rival: Delivery | None = None


def absence(case: Case, now: datetime) -> Absence:
    """The first rule that holds: what was so at their hour before what is so since."""
    return next(_rules(case, now))


def _rules(case: Case, now: datetime) -> Iterator[Absence]:
    yield from _of_edition(case.edition)
    at = case.hour.due_at if case.hour and case.hour.due_at <= now else now
    yield from _of_reader(case.person, case.suppression, at)
    yield from _of_hour(case, now)
    yield from _of_reader(case.person, case.suppression, now)
    yield Absence(rule="next", because="their hour has come, and the next beat of digest run plans it, or digest send")


def _of_edition(edition: Edition) -> Iterator[Absence]:
    number = edition.number
    if edition.state is EditionState.CANCELLED:
        yield Absence(rule="cancelled", because="the edition is cancelled")
    if edition.state is EditionState.HELD:
        why = edition.held or edition.quiet or "it waits for an editor"
        yield Absence(rule="held", because=f"the edition is held: {why}; digest edition approve {number} lets it go")
    if edition.state is EditionState.DRAFT:
        yield Absence(rule="draft", because="the edition is a draft")


def _of_reader(person: Subscriber, suppression: Suppression | None, at: datetime) -> Iterator[Absence]:
    """What of a reader stood against it at a time."""
    if person.state is SubscriberState.PENDING:
        yield Absence(rule="pending", because="they have not confirmed that they want it")
    if person.state is SubscriberState.UNSUBSCRIBED and (person.left_at is None or person.left_at <= at):
        since = f" since {utc(person.left_at)}" if person.left_at else ""
        yield Absence(rule="unsubscribed", because=f"they are unsubscribed{since}")
    if suppression is not None and suppression.at <= at:
        yield Absence(
            rule="suppressed", because=f"the address is suppressed ({suppression.reason}) since {utc(suppression.at)}"
        )
    until = person.preferences.paused_until
    if until is not None and until > at:
        yield Absence(rule="paused", because=f"they are paused until {utc(until)}")
    # Whoever joins within this time after their hour gets the paper at once.
    if person.joined_at is not None and person.joined_at > at + LATEST:
        yield Absence(rule="joined_later", because=f"they joined at {utc(person.joined_at)}, long after their hour")


def _of_hour(case: Case, now: datetime) -> Iterator[Absence]:
    hour = case.hour
    if hour is None:
        yield Absence(rule="no_hour", because="there was no hour of theirs at which it was the newest edition")
        return
    if case.rival is not None:
        yield Absence(
            rule="other_paper",
            because=f"edition {case.rival.edition} is their paper of {hour.local_date}, and there is one a day",
        )
    if case.instead is not None:
        yield Absence(
            rule="other_edition",
            because=f"at their hour ({utc(hour.due_at)}) edition {case.instead.number} was the newest",
        )
    if not hour.profile.days >> hour.local_date.weekday() & 1:
        yield Absence(rule="other_day", because=f"they want no paper on a {hour.local_date:%A}")
    if hour.due_at > now:
        yield Absence(rule="not_yet", because=f"their hour has not come: {utc(hour.due_at)}")
    if now - hour.due_at > LATEST:
        yield Absence(
            rule="missed",
            because=f"it could not be planned at their hour ({utc(hour.due_at)}) nor in the "
            f"{LATEST.total_seconds() / 3600:.0f} hours after it",
        )


def utc(moment: datetime) -> str:
    """A moment to the minute, as the commands show it."""
    return f"{moment:%Y-%m-%d %H:%M}Z"
