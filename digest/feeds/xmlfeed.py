"""RSS, RDF and Atom in all their dialects, through feedparser with its known gaps closed."""

import io
import re
from calendar import timegm
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from digest.errors import ParseError
from digest.feeds.dates import read_date
from digest.feeds.document import MOST_ENTRIES, Document, Entry, beginning
from digest.feeds.links import absolute
from digest.feeds.pictures import is_ornament, looks_like_picture, pictures_in

FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What feedparser and what it stands on let out of documents that are made to break them."""

SOMETHING = ("title", "link", "summary", "id", "published", "updated")
"""An entry that has none of these is no entry."""

PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10080, "monthly": 43200, "yearly": 525600}
"""The syndication module's sy:updatePeriod, in minutes."""

ROOT = "https://relative.invalid"
FOLDER = f"{ROOT}/here/"
"""Where feedparser is told the feed lies. It would make every relative address absolute, ids among them: so what it
made absolute can be told from what was, and be put back (RFC 2606: no site is called that)."""

SKIPPED = re.compile(rb"<skiphours\s*>(.{0,4000}?)</skiphours\s*>", re.IGNORECASE | re.DOTALL)
HOUR = re.compile(rb"<hour\s*>\s*(\d{1,2})\s*</hour\s*>", re.IGNORECASE)

MAILBOX = re.compile(r"[^\s<>()\[\]]+@[^\s<>()\[\]]+")
LONGEST_MAILBOX = 300

Node = dict[str, Any]


def read_xml(body: bytes, url: str, content_type: str | None) -> Document:
    """An RSS, RDF or Atom document.

    `url` is where it came from, `content_type` the header it came with. Raises ParseError for what is no feed.
    """
    import feedparser

    headers = {"content-location": FOLDER, "content-type": media_type(body, content_type)}
    try:
        # Not the bytes themselves: feedparser would first try them as the path of a file.
        result = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
        if not result.get("version") and not result["entries"]:
            raise ParseError(f"what came from {url} is no feed", hint="check the address in a browser")
        return document(result, body, url)
    except FAULTS as fault:
        raise ParseError(f"the feed from {url} cannot be read: {type(fault).__name__}") from fault


def media_type(body: bytes, content_type: str | None) -> str:
    """The content type to go by. Bytes that are UTF-8 are UTF-8, whatever a server's default says of them."""
    _, _, parameters = (content_type or "").partition(";")
    if not body.isascii() and b"\0" not in body[:4] and is_utf8(body):
        parameters = "charset=utf-8"
    return f"application/xml;{parameters}"


def is_utf8(body: bytes) -> bool:
    """Whether all of it is valid UTF-8."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def document(result: Node, body: bytes, url: str) -> Document:
    """What feedparser made of a document, in our words."""
    channel = result["feed"]
    link = absolute(address(channel, "link"), url) or next(links(channel, url), "")
    # Atom's addresses are relative to the document (RFC 4287 section 2), those of RSS are meant for the site.
    bases = (url,) if str(result.get("version")).startswith("atom") or not link else (link, url)
    language = text(channel, "language")
    # An item element inside another item leaves an empty shell of the outer one.
    full = (node for node in result["entries"] if any(text(node, part) for part in SOMETHING))
    return Document(
        title=text(channel, "title"),
        link=link,
        language=language,
        ttl_minutes=ttl(channel),
        skip_hours=skip_hours(body),
        entries=tuple(entry(node, bases, language) for node, _ in zip(full, range(MOST_ENTRIES), strict=False)),
    )


def entry(node: Node, bases: tuple[str, ...], language: str) -> Entry:
    """One item or entry element."""
    origin: Node = stored(node, "source") or {}
    base = text_base(node)
    link = own_link(node, *bases)
    content = longest(stored(node, "content"))
    summary = text(node, "summary")
    return Entry(
        identity=address(node, "id"),
        link=link,
        original_link=absolute(address(node, "feedburner_origlink"), *bases),
        title=text(node, "title"),
        summary=beginning(summary),
        content=beginning(content),
        author=author(node),
        language=text(node, "language") or detail_language(node) or language,
        published=published(node),
        images=tuple(images(node, (content, summary), (base, link, *bases))),
        origin_link=absolute(address(origin, "href") or address(origin, "link")),
        origin_title=text(origin, "title"),
    )


def stored(node: Node, name: str) -> Any:  # noqa: ANN401 -- feedparser's own values have no types
    """What a node really holds: feedparser's own lookups fall back to other names, with a warning."""
    return dict.get(node, name)


def text(node: Node, name: str) -> str:
    """A text a node holds, or nothing."""
    value = stored(node, name)
    return value.strip() if isinstance(value, str) else ""


def nodes(value: Any) -> Iterator[Node]:  # noqa: ANN401
    """The nodes in a value that should be a list of nodes."""
    yield from (node for node in value or () if isinstance(node, dict)) if isinstance(value, list) else ()


def address(node: Node, name: str) -> str:
    """An address a node holds, as it was written; relative ones too, unless an xml:base made them absolute."""
    value = text(node, name)
    return value.removeprefix(FOLDER).removeprefix(ROOT)


def links(node: Node, *bases: str) -> Iterator[str]:
    """Where a node's link elements lead, those first that are the page itself."""
    elements = sorted(nodes(stored(node, "links")), key=lambda element: element.get("rel") != "alternate")
    found = (absolute(address(element, "href"), *bases) for element in elements if element.get("rel") != "enclosure")
    yield from (link for link in found if link)


