"""Articles and feed links of web pages."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ParseError
from digest.feeds.page import LEAD_LENGTH, decoded, feed_links, read_article

URL = "https://harbour.example/news/bridge"

PAGE = """<!DOCTYPE html><html lang="en-GB"><head><title>Trams cross the new Lim bridge - The Harbour Post</title>
<meta property="og:title" content="Trams cross the new Lim bridge"><meta property="og:image" content="/img/bridge.jpg">
<meta name="author" content="Ann Lee"><meta property="article:published_time" content="2026-11-20T08:00:00+01:00">
</head><body><nav><a href="/">Home</a><a href="/sport">Sport</a></nav><article><h1>Trams cross the new Lim bridge</h1>
<p>The new bridge over the river Lim opened on <a href="/friday">Friday</a>, after six years of work, the city said.
It carries two tram lines &amp; a path for cyclists.</p><p>Advertisement</p>
<figure><img src="a.jpg"><figcaption>The bridge at dawn. Photo: Jo Mason/Harbour Post</figcaption></figure>
<p>Thousands walked across it in the first hour, and the mayor cut a ribbon of blue cloth while a band played.</p>
<p>Also read: The ferry that was</p></article>
<section><h2>Comments</h2><p>No comments yet</p></section><footer>Download the app</footer></body></html>"""


def test_an_article_is_its_text_without_what_stands_around_it() -> None:
    article = read_article(PAGE.encode(), URL, "text/html; charset=utf-8")
    assert article.title == "Trams cross the new Lim bridge"
    assert article.lead.startswith("The new bridge over the river Lim opened on Friday, after six years of work")
    assert "It carries two tram lines & a path for cyclists." in article.lead
    assert "Thousands walked across it" in article.lead
    for clutter in ("Advertisement", "Photo", "dawn", "Comments", "comments", "app", "Home", "ferry"):
        assert clutter not in article.lead
    assert (article.author, article.language) == ("Ann Lee", "en-GB")
    assert article.image_url == "https://harbour.example/img/bridge.jpg"
    assert article.published == datetime(2026, 11, 20, 7, tzinfo=UTC)


def test_a_lead_is_cut_at_a_sentence() -> None:
    sentence = "The council of Lim talked about the bridge, the ferry and the tram until late at night. "
    page = PAGE.replace("Thousands walked", sentence * 40 + "Thousands walked")
    lead = read_article(page.encode(), URL, None).lead
    assert LEAD_LENGTH * 0.8 < len(lead) <= LEAD_LENGTH
    assert lead.endswith("late at night.")


def test_an_image_that_is_no_web_address_is_left_out() -> None:
    page = PAGE.replace("/img/bridge.jpg", "javascript:alert(1)")
    assert read_article(page.encode(), URL, None).image_url == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00" * 5000,
        b"<html></html>",
        b"<html><title>Parked</title></html>",
        b"\xff\xfe<html>",
        b"<![bogus",
        b"x" * 9999,
    ],
)
def test_a_page_without_an_article_is_an_error_of_ours(body: bytes) -> None:
    with pytest.raises(ParseError):
        read_article(body, URL, "text/html")


@given(st.binary(max_size=500))
def test_any_bytes_have_a_text_and_feed_links(body: bytes) -> None:
    assert isinstance(decoded(body, "text/html"), str)
    assert isinstance(feed_links(body, URL, "text/html"), tuple)


TAG_SOUP = st.lists(
    st.sampled_from(["<", ">", "<link rel=alternate ", "href='", '"', "<!--", "<![CDATA[", "<!x", "&#x", "a"])
)


@given(TAG_SOUP.map("".join))
def test_tag_soup_has_feed_links_or_none(soup: str) -> None:
    assert isinstance(feed_links(soup.encode(), URL, None), tuple)


def head(*tags: str) -> bytes:
    return f"<!doctype html><html><head>{''.join(tags)}</head><body></body></html>".encode()


def test_feeds_are_found_in_the_head_but_not_those_of_comments() -> None:
    rss = '<link rel="alternate" type="application/rss+xml" title="{}" href="{}">'
    found = feed_links(
        head(
            '<link rel="stylesheet alternate" href="/style.css">',
            '<!-- <link rel="alternate" type="application/rss+xml" href="/old"> -->',
            rss.format("Harbour Post » Comments", "/feed/replies"),
            rss.format("Replies", "/comments/feed"),
            rss.format("Harbour Post", "/feed?a=1&amp;b=2"),
            "<LINK HREF=//other.example/atom REL='Alternate HOME' TYPE='application/atom+xml; charset=utf-8'>",
            rss.format("Twice", "/feed?a=1&amp;b=2"),
            '<link rel="alternate" type="application/json+oembed" href="/oembed">',
            '<link rel="alternate" type="application/feed+json" href="feed.json">',
            rss.format("Bad", "javascript:alert(1)"),
        ),
        URL,
        "text/html",
    )
    assert found == (
        "https://harbour.example/feed?a=1&b=2",
        "https://other.example/atom",
        "https://harbour.example/news/feed.json",
    )


def test_feed_links_stand_relative_to_the_base_of_the_page() -> None:
    page = head('<base href="/sub/">', '<link rel="alternate" type="application/rss+xml" href="feed">')
    assert feed_links(page, URL, None) == ("https://harbour.example/sub/feed",)


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("Lim – Fluß".encode(), "text/html", "Lim – Fluß"),
        ("Fluß".encode("latin-1"), "text/html; charset=ISO-8859-1", "Fluß"),
        (b"Lim \x96 river", "text/html; charset=latin1", "Lim – river"),
        (b"Lim \x96 river", None, "Lim – river"),
        ("<meta charset=koi8-r>Река".encode("koi8-r"), "text/html", "<meta charset=koi8-r>Река"),
        ("<META content='x; charset=koi8-r'>Река".encode("koi8-r"), None, "<META content='x; charset=koi8-r'>Река"),
        ("Река".encode("utf-16"), "text/html; charset=koi8-r", "Река"),
        (b"\xef\xbb\xbfLim", "text/html; charset=koi8-r", "Lim"),
        ("Fluß".encode(), "text/html; charset=no-such-thing", "Fluß"),
        ("Fluß".encode(), "text/html; charset=zip", "Fluß"),
        (b"Flu\xdf", "text/html; charset=utf-8", "Fluß"),
        (b"Flu\xdf", "text/html; charset=zip", "Fluß"),
    ],
)  # fmt: skip
def test_the_charset_is_the_marks_the_headers_or_the_pages(body: bytes, content_type: str | None, text: str) -> None:
    assert decoded(body, content_type).removeprefix("\ufeff") == text
