"""Links as they may be printed."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.feeds.links import absolute, site, without_tracking


@pytest.mark.parametrize(
    ("link", "clean"),
    [
        ("https://a.example/x?utm_source=rss&utm_medium=feed", "https://a.example/x"),
        ("https://a.example/x?id=3&UTM_Campaign=b&page=2", "https://a.example/x?id=3&page=2"),
        ("https://a.example/x?fbclid=1#part", "https://a.example/x#part"),
        ("https://a.example/x?q=a%26b&gclid=2", "https://a.example/x?q=a%26b"),
        ("https://a.example/x?a=1&amp;utm_term=z", "https://a.example/x?a=1"),
        ("https://a.example/x?mc_cid=1&mc_eid=2#utm_source=y", "https://a.example/x"),
        ("https://a.example/x#xtor=RSS-1", "https://a.example/x"),
        ("https://a.example/x?flag", "https://a.example/x?flag"),
        ("https://a.example/x?", "https://a.example/x"),
        ("https://a.example/utm_source=1", "https://a.example/utm_source=1"),
    ],
)
def test_only_tracking_is_taken_away(link, clean):
    assert without_tracking(link) == clean
    assert without_tracking(clean) == clean


@pytest.mark.parametrize(
    ("link", "bases", "found"),
    [
        ("b", ("https://a.example/x/", "https://c.example/"), "https://a.example/x/b"),
        ("b", ("y/", "https://c.example/z/"), "https://c.example/z/y/b"),
        ("b", (), ""),
        ("b", ("mailto:a@b.example",), ""),
        ("?p=1", ("https://a.example/x/",), "https://a.example/x/?p=1"),
        ("HTTPS://A.example/x", (), "https://A.example/x"),
        ("http:///a.example/x", (), "http://a.example/x"),
        ("https:\\\\a.example\\x", (), ""),
        ("https://a.example/\u202etxt", (), "https://a.example/txt"),
        ("java\nscript:alert(1)", ("https://a.example/",), ""),
        ("https://a.example/日本", (), "https://a.example/%E6%97%A5%E6%9C%AC"),
        ("https://bücher.example/", (), "https://bücher.example/"),
        ("https://a.example/" + "x" * 3000, (), ""),
    ],
)
def test_links_are_resolved_against_the_nearest_base(link, bases, found):
    assert absolute(link, *bases) == found


@settings(deadline=None)
@given(st.text(max_size=80), st.sampled_from(["https://a.example/x/", "http://b.example", ""]))
def test_a_link_is_a_web_address_or_nothing(link, base):
    found = absolute(link, base)
    assert found == "" or urlsplit(found).scheme in ("http", "https")
    assert not set(found) & set('<>"\\ \n\t\0')
    assert absolute(found) == found
    assert without_tracking(without_tracking(found)) == without_tracking(found)


@pytest.mark.parametrize(
    ("link", "domain"),
    [
        ("https://news.example.co.uk/x", "example.co.uk"),
        ("https://me.github.io/x", "me.github.io"),
        ("https://co.uk/", "co.uk"),
        ("http://[2001:db8::1]:80/x", "2001:db8::1"),
        ("", ""),
        ("https://[x/", ""),
    ],
)
def test_a_site_is_its_registrable_domain(link, domain):
    assert site(link) == domain
