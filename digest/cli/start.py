"""`digest demo` and `digest init`: the first minute."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.session import finished, opened
from digest.errors import Conflict, NoNewspaper, StoreError, UsageError

if TYPE_CHECKING:
    from digest.app import App
    from digest.delivery.run import Report
    from digest.model.edition import Edition

DEMO_DAY = "2026-03-12T05:30:00+00:00"
"""The morning that the seeds were written for."""

MADE = ("digest.db", "digest.db-wal", "digest.db-shm", "edition.html", "edition.txt", "edition.eml")
CONSENT = "invented for the demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What the demo day came to."""

    edition: "Edition"
    report: "Report"
    feeds: int
    items: int
    seconds: float


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where everything is written.")] = Path("demo"),
    serve: Annotated[
        bool, typer.Option("--serve", help="Then show it in the browser's window on this machine.")
    ] = False,
) -> None:
    """A whole invented day, offline: feeds in, one edition, a mail for each of six readers.

    Example: digest demo
    Example: digest demo --out /tmp/day --serve
    """
    from digest.app import open_app
    from digest.cli.options import moment
    from digest.settings.read import demo_settings
    from digest.shipped import shipped

    clear(out)
    started = time.perf_counter()
    seeds = shipped("seeds") / "feeds"
    with open_app(demo_settings(out), now=moment(DEMO_DAY), seeds=seeds) as newspaper:
        day = finished(live(newspaper, out, started))
        tell(day, out)
        if serve:
            serve_demo(newspaper)


def clear(folder: Path) -> None:
    """An empty folder for the day; only what an earlier demo made is taken away. Raises UsageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in MADE:
            (folder / name).unlink(missing_ok=True)
        shutil.rmtree(folder / "outbox", ignore_errors=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}", hint="choose another --out") from error


async def live(newspaper: "App", out: Path, started: float) -> Day:
    """The day itself, by the same code as every other day."""
    import asyncio

    from digest.cli.editions import write_files
    from digest.newsroom import dispatch, editions

    enlist(newspaper)
    round_ = await newspaper.collect(lambda _done, _total: None)
    edition = editions.freeze(newspaper, (await editions.cut(newspaper)).number)
    dispatch.plan_now(newspaper, edition)
    report = await dispatch.drain(newspaper, asyncio.Event(), lambda _report: None)
    write_files(newspaper, edition, None, out, quietly=True)
    return Day(
        edition=edition,
        report=report,
        feeds=round_.visited,
        items=round_.new,
        seconds=time.perf_counter() - started,
    )


def enlist(newspaper: "App") -> None:
    """The seeds' feeds and readers."""
    from digest.feeds.opml import read_opml
    from digest.model.subscriber import Consent
    from digest.shipped import shipped
    from digest.subscribers.roster import read_csv

    seeds, now = shipped("seeds"), newspaper.clock()
    newspaper.store.feeds.add(read_opml((seeds / "feeds.opml").read_bytes()).feeds)
    consent = Consent(text=CONSENT, at=now, origin="seeds/subscribers.csv")
    with (seeds / "subscribers.csv").open("rb") as source:
        people = [row.subscriber for row in read_csv(source, consent=consent, now=now) if row.subscriber]
    newspaper.store.subscribers.enrol(people)


def tell(day: Day, out: Path) -> None:
    """One screen: what was picked and why, where to look, what to do next."""
    edition = day.edition
    talk.put(f"{edition.title}, {edition.date:%A} {edition.date.day} {edition.date:%B %Y}: an invented day")
    _, _, stories = edition.considered
    talk.put(f"{day.feeds} feeds, {day.items} items, {stories} stories, {len(edition.lineup.picks)} in the paper\n")
    for place, pick in enumerate(edition.lineup.picks, start=1):
        told = edition.bench[pick.index]
        talk.put(f"{place:>3}. {told.story.lead.title}")
        talk.put(f"     {told.section} · {told.score.why}")
    talk.put(f"\n{day.report.accepted} readers got their own mail, in {day.seconds:.1f} seconds.\n")
    talk.put(f"Look:  {out / 'edition.html'}   the mail, in a browser")
    talk.put(f"       {out / 'edition.txt'}    its text part, {out / 'edition.eml'} the whole message")
    talk.put(f"       {out / 'outbox' / 'new'}     what each reader got (a Maildir)")
    talk.put("Next:  digest demo --serve     the same in a browser, for each reader")
    talk.put("       digest init             your own newspaper")


def serve_demo(newspaper: "App") -> None:
    """The studio and the public pages of the demo, until Ctrl-C."""
    from digest.cli.editions import wait_for_interrupt
    from digest.web.front import front, studio_of
    from digest.web.server import in_thread
    from digest.web.studio.asked import Asked
    from digest.web.studio.house import standing

    studio = studio_of(newspaper, Asked(edition="1"))
    with in_thread(front(newspaper), *newspaper.settings.listen) as pages, standing(studio) as url:
        talk.put(f"\nthe studio, where it is edited: {url}\nas readers see it on the web:   {pages}/")
        talk.say("Ctrl-C ends")
        wait_for_interrupt()


def init() -> None:
    """Write a commented .env with fresh keys, never over one that is there, and create the database.

    Example: digest init
    """
    written = write_settings(Path(".env"))
    if not written and is_there():
        raise Conflict(".env is here already, and is left as it is", hint="edit it, or start in another folder")
    with opened(create=True) as newspaper:
        done = "is written" if written else "is left as it is"
        talk.say(f".env {done}, the database is ready (schema {newspaper.store.schema_version})")
    talk.put("Next:  edit .env                         its title, its time zone, who writes")
    talk.put("       digest feeds add URL…             what it reads (or: digest feeds import FILE.opml)")
    talk.put("       digest fetch && digest select     what it would choose")
    talk.put("       digest preview --open             what it would look like")


def write_settings(path: Path) -> bool:
    """Write a .env, unless there is one already; says whether it did. Raises StoreError."""
    from digest.settings.read import dotenv_text, fresh_key

    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}", hint="start in a folder of your own") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(dotenv_text(values={"SECRET_KEY": fresh_key()}))
    return True


def is_there() -> bool:
    """Whether the database that the settings name has been made."""
    try:
        with opened():
            return True
    except NoNewspaper:
        return False
