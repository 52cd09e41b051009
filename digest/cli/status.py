"""`digest status`: what was sent, what was not, and what needs you, in words."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from digest.cli import talk
from digest.cli.options import EditionNumber, Json, Now
from digest.cli.session import opened
from digest.delivery.speed import rate, span
from digest.model.delivery import Delivery, DeliveryState
from digest.model.edition import EditionState
from digest.model.progress import Progress, Reason
from digest.ports.sending import Share

if TYPE_CHECKING:
    from digest.newsroom.overview import Overview, Standing
    from digest.newsroom.relays import RelayState

SHOWN = 20
"""The most rows of a kind that are shown."""

COUNTED = (
    ("accepted", "accepted"),
    ("queued", "waiting"),
    ("under_way", "in hand"),
    ("deferred", "deferred"),
    ("failed", "failed"),
    ("cancelled", "cancelled"),
    ("unconfirmed", "unconfirmed"),
    ("suppressed", "left out"),
)
"""The counts of an edition, in order, and what each is called."""

IN_JSON = ("accepted", "queued", "claimed", "sending", "deferred", "failed", "cancelled", "unconfirmed", "suppressed")
"""The counts of an edition as data."""

COLUMNS = {
    DeliveryState.ACCEPTED: "accepted",
    DeliveryState.QUEUED: "waiting",
    DeliveryState.CLAIMED: "waiting",
    DeliveryState.SENDING: "waiting",
    DeliveryState.DEFERRED: "deferred",
    DeliveryState.FAILED: "failed",
    DeliveryState.UNCONFIRMED: "unconfirmed",
    DeliveryState.SUPPRESSED: "left out",
}
"""The column of each state where an edition is spread over relays and domains, in order."""

UNNAMED = {"relay": "not tried", "domain": "forgotten readers"}
"""What has no relay, and what no domain."""


CALLED = {DeliveryState.SUPPRESSED: "left out", DeliveryState.QUEUED: "waiting"}
"""What some states are called."""


def status(edition: EditionNumber = None, as_json: Json = False, now: Now = None) -> None:
    """Show what was sent, what was not, and what needs you; with --edition, one edition in full.

    Example: digest status
    Example: digest status --edition 41
    """
    from digest.newsroom import overview as newsroom

    with opened(now) as newspaper:
        at = newspaper.clock()
        if edition is not None:
            one = newsroom.standing(newspaper, edition)
            talk.put_json(standing_record(one)) if as_json else show_standing(one, at, in_full=True)
            return
        found = newsroom.overview(newspaper)
    if as_json:
        talk.put_json(record(found))
    else:
        show(found, at)


def record(found: "Overview") -> dict[str, object]:
    """The overview as data; docs/watching.md says what the names mean."""
    return {
        "editions": [standing_record(each) for each in found.editions],
        "readers": found.readers,
        "passed_over": found.passed_over,
        "unconfirmed": [each for standing in found.editions for each in standing.unconfirmed][:SHOWN],
        "channel": found.channel,
        "relays": found.relays,
        "workers": found.crew.hands,
        "queue": found.crew.queue,
        "returned": found.returned,
        "feeds": found.feeds,
        "failing": found.failing,
        "sources": found.sources,
    }


def standing_record(standing: "Standing") -> dict[str, object]:
    """An edition as data: every name is always there."""
    edition, known = standing.edition, standing.progress
    return {
        "number": edition.number,
        "date": edition.date,
        "state": edition.state,
        "quiet": edition.quiet,
        "held": edition.held,
        "mails": mails(known),
        "planned": known.planned if known else 0,
        "due": known.due if known else 0,
        "deferred_until": known.deferred_until if known else None,
        "again_at": known.again_at if known else None,
        "stopped": known.stopped if known else "",
        "stopped_at": known.stopped_at if known else None,
        "cancelled_at": known.cancelled_at if known else None,
        "per_second": round(standing.per_second, 2),
        "seconds_left": standing.seconds_left,
        "relays": None if standing.relays is None else spread(standing.relays),
        "domains": None if standing.domains is None else spread(standing.domains),
        "reasons": standing.reasons,
        "unconfirmed": list(standing.unconfirmed),
    }


def mails(known: Progress | None) -> dict[str, int]:
    """The counts that are not nought, as data."""
    return {name: count for name in IN_JSON if (count := getattr(known, name, 0))}


def spread(shares: Sequence[Share]) -> dict[str, dict[str, int]]:
    """Counts by way and state; what was not attempted yet has the empty way."""
    ways: dict[str, dict[str, int]] = {}
    for share in shares:
        ways.setdefault(share.way, {})[share.state] = share.count
    return ways


def show(found: "Overview", now: datetime) -> None:
    """The overview as text."""
    if not found.editions:
        talk.put("no edition was cut in the last 7 days")
    for standing in found.editions:
        show_standing(standing, now)
    talk.put(f"readers: {counts(found.readers.items())}; mail goes by {found.channel}")
    for line in (*passed_over(found.passed_over), *relays(found.relays, now), *returned(found.returned.items())):
        talk.put_wrapped(line)
    for line in found.crew.lines():
        talk.put_wrapped(line, indent=4)
    talk.put(f"feeds: {found.feeds}, {len(found.failing)} failing")
    if found.sources.failed:
        talk.put_wrapped(
            f"  a failed fetch: {found.sources.words()}, so the next paper has little to choose from", indent=4
        )
    for url, error in found.failing[:SHOWN]:
        talk.put_wrapped(f"  {url}: {error}", indent=4)


def show_standing(standing: "Standing", now: datetime, *, in_full: bool = False) -> None:
    """One edition: where it stands, in a line, and below it what there is to know."""
    edition = standing.edition
    talk.put_wrapped(f"edition {edition.number} of {edition.date:%a %-d %b %Y}: {course(standing, now)}", indent=2)
    if standing.progress is None:
        return
    for line in details(standing, now):
        talk.put_wrapped(f"  {line}", indent=6)
    for reason in standing.reasons or ():
        if in_full or reason.state is not DeliveryState.SUPPRESSED:
            talk.put_wrapped(f"    {because(reason)}", indent=8)
    ways = {each.way for each in standing.relays or ()} - {""}
    if in_full or len(ways) > 1:
        put_spread("relay", standing.relays or ())
    if in_full:
        put_spread("domain", standing.domains or ())


def course(standing: "Standing", now: datetime) -> str:
    """Where an edition stands, in a few words."""
    edition, known = standing.edition, standing.progress
    if known is None:
        return unplanned(standing)
    if known.cancelled_at:
        return f"cancelled at {moment(known.cancelled_at, now)}"
    if known.stopped and known.open:
        return f"stopped at {moment(known.stopped_at, now)}"
    if known.open:
        tried_later = known.open == known.deferred
        return "gone out, but for those deferred" if tried_later else "going out"
    return "gone out" if known.planned else f"{edition.state}; nobody was there to get it"


def unplanned(standing: "Standing") -> str:
    """Where an edition stands that nothing is planned of."""
    edition = standing.edition
    approve = f"to send it all the same: digest edition approve {edition.number}"
    if edition.state is EditionState.CANCELLED:
        return "cancelled, and nobody has it"
    if edition.state is EditionState.HELD:
        if reason := edition.held or edition.quiet:
            return f"held: {reason}; {approve}"
        return f"waits for an editor: digest edition approve {edition.number}"
    return f"{edition.state}; it goes out at each reader's hour, or now with: digest send"


def details(standing: "Standing", now: datetime) -> Iterator[str]:
    """What there is to know of an edition that was planned, a sentence each."""
    known, number = standing.progress, standing.edition.number
    if known is None:
        return
    yield tally(known)
    if known.stopped and known.open:
        yield f"stopped: {known.stopped}"
        with_failed = ", with --failed for those it was refused to as well" if known.failed else ""
        yield f"once it is mended: digest edition resume {number}{with_failed}"
    elif pace := speed(standing):
        yield pace
    if known.deferred_until:
        yield f"deferred: {when(known.deferred_until, now)}"
    for delivery in standing.unconfirmed[:SHOWN]:
        yield f"unconfirmed: {delivery.target or 'a forgotten reader'}, edition {number}: {doubt(delivery, now)}"
    if (more := known.unconfirmed - len(standing.unconfirmed[:SHOWN])) > 0:
        yield f"and {more:,} more: digest status --edition {number} --json"


def tally(known: Progress) -> str:
    """The counts that are not nought."""
    parts = (f"{count:,} {word}" for name, word in COUNTED if (count := getattr(known, name)))
    return f"{known.planned:,} planned: {', '.join(parts)}" if known.planned else "0 planned"


def speed(standing: "Standing") -> str:
    """How fast an edition goes out, and how long it takes; empty where nothing goes out."""
    if not standing.per_second:
        return ""
    left = standing.seconds_left
    rest = f"; what is due takes {span(left)} more" if left is not None else ""
    return f"{rate(standing.per_second)} in the last minute{rest}"


def doubt(delivery: Delivery, now: datetime) -> str:
    """What happens next with a mail that got no answer after its last byte."""
    if delivery.next_at > now:
        return f"sent again from {moment(delivery.next_at, now)} on"
    if delivery.next_at > delivery.due_at:
        return "sent again with the next send"
    return f"waits for you: digest edition resolve {delivery.edition}"


def because(reason: Reason) -> str:
    """One reason with its count, and who gave it."""
    by = f" by {reason.relay}" if reason.relay else ""
    return f"{reason.count:,} {CALLED.get(reason.state, reason.state)}{by}: {reason.words}"


def put_spread(name: str, shares: Sequence[Share]) -> None:
    """A table of where the mails of an edition went: the first ways, and all others in one line."""
    ways: dict[str, Counter[str]] = {}
    for share in shares:
        ways.setdefault(share.way, Counter())[COLUMNS[share.state]] += share.count
    rows = {way or UNNAMED[name]: counts for way, counts in list(ways.items())[:SHOWN]}
    if others := list(ways.values())[SHOWN:]:
        rows[f"{len(others)} others"] = sum(others, Counter())
    seen = [column for column in dict.fromkeys(COLUMNS.values()) if any(row[column] for row in rows.values())]
    table = ((f"    {way}", *(f"{row[column]:,}" for column in seen)) for way, row in rows.items())
    if seen:
        talk.put_table((f"    by {name}", *seen), table, numbers=seen)


def passed_over(numbers: Mapping[str, int]) -> Iterator[str]:
    """Whom no paper is planned for."""
    if numbers:
        paused = numbers.get("paused", 0)
        suppressed = {reason: count for reason, count in numbers.items() if reason != "paused"}
        parts = [f"{count:,} suppressed ({reason})" for reason, count in suppressed.items()]
        parts += [f"{paused:,} paused"] if paused else []
        yield f"  no paper is planned for: {', '.join(parts)}"


def relays(known: "Sequence[RelayState]", now: datetime) -> Iterator[str]:
    """Relays that take nothing now, and those that may not take much more."""
    for relay in known:
        if relay.closed_until(now) is not None:
            yield closed(relay, now)
        elif relay.room is not None:
            yield f"relay {relay.place} may take {relay.room:,} more now by its rates"


def closed(relay: "RelayState", now: datetime) -> str:
    """Why a relay takes nothing, and until when."""
    until = moment(relay.closed_until(now), now)
    if relay.room_at is not None and relay.room_at > now:
        return f"the rates of relay {relay.place} leave no room before {until}"
    faults = talk.counted(relay.faults, "fault", "faults in a row")
    return f"relay {relay.place} is left alone until {until}, after {faults}: {relay.because}"


def returned(numbers: Collection[tuple[str, int]]) -> Iterator[str]:
    """What came back."""
    if numbers:
        yield f"came back in the last 7 days: {counts(numbers)}"


def moment(at: datetime | None, now: datetime) -> str:
    """A time, with its date where that is another than today."""
    if at is None:
        return "some time"
    return f"{at:%H:%M}Z" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M}Z"


def when(at: datetime, now: datetime) -> str:
    """From when something is tried again."""
    return f"tried again from {moment(at, now)} on" if at > now else "due to be tried again"


def counts(numbers: Iterable[tuple[str, int]]) -> str:
    """Counts by name in one line."""
    return ", ".join(f"{count:,} {name}" for name, count in numbers) or "none"
