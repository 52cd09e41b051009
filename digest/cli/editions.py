"""`digest preview`, `send` and `edition …`: today's paper in the editor's hand."""

import webbrowser
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli import talk
from digest.cli.options import By, DryRun, EditionNumber, Json, Now, Number, Out, Yes
from digest.cli.session import finished, opened
from digest.cli.status import mails, tally
from digest.errors import UsageError
from digest.model.delivery import DeliveryState
from digest.model.edit import Entry
from digest.model.edition import BenchStory, Edition, EditionState, Form

if TYPE_CHECKING:
    from digest.app import App
    from digest.delivery.run import Report
    from digest.web.studio.asked import Asked

app = typer.Typer(help="The editions: list, show, change, hold, approve and cancel them.", no_args_is_help=True)

RECENT = timedelta(days=30)
SHOWN = 50
FINISHING = "finishing the mails in hand; Ctrl-C again ends at once, and leaves them unconfirmed"
"""The most rows of a forecast on a terminal."""

Reader = Annotated[str | None, typer.Option("--subscriber", metavar="ADDRESS", help="As this reader will get it.")]
Anyway = Annotated[bool, typer.Option("--despite-errors", help="Send although the checks found errors.")]
To = Annotated[list[str] | None, typer.Option("--to", metavar="ADDRESS", help="Only a marked test to this address.")]


def preview(
    subscriber: Reader = None,
    edition: EditionNumber = None,
    sample: Annotated[
        str | None, typer.Option("--sample", metavar="NAME", help="An edition that is an example.")
    ] = None,
    out: Out = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    by: By = None,
    now: Now = None,
) -> None:
    """Open the studio: look at an edition exactly as it will be sent, change it, send it. Looking writes nothing.

    Example: digest preview --open
    Example: digest preview --subscriber ana@example.org --out /tmp/look
    Example: digest preview --sample markup
    """
    from digest.settings.read import DOTENV, read_settings
    from digest.web.front import edition_of, studio_of
    from digest.web.studio.house import standing

    first = asked_for(edition, sample, subscriber)
    with opened(now) as newspaper:
        if out is not None:
            write_files(newspaper, edition_of(newspaper, first), subscriber, out)
            return
        with standing(studio_of(newspaper, first, again=read_settings, env=DOTENV, by=by or "")) as url:
            talk.put(url)
            if show:
                webbrowser.open(url)
            talk.say("Ctrl-C closes the studio")
            wait_for_interrupt()


def asked_for(edition: int | None, sample: str | None, subscriber: str | None) -> "Asked":
    """What the studio opens with; raises UsageError."""
    from digest.web.studio.asked import SAMPLE, TODAY, Asked

    if edition is not None and sample:
        raise UsageError("--edition and --sample both name an edition", hint="give one of them")
    named = f"{SAMPLE}{sample}" if sample else TODAY if edition is None else str(edition)
    return Asked(edition=named, reader=subscriber or "")


def write_files(
    newspaper: "App", paper: Edition, subscriber: str | None, folder: Path, *, quietly: bool = False
) -> None:
    """The mail as edition.eml, and its parts as edition.html and edition.txt; raises UsageError."""
    from digest.newsroom import editions
    from digest.rendering.assemble import preview as opened_mail

    person = newspaper.store.subscribers.find(subscriber) if subscriber else None
    mail = editions.mail_for(newspaper, editions.opened(newspaper, paper), person)
    parts = opened_mail(mail)
    files = {
        "edition.html": parts.html.encode(),
        "edition.txt": parts.text.encode(),
        "edition.eml": mail.content,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
            if not quietly:
                talk.put(str(folder / name))
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}", hint="choose another --out") from error


def wait_for_interrupt() -> None:
    """Sleep until Ctrl-C or SIGTERM."""
    import signal
    import threading
    from contextlib import suppress

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
    signal.signal(signal.SIGTERM, before)


@app.command("list", epilog="Example: digest edition list --json")
def list_(as_json: Json = False, now: Now = None) -> None:
    """List the editions of the last 30 days, newest first."""
    with opened(now) as newspaper:
        editions = newspaper.store.editions.since(newspaper.clock() - RECENT)
    if as_json:
        talk.put_json([summary(edition) for edition in editions])
        return
    rows = (
        (edition.number, edition.date, edition.state, len(edition.lineup.picks), held_by(edition) or headline(edition))
        for edition in editions
    )
    talk.put_table(("no.", "date", "state", "stories", "first headline"), rows)


def summary(edition: Edition) -> dict[str, object]:
    """An edition as JSON, without its bench."""
    return {
        "number": edition.number,
        "date": edition.date,
        "cut_at": edition.cut_at,
        "state": edition.state,
        "quiet": edition.quiet,
        "note": edition.hand.note,
        "held": edition.held,
        "stories": [edition.bench[pick.index].story.lead.title for pick in edition.lineup.picks],
    }


