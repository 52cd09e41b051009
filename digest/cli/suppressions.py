"""`digest suppressions …`: the addresses that must not be mailed, why, and how they may be again."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.options import Address, DryRun, Json, Now
from digest.cli.people import normal
from digest.cli.session import opened
from digest.errors import Conflict, NotFound
from digest.model.subscriber import SubscriberState, Suppression

if TYPE_CHECKING:
    from digest.app import App

app = typer.Typer(help="The addresses that must not be mailed, and why.", no_args_is_help=True)

HISTORY = timedelta(days=365)
"""How far back the record of an address is shown."""

Why = Annotated[str, typer.Option("--because", metavar="TEXT", help="Why, for the record.")]


@app.command("list", epilog="Example: digest suppressions list --json")
def list_(as_json: Json = False) -> None:
    """List who must not be mailed, since when, why, and by which evidence."""
    with opened() as newspaper:
        found = newspaper.store.suppressions.all()
    if as_json:
        talk.put_json(found)
        return
    rows = ((each.address or "(forgotten)", each.reason, f"{each.at:%Y-%m-%d}", each.evidence) for each in found)
    talk.put_table(("address", "reason", "since", "evidence"), rows)


@app.command(epilog="Example: digest suppressions show ana@example.org")
def show(address: Address, as_json: Json = False, now: Now = None) -> None:
    """Show why one address is suppressed, and all that came back from it in the last year."""
    with opened(now) as newspaper:
        wanted = normal(address)
        suppression = newspaper.store.suppressions.find(wanted)
        record = newspaper.store.bounces.of_address(wanted, since=newspaper.clock() - HISTORY)
    if as_json:
        talk.put_json({"address": wanted, "suppressed": suppression, "bounces": record})
        return
    talk.put(sentence(suppression) if suppression else f"{wanted} is not suppressed")
    if record:
        rows = ((f"{each.at:%Y-%m-%d %H:%M}", each.kind, each.enhanced, each.words) for each in record)
        talk.put_table(("when (UTC)", "what", "status", "words"), rows)


def sentence(suppression: Suppression) -> str:
    """A suppression in words."""
    evidence = f": {talk.printable(suppression.evidence)}" if suppression.evidence else ""
    return f"{suppression.address}: {suppression.reason}, since {suppression.at:%Y-%m-%d %H:%M} UTC{evidence}"


@app.command(epilog="Example: digest suppressions lift ana@example.org")
def lift(address: Address, dry_run: DryRun = False, now: Now = None) -> None:
    """Allow mail to an address again: their next paper goes out, and what bounced before does not count any more."""
    with opened(now) as newspaper:
        wanted = normal(address)
        suppressions = newspaper.store.suppressions
        found = suppressions.find(wanted)
        if found is None or not dry_run:
            found = suppressions.lift(wanted, now=newspaper.clock())
        left = has_left(newspaper, wanted)
    would = "would be lifted" if dry_run else "lifted"
    talk.say(f"{would}: {sentence(found)}")
    if left:
        talk.say("hint: they have unsubscribed, so they get no mail; only a new sign-up of theirs changes that")


def has_left(newspaper: "App", address: str) -> bool:
    """Whether the person at an address has unsubscribed."""
    try:
        return newspaper.store.subscribers.find(address).state is SubscriberState.UNSUBSCRIBED
    except NotFound:
        return False


@app.command(epilog="Example: digest suppressions add ana@example.org --because 'asked by telephone'")
def add(address: Address, because: Why = "", dry_run: DryRun = False, now: Now = None) -> None:
    """Never mail an address, whoever adds or imports it later."""
    with opened(now) as newspaper:
        wanted, suppressions = normal(address), newspaper.store.suppressions
        if found := suppressions.find(wanted):
            raise Conflict(f"{wanted} is suppressed already: {found.reason}, since {found.at:%Y-%m-%d}")
        if not dry_run:
            evidence = because or "by hand"
            suppressions.add(Suppression(address=wanted, reason="manual", evidence=evidence, at=newspaper.clock()))
    talk.say(f"{wanted} {'would be' if dry_run else 'is'} suppressed")
