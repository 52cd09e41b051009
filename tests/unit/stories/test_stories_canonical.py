"""Normal forms of links and headlines."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.model.feed import Item
from digest.stories.canonical import bare_title, canonical_url, fingerprint, fold

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "variant",
    [
        "https://www.example.com/harbour/bridge-opens?utm_source=feed&utm_medium=rss",
        "http://example.com/harbour/bridge-opens/",
        "https://amp.example.com/harbour/bridge-opens/amp",
        "https://EXAMPLE.com:443/harbour/bridge-opens#comments",
        "https://m.example.com/harbour/bridge-opens?fbclid=abc",
    ],
)
def test_variants_of_one_link_are_one(variant: str) -> None:
    assert canonical_url(variant) == "example.com/harbour/bridge-opens"


def test_a_parameter_that_names_the_page_stays() -> None:
    assert canonical_url("https://example.com/?p=12") != canonical_url("https://example.com/?p=13")


@pytest.mark.parametrize("url", ["", "https://example.com/", "mailto:a@example.com", "http://[::1", "http://h:99999/a"])
def test_what_leads_to_no_page_has_no_canonical_form(url: str) -> None:
    assert canonical_url(url) == ""


@pytest.mark.parametrize(
    ("title", "publisher", "source"),
    [
        ("Ferry strike ends after nine days - The Example Times", "exampletimes.com", "Example Times"),
        ("Ferry strike ends after nine days | exampletimes", "exampletimes.com", ""),
        ("Ferry strike ends after nine days — Example Times", "", "The Example Times"),
        ("Ferry strike ends after nine days - The Example Times", "www.theexampletimes.com", ""),
        ("Ferry strike ends after nine days | Example", "news.example.co.uk", ""),
    ],
)
def test_the_publishers_name_behind_a_headline_goes(title: str, publisher: str, source: str) -> None:
    item = Item(id="a", title=title, publisher=publisher, source=source, seen=NOW)
    assert bare_title(item) == "Ferry strike ends after nine days"


def test_only_the_name_goes_from_a_headline_of_several_parts() -> None:
    item = Item(id="a", title="Ferry strike ends - Islands - The Example Times", source="Example Times", seen=NOW)
    assert bare_title(item) == "Ferry strike ends - Islands"


def test_a_tail_that_is_no_publisher_stays() -> None:
    item = Item(id="a", title="Ferry strike ends - and a new one looms", source="Example Times", seen=NOW)
    assert bare_title(item) == item.title


@given(st.text(alphabet=st.characters()), st.sampled_from(["https://example.com/", "https://example.com/a?q=", ""]))
@example(text="\ud800", before="https://example.com/a?q=")
def test_any_link_has_a_form_or_none(text: str, before: str) -> None:
    canonical_url(before + text).encode()


@pytest.mark.timeout(10)
def test_a_publisher_of_endless_name_holds_nothing_up() -> None:
    item = Item(id="a", title="A ferry" + " - ½" * 200, source="½" * 400_000, publisher="½." * 200_000, seen=NOW)
    assert bare_title(item).startswith("A ferry")


@given(st.text(alphabet=st.characters()))
def test_any_text_can_be_folded_and_fingerprinted(text: str) -> None:
    assert fold(fold(text)) == fold(text) or not text.isascii()
    assert len(fingerprint(text)) == 16
