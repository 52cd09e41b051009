"""All that the DNS says of a sender, from a real server on loopback to the lines of the report."""

import asyncio

import pytest

from digest.channels.relay import SmtpOptions
from digest.net.names import Names
from digest.newsroom.doctor import wires
from digest.settings.read import read_settings

RELAY = SmtpOptions(host="smtp.mailer.example", port=587, username="ana", password="geheim")
ADDRESS, SIX = "8.8.4.4", "2001:4860:4860::8844"
"""Public addresses, which nothing here is sent to: those for documentation are on no public network."""

SIX_NAME = "4.4.8.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.8.4.0.6.8.4.1.0.0.2.ip6.arpa"

ZONE = {
    "courier.example TXT": f"v=spf1 ip4:{ADDRESS} ip6:{SIX} -all",
    "courier.example MX": "10 mx.courier.example.",
    "mx.courier.example A": "192.0.2.1",
    "_dmarc.courier.example TXT": "v=DMARC1; p=reject; rua=mailto:dmarc@courier.example",
    "smtp.mailer.example A": ADDRESS,
    "smtp.mailer.example AAAA": SIX,
    "4.4.8.8.in-addr.arpa PTR": "smtp.mailer.example.",
    f"{SIX_NAME} PTR": "smtp.mailer.example.",
}


@pytest.fixture
def lines(name_server, tmp_path):
    """The lines of a zone with changes (None: no such line), by check."""

    def of(changes=(), relays=(RELAY,), sender="The Courier <paper@courier.example>"):
        zone = {**ZONE, **dict(changes)}
        name_server.zone |= {name: records for name, records in zone.items() if records is not None}
        settings = read_settings({"DIGEST_FROM": sender}, dotenv=tmp_path / "none")

        async def ask():
            names = Names(("127.0.0.1", name_server.port), patience=3.0)
            return await wires.of_sender(names, wires.writer_of(settings, ()), relays)

        found = {}
        for line in asyncio.run(ask()):
            found.setdefault(line.check, []).append(line)
        return found

    return of


def verdicts(lines):
    return [line.verdict for line in lines]


def test_a_relay_that_the_dns_knows_well(lines, name_server):
    found = lines()
    assert verdicts(found["SPF"]) == ["ok", "ok"]
    assert found["SPF"][1].found == f"courier.example lets {ADDRESS}, {SIX} send"
    assert [(line.about, line.verdict) for line in found["PTR"]] == [(ADDRESS, "ok"), (SIX, "ok")]
    assert verdicts(found["DMARC"]) == verdicts(found["MX"]) == verdicts(found["alignment"]) == ["ok"]
    assert len(name_server.asked) == len(set(name_server.asked))


def test_an_address_that_the_record_forgets(lines):
    _, line = lines({"courier.example TXT": f"v=spf1 ip4:{ADDRESS} -all"})["SPF"]
    assert line.verdict == "warn"
    assert f"ip6:{SIX}" in line.hint


def test_a_relay_without_a_name(lines):
    line, other = lines({"4.4.8.8.in-addr.arpa PTR": None})["PTR"]
    assert (line.verdict, other.verdict) == ("warn", "ok")


def test_a_relay_of_an_inner_network_is_not_judged_by_the_outer(lines):
    changes = {"smtp.mailer.example A": "10.1.2.3", "smtp.mailer.example AAAA": None}
    found = lines(changes)
    assert found["SPF"][1].verdict == "skip"
    assert "PTR" not in found


def test_a_relay_that_no_dns_knows(lines):
    found = lines(relays=(SmtpOptions(host="relay.lan", port=25), SmtpOptions(host="127.0.0.1", port=25)))
    assert verdicts(found["SPF"])[1] == "skip"


def test_a_sender_below_the_domain_that_has_the_policy(lines):
    found = lines(
        {"news.courier.example TXT": "v=spf1 ip4:8.8.4.4 -all", "news.courier.example MX": "10 mx.courier.example."},
        sender="The Courier <paper@news.courier.example>",
    )
    assert found["DMARC"][0].found == "the policy is reject, by the record of courier.example"
    assert found["alignment"][0].verdict == "ok"


def test_a_sender_that_is_not_set(lines):
    assert verdicts(lines(sender="digest@localhost.localdomain")["sender"]) == ["warn"]
