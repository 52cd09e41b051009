"""The SPF record of the domain that mail comes back to, and the relays."""

import pytest

from digest.sender.places import Place
from digest.sender.vouched import Carrier, look


@pytest.fixture
def lines(told, owner):
    def of(zone, *carriers, domain="example.org"):
        return told(zone, look(domain, f"paper@{domain}", carriers, owner))

    return of


def relay(*addresses, host="smtp.mailer.example", ours=False, why=""):
    return Carrier(place=Place(host=host, addresses=addresses, why=why), ours=ours)


@pytest.mark.parametrize(
    ("record", "verdict", "words"),
    [
        ("v=spf1 ip4:192.0.2.1 -all", "ok", "one record, 0 of 10 lookups"),
        ("v=spf1 +all", "warn", "one record, 0 of 10 lookups; it lets anybody send in your name"),
        ("v=spf1 ip4:192.0.2.1", "warn", "one record, 0 of 10 lookups; it says nothing about who may not send"),
        ("v=spf1 ptr -all", "warn", "one record, 1 of 10 lookups; it uses ptr, which many receivers ignore"),
        ([], "fail", "there is no record; many receivers refuse or hide mail without one"),
        (
            ["v=spf1 -all", "v=spf1 -all"],
            "fail",
            "receivers cannot use the record: example.org has 2 SPF records, and receivers use none of them",
        ),
        (
            "v=spf1 foo -all",
            "fail",
            "receivers cannot use the record: in the record of example.org, 'foo' is no mechanism of SPF",
        ),
        ("silent", "fail", "the DNS gave no answer (SERVFAIL) for example.org"),
    ],
)
def test_the_record_as_a_whole(lines, record, verdict, words):
    line = lines({"example.org": record})[0]
    assert (line.verdict, line.found) == (verdict, words)


def test_nothing_more_is_said_of_a_record_that_cannot_be_used(lines):
    assert len(lines({"example.org": "v=spf1 foo"}, relay("192.0.2.1"))) == 1
    assert len(lines({"example.org": "v=spf1 +all"}, relay("192.0.2.1"))) == 1


def test_a_relay_that_the_record_names(lines):
    _, line = lines({"example.org": "v=spf1 ip4:192.0.2.0/24 -all"}, relay("192.0.2.1", "192.0.2.2"))
    assert (line.verdict, line.found) == ("ok", "example.org lets 192.0.2.1, 192.0.2.2 send")


def test_a_relay_whose_operator_the_record_includes(lines):
    zone = {
        "example.org": "v=spf1 include:_spf.mailer.example -all",
        "_spf.mailer.example": "v=spf1 ip4:198.51.100.0/24 -all",
    }
    _, line = lines(zone, relay("192.0.2.1"))
    assert line.verdict == "ok"
    assert line.found.startswith("example.org includes the records of mailer.example")


def test_a_relay_whose_operator_has_its_records_elsewhere(lines):
    zone = {
        "example.org": "v=spf1 include:amazonses.com -all",
        "amazonses.com": "v=spf1 ip4:198.51.100.0/24 -all",
    }
    _, line = lines(zone, relay("192.0.2.1", host="email-smtp.eu-west-1.amazonaws.com"))
    assert (line.verdict, "the records of amazonses.com" in line.found) == ("ok", True)


def test_a_relay_that_the_record_does_not_name(lines):
    _, line = lines({"example.org": "v=spf1 ip4:198.51.100.1 -all"}, relay("192.0.2.1"))
    assert line.verdict == "warn"
    assert "whether it sends from others cannot be seen from here" in line.found


def test_this_machine_must_be_named_with_every_address(lines):
    zone = {"example.org": "v=spf1 ip4:192.0.2.1 -all"}
    _, line = lines(zone, relay("192.0.2.1", "2001:db8::1", ours=True))
    assert (line.verdict, line.hint) == ("fail", "Add to the record: ip6:2001:db8::1")


def test_a_relay_of_which_nothing_is_known(lines):
    zone = {"example.org": "v=spf1 ip4:192.0.2.1 -all"}
    _, hidden, silent = lines(zone, relay(), relay(why="gave no answer (SERVFAIL)"))
    assert hidden.verdict == silent.verdict == "skip"
    assert "cannot be seen from here" in hidden.found
    assert "SERVFAIL" in silent.found
