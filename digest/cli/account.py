"""`digest why ADDRESS`: the whole story of one reader and one edition, in words and as data."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.cli import talk
from digest.cli.status import closed, doubt, moment
from digest.model.bounce import Bounce
from digest.model.delivery import Attempt, Delivery, DeliveryState, Profile, Slot
from digest.model.edition import Edition, EditionState
from digest.model.subscriber import Subscriber, SubscriberState, Suppression
from digest.subscribers.subscription import format_days, format_hour

if TYPE_CHECKING:
    from digest.app import App
    from digest.newsroom.account import Account, Paper

LEFT_OUT = "left out"
"""What a suppressed delivery is called: nothing was sent, and nobody refused it."""


def why_address(newspaper: "App", address: str, number: int | None, *, as_json: bool) -> None:
    """The account of an address; raises UsageError for what is no address, NotFound."""
    from digest.newsroom.account import account
    from digest.subscribers.roster import normalise_address

    found = account(newspaper, normalise_address(address), number)
    if as_json:
        talk.put_json(record(found, newspaper.clock()))
    else:
        show(found, newspaper.clock())


def record(found: "Account", now: datetime) -> dict[str, object]:
    """An account as data; docs/watching.md says what the names mean."""
    person, paper = found.person, found.paper
    return {
        "address": found.address,
        "state": person.state if person else None,
        "name": person.name if person else "",
        "joined_at": person.joined_at if person else None,
        "left_at": person.left_at if person else None,
        "consent": person.consent if person else None,
        "hour": hour_record(found),
        "suppressed": found.suppression,
        "paper": paper_record(paper, found, now) if paper else None,
        "deliveries": [*([paper.delivery] if paper and paper.delivery else []), *found.others],
    }


def hour_record(found: "Account") -> dict[str, object] | None:
    """When a reader's papers come, as data."""
    profile, upcoming = found.profile, found.next_paper
    if profile is None or found.person is None:
        return None
    return {
        "timezone": profile.timezone,
        "send_at": format_hour(profile.send_at),
        "days": format_days(profile.days),
        "paused_until": found.person.preferences.paused_until,
        "next": upcoming.due_at if upcoming else None,
    }


def paper_record(paper: "Paper", found: "Account", now: datetime) -> dict[str, object]:
    """One edition and one reader, as data."""
    edition, hour = paper.edition, paper.hour
    return {
        "edition": edition.number,
        "date": edition.date,
        "edition_state": edition.state,
        "due_at": hour.due_at if hour else None,
        "state": paper.delivery.state if paper.delivery else None,
        "not_planned": paper.absence,
        "stories": paper.stories,
        "message_id": paper.delivery.message_id if paper.delivery else None,
        "attempts": paper.attempts,
        "bounces": paper.bounces,
        "next": upcoming(paper, found, now),
    }


def show(found: "Account", now: datetime) -> None:
    """An account as text."""
    for line in (*who(found.address, found.person), *hours(found, now), *withheld(found.suppression, found.person)):
        talk.put_wrapped(line, indent=4)
    if found.paper is not None:
        show_paper(found.paper, found, now)
    elif found.person is not None:
        talk.put("no edition was cut yet")
    if found.others:
        talk.put("other mails:")
        talk.put_table(("  edition", "paper of", "state", "since", "answer"), map(row, found.others))


def show_paper(paper: "Paper", found: "Account", now: datetime) -> None:
    """One edition and one reader: planned or not, every attempt, what came back, what is next."""
    talk.put_wrapped(f"{named(paper.edition)}: {outcome(paper)}", indent=2)
    lines = [*stories(paper), *planned(paper, now)]
    lines += [attempt(each, now) for each in paper.attempts]
    lines += [came_back(each, now) for each in paper.bounces]
    if then := upcoming(paper, found, now):
        lines.append(f"next: {then}")
    for line in lines:
        talk.put_wrapped(f"  {line}", indent=6)


def who(address: str, person: Subscriber | None) -> Iterator[str]:
    """Who somebody is, and how they agreed."""
    if person is None:
        yield f"{address} is no subscriber"
        return
    joined = f", joined {person.joined_at:%Y-%m-%d %H:%M}Z" if person.joined_at else ""
    left = f", left {person.left_at:%Y-%m-%d %H:%M}Z" if person.left_at else ""
    yield f"{address} is {person.state}{joined}{left}"
    if person.consent is not None:
        given = person.consent
        yield f"  agreed {given.at:%Y-%m-%d %H:%M}Z ({given.origin}): {given.text}"


def hours(found: "Account", now: datetime) -> Iterator[str]:
    """When their papers come."""
    profile, person = found.profile, found.person
    if profile is None or person is None or person.state is SubscriberState.UNSUBSCRIBED:
        return
    at = f"{format_hour(profile.send_at)} in {profile.timezone}, {format_days(profile.days)}"
    paused = person.preferences.paused_until
    rest = f"; paused until {moment(paused, now)}" if paused and paused > now else ""
    yield f"  their hour is {at}{rest}{next_words(found.next_paper, profile, now)}"


