"""Every dialect becomes the same items."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.errors import ParseError
from digest.feeds.parse import Parsed, looks_like_html, parse
from digest.model.feed import Feed

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
FEED = Feed(id=7, url="https://vale.example/feed", section="Local", weight=0.5)
URL = "https://vale.example/feed"

RSS_091 = """<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
 "http://my.netscape.example/rss-0.91.dtd"><rss version="0.91"><channel><title>Vale Courier</title>
<link>https://vale.example/</link><description>News</description><language>en-gb</language>
<item><title>Tunnel opens</title><link>https://vale.example/tunnel</link>
<description>The tunnel under the harbour opened on Monday.</description></item></channel></rss>"""

RDF_10 = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel rdf:about="https://vale.example/"><title>Vale Courier</title><link>https://vale.example/</link>
<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency></channel>
<item rdf:about="https://vale.example/tunnel"><title>Tunnel opens</title><link>https://vale.example/tunnel</link>
<description>The tunnel under the harbour opened on Monday.</description><dc:date>2026-03-02T05:00:00+01:00</dc:date>
<dc:creator>Ada Quill</dc:creator></item></rdf:RDF>"""

RSS_20 = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Vale Courier</title><link>https://vale.example/</link>
<language>en-GB</language><ttl>45</ttl><skipHours><hour>1</hour><hour>2</hour><hour>24</hour></skipHours>
<item><title>Tunnel opens</title><link>https://vale.example/tunnel?utm_source=rss&amp;id=4</link>
<guid isPermaLink="false">vale-4</guid><pubDate>Mon, 02 Mar 2026 04:00:00 GMT</pubDate>
<author>ada@vale.example (Ada Quill)</author>
<description>&lt;p&gt;The tunnel under the harbour opened on Monday.&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>Full text <img src="/pic/inline.jpg"></p>]]></content:encoded>
<media:thumbnail url="https://vale.example/small.jpg" width="90"/>
<media:content url="https://vale.example/mid.jpg" medium="image" width="400"/>
<media:content url="https://vale.example/large.jpg" type="image/jpeg" width="1200"/>
<media:content url="https://vale.example/film.mp4" type="video/mp4" width="1920"/></item></channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"
 xml:base="https://vale.example/journal/"><title type="html">Le &lt;b&gt;Courrier&lt;/b&gt;</title>