def own_link(node: Node, *bases: str) -> str:
    """Where the article is: its link, its guid where that is one, any other link of it."""
    link, identity = address(node, "link"), address(node, "id")
    alternates = (element for element in nodes(stored(node, "links")) if element.get("rel") == "alternate")
    if link != identity or link.startswith("/") or any(address(element, "href") == link for element in alternates):
        found = absolute(link, *bases)
    else:
        found = absolute(link)
    return found or next(links(node, *bases), "")


def longest(contents: Any) -> str:  # noqa: ANN401
    """The fullest of an entry's content elements that is text."""
    texts = [text(node, "value") for node in nodes(contents) if "/" not in text(node, "type") or readable(node)]
    return max(texts, key=len, default="")


def readable(node: Node) -> bool:
    """Whether a content element is of a text type."""
    kind = text(node, "type")
    return kind.startswith("text/") or kind.endswith(("xml", "html"))


def text_base(node: Node) -> str:
    """The xml:base in force where the entry's text stands."""
    details = [*nodes(stored(node, "content")), *nodes([stored(node, "summary_detail")])]
    return next((address(detail, "base") for detail in details if address(detail, "base")), "")


def detail_language(node: Node) -> str:
    """The xml:lang in force where the entry's text stands."""
    details = [*nodes([stored(node, "title_detail")]), *nodes(stored(node, "content"))]
    return next((text(detail, "language") for detail in details if text(detail, "language")), "")


def author(node: Node) -> str:
    """The names of the authors, without their addresses."""
    people, written = list(nodes(stored(node, "authors"))), text(node, "author")
    names = [text(person, "name") for person in people]
    if len(people) < 2 and "@" in written:  # noqa: PLR2004 -- feedparser takes apart only what ends in a short domain
        names = [written]
    return ", ".join(dict.fromkeys(name for name in map(person_name, names or [written]) if name))


def person_name(written: str) -> str:
    """The name in "jane@example.org (Jane Doe)" and "Jane Doe <jane@example.org>"; nothing of a bare address."""
    return MAILBOX.sub("", written[:LONGEST_MAILBOX]).strip(" ()<>[]\"'") if "@" in written else written


def published(node: Node) -> datetime | None:
    """When the article was published, failing that changed or made. What we cannot read, feedparser may."""
    for name in ("published", "updated", "created"):
        written = text(node, name)
        found = read_date(written) or (as_instant(stored(node, f"{name}_parsed")) if has_year(written) else None)
        if found:
            return found
    return None


def has_year(written: str) -> bool:
    """Whether a date names its year: feedparser fills in today's for those that do not."""
    return bool(re.search(r"\d{4}", written))


def as_instant(parsed: Any) -> datetime | None:  # noqa: ANN401
    """A time tuple as an instant."""
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def images(node: Node, texts: Iterable[str], bases: tuple[str, ...]) -> Iterator[str]:
    """Pictures of the article, the best first: media, enclosure, thumbnail, the first ones in the text, the cover."""
    media = [medium for medium in nodes(stored(node, "media_content")) if is_picture(medium)]
    found = [address(medium, "url") for medium in sorted(media, key=width, reverse=True)]
    enclosures = [link for link in nodes(stored(node, "links")) if link.get("rel") == "enclosure"]
    found += [address(link, "href") for link in enclosures if is_picture(link)]
    found += [
        address(thumb, "url") for thumb in sorted(nodes(stored(node, "media_thumbnail")), key=width, reverse=True)
    ]
    found += [source for markup in texts for source in pictures_in(markup)]
    found += [address(cover, "href") for cover in nodes([stored(node, "image")])]
    yield from dict.fromkeys(
        link for link in (absolute(source, *bases) for source in found) if link and not is_ornament(link)
    )


def is_picture(medium: Node) -> bool:
    """Whether a media element or an enclosure says it is a picture, or at least looks like one."""
    kind, medium_name = text(medium, "type").lower(), text(medium, "medium").lower()
    if kind or medium_name:
        return kind.startswith("image/") or medium_name == "image"
    return looks_like_picture(text(medium, "url") or text(medium, "href"))


def width(medium: Node) -> int:
    """A medium's declared width in pixels, 0 where it declares none."""
    declared = text(medium, "width")
    return int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 6 else 0  # noqa: PLR2004


def ttl(channel: Node) -> int | None:
    """How many minutes the feed may be kept: its ttl, else what the syndication module says."""
    written = text(channel, "ttl")
    if written.isascii() and written.isdigit() and len(written) < 8:  # noqa: PLR2004
        return int(written) or None
    period = PERIODS.get(text(channel, "sy_updateperiod").lower())
    frequency = text(channel, "sy_updatefrequency")
    times = int(frequency) if frequency.isascii() and frequency.isdigit() and len(frequency) < 5 else 1  # noqa: PLR2004
    return max(1, period // max(1, times)) if period else None


def skip_hours(body: bytes) -> tuple[int, ...]:
    """The hours (GMT) in which the feed asks not to be read; feedparser keeps only the last of them."""
    found = SKIPPED.search(body)
    hours = {int(hour) % 24 for hour in HOUR.findall(found[1])} if found else set()
    return tuple(sorted(hours))
