"""What the doctor makes of what lies outside."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.channels.offer import Offer, offer_of
from digest.channels.relay import Security, SmtpOptions
from digest.newsroom.doctor import wires
from digest.sender.dkim import Expected
from digest.sender.places import Place
from digest.sender.vouched import Carrier
from digest.settings.read import read_settings

NOW = datetime(2026, 3, 12, 5, 30, tzinfo=UTC)
OPTIONS = SmtpOptions(host="mail.example", port=587, username="ana", password="geheim")
OFFER = Offer(
    extensions=("8BITMIME", "PIPELINING", "SIZE", "SMTPUTF8"),
    size=35_000_000,
    tls="TLSv1.3",
    expires_at=NOW + timedelta(days=60),
    address="198.51.100.7",
)


@pytest.mark.parametrize(
    ("options", "offer", "verdict", "words"),
    [
        (
            {},
            {},
            "ok",
            "answers over TLSv1.3, lets ana log in, offers PIPELINING, 8BITMIME, SMTPUTF8, mails of up to 35 MB",
        ),
        ({}, {"size": 100_000}, "fail", "a paper may have 150 kB"),
        ({}, {"expires_at": NOW + timedelta(days=3)}, "warn", "its certificate expires on 2026-03-15"),
        (
            {"security": Security.CLEAR},
            {"tls": "", "expires_at": None},
            "warn",
            "everybody on the way can read the mail",
        ),
        ({"security": Security.CLEAR}, {"tls": "", "expires_at": None, "address": "127.0.0.1"}, "ok", "in clear"),
        ({"username": ""}, {"extensions": ()}, "ok", "asks for no login, offers nothing"),
    ],
)
def test_what_a_relay_offers(options, offer, verdict, words):
    line = wires.of_offer(replace(OPTIONS, **options), replace(OFFER, **offer), NOW)
    assert line.verdict == verdict
    assert words in line.found
    assert "geheim" not in f"{line}"


def test_a_slow_relay_is_pointed_out():
    assert "PIPELINING" in wires.of_offer(OPTIONS, replace(OFFER, extensions=()), NOW).hint


@pytest.mark.parametrize(("size", "expected"), [("", None), ("0", None), ("1000", 1000), ("x", None), ("٣", None)])
def test_the_size_a_relay_names(size, expected):
    assert offer_of({"size": size}, secured=None, peer=("127.0.0.1", 25)).size == expected


@pytest.mark.parametrize(
    ("url", "status", "body", "public", "verdict"),
    [
        ("https://news.example.org", 200, b"ok\n", True, "ok"),
        ("http://news.example.org", 200, b"ok\n", True, "warn"),
        ("https://news.example.org", 200, b"ok\n", False, "warn"),
        ("https://news.example.org", 200, b"<html>", True, "fail"),
        ("https://news.example.org", 301, b"", True, "fail"),
        ("https://news.example.org", 502, b"", True, "fail"),
    ],
)
def test_what_the_public_pages_answer(url, status, body, public, verdict):
    assert wires.of_health(url, status, body, public).verdict == verdict


def test_who_writes(tmp_path):
    given = {
        "DIGEST_FROM": "The Paper <paper@News.Example.org>",
        "DIGEST_REPLY_TO": "desk@example.org",
        "DIGEST_BOUNCE_ADDRESS": "bounces@mail.example.org",
        "DIGEST_UNSUBSCRIBE_ADDRESS": "leave@example.net",
    }
    key = Expected(selector="a", domain="example.org", record="")
    writer = wires.writer_of(read_settings(given, dotenv=tmp_path / "none"), (key, key))
    assert (writer.shown, writer.envelope, writer.mailbox) == (
        "news.example.org",
        "mail.example.org",
        "bounces@mail.example.org",
    )
    assert [domain for domain, _ in writer.answered] == [
        "example.org",
        "mail.example.org",
        "news.example.org",
        "example.net",
    ]
    assert writer.identities.signed == ("example.org",)


def test_the_owner_of_a_domain_is_told_by_the_list_of_public_suffixes():
    assert [wires.owner(name) for name in ("a.b.example.co.uk", "example.org", "mail.example.org", "localhost")] == [
        "example.co.uk",
        "example.org",
        "example.org",
        "localhost",
    ]


def test_an_address_is_looked_at_once():
    ours = Carrier(place=Place(host="localhost", addresses=("192.0.2.1",)), ours=True)
    theirs = Carrier(place=Place(host="mail.example", addresses=("192.0.2.2", "192.0.2.2")))
    assert wires.addresses_of((ours, theirs, theirs)) == (("192.0.2.1", True), ("192.0.2.2", False))
