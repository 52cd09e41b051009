"""Lists of feeds, in and out."""

import xml.etree.ElementTree as ET
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ParseError
from digest.feeds.characters import mended
from digest.feeds.opml import read_opml, write_opml
from digest.model.feed import Feed

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

LIST = """<?xml version="1.0" encoding="{encoding}"?><opml version="2.0"><head><title>Mine</title></head><body>
<outline text="Lone Blog" xmlUrl="https://lone.example/feed?a=1&amp;b=2" category="/Notes/Daily,fun"/>
<outline text="Städte"><outline text="Nord">
<outline text="Küstenbote" title="x" type="rss" xmlUrl="https://kueste.example/rss" category="See"/></outline>
<outline text="Hafen &amp; Co" xmlUrl=" http://hafen.example/ "/></outline>
<outline text="Twice" xmlUrl="https://kueste.example/rss"/>
<outline text="Bad" xmlUrl="javascript:alert(1)"/><outline text="File" xmlUrl="file:///etc/passwd"/>
<outline text="A list" type="include" url="https://lists.example/all.opml"/><outline text="Empty folder"/>
<outline text="After" xmlUrl="https://after.example/"/></body></opml>"""


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_folders_become_sections_and_tags(encoding):
    lone, kueste, hafen, after = read_opml(LIST.format(encoding=encoding).encode(encoding)).feeds
    assert (lone.url, lone.title, lone.section) == ("https://lone.example/feed?a=1&b=2", "Lone Blog", "")
    assert lone.tags == ("Notes", "Daily", "fun")
    assert (kueste.title, kueste.section, kueste.tags) == ("Küstenbote", "Städte", ("See", "Nord"))
    assert (hafen.url, hafen.title, hafen.section, hafen.tags) == ("http://hafen.example/", "Hafen & Co", "Städte", ())
    assert (after.url, after.section) == ("https://after.example/", "")


def test_what_is_left_out_is_told():
    refused = read_opml(LIST.format(encoding="utf-8").encode()).refused
    assert len(refused) == 3
    assert refused[0].startswith("Bad: javascript:alert(1)")
    assert refused[1].startswith("File: file:///etc/passwd")
    assert refused[2].startswith("A list: ")


def test_the_same_feed_spelt_twice_is_one():
    twice = b'<opml><outline xmlUrl="https://a.example/x"/><outline xmlUrl="HTTPS://a.example/x"/></opml>'
    outlines = read_opml(twice)
    assert len(outlines.feeds) == 1
    assert "twice" in outlines.refused[0]


@pytest.mark.parametrize(
    "body",
    [
        b"<opml><body><outline text='a' xmlUrl='https://a.example/'>",
        b"<opml><outline text='x' xmlUrl='https://a.example/'/></outline></outline></body></opml></opml>",
        b"\xef\xbb\xbf<opml><outline text='a & b' xmlUrl='https://a.example/'/></opml>",
        b'<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><outline text="&x;" xmlUrl="https://a.example/"/></opml>',
        b"<OPML><BODY><OUTLINE TEXT='a' XMLURL='https://a.example/'/></BODY></OPML>",
        b"<outline xmlUrl='https://a.example/'>",
    ],
)
def test_broken_documents_give_what_is_in_them(body):
    (feed,) = read_opml(body).feeds
    assert feed.url == "https://a.example/"
    assert "root:" not in feed.title


@pytest.mark.parametrize(
    "body", [b"", b"\0" * 50, b"https://a.example/list.opml", b"/etc/passwd", b"<html>", b"\xff\xfe\xff"]
)
def test_what_is_no_opml_is_a_parse_error(body):
    with pytest.raises(ParseError):
        read_opml(body)


def test_an_empty_list_is_no_error():
    assert read_opml(b"<opml version='2.0'><body/></opml>").feeds == ()


@settings(deadline=None)
@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: f"<opml><outline text='{text}'".encode(errors="replace"))
)
def test_nothing_else_is_raised(body):
    with suppress(ParseError):
        read_opml(body)


@pytest.mark.timeout(20)
def test_deep_and_long_lists_are_read():
    deep = b"<opml>" + b'<outline text="a">' * 5000 + b'<outline xmlUrl="https://a.example/"/>'
    assert len(read_opml(deep).feeds) == 1
    long = b"<opml>" + b"".join(b'<outline text="t%d" xmlUrl="https://a.example/%d"/>' % (n, n) for n in range(5000))
    assert len(read_opml(long).feeds) == 5000


NAMES = st.text(st.characters(codec="utf-8", exclude_characters=",/<>&‹›"), min_size=1, max_size=20)


def encoded_once(name: str) -> bool:
    """Whether a name, once its control characters are gone, is not one that reading would decode a second time."""
    plain = "".join(filter(str.isprintable, name))
    return mended(plain) == plain


FEEDS = st.lists(
    st.builds(
        lambda number, title, section, tags: Feed(
            url=f"https://a.example/{number}", title=title, section=section, tags=tuple(dict.fromkeys(tags))
        ),
        st.integers(0, 10**6),
        NAMES.filter(encoded_once).map(lambda name: f"T{name}t"),
        st.sampled_from(["", "World", "Städte & Länder", "Q\"uotes'"]),
        st.lists(st.sampled_from(["sea", "Süd", "a & b"]), max_size=3),
    ),
    unique_by=lambda feed: feed.url,
    max_size=8,
)


@settings(deadline=None)
@given(FEEDS)
def test_what_is_written_is_read_back(feeds):
    body = write_opml(feeds, title="All <of> them & more", now=NOW)
    root = ET.fromstring(body)
    assert root.get("version") == "2.0"
    again = read_opml(body)
    assert not again.refused
    assert {feed.url: (feed.section, feed.tags) for feed in again.feeds} == {f.url: (f.section, f.tags) for f in feeds}
    assert write_opml(again.feeds, title="All <of> them & more", now=NOW) == body


def test_characters_that_xml_forbids_are_left_out():
    body = write_opml([Feed(url="https://a.example/", title="a\x00b\x0b\ud800\ufffe")], title="\x01", now=NOW)
    assert ET.fromstring(body).find(".//outline").get("text") == "ab\ufffd"