def held_by(edition: Edition) -> str:
    """Why an edition is kept back: what the checks found, or that the day is quiet; empty where it is not."""
    return edition.held or edition.quiet


def headline(edition: Edition) -> str:
    """The first headline of the default line-up."""
    return edition.bench[edition.lineup.picks[0].index].story.lead.title if edition.lineup.picks else "–"


@app.command(epilog="Example: digest edition show 4")
def show(number: Number, as_json: Json = False) -> None:
    """Show what is in an edition, in order, and why; with the editor's note, and who changed what."""
    from digest.newsroom import hand

    with opened() as newspaper:
        edition = newspaper.store.editions.get(number)
        record = hand.record(newspaper, number)
    if as_json:
        talk.put_json(summary(edition) | {"record": record_of(record)})
    else:
        show_lineup(edition)
        show_record(record)


def show_lineup(edition: Edition) -> None:
    """The editor's note, and the default line-up as a table, reasons included."""
    if edition.hand.note:
        talk.put(f"Note: {talk.printable(edition.hand.note)}")
    rows = []
    for place, pick in enumerate(edition.lineup.picks, start=1):
        told = edition.bench[pick.index]
        mark = "" if pick.form is Form.COMPACT else pick.form.value
        why = "; ".join(filter(None, (placed_by_hand(edition, told), told.score.why)))
        rows.append((place, told.section, told.story.lead.title, told.story.lead.source, mark, why))
    talk.put_table(("", "section", "headline", "source", "form", "why"), rows)
    if reason := held_by(edition):
        talk.say(reason)


def placed_by_hand(edition: Edition, told: BenchStory) -> str:
    """That the editor pinned a story, where that is so."""
    return "pinned by the editor" if told.story.id in edition.hand.pinned else ""


def show_record(record: Sequence[Entry]) -> None:
    """Who did what, oldest first; nothing where nobody did anything."""
    if record:
        rows = (
            (one.serial, f"{one.at:%Y-%m-%d %H:%M}Z", one.by, one.what, "undone" if one.undone else "")
            for one in record
        )
        talk.put_table(("", "at", "by", "what", ""), rows)


def record_of(record: Sequence[Entry]) -> list[dict[str, object]]:
    """A record as plain data."""
    return [
        {"serial": one.serial, "at": one.at, "by": one.by, "what": one.what, "undone": one.undone} for one in record
    ]


@app.command(epilog="Example: digest edition approve 4")
def approve(number: Number, by: By = None) -> None:
    """Let an edition go out."""
    move(number, EditionState.APPROVED, by, "approved; it goes out at each reader's hour, or now with: digest send")


@app.command(epilog="Example: digest edition hold 4")
def hold(number: Number, by: By = None) -> None:
    """Keep an edition back until it is approved."""
    move(number, EditionState.HELD, by, "held; nothing of it goes out before: digest edition approve")


def move(number: int, state: EditionState, by: str | None, done: str) -> None:
    """Bring an edition into a state and say so."""
    from digest.newsroom import hand

    with opened() as newspaper:
        hand.move(newspaper, number, state, by=by or hand.editor())
        talk.say(f"edition {number} is {done}")
        warn_of_newer(newspaper, number)


def warn_of_newer(newspaper: "App", number: int) -> None:
    """Say that readers get another edition of the day, where that is so."""
    from digest.newsroom import editions

    newer = editions.in_place_of(newspaper, newspaper.store.editions.get(number))
    if newer is not None:
        talk.say(
            f"hint: edition {newer.number} ({newer.state}) of the same day is newer and stands in its place, "
            f"unless: digest edition cancel {newer.number}"
        )


@app.command(epilog="Example: digest edition cancel 4")
def cancel(number: Number, dry_run: DryRun = False, now: Now = None, as_json: Json = False, by: By = None) -> None:
    """Stop an edition, a running send included, and say who has it."""
    from digest.newsroom import hand

    with opened(now) as newspaper:
        newspaper.store.editions.get(number)
        if not dry_run:
            hand.move(newspaper, number, EditionState.CANCELLED, by=by or hand.editor())
        (known,) = newspaper.store.answers.progress([number], now=newspaper.clock()) or (None,)
        reached = known.accepted if known else 0
        accepted = newspaper.store.history.in_state(number, DeliveryState.ACCEPTED, limit=reached)
    if as_json:
        talk.put_json({"mails": mails(known), "accepted": [delivery.target for delivery in accepted]})
        return
    counts = tally(known) if known else "nobody has it"
    talk.say(f"edition {number} {'would be' if dry_run else 'is'} cancelled: {counts}")
    for delivery in accepted:
        talk.put(delivery.target)


