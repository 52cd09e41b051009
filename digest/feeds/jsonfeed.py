"""JSON Feed, versions 1 and 1.1."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from digest.errors import ParseError
from digest.feeds.dates import read_date
from digest.feeds.document import MOST_ENTRIES, Document, Entry, beginning
from digest.feeds.links import absolute
from digest.feeds.pictures import is_ornament, pictures_in

Node = dict[str, Any]


def is_json(body: bytes) -> bool:
    """Whether a body can only be JSON: its first character is a brace."""
    return body[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"{")


def read_json(body: bytes, url: str) -> Document:
    """A JSON Feed document. Raises ParseError for JSON that is broken, or no feed."""
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise ParseError(f"the JSON from {url} is broken: {type(fault).__name__}") from fault
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise ParseError(f"the JSON from {url} is no JSON Feed", hint="it needs a list of items (jsonfeed.org)")
    items = [item for item in feed["items"] if isinstance(item, dict)]
    return Document(
        title=text(feed, "title"),
        link=absolute(text(feed, "home_page_url"), url),
        language=text(feed, "language"),
        entries=tuple(entry(item, feed, url) for item in items[:MOST_ENTRIES]),
    )


def entry(item: Node, feed: Node, url: str) -> Entry:
    """One item. What it lacks of author and language it has from the feed."""
    content = text(item, "content_html") or plain(text(item, "content_text"))
    link = absolute(text(item, "url"), url) or absolute(text(item, "external_url"), url)
    return Entry(
        identity=text(item, "id"),
        link=link or absolute(text(item, "id")),
        title=text(item, "title"),
        summary=beginning(plain(text(item, "summary"))),
        content=beginning(content),
        author=", ".join(authors(item)) or ", ".join(authors(feed)),
        language=text(item, "language") or text(feed, "language"),
        published=published(item),
        images=tuple(images(item, content, link, url)),
    )


def text(node: Node, name: str) -> str:
    """A text a node holds, or nothing; numbers count as text, as version 1 had numeric ids."""
    value = node.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    return value.strip() if isinstance(value, str) else ""


def plain(words: str) -> str:
    """Plain text as markup: its lines stay lines."""
    return words.replace("\r\n", "\n").replace("\n", "<br>")


def authors(node: Node) -> Iterator[str]:
    """The authors' names, in the form of either version."""
    people = node.get("authors")
    for person in people if isinstance(people, list) else [node.get("author")]:
        name = text(person, "name") if isinstance(person, dict) else ""
        if name:
            yield name


def published(item: Node) -> datetime | None:
    """When it was published, failing that changed."""
    return read_date(text(item, "date_published")) or read_date(text(item, "date_modified"))


def images(item: Node, content: str, *bases: str) -> Iterator[str]:
    """Its pictures, the best first."""
    found = [text(item, "image"), text(item, "banner_image")]
    attachments = item.get("attachments")
    files = [file for file in attachments if isinstance(file, dict)] if isinstance(attachments, list) else []
    found += [text(file, "url") for file in files if text(file, "mime_type").startswith("image/")]
    found += pictures_in(content)
    yield from dict.fromkeys(
        link for link in (absolute(source, *bases) for source in found) if link and not is_ornament(link)
    )
