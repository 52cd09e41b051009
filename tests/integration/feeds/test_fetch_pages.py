"""Web pages where a feed was expected, and the article pages of feeds that carry only titles."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import ParseError
from digest.feeds.fetch import FeedReader
from digest.feeds.fulltext import PAGES_PER_VISIT, PageReader
from digest.feeds.robots import delay_for
from digest.feeds.worker import Workers
from digest.model.feed import Feed, Fetched, Item
from digest.net.guard import Guard
from digest.net.session import GuardedSession

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
TODAY = "Sun, 22 Nov 2026 05:00:00 GMT"
HTML = {"Content_Type": "text/html; charset=utf-8"}


def page(title: str = "Trams cross the Lim bridge", head: str = "") -> bytes:
    text = (
        f"<p>{title}, and thousands walked over the bridge in the first hour while a band played by the river.</p>"
        "<p>The mayor cut a ribbon of blue cloth and said that the ferry would go on until the end of the year.</p>"
    )
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title>{head}</head>"
        f"<body><article><h1>{title}</h1>{text}</article></body></html>"
    ).encode()


async def here(function, *arguments):
    return function(*arguments)


def link(href: str, title: str = "News") -> str:
    return f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{href}">'


def test_the_feed_that_a_page_names_is_adopted(reading, loopback, answer, rss) -> None:
    head = link("/comments/feed", "Comments") + link("/feed")
    url = loopback.says("/", answer(200, page(head=head), **HTML))
    feed_url = loopback.says("/feed", answer(200, rss(("a", TODAY)), ETag='"x"'))
    fetched = reading.visit(url)
    assert fetched.feed.url == feed_url
    assert fetched.feed.state.etag == '"x"'
    assert [item.title for item in fetched.items] == ["Story a"]
    assert loopback.paths == ["/", "/feed"]


def test_a_named_feed_goes_through_the_same_guard(reading, loopback, answer) -> None:
    named = f"http://localhost:{loopback.port}/feed"
    url = loopback.says("/", answer(200, page(head=link(named)), **HTML))
    fetched = reading.visit(url)
    assert fetched.feed.url == url
    assert "DIGEST_ALLOW_HOSTS" in fetched.feed.state.error
    assert loopback.paths == ["/"]


def test_a_named_feed_that_is_broken_is_looked_for_again_next_time(reading, loopback, answer, rss) -> None:
    url = loopback.says("/", answer(200, page(head=link("/feed")), **HTML))
    loopback.says("/feed", answer(500), answer(200, page(), **HTML), answer(200, rss()))
    feed = Feed(url=url)
    for _ in range(2):
        feed = reading.visit(feed).feed
        assert (feed.url, feed.state.fetched_at) == (url, None)
    assert reading.visit(feed).feed.url == loopback.url("/feed")


def test_the_owners_header_is_not_taken_to_a_feed_elsewhere(reading, loopback, answer, rss) -> None:
    reading.hosts = ("home.example", "away.example")
    away = loopback.url("/feed", host="away.example")
    loopback.says("/", answer(200, page(head=link(away)), **HTML))
    loopback.says("/feed", answer(200, rss()))
    feed = Feed(url=loopback.url("/", host="home.example"), header=("X-Key", "secret"))
    assert away in reading.visit(feed).feed.state.error
    assert loopback.paths == ["/"]


def test_a_page_without_a_feed_is_itself_the_source(reading, loopback, answer) -> None:
    dated = '<meta property="article:published_time" content="2026-11-22T05:00:00Z">'
    url = loopback.says("/story", answer(200, page(head=dated), **HTML), answer(200, page("Trams stop again"), **HTML))
    first = reading.visit(url)
    (item,) = first.items
    assert (item.title, item.url, item.language) == ("Trams cross the Lim bridge", url, "en")
    assert item.summary.endswith("until the end of the year.")
    assert item.published == datetime(2026, 11, 22, 5, tzinfo=UTC)
    assert (first.feed.state.error, first.feed.state.fetched_at) == ("", NOW)
    reading.known = frozenset
    (again,) = reading.visit(first.feed).items
    assert (again.id, again.title) == (item.id, "Trams stop again")


def test_a_feed_that_worked_is_not_given_up_for_a_page(reading, loopback, answer, rss) -> None:
    url = loopback.says("/feed", answer(200, rss()), answer(200, page(head=link("/other")), **HTML))
    reading.known = lambda ids: frozenset()
    fetched = reading.visit(reading.visit(url).feed)
    assert fetched.items == ()
    assert "web page now" in fetched.feed.state.error
    assert loopback.paths == ["/feed", "/feed"]


def test_a_page_that_says_nothing_is_a_failure_in_words(reading, loopback, answer) -> None:
    url = loopback.says("/", answer(200, b"<html><body>Log in</body></html>", **HTML))
    assert "without an article" in reading.visit(url).feed.state.error


@pytest.fixture
def titles(loopback, answer, rss):
    """A feed of nothing but titles, with a page each; returns its URL."""

    def serve(count: int, date: str | None = TODAY, text: str = "") -> str:
        names = [f"n{number}" for number in range(count)]
        for name in names:
            loopback.says(f"/news/{name}", answer(200, page(f"Story {name}"), **HTML))
        return loopback.says("/feed", answer(200, rss(*((name, date) for name in names), text=text)))

    return serve


def pages_read(loopback) -> list[str]:
    return [path for path in loopback.paths if path.startswith("/news/")]


def test_pages_are_read_where_a_feed_carries_only_titles(reading, loopback, titles) -> None:
    fetched = reading.visit(titles(2))
    assert all("a band played by the river." in item.summary for item in fetched.items)
    assert {item.language for item in fetched.items} == {"en"}
    assert loopback.paths == ["/feed", "/robots.txt", "/news/n0", "/news/n1"]


def test_pages_are_left_alone_where_the_feed_has_text_unless_the_owner_wants_them(reading, loopback, titles) -> None:
    url = titles(1, text="A text of its own.")
    assert reading.visit(url).items[0].summary == "A text of its own."
    assert pages_read(loopback) == []
    assert "a band played" in reading.visit(Feed(url=url, full_text=True)).items[0].summary


def test_a_page_is_read_once_and_its_text_is_not_overwritten(reading, loopback, titles) -> None:
    feed = Feed(id=7, url=titles(2, text="A text of its own."), full_text=True)
    first = reading.visit(feed)
    reading.known = lambda ids: frozenset(ids) & {first.items[0].id}
    second = reading.visit(first.feed)
    assert pages_read(loopback) == ["/news/n0", "/news/n1", "/news/n1"]
    assert [bool(item.summary) for item in second.items] == [False, True]


def test_without_a_memory_what_is_older_than_the_last_visit_is_known(reading, loopback, titles) -> None:
    first = reading.visit(titles(2))
    reading.visit(first.feed)
    assert pages_read(loopback) == ["/news/n0", "/news/n1"]


def test_a_visit_reads_few_pages_and_none_that_is_no_news(reading, loopback, titles) -> None:
    reading.visit(titles(30))
    assert len(pages_read(loopback)) == PAGES_PER_VISIT
    loopback.requests.clear()
    for date in (None, "Sun, 15 Nov 2026 05:00:00 GMT"):
        reading.visit(titles(5, date))
    assert pages_read(loopback) == []


def test_robots_are_obeyed_for_pages_and_not_for_feeds(reading, loopback, answer, titles) -> None:
    url = titles(3)
    loopback.says("/robots.txt", answer(200, b"User-agent: digest\nDisallow: /news/n1\nDisallow: /feed\n"))
    fetched = reading.visit(url)
    assert pages_read(loopback) == ["/news/n0", "/news/n2"]
    assert [bool(item.summary) for item in fetched.items] == [True, False, True]


@pytest.mark.parametrize(("said", "read"), [(404, 1), (403, 1), (500, 0), (301, 0), (None, 0)])
def test_missing_robots_mean_no_rules_and_broken_ones_a_closed_door(
    reading, loopback, answer, titles, said: int | None, read: int
) -> None:
    url = titles(1)
    loopback.says("/robots.txt", answer(said) if said else b"")
    reading.visit(url)
    assert len(pages_read(loopback)) == read


def test_rules_that_break_their_worker_are_a_closed_door(reading, loopback, answer, titles) -> None:
    url = titles(1)

    async def limited(function, *arguments):
        if function is delay_for:
            raise ParseError("it took too long")
        return function(*arguments)

    reading.run = limited
    reading.visit(url)
    assert pages_read(loopback) == []


def test_a_crawl_delay_is_kept(reading, loopback, answer, titles) -> None:
    url = titles(3)
    loopback.says("/robots.txt", answer(200, b"User-agent: *\nCrawl-delay: 0.2\n"))
    reading.visit(url)
    times = [request.at for request in loopback.requests if request.path.startswith("/news/")]
    assert times[-1] - times[0] > 0.2


def test_a_page_that_fails_leaves_its_item_as_it_was(reading, loopback, answer, titles) -> None:
    url = titles(4)
    loopback.says("/news/n0", answer(500))
    loopback.says("/news/n1", answer(200, b"<html></html>", **HTML))
    loopback.says("/news/n2", answer(302, Location="http://10.0.0.1/"))
    fetched = reading.visit(url)
    assert [bool(item.summary) for item in fetched.items] == [False, False, False, True]
    assert fetched.feed.state.failures == 0


def test_robots_are_asked_once_a_day(reading, loopback, titles) -> None:
    url = titles(1)

    async def twice(*times: datetime) -> None:
        async with reading.source() as source:
            for now in times:
                await source.fetch(Feed(url=url), now=now)

    asyncio.run(twice(NOW, NOW + timedelta(hours=23)))
    assert loopback.paths.count("/robots.txt") == 1
    asyncio.run(twice(NOW, NOW + timedelta(hours=25)))
    assert loopback.paths.count("/robots.txt") == 3


def test_what_was_read_when_time_is_up_is_kept(reading, loopback, answer, titles) -> None:
    titles(2)
    loopback.drips("/news/n1", b"HTTP/1.1 200 OK\r\n\r\n", b"<p>", pause=0.1)
    items = [
        Item(id=name, title=name, url=loopback.url(f"/news/{name}"), published=NOW, seen=NOW) for name in ("n0", "n1")
    ]

    async def fill() -> list[bool]:
        guard = Guard(frozenset({("127.0.0.1", loopback.port)}))
        async with GuardedSession(guard, user_agent="digest/0.1", limits=reading.limits) as session:
            reader = PageReader(session, run=here, seconds=1.0)
            filled = await reader.fill(items, new=frozenset({"n0", "n1"}), now=NOW)
            return [bool(item.summary) for item in filled]

    assert asyncio.run(fill()) == [True, False]


def test_the_whole_visit_runs_in_workers_with_limits(reading, loopback, answer, rss, titles) -> None:
    titles(1)
    loopback.says("/", answer(200, page(head=link("/feed")), **HTML))

    async def once() -> Fetched:
        guard = Guard(frozenset({("127.0.0.1", loopback.port)}))
        async with (
            Workers(count=1) as workers,
            GuardedSession(guard, user_agent="digest/0.1", limits=reading.limits) as session,
        ):
            source = FeedReader(session, parse=workers.parse_apart, run=workers.run)
            return await source.fetch(Feed(url=loopback.url("/")), now=NOW)

    fetched = asyncio.run(once())
    assert fetched.feed.state.error == ""
    assert "a band played" in fetched.items[0].summary