def next_words(upcoming: Slot | None, profile: Profile, now: datetime) -> str:
    """When the next paper is due, by their clock and ours."""
    if upcoming is None:
        return ""
    there = upcoming.due_at.astimezone(ZoneInfo(profile.timezone))
    return f"; the next paper is due on {there:%a %-d %b} ({moment(upcoming.due_at, now)})"


def withheld(suppression: Suppression | None, person: Subscriber | None) -> Iterator[str]:
    """That an address is suppressed: since when, why, by which evidence, and what helps."""
    if suppression is None:
        return
    evidence = f": {suppression.evidence}" if suppression.evidence else ""
    address = suppression.address or (person.address if person else "the address")
    yield f"  suppressed since {suppression.at:%Y-%m-%d %H:%M}Z ({suppression.reason}){evidence}"
    yield f"  to allow mail again: digest suppressions lift {address if '@' in address else 'ADDRESS'}"


def named(edition: Edition) -> str:
    """An edition by number and day."""
    return f"edition {edition.number} of {edition.date:%a %-d %b %Y}"


def outcome(paper: "Paper") -> str:
    """What became of it, in a word, or why nothing was planned."""
    if paper.absence is not None:
        return f"not planned for them: {paper.absence.because}"
    return called(paper.delivery.state) if paper.delivery else "not planned for them"


def called(state: DeliveryState) -> str:
    """A state as it is shown."""
    return LEFT_OUT if state is DeliveryState.SUPPRESSED else state


def stories(paper: "Paper") -> Iterator[str]:
    """What was in it for them."""
    if paper.stories is None:
        return
    would = " would be" if paper.absence is not None else ""
    if not paper.stories:
        yield f"no story of it{would or ' was'} for them: all are muted, outside their sections, or told before"
        return
    count = talk.counted(len(paper.stories), "story", "stories")
    yield f"{count}{would} for them; the first: {paper.stories[0]}"


def planned(paper: "Paper", now: datetime) -> Iterator[str]:
    """For when it was planned, and under which name."""
    delivery = paper.delivery
    if delivery is not None:
        yield (
            f"planned for {moment(delivery.due_at, now)}, as their paper of {delivery.local_date}, "
            f"Message-ID {delivery.message_id}"
        )


def attempt(each: Attempt, now: datetime) -> str:
    """One attempt: when, what came of it, by which relay, in the server's words."""
    by = f" by {each.relay}" if each.relay else ""
    number = f" (attempt {each.attempt})" if each.attempt else ""
    return f"{moment(each.at, now)}: {called(each.state)}{by}{number}: {said(each)}"


def said(each: Attempt | Bounce) -> str:
    """The other side's words with its code and status, each of them once."""
    words = each.answer if isinstance(each, Attempt) else each.words
    code = str(each.code) if isinstance(each, Attempt) and each.code else ""
    numbers = [number for number in (code, each.enhanced) if number and number not in words]
    return " ".join((*numbers, words)) or "without a word"


def came_back(each: Bounce, now: datetime) -> str:
    """Bad news that came later."""
    return f"{moment(each.at, now)}: came back ({each.kind}): {said(each)}"


def upcoming(paper: "Paper", found: "Account", now: datetime) -> str:
    """What happens next with a delivery; empty where nothing does."""
    delivery = paper.delivery
    if delivery is None:
        return ""
    if delivery.state in {DeliveryState.CLAIMED, DeliveryState.SENDING}:
        return "a sender has it in hand"
    if delivery.state is DeliveryState.UNCONFIRMED:
        return f"the server took the content and never answered: {doubt(delivery, now)}"
    if delivery.state is DeliveryState.FAILED and paper.edition.state is not EditionState.CANCELLED:
        again = f"; digest edition resume {paper.edition.number} --failed lets all that failed wait again"
        return f"it is not tried again by itself{'' if found.suppression else again}"
    if delivery.state not in {DeliveryState.QUEUED, DeliveryState.DEFERRED}:
        return ""
    return waiting(paper, delivery, found, now)


def waiting(paper: "Paper", delivery: Delivery, found: "Account", now: datetime) -> str:
    """What a delivery waits for."""
    from digest.newsroom.relays import first_to_open

    if paper.progress is not None and paper.progress.stopped:
        return f"it waits until this is resumed: digest edition resume {paper.edition.number}"
    if delivery.next_at > now:
        return f"tried {'again ' if delivery.attempts else ''}from {moment(delivery.next_at, now)} on"
    if relay := first_to_open(found.relays, now):
        return closed(relay, now)
    return "it goes out with the next beat of digest run, or with digest send"


def row(delivery: Delivery) -> tuple[object, ...]:
    """A delivery in one line."""
    edition = "–" if delivery.edition is None else delivery.edition
    since = f"{delivery.updated_at:%Y-%m-%d %H:%M}Z"
    return (f"  {edition}", delivery.local_date, called(delivery.state), since, delivery.answer)
