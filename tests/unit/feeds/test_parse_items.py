"""Identity, links, voices and limits of items."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.feeds.parse import parse
from digest.model.feed import Feed, Item

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
URL = "https://vale.example/feed"
FEED = Feed(id=7, url=URL)


ORIGINAL = "<feedburner:origLink>https://vale.example/o</feedburner:origLink>"


def encoded(text: str) -> str:
    namespace = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f"<content:encoded {namespace}>&lt;p&gt;{text}&lt;/p&gt;</content:encoded>"


def items(inner: str, feed: Feed = FEED, url: str = URL) -> tuple[Item, ...]:
    namespaces = (
        'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:media="http://search.yahoo.com/mrss/"'
    )
    head = "<title>Vale Courier</title><link>https://vale.example/</link>"
    document = f'<rss version="2.0" {namespaces}><channel>{head}{inner}</channel></rss>'
    return parse(document.encode(), feed, url, "application/rss+xml", NOW).items


def one(inner: str, feed: Feed = FEED, url: str = URL) -> Item:
    (item,) = items(f"<item>{inner}</item>", feed, url)
    return item


def test_an_edited_title_keeps_the_id():
    before = one("<title>Tunnel opens</title><guid isPermaLink='false'>4</guid>")
    after = one("<title>Tunnel opens at last</title><guid isPermaLink='false'>4</guid>")
    assert before.id == after.id
    assert len(before.id) == 16
    assert int(before.id, 16) >= 0


def test_without_a_guid_the_link_without_tracking_is_the_identity():
    plain = one("<title>A</title><link>https://vale.example/a</link>")
    tracked = one("<title>B</title><link>https://vale.example/a?utm_medium=rss</link>")
    assert plain.id == tracked.id


def test_without_guid_and_link_title_and_date_are_the_identity():
    monday = one("<title>Weather</title><pubDate>Mon, 02 Mar 2026 04:00:00 GMT</pubDate>")
    tuesday = one("<title>Weather</title><pubDate>Tue, 03 Mar 2026 04:00:00 GMT</pubDate>")
    assert monday.id != tuesday.id


def test_identity_is_of_the_feed_and_survives_its_move():
    inner = "<title>A</title><guid>4</guid>"
    moved = one(inner, Feed(id=7, url="https://new.example/feed"), "https://new.example/feed")
    assert one(inner).id == moved.id
    assert one(inner).id != one(inner, Feed(id=8, url=URL)).id
    assert one(inner, Feed(url=URL)).id != one(inner, Feed(url="https://other.example/")).id


def test_duplicates_in_a_document_are_merged():
    first, second = items(
        "<item><guid>4</guid><title>Tunnel opens</title></item><item><guid>5</guid><title>Other</title></item>"
        "<item><guid>4</guid><title>Tunnel opens</title><description>With text this time.</description></item>"
    )
    assert (first.title, first.summary, first.position) == ("Tunnel opens", "With text this time.", 1.0)
    assert (second.title, second.position) == ("Other", 0.5)


def test_a_guid_that_all_items_share_identifies_none():
    found = items(
        "".join(
            f"<item><guid>same</guid><title>T{n}</title><link>https://vale.example/{n}</link></item>" for n in range(3)
        )
    )
    assert [item.title for item in found] == ["T0", "T1", "T2"]
    assert len({item.id for item in found}) == 3


@pytest.mark.parametrize(
    ("inner", "link"),
    [
        ("<link>/tunnel</link>", "https://vale.example/tunnel"),
        ("<link>//cdn.example/tunnel</link>", "https://cdn.example/tunnel"),
        ("<link> https://vale.example/a b </link>", "https://vale.example/a%20b"),
        ("<guid>https://vale.example/perma</guid>", "https://vale.example/perma"),
        ("<guid isPermaLink='true'>/perma</guid>", "https://vale.example/perma"),
        ("<guid isPermaLink='false'>https://vale.example/4</guid>", ""),
        ("<guid>urn:uuid:1</guid>", ""),
        ("<guid>4711</guid>", ""),
        ("<link>javascript:alert(1)</link>", ""),
        ("<link>JAVASCRIPT://x.example/%0aalert(1)</link>", ""),
        ("<link>data:text/html,x</link>", ""),
        ("<link>ftp://vale.example/a</link>", ""),
        ("<link>https://user:secret@vale.example/a</link>", "https://vale.example/a"),
        ("<link>https://vale.example:x/a</link>", ""),
        ("<link>https://[::1/a</link>", ""),
        ("<link>https://vale.example/&lt;b&gt;\"'</link>", "https://vale.example/%3Cb%3E%22'"),
        (f"<link>https://r.example/~r/1</link>{ORIGINAL}", "https://vale.example/o"),
    ],
)
def test_links_are_absolute_web_addresses_or_nothing(inner, link):
    assert one(f"<title>A</title>{inner}").url == link


def test_an_atom_id_is_never_rewritten_nor_taken_for_a_link():
    document = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>V</title><entry><id>abc</id><title>A</title></entry>'
        '<entry><id>/abc</id><title>B</title><link href="b"/></entry></feed>'
    )
    here = parse(document.encode(), FEED, "https://vale.example/x/feed", None, NOW).items
    there = parse(document.encode(), FEED, "https://else.example/feed", None, NOW).items
    assert [item.id for item in here] == [item.id for item in there]
    assert [item.url for item in here] == ["", "https://vale.example/x/b"]


def test_an_aggregators_item_speaks_with_its_sources_voice():
    item = one(
        "<title>Tunnel opens - Harbour Herald</title><link>https://news.collector.example/4</link>"
        '<source url="https://www.herald.co.uk/rss">Harbour Herald</source>'
    )
    assert (item.title, item.publisher, item.source) == ("Tunnel opens", "herald.co.uk", "Harbour Herald")


def test_the_owners_title_is_the_source():
    assert one("<title>A</title>", Feed(id=7, url=URL, title="My Courier")).source == "My Courier"


@pytest.mark.parametrize(
    ("link", "publisher"),
    [
        ("https://www.herald.co.uk/a", "herald.co.uk"),
        ("https://news.bbc.example/a", "bbc.example"),
        ("http://192.0.2.7/a", "192.0.2.7"),
        ("http://localhost:8000/a", "localhost"),
        ("http://feedproxy.google.com/~r/x/1", "vale.example"),
        ("", "vale.example"),
    ],
)
def test_the_publisher_is_the_registrable_domain(link, publisher):
    assert one(f"<title>A</title><link>{link}</link>").publisher == publisher


def test_future_dates_are_kept():
    item = one("<title>A</title><pubDate>Mon, 02 Mar 2099 04:00:00 GMT</pubDate>")
    assert item.published is not None
    assert item.published - NOW > timedelta(days=1000)


def test_fields_are_capped_at_borders_a_reader_accepts():
    item = one(f"<title>{'Word ' * 200}</title><description>{'A sentence of six words here. ' * 100}</description>")
    assert len(item.title) <= 300
    assert item.title.endswith("Word…")
    assert 900 < len(item.summary) <= 1000
    assert item.summary.endswith("here.")


def test_at_most_five_hundred_items_are_read():
    found = items("".join(f"<item><title>T{n}</title></item>" for n in range(600)))
    assert len(found) == 500
    positions = [item.position for item in found]
    assert positions == sorted(positions, reverse=True)
    assert positions[0] == 1.0
    assert positions[-1] > 0


def test_an_item_without_title_is_called_by_its_text():
    assert (
        one("<description>It rained all day. Nobody minded.</description>").title == "It rained all day. Nobody minded."
    )


def test_an_item_without_any_text_is_none():
    assert items("<item><link>https://vale.example/a</link></item><item/>") == ()


def test_the_full_text_stands_in_for_a_cut_off_summary():
    whole = "The tunnel under the harbour opened on Monday. It took nine years to build."
    cut = one(f"<title>A</title><description>The tunnel under […]</description>{encoded(whole)}")
    assert cut.summary == whole
    dek = "Drivers cheered as the barrier went up on the ninth year of work."
    assert one(f"<title>A</title><description>{dek}</description>{encoded(whole)}").summary == dek


def test_counters_and_icons_are_no_pictures():
    markup = (
        '&lt;img src="https://stats.example/pixel.gif" width="1" height="1"&gt;'
        '&lt;img src="http://feeds.feedburner.com/~ff/x"&gt;'
        '&lt;img src="data:image/gif;base64,R0" data-src="/real.jpg"&gt;'
    )
    assert one(f"<title>A</title><description>{markup}</description>").image_url == "https://vale.example/real.jpg"


def test_an_enclosure_is_a_picture_only_if_it_is_one():
    sound = '<enclosure url="https://vale.example/a.mp3" type="audio/mpeg"/>'
    picture = '<enclosure url="https://vale.example/a.jpg" type="image/jpeg"/>'
    assert one(f"<title>A</title>{sound}").image_url == ""
    assert one(f"<title>A</title>{sound}{picture}").image_url == "https://vale.example/a.jpg"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ada@vale.example (Ada Quill)", "Ada Quill"),
        ("Ada Quill &lt;ada@vale.example&gt;", "Ada Quill"),
        ("ada@vale.example", ""),
        ("Ada Quill", "Ada Quill"),
    ],
)
def test_authors_are_names_without_addresses(written, name):
    assert one(f"<title>A</title><author>{written}</author>").author == name
