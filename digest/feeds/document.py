"""What every feed format is read into: one document of entries, their text still marked up."""

from dataclasses import dataclass
from datetime import datetime

MOST_ENTRIES = 500
"""What a feed holds beyond that is its archive."""

LONGEST_MARKUP = 50_000
"""Characters of one entry's text that are read; the rest of a longer one is never shown anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article as the feed wrote it.

    `identity` is its guid or id, word for word; all links are absolute http(s) addresses, `original_link` the one
    behind a counting redirect where the feed tells it; `title`, `summary` and `content` may hold any markup;
    `images` are its pictures, the best first; `origin_link` and `origin_title` name the publication that an
    aggregator took it from.
    """

    identity: str = ""
    link: str = ""
    original_link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    author: str = ""
    language: str = ""
    published: datetime | None = None
    images: tuple[str, ...] = ()
    origin_link: str = ""
    origin_title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed as it came. `ttl_minutes` and `skip_hours` (0..23, GMT) are its wishes for how often to be asked."""

    title: str = ""
    link: str = ""
    language: str = ""
    ttl_minutes: int | None = None
    skip_hours: tuple[int, ...] = ()
    entries: tuple[Entry, ...] = ()


def beginning(markup: str) -> str:
    """As much of a text as is read, not cut inside a tag."""
    if len(markup) <= LONGEST_MARKUP:
        return markup
    kept = markup[:LONGEST_MARKUP]
    opened = kept.rfind("<")
    return kept[:opened] if opened > kept.rfind(">") else kept
