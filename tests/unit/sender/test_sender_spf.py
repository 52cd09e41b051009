"""SPF records read and evaluated (RFC 7208)."""

import contextlib
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sender.macros import Sender, expand
from digest.sender.spf import check
from digest.sender.spf_record import BadRecord, SpfResult, is_spf, read_spf

HOME = "example.org"


def sender(address, mailbox="paper@example.org"):
    return Sender(mailbox=mailbox, helo="relay.example.org", address=ip_address(address) if address else None)


@pytest.fixture
def result(told):
    def of(zone, address="192.0.2.1", **more):
        return told(zone, check(HOME, sender(address, **more)))

    return of


@pytest.mark.parametrize(
    ("record", "address", "expected"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.1", "pass"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "198.51.100.1", "fail"),
        ("v=spf1 ip4:192.0.2.1 ~all", "192.0.2.2", "softfail"),
        ("v=spf1 ip4:192.0.2.1 ?all", "192.0.2.2", "neutral"),
        ("v=spf1 ip4:192.0.2.1", "192.0.2.2", "neutral"),
        ("v=spf1", "192.0.2.2", "neutral"),
        ("V=SPF1 IP4:192.0.2.1 -ALL", "192.0.2.1", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::25", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", "192.0.2.1", "fail"),
        ("v=spf1 ip4:192.0.2.1 -all", "::ffff:192.0.2.1", "pass"),
        ("v=spf1 -ip4:192.0.2.1 +all", "192.0.2.1", "fail"),
        ("v=spf1 +all", "192.0.2.1", "pass"),
        ("v=spf1  ip4:192.0.2.1  -all ", "192.0.2.1", "pass"),
        ("v=spf1 unknown=modifier ip4:192.0.2.1 -all", "192.0.2.1", "pass"),
    ],
)
def test_a_record_of_addresses(result, record, address, expected):
    assert result({HOME: record}, address).result == expected


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 ip4:192.0.2.300 -all",
        "v=spf1 ip4:2001:db8::1 -all",
        "v=spf1 ip6:192.0.2.1 -all",
        "v=spf1 ip6:fe80::1%eth0 -all",
        "v=spf1 ip4 -all",
        "v=spf1 inlcude:example.net -all",
        "v=spf1 include -all",
        "v=spf1 include: -all",
        "v=spf1 all:example.net",
        "v=spf1 a:/24",
        "v=spf1 a/33",
        "v=spf1 mx//129",
        "v=spf1 exists:%{z} -all",
        "v=spf1 exists:%{i0}.example.net -all",
        "v=spf1 redirect=a.example redirect=b.example",
        "v=spf1 redirect=",
        "v=spf1 include:nodots -all",
        "v=spf1 =x",
        "v=spf1 ip4:192.0.2.1; -all",
        "v=spf1 ip4:192.0.2.0/024 -all",
        "v=spf1 a:example.net/024 -all",
        "v=spf1 a/024 -all",
        "v=spf1 a:example.-net -all",
        "v=spf1 a:example.net- -all",
        "v=spf1 redirect=-all",
        "v=spf1 exp= -all",
        "v=spf1 -all exp=%{r}.example.net",
        "v=spf1 -all other=%abc",
    ],
)
def test_a_record_that_cannot_be_read_is_a_permanent_error_with_its_word(result, record):
    found = result({HOME: record})
    assert found.result is SpfResult.PERMERROR
    assert found.because.startswith("in the record of example.org, ")


def test_no_record_and_several(result):
    assert result({}).result is SpfResult.NONE
    assert result({HOME: "hello"}).result is SpfResult.NONE
    assert result({HOME: "v=spf10 -all"}).result is SpfResult.NONE
    twice = result({HOME: ["v=spf1 -all", "v=spf1 +all", "site-verification=1"]})
    assert (twice.result, twice.because) == (
        SpfResult.PERMERROR,
        "example.org has 2 SPF records, and receivers use none of them",
    )


def test_nobody_answers(result):
    found = result({HOME: "silent"})
    assert (found.result, found.because) == (
        SpfResult.TEMPERROR,
        "the DNS gave no answer (SERVFAIL) for example.org",
    )
    assert result({HOME: "v=spf1 a:far.example.net -all", "far.example.net A": "silent"}).result == "temperror"