def send(
    to: To = None,
    edition: EditionNumber = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    despite_errors: Anyway = False,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Send today's edition now to everybody who has no paper for today; run again, it goes on where it stopped.

    It is checked first (digest check): with errors nothing is sent, but a test.

    Example: digest send --dry-run
    Example: digest send --to me@example.org
    Example: digest send --yes
    """
    from digest.newsroom import dispatch, editions, manual

    with opened(now) as newspaper:
        paper = editions.find(newspaper, edition)
        if to:
            finished(send_tests(newspaper, paper, to, dry_run=dry_run))
        elif dry_run:
            show_forecast(newspaper, paper, as_json=as_json)
        else:
            dispatch.check_sendable(newspaper)
            if not despite_errors:
                which = f"digest check --edition {paper.number}" if paper.number else "digest check"
                anyway = f"{which} shows all that was found; --despite-errors sends it all the same"
                manual.refuse_errors(newspaper, paper, anyway=anyway)
            ask(newspaper, paper, yes=yes)
            report = finished(send_now(newspaper, paper))
            again = f"digest send --edition {edition}" if edition else "digest send"
            finish(report, newspaper.store.history.next_due(), again=again, as_json=as_json)


async def send_tests(newspaper: "App", paper: Edition, addresses: list[str], *, dry_run: bool) -> None:
    """A marked test to each address; the ledger knows nothing of it."""
    from digest.newsroom import dispatch, editions
    from digest.subscribers.roster import normalise_address

    opened_paper = editions.opened(newspaper, paper)
    for address in addresses:
        if not dry_run:
            await dispatch.send_test(newspaper, opened_paper, normalise_address(address))
        talk.say(f"{'would send' if dry_run else 'sent'} a test to {address} by {newspaper.channel.name}")


def show_forecast(newspaper: "App", paper: Edition, *, as_json: bool) -> None:
    """Who would get what, if it were sent now: every one as a line of JSON, or the first of them as a table."""
    rows = foreseen(newspaper, paper)
    if as_json:
        for row in rows:
            talk.put_line(row)
        return
    shown = list(islice(rows, SHOWN))
    talk.put_table(
        ("address", "paper of", "stories", "first headline"),
        ((row["address"], row["local_date"], len(row["stories"]), *row["stories"][:1]) for row in shown),
    )
    total = len(shown) + sum(1 for _ in rows)
    talk.say(f"{total} readers would get it by {newspaper.channel.name}; nothing was sent")


def foreseen(newspaper: "App", paper: Edition) -> Iterator[dict[str, Any]]:
    """Each reader of a manual send, with the headlines they would get."""
    from digest.newsroom import dispatch, editions

    print_shop = editions.opened(newspaper, paper)
    for person, slot in dispatch.forecast(newspaper, paper):
        picks = editions.lineup_of(newspaper, print_shop, person).picks
        titles = [paper.bench[pick.index].story.lead.title for pick in picks]
        yield {"address": person.address, "local_date": slot.local_date, "due_at": slot.due_at, "stories": titles}


def ask(newspaper: "App", paper: Edition, *, yes: bool) -> None:
    """Say what is about to happen and ask once; raises Conflict when there is nobody to send to."""
    from digest.newsroom import manual

    count = manual.awaited(newspaper, paper)
    name = f"edition {paper.number}" if paper.number else "a new edition"
    text = f"Send {name} of {paper.date} to {count} readers by {newspaper.channel.name}?"
    if not yes and not typer.confirm(text, err=True):
        raise typer.Exit(1)


async def send_now(newspaper: "App", paper: Edition) -> "Report":
    """Send it, with a bar that shows how far it is."""
    from digest.newsroom import manual
    from digest.newsroom.stopping import stoppable

    async with stoppable(lambda: talk.say(FINISHING)) as stop:
        with talk.progress("sending", aloud=True) as step:
            return await manual.send(newspaper, paper, stop, step)


def finish(report: "Report", next_due: datetime | None, *, again: str, as_json: bool) -> None:
    """Say what came of it, and choose the exit code; `next_due` is when the next mail in the queue may go, `again` the
    command that goes on.
    """
    if as_json:
        talk.put_json(report)
    talk.say(report.words())
    if report.waits:
        talk.say(f"{report.waits}: {again}, or digest run, goes on then")
    elif next_due and not report.stopped:
        talk.say(f"the next mail waits until {next_due:%Y-%m-%d %H:%M}Z: digest send, or digest run, goes on then")
    if report.stopped:
        talk.say(f"stopped: {report.stopped}")
        talk.say(f"hint: what is left stays in the queue; {again} goes on with it")
        raise typer.Exit(1)
    if report.failed or report.unconfirmed or report.deferred or report.waits:
        talk.say("hint: digest status shows them, digest why ADDRESS tells one reader's story")
        raise typer.Exit(3)
