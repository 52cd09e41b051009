"""Reads the article pages of items whose feed carries only titles, or whose owner wants the text."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from digest.errors import SourceError
from digest.feeds.page import PAGE_BYTES, Article, Run, read_article
from digest.feeds.robots import Robots
from digest.model.feed import Feed, Item
from digest.net.answer import SUCCESS, Session

PAGES_PER_VISIT = 10
SECONDS_PER_VISIT = 120.0
READ_WITHIN = timedelta(days=3)
"""Older items come into no edition: their pages are not worth the request."""


def wants_pages(feed: Feed, items: Sequence[Item]) -> bool:
    """Whether the pages are to be read: the owner says so, or the feed has no text of its own."""
    return feed.full_text or not any(item.summary for item in items)


class PageReader:
    """Reads pages through the guard, as robots.txt allows, PAGES_PER_VISIT and `seconds` at most in one visit."""

    def __init__(self, session: Session, *, run: Run, seconds: float = SECONDS_PER_VISIT) -> None:
        self._seconds = seconds
        self._session = session
        self._run = run
        self._robots = Robots(session, run)

    async def fill(self, items: Sequence[Item], *, new: frozenset[str], now: datetime) -> tuple[Item, ...]:
        """The items with the lead of their page as summary, where it is `new`, may be news, and can be read."""
        read: dict[str, Item] = {}
        newest = sorted((item for item in items if item.id in new and _is_worth_it(item, now)), key=_date, reverse=True)
        # What was read in time is kept.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                for item in newest[:PAGES_PER_VISIT]:
                    with suppress(SourceError):
                        read[item.id] = filled(item, await self._article(item.url, now))
        return tuple(read.get(item.id, item) for item in items)

    async def article(self, body: bytes, url: str, content_type: str | None) -> Article:
        """The article of a page that is here already; raises ParseError where there is none."""
        return await self._run(read_article, body, url, content_type)

    async def _article(self, url: str, now: datetime) -> Article:
        delay = await self._robots.delay(url, now=now)
        if delay is None:
            raise SourceError(f"{url}: robots.txt does not want it read")
        answer = await self._session.get(url, limit_bytes=PAGE_BYTES, gap=delay)
        if answer.status not in SUCCESS:
            raise SourceError(f"{url}: the page is not there ({answer.status})")
        return await self.article(answer.body, answer.url, answer.headers.get("content-type"))


def filled(item: Item, article: Article) -> Item:
    """The item with what its page says; what the feed says goes first, but for the text."""
    return replace(
        item,
        summary=article.lead,
        image_url=item.image_url or article.image_url,
        author=item.author or article.author,
        language=item.language or article.language,
    )


def _is_worth_it(item: Item, now: datetime) -> bool:
    return bool(item.url) and item.published is not None and now - item.published <= READ_WITHIN


def _date(item: Item) -> datetime:
    return item.published or item.seen
