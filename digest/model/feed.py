"""A source we read, and one article as published there."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What reading a feed has taught us; replaced as a whole after every fetch.

    `etag` and `last_modified` are the server's own bytes, sent back unchanged (RFC 9110 section 13).
    `fetched_at` is the last time it answered well (None: never), `next_at` the earliest time to ask again
    (None: now), `failures` counts the failures in a row since `failing_since`, `error` says why.
    """

    etag: str | None = None
    last_modified: str | None = None
    fetched_at: datetime | None = None
    next_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    error: str = ""
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A source with its owner's wishes. `weight` (0..0.6) is how far the owner trusts it; `id` 0 is not stored yet."""

    id: int = 0
    url: str
    title: str = ""
    section: str = ""
    weight: float = 0.3
    tags: tuple[str, ...] = ()
    header: tuple[str, str] | None = None
    full_text: bool = False
    state: FeedState = field(default_factory=FeedState)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One article as published in one feed. All text is plain text.

    `id` is a fingerprint of the feed and the article's own identity there. `published` is as given and may lie in
    the future; None means undated and never fresh. `position` is 1.0 for the top of its feed, falling towards 0.
    `publisher` tells voices apart (a registrable domain or a name), `source` is the name to print.
    `section` and `weight` are its feed's.
    """

    id: str
    title: str
    url: str = ""
    summary: str = ""
    publisher: str = ""
    source: str = ""
    section: str = ""
    weight: float = 0.3
    author: str = ""
    language: str = ""
    image_url: str = ""
    position: float = 0.5
    published: datetime | None = None
    seen: datetime
    feed_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What one visit to a feed gave: the items, and what to keep in place of the feed's url, title and state.

    A failed visit has no items and says why in `feed.state.error`.
    """

    feed: Feed
    items: tuple[Item, ...] = ()
