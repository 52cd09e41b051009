"""Where mail for a domain goes, and the names of addresses."""

import pytest

from digest.sender.places import Place, locate, named, receives


@pytest.mark.parametrize(
    ("zone", "verdict", "words"),
    [
        (
            {
                "example.org MX": ["20 b.example", "10 a.example"],
                "a.example A": "192.0.2.1",
                "b.example A": "192.0.2.2",
            },
            "ok",
            "mail for it goes to a.example, b.example",
        ),
        (
            {"example.org MX": ["10 a.example", "20 b.example"], "a.example AAAA": "2001:db8::1"},
            "warn",
            "of its mail servers, b.example cannot be found",
        ),
        ({"example.org MX": "10 a.example"}, "fail", "none of its mail servers has an address (a.example)"),
        ({"example.org MX": "10 192.0.2.1"}, "fail", "none of its mail servers has an address (192.0.2.1)"),
        ({"example.org MX": "0 ."}, "fail", "the domain says that it takes no mail (null MX): answers are lost"),
        ({"example.org A": "192.0.2.1"}, "warn", "there is no MX record"),
        ({"example.org TXT": "hello"}, "fail", "there is neither an MX record nor an address: answers are lost"),
        ({}, "fail", "there is no such domain: answers are lost"),
        ({"example.org MX": "silent"}, "fail", "the DNS gave no answer (SERVFAIL)"),
    ],
)
def test_whether_a_domain_takes_mail(told, zone, verdict, words):
    line = told(zone, receives("example.org", "answers"))
    assert line.verdict == verdict
    assert line.found.startswith(words)


@pytest.mark.parametrize(
    ("zone", "ours", "theirs", "words"),
    [
        (
            {"1.2.0.192.in-addr.arpa PTR": "relay.example", "relay.example A": "192.0.2.1"},
            "ok",
            "ok",
            "its name is relay.example, which leads back to it",
        ),
        (
            {"1.2.0.192.in-addr.arpa PTR": "relay.example", "relay.example A": "192.0.2.2"},
            "fail",
            "warn",
            "its name is relay.example, which does not lead back",
        ),
        ({}, "fail", "warn", "the address has no name"),
        ({"1.2.0.192.in-addr.arpa PTR": "silent"}, "skip", "skip", "the DNS gave no answer"),
    ],
)
def test_whether_an_address_has_a_name(told, zone, ours, theirs, words):
    for is_ours, verdict in ((True, ours), (False, theirs)):
        line = told(zone, named("192.0.2.1", ours=is_ours))
        assert line.verdict == verdict
        assert line.found.startswith(words)


def test_the_name_of_a_longer_address(told):
    place = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR"
    line = told({place: "six.example", "six.example AAAA": "2001:0db8:0::1"}, named("2001:db8::1", ours=True))
    assert line.verdict == "ok"


def test_an_address_is_its_own_place(told):
    assert told({}, locate("192.0.2.1")) == Place(host="192.0.2.1", addresses=("192.0.2.1",))
    assert told({}, locate("2001:DB8::1")).addresses == ("2001:db8::1",)
    assert told({"x.example A": "silent"}, locate("x.example")).why == "gave no answer (SERVFAIL)"
