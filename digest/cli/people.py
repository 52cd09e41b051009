"""`digest subscribers …`: the people."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.options import (
    Address,
    Days,
    DryRun,
    Follow,
    FollowSource,
    Hour,
    Json,
    Mute,
    MuteSource,
    Now,
    Sections,
    Stories,
    TimeZone,
    Yes,
)
from digest.cli.session import opened
from digest.cli.wishes import wished
from digest.errors import Conflict, NotFound, UsageError
from digest.model.subscriber import Consent, Preferences, Subscriber, SubscriberState

if TYPE_CHECKING:
    from typing import BinaryIO

    from digest.app import App
    from digest.subscribers.roster import Row

subscribers = typer.Typer(
    help="The people: add, list, show, set, remove, import, export, forget.", no_args_is_help=True
)

BATCH = 500
"""People written at a time."""

ConsentText = Annotated[
    str | None,
    typer.Option("--consent", metavar="TEXT", help="How they agreed; without it they are pending and get no mail."),
]


@subscribers.command(epilog="Example: digest subscribers add ana@example.org --consent 'asked me on 12 March' --hour 7")
def add(
    address: Address,
    name: Annotated[str, typer.Option("--name", help="Their name.")] = "",
    consent: ConsentText = None,
    timezone: TimeZone = None,
    hour: Hour = None,
    days: Days = None,
    sections: Sections = None,
    mute: Mute = None,
    mute_source: MuteSource = None,
    follow: Follow = None,
    follow_source: FollowSource = None,
    stories: Stories = None,
    now: Now = None,
) -> None:
    """Add one person with their wishes; with --consent, one who is pending becomes active."""
    from digest.subscribers.roster import normalise_address

    named = {
        "timezone": timezone,
        "hour": hour,
        "days": days,
        "sections": sections,
        "stories": stories,
        "mute": mute,
        "mute-source": mute_source,
        "follow": follow,
        "follow-source": follow_source,
    }
    with opened(now) as newspaper:
        wishes = wished(newspaper, Preferences(), named)
        person = Subscriber(address=normalise_address(address), name=name, preferences=wishes)
        person = agreed(person, consent, origin="digest subscribers add", now=newspaper.clock())
        if newspaper.store.subscribers.enrol([person]) and not activate(newspaper, person):
            raise refusal(newspaper, person.address)
    talk.say(f"added; {person.state}")


def agreed(person: Subscriber, consent: str | None, *, origin: str, now: datetime) -> Subscriber:
    """The person as active with their consent, or as pending without one."""
    if not consent:
        return person
    given = Consent(text=consent, at=now, origin=origin)
    return replace(person, state=SubscriberState.ACTIVE, consent=given, joined_at=now)


def activate(newspaper: "App", person: Subscriber) -> bool:
    """Make a known person active who was pending, when this is their consent; says whether it was so."""
    from digest.subscribers.subscription import confirm

    known = find(newspaper, person.address)
    if person.state is not SubscriberState.ACTIVE or known is None or known.state is not SubscriberState.PENDING:
        return False
    newspaper.store.subscribers.change(confirm(known, consent=person.consent, now=newspaper.clock()))
    return True


def find(newspaper: "App", address: str) -> Subscriber | None:
    """Whom the store knows by this address; nobody where it is suppressed."""
    if newspaper.store.suppressions.find(address):
        return None
    try:
        return newspaper.store.subscribers.find(address)
    except NotFound:
        return None


def refusal(newspaper: "App", address: str) -> Conflict:
    """Why a person cannot be added, and what can be done."""
    known = find(newspaper, address)
    if known is None:
        return Conflict(f"{address} is suppressed", hint=f"digest suppressions lift {address} allows mail again")
    if known.state is SubscriberState.UNSUBSCRIBED:
        hint = "if they ask to come back: digest subscribers forget, digest suppressions lift, then add with --consent"
        return Conflict(f"{address} has unsubscribed", hint=hint)
    hint = f"digest subscribers set {address} changes their wishes; one who is pending becomes active with --consent"
    return Conflict(f"{address} is known already", hint=hint)


@subscribers.command("list", epilog="Example: digest subscribers list --state active --json")
def list_(
    state: Annotated[SubscriberState | None, typer.Option("--state", help="Only those in this state.")] = None,
    as_json: Json = False,
) -> None:
    """List the people; with --json one a line, however many they are."""
    with opened() as newspaper:
        people = newspaper.store.subscribers.each(*((state,) if state else ()))
        if as_json:
            for person in people:
                talk.put_line(talk.record(person))
            return
        talk.put_table(("address", "name", "state", "hour", "time zone"), map(row_of, people))


def row_of(person: Subscriber) -> tuple[str, ...]:
    """A person as a row of the table; a dash follows the newsletter."""
    from digest.subscribers.subscription import format_hour

    wishes = person.preferences
    hour = "–" if wishes.send_at is None else format_hour(wishes.send_at)
    return person.address, person.name, person.state, hour, wishes.timezone or "–"


@subscribers.command(epilog="Example: digest subscribers show ana@example.org")
def show(address: Address) -> None:
    """Show all that is stored of one person, as JSON."""
    with opened() as newspaper:
        person = newspaper.store.subscribers.find(normal(address))
        suppression = newspaper.store.suppressions.find(person.address)
        deliveries = newspaper.store.history.of_address(person.address, limit=50)
    talk.put_json({**talk.record(person), "suppressed": suppression, "deliveries": deliveries})


def normal(address: str) -> str:
    """The address as it is stored; raises UsageError."""
    from digest.subscribers.roster import normalise_address

    return normalise_address(address)


@subscribers.command(epilog="Example: digest subscribers remove ana@example.org")
def remove(address: Address, dry_run: DryRun = False, now: Now = None) -> None:
    """Unsubscribe a person; what was sent to them stays known, and no import brings them back."""
    from digest.subscribers.subscription import unsubscribe

    with opened(now) as newspaper:
        person = newspaper.store.subscribers.find(normal(address))
        if dry_run:
            talk.say(f"{person.address} would be unsubscribed; nothing was changed")
            return
        newspaper.store.subscribers.change(unsubscribe(person, now=newspaper.clock()))
    talk.say("unsubscribed")


@subscribers.command(epilog="Example: digest subscribers forget ana@example.org")
def forget(address: Address, yes: Yes = False, dry_run: DryRun = False, now: Now = None) -> None:
    """Erase a person; only a hash stays, so that no list brings them back."""
    with opened(now) as newspaper:
        person = newspaper.store.subscribers.find(normal(address))
        if dry_run:
            talk.say(f"all that is stored of {person.address} would be erased; nothing was changed")
            return
        if not yes:
            typer.confirm(f"Erase all that is stored of {person.address}?", abort=True, err=True)
        newspaper.store.subscribers.forget(person.address, now=newspaper.clock())
    talk.say("forgotten")


@subscribers.command(
    "import", epilog="Example: digest subscribers import people.csv --consent 'sign-up sheet of May 2026'"
)
def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A table whose first row names its columns.")],
    consent: ConsentText = None,
    dry_run: DryRun = False,
    now: Now = None,
) -> None:
    """Import people from CSV, of this tool or another; who left or is suppressed is never brought back."""
    from digest.subscribers.roster import read_csv

    with opened(now) as newspaper, readable(path) as source:
        given = Consent(text=consent, at=newspaper.clock(), origin=path.name) if consent else None
        rows = read_csv(source, consent=given, now=newspaper.clock())
        enrolled, known, faults = enrol(newspaper, rows, dry_run=dry_run)
    would = "would be " if dry_run else ""
    talk.say(f"{enrolled} {would}imported, {known} known already or suppressed, {faults} rows with a fault")
    if enrolled and not consent:
        talk.say("hint: they are pending and get no mail; import with --consent if they agreed")
    if faults:
        raise typer.Exit(3)


def readable(path: Path) -> "BinaryIO":
    """The file, open for reading; raises UsageError."""
    try:
        return path.open("rb")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint="check the path and its rights") from error


def enrol(newspaper: "App", rows: "Iterable[Row]", *, dry_run: bool) -> tuple[int, int, int]:
    """Write the people of the good rows, a batch at a time; says and counts enrolled, known and faulty ones."""
    enrolled = known = faults = 0
    for batch in batches(rows):
        for row in batch:
            if row.fault:
                talk.say(f"line {row.line}: {row.fault}")
                faults += 1
        people = [row.subscriber for row in batch if row.subscriber is not None]
        left_alone = foretold(newspaper, people) if dry_run else settle(newspaper, people)
        enrolled, known = enrolled + len(people) - left_alone, known + left_alone
    return enrolled, known, faults


def settle(newspaper: "App", people: Sequence[Subscriber]) -> int:
    """Enrol them, make those active who were pending and have agreed now; returns how many were left alone."""
    left_alone = set(newspaper.store.subscribers.enrol(people))
    confirmed = [person for person in people if person.address in left_alone and activate(newspaper, person)]
    for person in confirmed:
        talk.say(f"{person.address} was pending, and is active now")
    return len(left_alone) - len(confirmed)


def foretold(newspaper: "App", people: Sequence[Subscriber]) -> int:
    """How many of them an import would leave alone, as known or suppressed."""
    suppressions = newspaper.store.suppressions
    return sum(
        find(newspaper, person.address) is not None or suppressions.find(person.address) is not None
        for person in people
    )


def batches(rows: "Iterable[Row]") -> "Iterable[Sequence[Row]]":
    """The rows in batches of bounded size."""
    rest = iter(rows)
    while batch := tuple(islice(rest, BATCH)):
        yield batch


@subscribers.command(epilog="Example: digest subscribers export > people.csv")
def export(
    state: Annotated[SubscriberState | None, typer.Option("--state", help="Only those in this state.")] = None,
) -> None:
    """Write the people as CSV to stdout; cells that look like formulas are made harmless."""
    from digest.subscribers.roster import write_csv

    with opened() as newspaper:
        write_csv(newspaper.store.subscribers.each(*((state,) if state else ())), sys.stdout)
