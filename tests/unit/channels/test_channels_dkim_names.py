"""Which names a key can be published under, and which domains can sign."""

import pytest

from digest.channels.dkim_names import is_selector, parse_domain, parse_selectors


@pytest.mark.parametrize("name", ["a", "spring2026", "s1.mail", "a-b", "x" * 63, "1"])
def test_selectors_are_names_of_hosts(name):
    assert is_selector(name)
    assert parse_selectors(f"  {name.upper()} two ") == (name, "two")


@pytest.mark.parametrize("name", ["a_b", "-a", "a-", "a..b", ".a", "a.", "é", "x" * 64, "a;t=y", "a b", ""])
def test_other_names_are_refused(name):
    assert not is_selector(name)


@pytest.mark.parametrize("text", ["a_b", "one two_", "é", "a;t=y"])
def test_one_wrong_selector_is_a_fault(text):
    with pytest.raises(ValueError):  # noqa: PT011 the settings say what is expected
        parse_selectors(text)


def test_no_selector_and_no_domain_are_none():
    assert parse_selectors("  ") == ()
    assert parse_domain("") == ""


def test_a_domain_is_written_small_and_without_its_last_dot():
    assert parse_domain("News.Example.ORG.") == "news.example.org"


@pytest.mark.parametrize("text", ["bücher.example", "exa mple.org", "-a.org", "a" * 64 + ".org", "a." * 127 + "a"])
def test_other_domains_are_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 the settings say what is expected
        parse_domain(text)
