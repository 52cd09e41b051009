"""A saved web page as a reader wants it: its article, or the feed it names."""

import codecs
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from html.parser import HTMLParser
from typing import Any, Protocol, TypeVar, TypeVarTuple

from digest.errors import AddressRefused, ParseError
from digest.feeds.sanitize import clean_text, clean_title, lead
from digest.net.url import joined, read_url

LEAD_LENGTH = 1000
PAGE_BYTES = 3_000_000
HEAD_LENGTH = 300_000
LONGEST_FIELD = 300

FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"})
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{1,40})", re.IGNORECASE)
IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([a-zA-Z0-9_:.-]{1,40})", re.IGNORECASE)
LANGUAGE = re.compile(r"<html[^>]{0,2000}?\slang\s*=\s*[\"']?([a-zA-Z]{2,8}(?:-[a-zA-Z0-9]{1,8})*)", re.IGNORECASE)
DATE = "%Y-%m-%dT%H:%M:%S%z"
PARAGRAPHS = ("p", "item", "quote")

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class Run(Protocol):
    """Runs a function of a module in a worker process with time and memory limits; raises SourceError beyond them."""

    def __call__(self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Awaitable[Result]:
        """The function's own result, or its own exception."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a page says. All plain text; `lead` is at most LEAD_LENGTH characters, `published` may be to the day."""

    title: str
    lead: str
    image_url: str = ""
    author: str = ""
    language: str = ""
    published: datetime | None = None


def read_article(body: bytes, url: str, content_type: str | None) -> Article:
    """The article of a page found at `url`; raises ParseError where there is none.

    Slow on large and hostile pages: to be run in a worker with a time limit.
    """
    from trafilatura import bare_extraction

    html = decoded(body, content_type)
    found = bare_extraction(
        html,
        url=url,
        with_metadata=True,
        include_comments=False,
        include_tables=False,
        prune_xpath=["//figure//figcaption", "//aside"],
        date_extraction_params={
            "original_date": True,
            "extensive_search": False,
            "outputformat": "%Y-%m-%dT%H:%M:%S%z",
        },
    )
    title = clean_title(escape(_field(found, "title")))
    text = lead(clean_text(_markup(found), title=title), limit=LEAD_LENGTH)
    if not title or not text:
        raise ParseError(f"{url} is a web page without an article that could be read")
    language = LANGUAGE.search(html)
    return Article(
        title=title,
        lead=text,
        image_url=_web_address(url, _field(found, "image", 2000)),
        author=clean_title(escape(_field(found, "author"))),
        language=language[1] if language else "",
        published=_instant(_field(found, "date")),
    )


def feed_links(body: bytes, url: str, content_type: str | None) -> tuple[str, ...]:
    """The feeds a page names by `link rel=alternate`, in its order, comment feeds left out (RSS autodiscovery)."""
    head = Head()
    head.feed(decoded(body[:HEAD_LENGTH], content_type))
    base = joined(url, head.base) or url
    found = (_web_address(base, href) for href in head.feeds)
    return tuple(dict.fromkeys(link for link in found if link))


def decoded(body: bytes, content_type: str | None) -> str:
    """A page's text: the byte order mark decides, then the header, then the page, then UTF-8, then Windows-1252."""
    for mark, name in MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    in_page = DECLARED.search(body[:4096])
    in_header = IN_HEADER.search(content_type or "")
    named = in_header[1] if in_header else in_page[1].decode("ascii") if in_page else "utf-8"
    try:
        return body.decode(_codec(named))
    except (LookupError, UnicodeError):
        return body.decode("windows-1252", "replace") if named == "utf-8" else decoded_loosely(body)


def decoded_loosely(body: bytes) -> str:
    """Text whose declared charset is wrong or unknown."""
    try:
        return body.decode()
    except UnicodeError:
        return body.decode("windows-1252", "replace")


class Head(HTMLParser):
    """Collects the base and the feed links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.feeds: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser for every tag."""
        named = {name: value or "" for name, value in attrs}
        if tag == "base":
            self.base = self.base or named.get("href", "")
        elif tag == "link" and "alternate" in named.get("rel", "").lower().split():
            kind = named.get("type", "").partition(";")[0].strip().lower()
            of_comments = "comment" in (named.get("title", "") + named.get("href", "")).lower()
            if kind in FEED_TYPES and not of_comments and named.get("href"):
                self.feeds.append(named["href"])


def _codec(name: str) -> str:
    # What browsers do (WHATWG Encoding): Latin-1 and ASCII mean Windows-1252.
    codec = codecs.lookup(name).name
    return "windows-1252" if codec in {"iso8859-1", "ascii"} else codec


def _field(found: Any, name: str, longest: int = LONGEST_FIELD) -> str:  # noqa: ANN401 — trafilatura has no types
    value = getattr(found, name, None)
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if len(text) <= longest else ""


def _markup(found: Any) -> str:  # noqa: ANN401 — trafilatura has no types
    body = getattr(found, "body", None)
    if body is None:
        return ""
    return "".join(f"<p>{escape(''.join(part.itertext()))}</p>" for part in body.iter(*PARAGRAPHS))


def _web_address(base: str, reference: str) -> str:
    if not reference:
        return ""
    try:
        return read_url(joined(base, reference)).url
    except AddressRefused:
        return ""


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
