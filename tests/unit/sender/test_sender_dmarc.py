"""DMARC records found, read, and held against what a mail shows (RFC 7489)."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model.examined import Verdict
from digest.sender.dmarc import Dmarc, Identities, Policy, alignment, discover, look, read_dmarc

GOOD = "v=DMARC1; p=reject; rua=mailto:dmarc@example.org"


@pytest.fixture
def found(told, owner):
    def of(zone, domain="example.org"):
        return told(zone, discover(domain, owner))

    return of


@pytest.fixture
def lines(told, owner, found):
    def of(zone, domain="example.org"):
        return told(zone, look(domain, found(zone, domain), owner))

    return of


def test_everything_a_record_says():
    text = (
        "v=DMARC1;p=quarantine; sp=none ; adkim=s; aspf=s; pct=30; "
        "rua=mailto:a@x.example!10m,mailto:b@y.example;ruf=mailto:c@x.example; fo=1;"
    )
    assert read_dmarc(text) == Dmarc(
        policy=Policy.QUARANTINE,
        below=Policy.NONE,
        strict_dkim=True,
        strict_spf=True,
        share=30,
        reports=("mailto:a@x.example!10m", "mailto:b@y.example"),
    )
    assert read_dmarc("v=DMARC1; p=Reject").below is Policy.REJECT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=DMARC1",
        "p=none; v=DMARC1",
        "v=DMARC1; p=maybe",
        "v=DMARC1; p=none; p=none",
        "v=DMARC1; p none",
        "v=DMARC2; p=none",
    ],
)
def test_what_receivers_cannot_use(text):
    with pytest.raises(ValueError):  # noqa: PT011 says only that it is none
        read_dmarc(text)


@given(st.one_of(st.text(), st.text(alphabet="vpDMARC1=; \t\nnoerjctquaisk:,%0_").map(lambda text: "v=DMARC1;" + text)))
def test_any_text_is_a_record_or_none(text):
    with contextlib.suppress(ValueError):
        assert isinstance(read_dmarc(text).policy, Policy)


def test_the_record_of_the_domain_itself_comes_first(found):
    zone = {"_dmarc.news.example.co.uk": GOOD, "_dmarc.example.co.uk": "v=DMARC1; p=none"}
    assert found(zone, "news.example.co.uk").at == "news.example.co.uk"
    del zone["_dmarc.news.example.co.uk"]
    assert found(zone, "news.example.co.uk").at == "example.co.uk"
    assert found({}, "news.example.co.uk").count == 0


def test_one_good_record_and_no_other(lines):
    (line,) = lines({"_dmarc.example.org": [GOOD, "unrelated"]})
    assert (line.verdict, line.found) == (Verdict.OK, "the policy is reject")


def test_a_domain_below_takes_the_policy_for_those_below(lines):
    (line,) = lines(
        {"_dmarc.example.org": "v=DMARC1; p=reject; sp=none; pct=50; rua=mailto:d@example.org"}, "news.example.org"
    )
    assert line.found == "the policy is none, for 50 % of what fails, by the record of example.org"


@pytest.mark.parametrize(
    ("values", "verdict", "words"),
    [
        ([], "warn", "there is no record; large receivers want one of everybody who sends much"),
        ([GOOD, GOOD], "fail", "_dmarc.example.org has 2 records, and receivers use none of them"),
        (["v=DMARC1; p=maybe"], "fail", "the record at _dmarc.example.org cannot be read"),
        ("silent", "fail", "the DNS gave no answer (SERVFAIL) for _dmarc.example.org"),
        (["v=DMARC1; p=none"], "ok", "the policy is none; nobody gets reports"),
    ],
)
def test_what_is_wrong_with_a_record(lines, values, verdict, words):
    (line,) = lines({"_dmarc.example.org": values})
    assert (line.verdict, line.found) == (verdict, words)


def test_reports_to_others_need_their_consent(lines):
    zone = {"_dmarc.example.org": "v=DMARC1; p=none; rua=mailto:x@reports.example,https://x.example/y"}
    _, refused, strange = lines(zone)
    assert refused.found.startswith("reports go to reports.example, which does not say that it takes them")
    assert strange.found == "rua= names a place that is no mailto: address"
    zone["example.org._report._dmarc.reports.example"] = "v=DMARC1"
    assert len(lines(zone)) == 2


@pytest.mark.parametrize(
    ("envelope", "signed", "record", "verdict"),
    [
        ("example.org", (), None, "ok"),
        ("bounces.example.org", (), None, "ok"),
        ("bounces.example.org", (), "v=DMARC1; p=reject; aspf=s", "warn"),
        ("mailer.example.net", (), "v=DMARC1; p=none", "skip"),
        ("mailer.example.net", (), "v=DMARC1; p=reject", "warn"),
        ("mailer.example.net", ("EXAMPLE.org",), "v=DMARC1; p=reject", "ok"),
        ("mailer.example.net", ("mail.example.org",), "v=DMARC1; p=reject", "ok"),
        ("mailer.example.net", ("mail.example.org",), "v=DMARC1; p=reject; adkim=s", "fail"),
        ("mailer.example.net", ("example.net",), "v=DMARC1; p=none", "warn"),
    ],
)
def test_who_speaks_for_what_readers_see(owner, envelope, signed, record, verdict):
    who = Identities(shown="example.org", envelope=envelope, signed=signed)
    assert alignment(who, read_dmarc(record) if record else None, owner).verdict == verdict
