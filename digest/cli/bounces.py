"""`digest bounces`: read what came back, suppress dead addresses, unsubscribe who asks for it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.options import DryRun, Json, Now
from digest.cli.session import opened
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.app import App
    from digest.newsroom.returns import Finding, Harvest
    from digest.ports.sending import Mailbox

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[PATH]…", help="Mails (.eml), mbox files or Maildir folders; without one, the settings'."),
]
Imap = Annotated[bool, typer.Option("--imap", help="Read the folder of DIGEST_IMAP_URL, whatever paths are named.")]


def bounces(
    paths: Paths = None, imap: Imap = False, dry_run: DryRun = False, as_json: Json = False, now: Now = None
) -> None:
    """Read what came back, and draw the consequences: dead addresses are suppressed, who asks to leave leaves.

    What was understood moves into a subfolder, what was not stays, nothing is deleted.

    Example: digest bounces --dry-run
    Example: digest bounces ~/Maildir/.Bounces returned.eml old.mbox
    """
    from digest.newsroom.returns import count_refusals

    with opened(now) as newspaper:
        found: list[Finding] = []
        harvests = [
            one(newspaper, mailbox, found, dry_run=dry_run) for mailbox in mailboxes(newspaper, paths or [], imap)
        ]
        refused = 0 if dry_run else count_refusals(newspaper).new
    show(found, as_json=as_json)
    faults = [fault for harvest in harvests for fault in harvest.faults]
    for harvest in harvests:
        talk.say(harvest.words())
    if refused:
        talk.say(f"{talk.counted(refused, 'refusal', 'refusals')} at SMTP time counted as soft bounces")
    if dry_run:
        talk.say("nothing was changed")
    for fault in faults:
        talk.say(f"could not be read or moved: {talk.printable(fault)}")
    if faults:
        raise typer.Exit(3)


def mailboxes(newspaper: "App", paths: list[Path], imap: bool) -> "tuple[Mailbox, ...]":
    """What is to be read: the paths, the server where it is asked for, or what the settings name."""
    from digest.channels.imap import ImapFolder
    from digest.channels.mailbox import mailbox_at

    named = tuple(mailbox_at(path) for path in paths)
    server = newspaper.settings.imap_url
    if imap and server is None:
        raise UsageError("there is no IMAP folder to read", hint="set DIGEST_IMAP_URL")
    chosen = (*named, ImapFolder(server)) if imap and server else named
    if not chosen and not newspaper.return_desk.mailboxes:
        raise UsageError(
            "there is nothing to read", hint="name a file or a folder, or set DIGEST_BOUNCES or DIGEST_IMAP_URL"
        )
    return chosen or newspaper.return_desk.mailboxes


def one(newspaper: "App", mailbox: "Mailbox", found: "list[Finding]", *, dry_run: bool) -> "Harvest":
    """Read one mailbox, with a count on a terminal."""
    from digest.newsroom.returns import harvest

    with talk.progress(f"reading {mailbox.place}") as step:

        def tell(finding: "Finding") -> None:
            found.append(finding)
            step(len(found), len(found))

        return harvest(newspaper, mailbox, tell, dry_run=dry_run)


def show(found: "list[Finding]", *, as_json: bool) -> None:
    """A line for each piece of news, and for each mail that was not understood."""
    if as_json:
        for each in found:
            talk.put_line(talk.record(each))
        return
    rows: list[tuple[str, ...]] = []
    for each in found:
        rows += [(news.address, news.kind, news.enhanced, news.words) for news in each.news]
        if not each.understood:
            rows.append((each.name, "not understood", "", each.what))
    if rows:
        talk.put_table(("address or mail", "what", "status", "words"), rows)
