"""`digest feeds …` and `digest fetch`: the sources."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.options import DryRun, Json, Now
from digest.cli.session import finished, opened
from digest.errors import AddressRefused, NotFound, ParseError, UsageError
from digest.model.feed import Feed, FeedState

if TYPE_CHECKING:
    from digest.feeds.opml import Outlines

app = typer.Typer(help="The sources: add, list, change, remove, import and export them.", no_args_is_help=True)

Section = Annotated[str | None, typer.Option("--section", help="The section its stories appear in.")]
Weight = Annotated[float | None, typer.Option("--weight", min=0.0, max=0.6, help="How far you trust it, 0 to 0.6.")]
Title = Annotated[str | None, typer.Option("--title", help="The name readers see.")]
Header = Annotated[
    str | None, typer.Option("--header", metavar="'NAME: VALUE'", help="One extra request header; '' takes it away.")
]
FullText = Annotated[bool | None, typer.Option("--full-text/--no-full-text", help="Read the article pages as well.")]


def header_of(text: str) -> tuple[str, str] | None:
    """`Name: value` as a pair, nothing for an empty text; raises UsageError."""
    if not text:
        return None
    name, colon, value = text.partition(":")
    if not colon or not name.strip().isascii() or not name.strip().replace("-", "").isalnum() or "\n" in value:
        raise UsageError("--header is no header", hint="write it as 'Name: value'")
    return name.strip(), value.strip()


def wished(
    feed: Feed,
    *,
    section: str | None,
    weight: float | None,
    title: str | None,
    header: str | None,
    full_text: bool | None,
) -> Feed:
    """The feed with the wishes that were given."""
    return replace(
        feed,
        section=feed.section if section is None else section,
        weight=feed.weight if weight is None else weight,
        title=feed.title if title is None else title,
        header=feed.header if header is None else header_of(header),
        full_text=feed.full_text if full_text is None else full_text,
    )


@app.command(epilog="Example: digest feeds add https://example.org/feed.xml --section World")
def add(
    urls: Annotated[list[str], typer.Argument(metavar="URL…", help="Feeds, or pages that name their feed.")],
    section: Section = None,
    weight: Weight = None,
    title: Title = None,
    header: Header = None,
    full_text: FullText = None,
) -> None:
    """Add feeds; they are read at the next fetch."""
    wishes = {"section": section, "weight": weight, "title": title, "header": header, "full_text": full_text}
    feeds = [wished(Feed(url=address(url)), **wishes) for url in urls]  # type: ignore[arg-type]
    with opened() as newspaper:
        added = newspaper.store.feeds.add(feeds)
    talk.say(f"{len(added)} added, {len(feeds) - len(added)} known already. Next: digest fetch")


def address(text: str) -> str:
    """The address of a feed, in the form it is stored; raises UsageError."""
    from digest.net.url import read_url

    try:
        return read_url(text).url
    except AddressRefused as error:
        raise UsageError(error.message, hint=error.hint or "write it as https://example.org/feed.xml") from error


@app.command("list", epilog="Example: digest feeds list --json")
def list_(as_json: Json = False, now: Now = None) -> None:
    """List the feeds, and what is wrong with those that fail."""
    with opened(now) as newspaper:
        feeds, clock = newspaper.store.feeds.all(), newspaper.clock()
    if as_json:
        talk.put_json([told(feed) for feed in feeds])
        return
    rows = (
        (feed.section, feed.title or "–", feed.url, talk.ago(feed.state.fetched_at, now=clock), health(feed))
        for feed in feeds
    )
    talk.put_table(("section", "title", "url", "read", "health"), rows)


def told(feed: Feed) -> dict[str, object]:
    """A feed as JSON; of its extra header only the name, for the value may be a secret."""
    header = (feed.header[0], "…") if feed.header else None
    return {**talk.record(feed), "header": header, "health": health(feed)}


def health(feed: Feed) -> str:
    """In a few words how a feed does; a failing one says why and since when."""
    state = feed.state
    if state.disabled:
        return f"off: {state.error}"
    if state.failures:
        since = f"{state.failing_since:%Y-%m-%d %H:%M}Z" if state.failing_since else "?"
        return f"failing since {since} ({state.failures} times): {state.error}"
    return "good" if state.fetched_at else "not read yet"


FeedUrl = Annotated[str, typer.Argument(metavar="URL", help="Its address, as digest feeds list shows it.")]


@app.command("set", epilog="Example: digest feeds set https://example.org/feed.xml --weight 0.5 --title 'The Example'")
def set_(
    url: FeedUrl,
    section: Section = None,
    weight: Weight = None,
    title: Title = None,
    header: Header = None,
    full_text: FullText = None,
    retry: Annotated[bool, typer.Option("--retry", help="Forget its failures and read it at the next fetch.")] = False,
) -> None:
    """Change what you wish of a feed."""
    with opened() as newspaper:
        feed = named(newspaper.store.feeds.all(), url)
        feed = wished(feed, section=section, weight=weight, title=title, header=header, full_text=full_text)
        newspaper.store.feeds.change(replace(feed, state=FeedState()) if retry else feed)
    talk.say("changed")


def named(feeds: tuple[Feed, ...], url: str) -> Feed:
    """The feed at this address; raises NotFound."""
    for feed in feeds:
        if feed.url == url:
            return feed
    raise NotFound(f"there is no feed {url}", hint="digest feeds list shows them")


@app.command(epilog="Example: digest feeds remove https://example.org/feed.xml")
def remove(url: FeedUrl, dry_run: DryRun = False) -> None:
    """Remove a feed and its items; editions keep what they printed."""
    with opened() as newspaper:
        feed = named(newspaper.store.feeds.all(), url)
        if dry_run:
            talk.say(f"{feed.url} would be removed; nothing was changed")
            return
        newspaper.store.feeds.remove(url)
    talk.say("removed")


@app.command("import", epilog="Example: digest feeds import subscriptions.opml")
def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE.opml", help="The list of any feed reader.")],
    dry_run: DryRun = False,
) -> None:
    """Import feeds from OPML; folders become sections."""
    outlines = read_outlines(path)
    for refused in outlines.refused:
        talk.say(f"left out: {refused}")
    with opened() as newspaper:
        there = {feed.url for feed in newspaper.store.feeds.all()}
        new = [feed for feed in outlines.feeds if feed.url not in there]
        added = len(new) if dry_run else len(newspaper.store.feeds.add(outlines.feeds))
    known, would = len(outlines.feeds) - added, "would be " if dry_run else ""
    after = "" if dry_run else ". Next: digest fetch"
    talk.say(f"{added} {would}imported, {known} known already, {len(outlines.refused)} left out{after}")
    if outlines.refused:
        raise typer.Exit(3)


def read_outlines(path: Path) -> "Outlines":
    """What an OPML file lists; raises UsageError."""
    from digest.feeds.opml import read_opml

    try:
        return read_opml(read_file(path))
    except ParseError as error:
        raise UsageError(f"{path}: {error.message}", hint=error.hint) from error


def read_file(path: Path) -> bytes:
    """A file's bytes; raises UsageError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint="check the path and its rights") from error


@app.command(epilog="Example: digest feeds export > feeds.opml")
def export(now: Now = None) -> None:
    """Write all feeds as OPML to stdout."""
    from digest.feeds.opml import write_opml

    with opened(now) as newspaper:
        feeds, title = newspaper.store.feeds.all(), newspaper.settings.title
        sys.stdout.buffer.write(write_opml(feeds, title=title, now=newspaper.clock()))


def fetch(now: Now = None, as_json: Json = False) -> None:
    """Read all feeds that are due, politely.

    Example: digest fetch
    """
    with opened(now) as newspaper, talk.progress("reading feeds") as step:
        report = finished(newspaper.collect(step))
    if as_json:
        failed = {feed.url: feed.state.error for feed in report.failed}
        talk.put_json({"read": report.visited, "new": report.new, "failed": failed})
    else:
        talk.say(f"{report.visited} feeds read, {report.new} new items, {len(report.failed)} failed")
        for feed in report.failed:
            talk.say(f"  {talk.printable(feed.url)}: {talk.printable(feed.state.error)}")
    if report.failed:
        raise typer.Exit(3)
