"""Visits feeds: asks politely, understands the answer, and remembers what it teaches about the feed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from digest.errors import ParseError, SourceError
from digest.feeds.freshness import settle_dates
from digest.feeds.fulltext import PageReader, wants_pages
from digest.feeds.links import site
from digest.feeds.outcome import (
    NOT_MODIFIED,
    OK,
    answered,
    failed,
    may_move,
    new_address,
    refusal,
    unchanged,
    validators,
)
from digest.feeds.page import Article, Run, feed_links
from digest.feeds.parse import Parsed, looks_like_html
from digest.model.feed import Feed, Fetched, Item
from digest.net.answer import Answer, Session
from digest.ports import Source

Parse = Callable[[bytes, Feed, str, str | None, datetime], Awaitable[Parsed]]
"""A document as items: (body, feed, final URL, Content-Type, now); raises ParseError."""

Known = Callable[[Sequence[str]], frozenset[str]]
"""Which of these item ids were seen before."""

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, "
    "text/html;q=0.5, */*;q=0.1"
)


class FeedReader:
    """ports.Source over a session.

    `parse` makes items of a document, `run` is a worker for hostile pages. `known` tells which items were
    seen before; without it, those that are older than the last visit.
    """

    def __init__(self, session: Session, *, parse: Parse, run: Run, known: Known | None = None) -> None:
        self._session = session
        self._parse = parse
        self._run = run
        self._pages = PageReader(session, run=run)
        self._known = known

    async def fetch(self, feed: Feed, *, now: datetime) -> Fetched:
        """Visit one feed. Failures are recorded in its state, never raised."""
        try:
            return await self._visit(feed, now, may_discover=True)
        except SourceError as fault:
            return Fetched(feed=failed(feed, fault, now=now))

    async def _visit(self, feed: Feed, now: datetime, *, may_discover: bool) -> Fetched:
        answer = await self._session.get(feed.url, headers={"Accept": ACCEPT, **validators(feed)}, private=feed.header)
        if answer.status == NOT_MODIFIED and (feed.state.etag or feed.state.last_modified):
            return Fetched(feed=unchanged(feed, answer, now=now))
        if answer.status not in OK:
            raise refusal(feed, answer, now=now)
        content_type = answer.headers.get("content-type")
        try:
            parsed = await self._parse(answer.body, feed, answer.url, content_type, now)
        except ParseError:
            if not looks_like_html(answer.body, content_type):
                raise
            return await self._page(feed, answer, now, may_discover=may_discover)
        items = await self._settled(feed, parsed.items, now)
        moved = replace(feed, url=new_address(feed, answer), title=feed.title or parsed.title)
        return Fetched(feed=answered(moved, answer, parsed, now=now), items=items)

    async def _settled(self, feed: Feed, items: tuple[Item, ...], now: datetime) -> tuple[Item, ...]:
        """The items with dates to go by, and with the text of their pages where the feed has none."""
        known = self._seen_before(feed, items)
        settled = settle_dates(items, first=feed.state.fetched_at is None, known=known, now=now)
        if not wants_pages(feed, items):
            return settled
        # An empty summary leaves a stored one alone: what was read from the page stays.
        settled = tuple(replace(item, summary="") if item.id in known else item for item in settled)
        return await self._pages.fill(settled, new=frozenset(item.id for item in items) - known, now=now)

    def _seen_before(self, feed: Feed, items: Sequence[Item]) -> frozenset[str]:
        if self._known is not None:
            return self._known([item.id for item in items])
        last = feed.state.fetched_at
        return frozenset(item.id for item in items if last and item.published and item.published <= last)

    async def _page(self, feed: Feed, answer: Answer, now: datetime, *, may_discover: bool) -> Fetched:
        """A web page where a feed was expected.

        On the first visit its feed is looked for; where it names none, the page itself is the source. A feed that
        has worked is not given up for a page: that is mostly a login, a notice, a parked domain.
        """
        content_type = answer.headers.get("content-type")
        if not may_discover:
            raise ParseError(f"{answer.url} is named as a feed, and is a web page")
        page_id = page_item_id(feed)
        if feed.state.fetched_at is None:
            named = await self._run(feed_links, answer.body, answer.url, content_type)
            if named:
                return await self._visit(discovered(feed, named[0]), now, may_discover=False)
        elif self._known is None or page_id not in self._known([page_id]):
            raise ParseError(f"{answer.url} is a web page now, where the feed used to be")
        article = await self._pages.article(answer.body, answer.url, content_type)
        moved = replace(feed, url=new_address(feed, answer), title=feed.title or article.title)
        item = page_item(moved, answer.url, article, identity=page_id, now=now)
        return Fetched(feed=answered(moved, answer, None, now=now), items=(item,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What came of reading many feeds: how many were visited, the items that were new, the feeds that failed."""

    visited: int = 0
    new: int = 0
    failed: tuple[Feed, ...] = ()


async def read_all(
    source: Source,
    feeds: Sequence[Feed],
    *,
    now: datetime,
    record: Callable[[Fetched], int],
    progress: Callable[[Fetched], None] | None = None,
    at_once: int = 20,
    per_host: int = 2,
) -> Round:
    """Visit these feeds, many at once, and hand each result to `record` (which answers how many items were new) as
    it comes, then to `progress`.

    A feed that fails is in the report; what `record` raises ends the round, with everything before it recorded.
    """
    hosts = {host_of(feed): asyncio.Semaphore(per_host) for feed in feeds}
    places = asyncio.Semaphore(at_once)

    async def visit(feed: Feed) -> Fetched:
        # The host's place first: many feeds of one slow host must not take up everybody's places.
        async with hosts[host_of(feed)], places:
            return await source.fetch(feed, now=now)

    visits = [asyncio.create_task(visit(feed)) for feed in feeds]
    report = Round()
    try:
        for coming in asyncio.as_completed(visits):
            fetched = await coming
            report = _counted(report, fetched, record(fetched))
            if progress is not None:
                progress(fetched)
    finally:
        for task in visits:
            task.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
    return report


def host_of(feed: Feed) -> str:
    """The host a feed lives on, as it is written; good enough to take turns."""
    return feed.url.partition("://")[2].partition("/")[0].lower()


def _counted(report: Round, fetched: Fetched, new: int) -> Round:
    lost = (fetched.feed,) if fetched.feed.state.error else ()
    return Round(visited=report.visited + 1, new=report.new + new, failed=report.failed + lost)


def discovered(feed: Feed, url: str) -> Feed:
    """The feed at the address that its page names; raises ParseError where the owner's header must not go there."""
    if not may_move(feed, url):
        raise ParseError(f"{feed.url} is a web page whose feed is elsewhere, at {url}: add that one instead")
    return replace(feed, url=url)


def page_item_id(feed: Feed) -> str:
    """The id of the one item of a page that is its own source: the same on every visit, wherever it moves."""
    return sha256(f"page\n{feed.id or feed.url}".encode()).hexdigest()


def page_item(feed: Feed, url: str, article: Article, *, identity: str, now: datetime) -> Item:
    """A page as an item. Undated, it is known but never news: nobody can say how old it is."""
    return Item(
        id=identity,
        title=article.title,
        url=url,
        summary=article.lead,
        publisher=site(url),
        source=feed.title or site(url),
        section=feed.section,
        weight=feed.weight,
        author=article.author,
        language=article.language,
        image_url=article.image_url,
        position=1.0,
        published=article.published,
        seen=now,
        feed_id=feed.id,
    )
