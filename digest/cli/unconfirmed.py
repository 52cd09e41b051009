"""`digest edition resume` and `resolve`: what a send left open, brought to an end by hand."""

from typing import Annotated

import typer

from digest.cli import talk
from digest.cli.options import DryRun, Json, Now, Number
from digest.cli.people import normal
from digest.cli.session import opened
from digest.errors import Conflict, UsageError
from digest.model.delivery import Delivery, DeliveryState

app = typer.Typer()

TO_SEND = "digest send, or digest run, sends what waits"

Failed = Annotated[bool, typer.Option("--failed", help="Let what failed wait again as well, but for dead addresses.")]
Sent = Annotated[bool, typer.Option("--sent", help="They arrived: count them as accepted.")]
Again = Annotated[bool, typer.Option("--again", help="Send the same mail again, under the same Message-ID.")]
GaveUp = Annotated[bool, typer.Option("--failed", help="They did not arrive, and are not sent again.")]
Readers = Annotated[
    list[str] | None, typer.Option("--reader", metavar="ADDRESS", help="Only the mail to this address.")
]


@app.command(epilog="Example: digest edition resume 4 --failed")
def resume(
    number: Number, failed: Failed = False, dry_run: DryRun = False, as_json: Json = False, now: Now = None
) -> None:
    """Let an edition go on that was stopped because its mails were refused."""
    from digest.newsroom import unconfirmed

    with opened(now) as newspaper:
        because = unconfirmed.stopped(newspaper, number)
        if not because and not failed:
            raise Conflict(
                f"edition {number} is not stopped", hint="--failed lets what failed wait again; digest status shows it"
            )
        if dry_run:
            again = unconfirmed.failed(newspaper, number) if failed else 0
        else:
            again = newspaper.store.planner.resume(number, failed=failed, now=newspaper.clock())
    if as_json:
        talk.put_json({"edition": number, "stopped": because, "again": again, "dry_run": dry_run})
        return
    if because:
        talk.say(f"edition {number} {'would go' if dry_run else 'goes'} on; it was stopped: {talk.printable(because)}")
    if failed:
        wait = "would wait" if dry_run else "wait" if again != 1 else "waits"
        talk.say(f"{talk.counted(again, 'mail', 'mails')} that failed {wait} again")
    talk.say("nothing was changed" if dry_run else TO_SEND)


@app.command(epilog="Example: digest edition resolve 4 --sent --reader ana@example.org")
def resolve(
    number: Number,
    sent: Sent = False,
    again: Again = False,
    failed: GaveUp = False,
    reader: Readers = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Say what became of mails whose answer never came; the relay's own log knows it, by their Message-ID."""
    from digest.newsroom import unconfirmed

    state = chosen(sent=sent, again=again, failed=failed)
    addresses = [normal(address) for address in reader or ()]
    with opened(now) as newspaper:
        found = unconfirmed.unconfirmed(newspaper, number, addresses)
        because = unconfirmed.stopped(newspaper, number) if state is DeliveryState.QUEUED else ""
        count = len(found)
        if not dry_run:
            ids = [delivery.id for delivery in found]
            count = newspaper.store.history.resolve(ids, state, now=newspaper.clock())
    if as_json:
        talk.put_json({"edition": number, "state": state, "resolved": count, "dry_run": dry_run, "mails": found})
        return
    show(found)
    became = {DeliveryState.ACCEPTED: "accepted", DeliveryState.QUEUED: "to be sent again"}.get(state, "failed")
    would = "would be" if dry_run else "is" if count == 1 else "are"
    talk.say(f"{talk.counted(count, 'mail', 'mails')} of edition {number} {would} {became}")
    if because:
        talk.say(f"hint: it is stopped, and goes on with: digest edition resume {number}")
    elif state is DeliveryState.QUEUED and not dry_run:
        talk.say(TO_SEND)


def chosen(*, sent: bool, again: bool, failed: bool) -> DeliveryState:
    """What the mails become; raises UsageError where that is not said once."""
    if sent + again + failed != 1:
        raise UsageError(
            "say what became of them: one of --sent, --again and --failed",
            hint="the relay's log knows whether it took a mail, by the Message-ID that --dry-run shows",
        )
    return DeliveryState.ACCEPTED if sent else DeliveryState.QUEUED if again else DeliveryState.FAILED


def show(found: tuple[Delivery, ...]) -> None:
    """The mails with what a relay's log knows them by."""
    rows = (
        (delivery.target or "(forgotten)", f"{delivery.updated_at:%Y-%m-%d %H:%M}Z", delivery.message_id)
        for delivery in found
    )
    talk.put_table(("address", "since", "Message-ID"), rows)
