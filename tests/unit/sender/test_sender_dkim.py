"""The keys in the DNS beside those we sign with (RFC 6376)."""

import contextlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sender.dkim import Expected, look, read_key

KEY, OTHER, SHORT = (b64encode(octets).decode() for octets in (b"k" * 294, b"o" * 294, b"s" * 162))
PLACE = "morning._domainkey.example.org"


def line_of(told, records, record=f"v=DKIM1; k=rsa; p={KEY}"):
    expected = Expected(selector="morning", domain="example.org", record=record)
    (line,) = told({PLACE: records}, look((expected,)))
    return line


@pytest.mark.parametrize(
    ("record", "verdict", "words"),
    [
        (f"v=DKIM1; k=rsa; p={KEY}", "ok", "the rsa key is there, and it is ours"),
        (f"p={KEY[:100]} {KEY[100:]}", "ok", "the rsa key is there, and it is ours"),
        (f"v=DKIM1; p={OTHER}", "fail", "another key stands there"),
        (f"v=DKIM1; k=ed25519; p={KEY}", "fail", "another key stands there"),
        ("v=DKIM1; p=", "fail", "the key was revoked (p= is empty)"),
        (f"v=DKIM1; t=y:s; p={KEY}", "warn", "the record says that it is a test (t=y)"),
        (f"v=DKIM1; s=tlsrpt; p={KEY}", "fail", "the record forbids its use for mail (s=)"),
        ("v=DKIM1", "fail", "what stands there is no key record"),
        (f"v=DKIM2; p={KEY}", "fail", "what stands there is no key record"),
        ("v=DKIM1; p=***", "fail", "what stands there is no key record"),
        ([], "fail", "there is no key, so every signature of ours fails"),
        ([f"p={KEY}", f"p={OTHER}"], "fail", "there are 2 records, and receivers take any of them"),
        ("silent", "fail", "the DNS gave no answer (SERVFAIL)"),
    ],
)
def test_a_record_beside_our_key(told, record, verdict, words):
    line = line_of(told, record)
    assert (line.verdict, line.about) == (verdict, PLACE)
    assert line.found.startswith(words)
    assert verdict != "fail" or line.hint


def test_a_missing_key_says_what_to_publish(told):
    assert line_of(told, []).hint == f"Publish at {PLACE} this TXT record: v=DKIM1; k=rsa; p={KEY}"


def test_a_short_key(told):
    line = line_of(told, f"v=DKIM1; p={SHORT}", f"v=DKIM1; p={SHORT}")
    assert (line.verdict, line.found) == ("warn", "the key is shorter than 2,048 bits")


def test_unsigned_mail_cannot_be_judged(told):
    (line,) = told({}, look(()))
    assert (line.verdict, "dkim=pass" in line.hint) == ("skip", True)


@given(st.one_of(st.text(), st.text(alphabet="vDKIM1kps=;: \t\nrsaed25519AQ/+").map(lambda text: f"v=DKIM1;p={text}")))
def test_any_text_is_a_key_record_or_none(text):
    with contextlib.suppress(ValueError):
        assert isinstance(read_key(text).key, bytes)
