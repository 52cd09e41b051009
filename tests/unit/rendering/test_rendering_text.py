"""Plain text: cleaned, shortened, wrapped; links and colours beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.letter import slug
from digest.rendering.links import safe_url
from digest.rendering.palette import READABLE, contrast, palettes
from digest.rendering.text import clean, columns, one_line, shorten, visible, wrap
from digest.rendering.tokens import Tokens


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert one_line(one_line(text)) == one_line(text)
    assert "\n" not in one_line(text)


def test_cleaning_keeps_what_letters_need() -> None:
    for kept in ("naïve café", "می‌خواهم", "👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "नमस्ते", "Tiếng Việt"):
        assert clean(kept) == kept
    assert one_line("a\r\nb\u2028c\x85d\x00e") == "a b c de"


@given(st.text(), st.integers(min_value=1, max_value=90))
def test_shortening_keeps_the_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short == text or short.endswith("…")


def test_shortening_cuts_between_words_and_never_inside_a_grapheme() -> None:
    assert shorten("Ferry strike called off before midnight", 31) == "Ferry strike called off before…"
    assert shorten("Ferry strike called off, say crews", 25) == "Ferry strike called off…"
    assert shorten("ab👩‍👩‍👧‍👦cd", 6) == "ab…"


@given(st.text(), st.sampled_from(["", "    "]))
def test_wrapped_lines_fit_and_lose_nothing(text: str, indent: str) -> None:
    lines = wrap(text, indent=indent).split("\n")
    assert all(columns(line) <= 74 for line in lines)
    assert "".join("".join(lines).split()) == "".join(one_line(text).split())


def test_an_address_is_never_broken() -> None:
    address = "https://example.org/" + "a" * 90
    assert wrap(f"See {address} for more", indent="    ").split("\n") == ["    See", f"    {address}", "    for more"]


def test_what_has_no_shape_is_not_seen() -> None:
    assert visible("a")
    assert visible("\u200b😀")
    assert not visible("")
    assert not visible(" \u00a0\u200b\u200d\ufeff\u2060")


def test_a_stand_in_is_never_broken() -> None:
    tokens = Tokens("f" * 64)
    for before in range(60, 80):
        wrapped = wrap(f"{'港' * before}{tokens('zone')}港", measure=tokens.columns, parts=tokens.graphemes)
        assert wrapped.count(tokens("zone")) == 1
        assert all(tokens.columns(line) <= 74 for line in wrapped.split("\n"))


def test_wide_characters_count_twice() -> None:
    lines = wrap("港" * 100).split("\n")
    assert [len(line) for line in lines] == [37, 37, 26]


@pytest.mark.parametrize(
    ("given_url", "shown"),
    [
        ("https://example.org/a?b=1&c=2#d", "https://example.org/a?b=1&c=2#d"),
        (" http://example.org ", "http://example.org"),
        ("https://bücher.example/größe", "https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//example.org/x", ""),
        ("https://bank.example@evil.example/", ""),
        ("https://example.org/\r\nBcc: x", ""),
        ('https://example.org/"onmouseover="x', ""),
        ("https://example.org:port/", ""),
        ("https://exa mple.org/", ""),
        ("https:///x", ""),
        ("", ""),
        ("https://example.org/" + "x" * 2000, ""),
    ],
)
def test_only_plain_web_addresses_are_links(given_url: str, shown: str) -> None:
    assert safe_url(given_url) == shown


@given(st.one_of(st.text(), st.text().map("https://example.org/".__add__), st.text().map("http://".__add__)))
def test_a_link_is_ascii_and_stays_itself(text: str) -> None:
    link = safe_url(text)
    assert link.isascii()
    assert safe_url(link) == link
    assert not link or link.startswith(("http://", "https://"))
    assert not set(link) & set(" \"'<>\r\n\t") - {"'"}


@given(st.integers(min_value=0, max_value=0xFFFFFF))
def test_any_accent_gives_two_readable_palettes(colour: int) -> None:
    for palette in palettes(f"#{colour:06x}"):
        for front, back in palette.pairs():
            assert contrast(front, back) >= READABLE


def test_an_accent_that_can_be_read_is_left_alone_and_one_that_is_none_is_replaced() -> None:
    assert palettes("#8c1d18")[0].accent == "#8c1d18"
    assert palettes("#00F")[0].accent == "#0000ff"
    for odd in ("", "red", "#12345", "url(x)", "#ggg"):
        assert palettes(odd) == palettes("#8c1d18")
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("The Daily Digest", "the-daily"),
        ("News", "news-digest"),
        ("早报", "digest"),
        ("Donaudampfschifffahrt", "donaudampfschif"),
    ],
)
def test_the_sender_label_is_short_and_stable(title: str, label: str) -> None:
    assert slug(title) == label
    assert 5 <= len(label) <= 15