def test_hosts_and_mail_servers(result):
    zone = {
        HOME: "v=spf1 a mx:example.net/24 a:six.example.net//64 -all",
        "example.org A": "192.0.2.1",
        "example.net MX": ["10 mx.example.net", "20 mx2.example.net"],
        "mx.example.net A": "198.51.100.1",
        "mx2.example.net A": "198.51.101.1",
        "six.example.net AAAA": "2001:db8::1",
    }
    assert result(zone, "192.0.2.1").result is SpfResult.PASS
    assert result(zone, "198.51.101.77").result is SpfResult.PASS
    assert result(zone, "2001:db8::ffff").result is SpfResult.PASS
    assert result(zone, "203.0.113.1").result is SpfResult.FAIL


def test_an_include_passes_on_a_pass_alone(result):
    zone = {
        HOME: "v=spf1 include:_spf.example.net ~all",
        "_spf.example.net": "v=spf1 ip4:192.0.2.1 -ip4:192.0.2.2 ?all",
    }
    assert result(zone, "192.0.2.1").result is SpfResult.PASS
    assert result(zone, "192.0.2.2").result is SpfResult.SOFTFAIL
    assert result(zone, "192.0.2.3").through == ("_spf.example.net",)


def test_an_include_of_nothing_spoils_the_record(result):
    found = result({HOME: "v=spf1 include:gone.example.net -all"})
    assert (found.result, found.because) == (
        SpfResult.PERMERROR,
        "it includes gone.example.net, which has no SPF record",
    )


def test_a_redirect_takes_over_unless_there_is_an_all(result):
    other = {"_spf.example.net": "v=spf1 ip4:192.0.2.1 -all"}
    assert result({HOME: "v=spf1 redirect=_spf.example.net", **other}).result is SpfResult.PASS
    assert result({HOME: "v=spf1 redirect=_spf.example.net ~all", **other}).result is SpfResult.SOFTFAIL
    assert result({HOME: "v=spf1 redirect=_spf.example.net"}).result is SpfResult.PERMERROR


def test_a_circle_is_told(result):
    zone = {HOME: "v=spf1 include:a.example.net -all", "a.example.net": "v=spf1 include:EXAMPLE.org -all"}
    found = result(zone)
    assert found.result is SpfResult.PERMERROR
    assert found.because == "its records go in a circle: example.org → a.example.net → example.org"


def test_a_chain_without_end_is_cut(result):
    zone = {f"n{number}.example.net": f"v=spf1 include:n{number + 1}.example.net -all" for number in range(100)}
    found = result({HOME: "v=spf1 include:n0.example.net -all", **zone})
    assert (found.result, found.lookups) == (SpfResult.PERMERROR, 11)
    assert found.because == "it takes more than 10 lookups, and receivers stop there"


def test_ten_lookups_are_allowed_and_counted_in_every_record(result):
    names = [f"a:h{number}.example.net" for number in range(9)]
    zone = {f"h{number}.example.net A": "198.51.100.1" for number in range(9)}
    zone["_spf.example.net"] = f"v=spf1 {' '.join(names)} -all"
    found = result({HOME: "v=spf1 include:_spf.example.net -all", **zone})
    assert (found.result, found.lookups) == (SpfResult.FAIL, 10)
    assert result({HOME: "v=spf1 include:_spf.example.net mx -all", **zone}).result is SpfResult.PERMERROR


def test_more_than_two_names_without_records(result):
    found = result({HOME: "v=spf1 a:x.example.net a:y.example.net a:z.example.net -all"})
    assert (found.result, found.because) == (
        SpfResult.PERMERROR,
        "more than 2 of its names have no records, z.example.net is one",
    )
    assert result({HOME: "v=spf1 a:x.example.net a:y.example.net -all"}).result is SpfResult.FAIL


def test_too_many_mail_servers(result):
    zone = {HOME: "v=spf1 mx -all", "example.org MX": [f"10 mx{number}.example.net" for number in range(11)]}
    assert result(zone).because == "example.org has more than 10 mail servers"


def test_ptr_counts_only_a_confirmed_name(result):
    zone = {
        HOME: "v=spf1 ptr -all",
        "1.2.0.192.in-addr.arpa PTR": ["liar.example.org", "relay.example.org"],
        "relay.example.org A": "192.0.2.1",
    }
    assert result(zone, "192.0.2.1").result is SpfResult.PASS
    assert result({**zone, "relay.example.org A": "192.0.2.9"}, "192.0.2.1").result is SpfResult.FAIL
    assert result(zone).slack == ("ptr",)


def test_nobodys_address_reads_all_of_the_record(result):
    zone = {
        HOME: "v=spf1 ip4:192.0.2.1 include:_spf.example.net mx -all",
        "_spf.example.net": "v=spf1 exists:%{i}.x.example -all",
    }
    zone |= {"example.org MX": "10 mx.example.org", "0.0.0.0.x.example A": "127.0.0.2"}
    found = result(zone, None)
    assert found.lookups == 2
    assert found.through == ("_spf.example.net",)
    assert result({HOME: "v=spf1 ip4:192.0.2.1 -all"}, None).result is SpfResult.FAIL


