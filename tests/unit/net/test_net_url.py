"""One reading of a URL."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from digest.errors import AddressRefused
from digest.net.url import joined, read_url

REFUSED = [
    "",
    "news.example/feed",
    "ftp://news.example/feed",
    "file:///etc/passwd",
    "gopher://news.example/",
    "javascript:alert(1)",
    "data:text/xml,<rss/>",
    "http:news.example",
    "http:/news.example",
    "http:///news.example/",
    "//news.example/",
    "http://",
    "http://:80/",
    "http://reader:secret@news.example/",
    "http://news.example\\@other.example/",
    "http://news.example:99999/",
    "http://news.example:0x50/",
    "http://news example/",
    "http://news.example/\r\nHost: other.example",
    "http://news\x00.example/",
    "http://%6eews.example/",
    "http://news..example/",
    "http://-…-/",
    "http://a" + "b" * 70 + ".example/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.0.1.1/",
    "http://1.2.3.4.5.6/",
    "http://news.0x/",
    "http://[::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[1.2.3.4]/",
    "http://[::1/",
    "http://::1/",
    "http://news.example/" + "a" * 5000,
]


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        read_url(url)


CANONICAL = [
    ("http://News.Example", "http://news.example/"),
    ("  https://news.example:443/feed#top\n", "https://news.example/feed"),
    ("HTTP://news.example:8080/a?b=c%2Fd&e=%zz", "http://news.example:8080/a?b=c%2Fd&e=%zz"),
    ("http://news.example./feed", "http://news.example/feed"),
    ("http://bücher.example/ä b?q=ü", "http://xn--bcher-kva.example/%C3%A4%20b?q=%C3%BC"),
    ("http://１２７。０。０。１/", "http://127.0.0.1/"),
    ("http://[2606:4700:0:0::1111]/", "http://[2606:4700::1111]/"),
    ("http://[::ffff:8.8.8.8]:80/", "http://[::ffff:808:808]/"),
    ("http://news.example:/x", "http://news.example/x"),
    ("http://news.example?a[]=1", "http://news.example/?a[]=1"),
    ("http://news.example/a\\b|c", "http://news.example/a%5Cb%7Cc"),
    ("http://my_host.example/", "http://my_host.example/"),
]


@pytest.mark.parametrize(("written", "canonical"), CANONICAL)
def test_addresses_are_written_one_way(written: str, canonical: str) -> None:
    assert read_url(written).url == canonical
    assert read_url(canonical).url == canonical


def test_the_message_keeps_secrets_to_itself() -> None:
    with pytest.raises(AddressRefused) as caught:
        read_url("http://reader:secret@news.example:1:2/feed?token=hidden")
    assert "secret" not in caught.value.message
    assert "hidden" not in caught.value.message


def test_an_origin_is_scheme_host_and_port() -> None:
    assert read_url("https://news.example/feed").origin == "https://news.example:443"
    assert read_url("http://[2606:4700::1111]/").origin == "http://[2606:4700::1111]:80"


def test_references_are_resolved_against_where_they_stand() -> None:
    assert joined("http://news.example/a/b", " ../feed ") == "http://news.example/feed"
    assert joined("http://news.example/", "//other.example/feed") == "http://other.example/feed"
    assert joined("http://news.example/", "http://[broken") == ""


def agree_with_the_client(url: str) -> None:
    """Whatever is let through must mean the same host to us, to the client library and to the standard library."""
    try:
        target = read_url(url)
    except AddressRefused:
        return
    theirs = URL(target.url, encoded=True)
    assert (theirs.raw_host, theirs.port, theirs.scheme) == (target.host, target.port, target.scheme)
    assert urlsplit(target.url).hostname == target.host
    assert theirs.user is None
    assert target.url.isascii()


@given(st.one_of(st.text(), st.text(alphabet="htps:/@\\?#[].0x1:%a ").map(lambda tail: f"http://{tail}")))
def test_everybody_reads_the_same_host(url: str) -> None:
    agree_with_the_client(url)


@pytest.mark.shared
def test_hostile_redirects_lead_where_they_say_or_nowhere(shared_data: Path) -> None:
    listed = json.loads((shared_data / "hostile" / "open_redirect_more.json").read_text())
    for value in listed["items"]:
        agree_with_the_client(value)
        agree_with_the_client(joined("https://news.example/feed", value))