<link rel="self" href="atom.xml"/><link rel="alternate" href="./"/><id>tag:vale.example,2026:feed</id>
<entry><id>tag:vale.example,2026:4</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Le
<em>tunnel</em> ouvre</div></title><link rel="alternate" type="text/html" href="2026/tunnel"/>
<published>2026-03-02T04:00:00Z</published><updated>2026-03-02T05:00:00Z</updated>
<author><name>Ada Quill</name></author><author><name>Jo Lens</name></author><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>Le tunnel sous le port a ouvert lundi, après neuf ans de travaux.</p><p><img src="tunnel.jpg"/></p></div></content>
</entry></feed>"""

JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Vale Courier",
    "home_page_url": "https://vale.example/",
    "language": "de-AT",
    "authors": [{"name": "The Desk"}],
    "items": [
        {
            "id": 4,
            "url": "/tunnel?fbclid=1",
            "title": "Tunnel öffnet",
            "content_text": "Der Tunnel ist offen.\n\nNeun Jahre hat es gedauert.",
            "date_published": "2026-03-02T04:00:00Z",
            "image": "pic/a.jpg",
        },
        {
            "id": "https://vale.example/b",
            "content_html": "<p>Ohne Titel. Nur Text.</p>",
            "author": {"name": "Ada Quill"},
        },
    ],
}


def read(document: str, feed: Feed = FEED) -> Parsed:
    return parse(document.encode(), feed, URL, None, NOW)


@pytest.mark.parametrize("document", [RSS_091, RDF_10, RSS_20], ids=["0.91", "1.0", "2.0"])
def test_every_rss_gives_title_link_and_text(document):
    parsed = read(document)
    (item,) = parsed.items
    assert parsed.title == "Vale Courier"
    assert item.title == "Tunnel opens"
    assert item.url.startswith("https://vale.example/tunnel")
    assert item.summary == "The tunnel under the harbour opened on Monday."
    assert (item.publisher, item.source, item.section, item.weight) == ("vale.example", "Vale Courier", "Local", 0.5)
    assert (item.feed_id, item.seen, item.position) == (7, NOW, 1.0)


def test_rss_2_is_read_in_full():
    parsed = read(RSS_20)
    (item,) = parsed.items
    assert item.url == "https://vale.example/tunnel?id=4"
    assert item.published == datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    assert item.author == "Ada Quill"
    assert item.image_url == "https://vale.example/large.jpg"
    assert item.language == parsed.language == "en-GB"
    assert parsed.ttl_minutes == 45
    assert parsed.skip_hours == (0, 1, 2)


def test_rdf_has_dates_authors_and_an_update_period():
    parsed = read(RDF_10)
    (item,) = parsed.items
    assert item.published == datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    assert item.author == "Ada Quill"
    assert parsed.ttl_minutes == 360


def test_undated_items_stay_undated():
    assert read(RSS_091).items[0].published is None


def test_atom_is_read_with_its_base_language_and_xhtml():
    parsed = read(ATOM)
    (item,) = parsed.items
    assert parsed.title == "Le Courrier"
    assert item.title == "Le tunnel ouvre"
    assert item.url == "https://vale.example/journal/2026/tunnel"
    assert item.published == datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    assert item.author == "Ada Quill, Jo Lens"
    assert item.language == "fr"
    assert item.summary == "Le tunnel sous le port a ouvert lundi, après neuf ans de travaux."
    assert item.image_url == "https://vale.example/journal/tunnel.jpg"


def test_json_feed_is_read():
    parsed = read(json.dumps(JSON_FEED))
    first, second = parsed.items
    assert parsed.title == "Vale Courier"
    assert (first.title, first.url) == ("Tunnel öffnet", "https://vale.example/tunnel")
    assert first.summary == "Der Tunnel ist offen. Neun Jahre hat es gedauert."
    assert first.image_url == "https://vale.example/pic/a.jpg"
    assert (first.author, first.language) == ("The Desk", "de-AT")
    assert (second.title, second.url) == ("Ohne Titel. Nur Text.", "https://vale.example/b")
    assert (second.author, second.published) == ("Ada Quill", None)
    assert (first.position, second.position) == (1.0, 0.5)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\0\0",
        b"just words",
        b"{",
        b'{"items": 3}',
        b"[1, 2]",
        b'{"a": 1}',
        b"\xff\xfe\xff",
        b"<?xml version='1.0'?>",
        b"<!doctype html><html><body><p>Hello",
        b"{" * 100_000,
        b'{"items": [' + b"[" * 100_000,
        b"<svg/>",
    ],
)
def test_what_is_no_feed_is_a_parse_error(body):
    with pytest.raises(ParseError) as caught:
        parse(body, FEED, URL, None, NOW)
    assert "\n" not in caught.value.message


def test_a_valid_feed_without_items_is_no_error():
    assert read('<rss version="2.0"><channel><title>Quiet</title></channel></rss>').items == ()
    assert read('{"version": "https://jsonfeed.org/version/1", "items": []}').items == ()


@pytest.mark.parametrize(
    "wrong", [None, "text/html", "text/plain; charset=x", "image/png", "application/rss+xml", ";;;="]
)
def test_a_wrong_content_type_does_no_harm(wrong):
    assert parse(RSS_20.encode(), FEED, URL, wrong, NOW).items[0].title == "Tunnel opens"
    assert not looks_like_html(RSS_20.encode(), wrong)


def test_web_pages_are_told_from_feeds():
    assert looks_like_html(b"\n<!DOCTYPE html>\n<title>x</title>", None)
    assert looks_like_html(b"<HTML><head>", "text/plain")
    assert looks_like_html(b"<p>hello", "text/html; charset=utf-8")
    assert looks_like_html("<html>".encode("utf-16"), None)
    assert not looks_like_html(b"<p>hello", None)
    assert not looks_like_html(ATOM.encode(), "text/html")
    assert not looks_like_html(json.dumps(JSON_FEED).encode(), "text/html")


def test_a_body_is_never_taken_for_a_path(tmp_path: Path):
    file = tmp_path / "feed.xml"
    file.write_text(RSS_20)
    with pytest.raises(ParseError):
        parse(str(file).encode(), FEED, URL, None, NOW)
