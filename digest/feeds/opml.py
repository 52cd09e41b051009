"""Lists of feeds as other readers exchange them (OPML 2.0)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from digest.errors import ParseError
from digest.feeds.characters import settled
from digest.feeds.links import absolute
from digest.feeds.sanitize import clean_title
from digest.feeds.sentences import shortened
from digest.model.feed import Feed

LARGEST = 20_000_000
LONGEST_NAME = 120
DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']", re.IGNORECASE)
DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}\?>", re.IGNORECASE)
DOCTYPE = re.compile(r"<!DOCTYPE(?:[^\[>]{0,1000}\[[^\]]{0,100000}\]\s*|[^>]{0,1000})>", re.IGNORECASE)
MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
OUTLINE = re.compile(r"<(?:[\w-]{1,40}:)?outline[\s/>]", re.IGNORECASE)
OPML = re.compile(r"<(?:[\w-]{1,40}:)?opml[\s>]", re.IGNORECASE)
ROOT = "the whole list"
"""A folder put around everything: listparser gives folders and categories alike, and this tells them apart."""

FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    SyntaxError,
)
"""What listparser and the parser below it let out of documents that are made to break them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlines:
    """The feeds of a list, each once, and a sentence for every outline that was left out."""

    feeds: tuple[Feed, ...] = ()
    refused: tuple[str, ...] = ()


def read_opml(body: bytes) -> Outlines:
    """The feeds of an OPML document: the outermost folder is the section, folders within and categories are tags.

    Raises ParseError for what is no OPML.
    """
    import listparser

    text = DOCTYPE.sub("", DECLARATION.sub("", decoded(body[:LARGEST])))
    first = OUTLINE.search(text)
    if not first:
        if OPML.search(text):
            return Outlines()
        raise ParseError("this is no OPML: it has no outlines", hint="export the list again as OPML")
    inside = f'{text[: first.start()]}<outline text="{ROOT}">{text[first.start() :]}'
    try:
        # Bytes only: given a text, listparser would fetch what looks like an address. The mark says it is UTF-8.
        result = listparser.parse(b"\xef\xbb\xbf" + inside.encode(errors="replace"))
        return outlines([*result["feeds"], *result["lists"], *result["opportunities"]], listed=len(result["feeds"]))
    except FAULTS as fault:
        raise ParseError(f"the OPML cannot be read: {type(fault).__name__}") from fault


def decoded(body: bytes) -> str:
    """A document's text: its byte order mark decides, then UTF-8 if it is, then what it declares, then Windows-1252."""
    for mark, encoding in MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace").replace("\0", "")
    declared = DECLARED.match(body)
    for encoding in ("utf-8", declared[1].decode("ascii") if declared else "utf-8"):
        try:
            return body.decode(encoding).replace("\0", "")
        except (LookupError, UnicodeError):
            continue
    return body.decode("windows-1252", "replace").replace("\0", "")


def outlines(found: Sequence[dict[str, Any]], *, listed: int) -> Outlines:
    """Of what listparser found, the first `listed` are feeds, the rest leads elsewhere."""
    feeds: dict[str, Feed] = {}
    refused = []
    for number, outline in enumerate(found):
        name = shortened(clean_title(str(outline.get("title") or "")), limit=LONGEST_NAME)
        address = str(outline.get("url") or "")
        url = absolute(address)
        shown = shortened(settled(address), limit=LONGEST_NAME)
        if number >= listed:
            refused.append(f"{name or shown}: an outline without a feed (no xmlUrl)")
        elif not url:
            refused.append(f"{name or 'an outline'}: {shown or 'nothing'} is no http or https address")
        elif url in feeds:
            refused.append(f"{name or url}: {url} is in the list twice")
        else:
            feeds[url] = feed(url, name, outline)
    return Outlines(feeds=tuple(feeds.values()), refused=tuple(refused))


def feed(url: str, name: str, outline: dict[str, Any]) -> Feed:
    """One outline as a feed."""
    section, tags = "", dict[str, None]()
    for path in outline.get("categories") or []:
        names = [folder_name(folder) for folder in path]
        folders = [folder for folder in names[1:] if folder] if names[:1] == [ROOT] else []
        section = section or (folders[0] if folders else "")
        tags |= dict.fromkeys(folders[1:] if names[:1] == [ROOT] else names)
    return Feed(url=url, title=name, section=section, tags=tuple(tag for tag in tags if tag and tag != section))


def folder_name(name: str) -> str:
    """A folder's name as a section or a tag: commas and slashes part them in OPML."""
    return shortened(clean_title(str(name)), limit=LONGEST_NAME).replace(",", " ").replace("/", " ").strip()


def write_opml(feeds: Iterable[Feed], *, title: str, now: datetime) -> bytes:
    """The feeds as an OPML 2.0 document in UTF-8: one folder a section, in the order they first occur."""
    sections: dict[str, list[Feed]] = {}
    for one in feeds:
        sections.setdefault(one.section, []).append(one)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{escape(settled(title))}</title><dateCreated>{format_datetime(now)}</dateCreated></head>",
        "  <body>",
    ]
    for section, members in sections.items():
        written = [f"      {outline_of(one)}" for one in members]
        folder = f"    <outline {attribute('text', section)}>"
        lines += [folder, *written, "    </outline>"] if section else [line[2:] for line in written]
    return "\n".join([*lines, "  </body>", "</opml>", ""]).encode()


def outline_of(one: Feed) -> str:
    """One feed as an outline element."""
    named = [attribute("type", "rss"), attribute("text", one.title or one.url), attribute("xmlUrl", one.url)]
    named += [attribute("category", ",".join(one.tags))] if one.tags else []
    return f"<outline {' '.join(named)}/>"


def attribute(name: str, value: str) -> str:
    """One attribute, its value settled to what XML can hold."""
    return f"{name}={quoteattr(settled(value))}"