@pytest.mark.parametrize(
    "record", ["v=spf1 +all", "v=spf1 ip4:0.0.0.0/0 -all", "v=spf1 include:open.example -all", "v=spf1 all"]
)
def test_a_record_that_lets_anybody_send_passes_nobodys_address(result, record):
    assert result({HOME: record, "open.example": "v=spf1 ip6:::/0 -all"}, None).result is SpfResult.PASS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l-}.x.example", "strong.bad.x.example"),
        ("%{lr-}.x.example", "bad.strong.x.example"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("a%%b.%{h}", "a%b.relay.example.com"),
        ("%{S}.x.example", "strong-bad%40email.example.com.x.example"),
    ],
)
def test_the_macros_of_the_standard(text, expected):
    who = Sender(mailbox="strong-bad@email.example.com", helo="relay.example.com", address=ip_address("192.0.2.3"))
    assert expand(text, "email.example.com", who) == expected


def test_the_macro_of_a_longer_address():
    who = Sender(mailbox="a@example.com", helo="", address=ip_address("2001:db8::cb01"))
    name = expand("%{ir}.%{v}._spf.%{d2}", "email.example.com", who)
    assert name == f"{'.'.join(reversed('20010db800000000000000000000cb01'))}.ip6._spf.example.com"


def test_an_address_in_its_longer_form_is_the_shorter_one(result):
    zone = {HOME: "v=spf1 a:relay.example.net -all", "relay.example.net A": "192.0.2.1"}
    assert result(zone, "::ffff:192.0.2.1").result is SpfResult.PASS


def test_the_confirmed_name_of_the_sender(result):
    zone = {
        HOME: "v=spf1 exists:%{p}.known.example.net -all",
        "1.2.0.192.in-addr.arpa PTR": ["other.example", "relay.example.org"],
        "other.example A": "192.0.2.1",
        "relay.example.org A": "192.0.2.1",
        "relay.example.org.known.example.net A": "127.0.0.2",
    }
    assert result(zone, "192.0.2.1").result is SpfResult.PASS
    assert result(zone, "192.0.2.2").result is SpfResult.FAIL


def test_what_a_stranger_says_in_a_macro_spoils_no_record(result):
    zone = {HOME: "v=spf1 exists:%{l}.%{h} ip4:192.0.2.1 -all"}
    assert result(zone, mailbox='"a b..c"@example.org').result is SpfResult.PASS


def test_a_name_that_grows_too_long_loses_its_left():
    who = Sender(mailbox="a@example.com", helo="", address=None)
    name = expand(f"{'x' * 60}.{'y' * 60}.{'z' * 60}.{'w' * 60}.%{{d}}.example.net", "email.example.com", who)
    assert name == f"{'y' * 60}.{'z' * 60}.{'w' * 60}.email.example.com.example.net"


WORDS = st.sampled_from(
    [
        "all",
        "-all",
        "~all",
        "ip4:",
        "ip4:192.0.2.1",
        "ip4:1.2.3.4/99",
        "a",
        "a:",
        "a/24//64",
        "mx",
        "mx:example.org",
        "include:example.org",
        "include:",
        "ptr",
        "ptr:example.org",
        "exists:%{i}.example.org",
        "exists:%{",
        "redirect=example.org",
        "redirect=",
        "exp=x",
        "%{d2r}",
        "?",
        "-",
        "//",
        ":",
        "=",
    ]
)
RECORDS = st.one_of(
    st.lists(st.one_of(WORDS, st.text(max_size=12)), max_size=14).map(lambda words: " ".join(["v=spf1", *words])),
    st.text(),
)


@given(RECORDS)
def test_any_text_is_a_record_or_a_bad_one(text):
    with contextlib.suppress(BadRecord):
        assert isinstance(read_spf(text).terms, tuple)


@given(
    st.dictionaries(st.sampled_from([HOME, "example.net", "a.example"]), st.lists(RECORDS, max_size=2)),
    st.sampled_from(["192.0.2.1", "2001:db8::1", None]),
)
def test_any_zone_comes_to_a_result_within_its_bounds(told, zone, address):
    found = told(zone, check(HOME, sender(address)))
    assert found.result in set(SpfResult)
    assert found.lookups <= 11
    assert found.record == "" or is_spf(found.record)
