"""Feeds whose encoding is declared wrongly, twice, or not at all."""

from datetime import UTC, datetime

import pytest

from digest.feeds.parse import parse
from digest.model.feed import Feed

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TITLE = "Zürich erhält „neue“ Brücke für 5 €"


def document(declared: str, title: str = TITLE) -> str:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return (
        f'{declaration}<rss version="2.0"><channel><title>V</title><item><title>{title}</title></item></channel></rss>'
    )


def title_of(body: bytes, content_type: str | None = None) -> str:
    return parse(body, Feed(id=1, url="https://v.example/"), "https://v.example/", content_type, NOW).items[0].title


@pytest.mark.parametrize(
    "content_type", [None, "text/xml", "application/rss+xml; charset=iso-8859-1", "text/html; charset=x"]
)
@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "us-ascii", "no-such-thing", ""])
def test_utf_8_is_utf_8_whatever_is_said_of_it(declared, content_type):
    assert title_of(document(declared).encode(), content_type) == TITLE


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_declared_encoding_is_read(encoding):
    declared = "utf-16" if encoding.startswith("utf-16") else encoding.removesuffix("-sig")
    assert title_of(document(declared).encode(encoding)) == TITLE


def test_the_servers_charset_is_read_where_the_document_has_none():
    body = document("", "Привет, мир").encode("windows-1251")
    assert title_of(body, "text/xml; charset=windows-1251") == "Привет, мир"


def test_what_was_encoded_twice_is_decoded_twice():
    twice = "Die Brücke öffnet für alle".encode().decode("windows-1252")
    assert title_of(document("utf-8", twice).encode()) == "Die Brücke öffnet für alle"


def test_undeclared_latin_is_guessed():
    assert "rich" in title_of(document("", "Zürich").encode("latin-1"))


@pytest.mark.parametrize("character", ["\ufffe", "\x0b", "\x1f"])
def test_characters_that_xml_forbids_do_not_cost_the_feed(character):
    assert title_of(document("utf-8", f"A{character}B").encode()) == "AB"
