"""A feed's bytes become items: identity, clean text, links, dates."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from digest.errors import ParseError
from digest.feeds.document import Document, Entry
from digest.feeds.jsonfeed import is_json, read_json
from digest.feeds.links import site, without_tracking
from digest.feeds.sanitize import clean_text, clean_title
from digest.feeds.sentences import CUT_OFF, lead, shortened
from digest.feeds.xmlfeed import read_xml
from digest.model.feed import Feed, Item

LONGEST_TITLE = 300
LONGEST_SUMMARY = 1000
LONGEST_NAME = 120
SHORT_SUMMARY = 60
"""Characters; a summary below that is a label ("Comments", a byline), where there is more text."""

UNTITLED = 100
"""How much of its text stands for the title of an item that has none."""

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
MARK_UP = re.compile(rb"<(?:rss|feed|rdf:rdf|(?:\w{1,20}:)?(?:rss|feed))[\s>]", re.IGNORECASE)
HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
REDIRECT = re.compile(r"https?://(?:feedproxy\.google\.com|[\w.-]{1,80}/~r/)", re.IGNORECASE)
HEAD = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a document says: its own title, its items from top to bottom, and how often it wishes to be asked.

    `ttl_minutes` is None where it does not say; `skip_hours` are hours of the day in GMT.
    """

    title: str = ""
    items: tuple[Item, ...] = ()
    ttl_minutes: int | None = None
    skip_hours: tuple[int, ...] = ()
    language: str = ""


def parse(body: bytes, feed: Feed, url: str, content_type: str | None, now: datetime) -> Parsed:
    """The items of an RSS, RDF, Atom or JSON Feed document.

    `url` is where the body came from in the end, `content_type` the header it came with. Takes its time with
    documents that are made to be slow: those from outside belong into a worker. Raises ParseError.
    """
    if looks_like_html(body, None):
        raise ParseError(f"what came from {url} is a web page, no feed", hint="look there for the feed's address")
    document = read_json(body, url) if is_json(body) else read_xml(body, url, content_type)
    title = shortened(clean_title(document.title), limit=LONGEST_NAME)
    desk = replace(feed, title=feed.title or title or site(url))
    return Parsed(
        title=title,
        items=tuple(items(document, desk, url, now)),
        ttl_minutes=document.ttl_minutes,
        skip_hours=document.skip_hours,
        language=language(document.language),
    )


def looks_like_html(body: bytes, content_type: str | None) -> bool:
    """Whether a body is a web page and no feed, whatever it is called."""
    head = body[:HEAD].replace(b"\0", b"")
    if MARK_UP.search(head) or is_json(body):
        return False
    return bool(HTML.search(head)) or "html" in (content_type or "").partition(";")[0].lower()


def items(document: Document, feed: Feed, url: str, now: datetime) -> Iterator[Item]:
    """The items of a document, each once."""
    merged: dict[str, Item] = {}
    shared = shared_identities(document.entries)
    for entry in document.entries:
        key = identity(entry, shared)
        made = item(entry, feed, fingerprint(feed, key), document.link or url, now) if key else None
        if made:
            merged[key] = completed(merged[key], made) if key in merged else made
    count = len(merged)
    yield from (replace(made, position=round(1 - place / count, 4)) for place, made in enumerate(merged.values()))


def shared_identities(entries: Iterable[Entry]) -> frozenset[str]:
    """Identities that a feed gave to different articles, so that they identify none of them."""
    first: dict[str, Entry] = {}
    shared = set()
    for entry in entries:
        other = first.setdefault(entry.identity, entry)
        if other.link != entry.link and other.title != entry.title:
            shared.add(entry.identity)
    return frozenset(shared)


def identity(entry: Entry, shared: frozenset[str]) -> str:
    """What tells an article from the others of its feed: its id, else its link, else its title and date."""
    if entry.identity and entry.identity not in shared:
        return entry.identity
    if entry.link:
        return without_tracking(entry.link)
    if not entry.title:
        return entry.summary or entry.content
    return f"{entry.title}\n{entry.published.isoformat() if entry.published else ''}"


def fingerprint(feed: Feed, key: str) -> str:
    """The item's id: the same at every visit, also after the feed has moved; no other feed has it."""
    scope = str(feed.id) if feed.id else feed.url
    return hashlib.sha256(f"{scope}\n{key}".encode(errors="replace")).hexdigest()[:16]


def completed(first: Item, again: Item) -> Item:
    """An article that stands twice in one document: the upper one, with what only the lower one has."""
    return replace(
        first,
        url=first.url or again.url,
        summary=first.summary or again.summary,
        author=first.author or again.author,
        image_url=first.image_url or again.image_url,
        published=first.published or again.published,
    )


def item(entry: Entry, feed: Feed, item_id: str, home: str, now: datetime) -> Item | None:
    """One entry as an item of a feed; None for one that says nothing."""
    name = shortened(clean_title(entry.origin_title), limit=LONGEST_NAME)
    title = without_source(clean_title(entry.title), name)
    summary = description(entry, title)
    title = title or lead(summary, limit=UNTITLED)
    if not title:
        return None
    link = without_tracking(entry.original_link or entry.link)
    origin = site(entry.origin_link) if entry.origin_link else ""
    elsewhere = bool(origin) and origin != site(home)
    return Item(
        id=item_id,
        title=shortened(title, limit=LONGEST_TITLE),
        url=link,
        summary="" if summary == title else summary,
        publisher=origin if elsewhere else publisher(link, home),
        source=name if elsewhere and name else feed.title,
        section=feed.section,
        weight=feed.weight,
        author=shortened(clean_title(entry.author), limit=LONGEST_NAME),
        language=language(entry.language),
        image_url=entry.images[0] if entry.images else "",
        published=entry.published,
        seen=now,
        feed_id=feed.id,
    )


def publisher(link: str, home: str) -> str:
    """Whose voice an article is: the site it is on; the feed's own where the link is a counting redirect."""
    host = site(link)
    return site(home) if not host or host == "feedburner.com" or REDIRECT.match(link) else host


def without_source(title: str, source: str) -> str:
    """The title without the name of its source, which aggregators add at its end."""
    if not source:
        return title
    for dash in (" - ", " – ", " — ", " | "):
        title = title.removesuffix(f"{dash}{source}") or title
    return title


def description(entry: Entry, title: str) -> str:
    """The text to print below the title: the feed's summary, or the beginning of the full text where it says more."""
    summary = clean_text(entry.summary, title=title)
    if entry.content and entry.content != entry.summary and is_stub(summary):
        content = clean_text(entry.content, title=title)
        summary = content if len(content) > len(summary) else summary
    return lead(summary, limit=LONGEST_SUMMARY)


def is_stub(summary: str) -> bool:
    """Whether a summary is only a label, or the cut-off beginning of the text."""
    return len(summary) < SHORT_SUMMARY or bool(CUT_OFF.search(summary, max(0, len(summary) - 20)))


def language(tag: str) -> str:
    """A language tag in its usual letters (BCP 47: "pt-BR"), or nothing where it is none."""
    written = tag.strip().replace("_", "-")
    if not LANGUAGE.fullmatch(written):
        return ""
    primary, *others = written.split("-")
    return "-".join([primary.lower(), *(subtag(part) for part in others)])


def subtag(part: str) -> str:
    """A part of a language tag in its usual letters: regions large, scripts with one large letter."""
    return part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower()  # noqa: PLR2004
