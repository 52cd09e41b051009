"""Lists of people that come in, from us and from other tools."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.model.subscriber import Consent, Preferences, SubscriberState
from digest.subscribers.roster import Row, read_csv

NOW = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
CONSENT = Consent(text="Signed up at the spring fair.", at=NOW, origin="fair.csv")


def rows_of(content: str | bytes, consent: Consent | None = CONSENT) -> list[Row]:
    octets = content if isinstance(content, bytes) else content.encode()
    return list(read_csv(io.BytesIO(octets), consent=consent, now=NOW))


def people_of(content: str | bytes) -> list[tuple[str, str]]:
    return [(row.subscriber.address, row.subscriber.name) for row in rows_of(content) if row.subscriber]


@pytest.mark.parametrize(
    "content",
    [
        'uuid,email,name,attributes,status\n1,ann@example.org,Ann Lee,"{""city"": ""Ulm, Donau""}",enabled\n',
        "Email Address,First Name,Last Name,Address,Birthday,MEMBER_RATING\nann@example.org,Ann,Lee,1 Long Row,,2\n",
        "id,email,name,note,subscribed_to_emails,deleted_at\n1,ann@example.org,Ann Lee,,true,\n",
        "Email,First name,Last name,Data\nann@example.org,Ann,Lee,{}\n",
        "E-Mail;Vorname;Name\nann@example.org;Ann;Lee\n",
        "Nachname\tVorname\tE-Mail-Adresse\nLee\tAnn\tann@example.org\n",
        "MAIL|name\nann@example.org|Ann Lee\n",
        'name, address\n"Ann Lee", ann@example.org\n',
        "\n\n\ufeffemail,name\nann@example.org,Ann Lee".removeprefix("\n\n"),
        "email,name\r\nann@example.org,Ann Lee\r\n",
        "email,name\rann@example.org,Ann Lee\r",
    ],
)
def test_lists_of_other_tools_are_understood(content):
    assert people_of(content) == [("ann@example.org", "Ann Lee")]


def test_notes_of_a_list_without_names_are_no_names():
    assert people_of("Email,Notes,Tags\nann@example.org,met in May,vip\n") == [("ann@example.org", "")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_usual_encoding_is_read(encoding):
    assert people_of("Email;Vorname;Nachname\njoerg@example.org;Jörg;Größe\n".encode(encoding)) == [
        ("joerg@example.org", "Jörg Größe")
    ]


def test_one_line_in_another_encoding_does_not_spoil_the_rest():
    content = "email,name\na@example.org,Zoë\n".encode() + "b@example.org,Zoë\n".encode("cp1252")
    assert people_of(content) == [("a@example.org", "Zoë"), ("b@example.org", "Zoë")]


def test_addresses_alone_are_a_list():
    assert people_of("ann@example.org\nbob@example.org\n") == [("ann@example.org", ""), ("bob@example.org", "")]


@pytest.mark.parametrize("content", ["", "\n\n", "name,city\nAnn,Ulm\n", "\0\n", "\x89PNG\r\n\x1a\n", '"email\n'])
def test_what_is_no_list_of_people_is_refused_at_once(content):
    with pytest.raises(UsageError):
        read_csv(io.BytesIO(content.encode("latin-1")), consent=None, now=NOW)


def test_people_are_pending_unless_they_agreed():
    [pending] = rows_of("email\nann@example.org\n", consent=None)
    [active] = rows_of("email\nann@example.org\n")
    assert (pending.subscriber.state, pending.subscriber.consent) == (SubscriberState.PENDING, None)
    assert (active.subscriber.state, active.subscriber.consent) == (SubscriberState.ACTIVE, CONSENT)
    assert active.subscriber.joined_at == NOW


@pytest.mark.parametrize("status", ["unsubscribed", "Blocklisted", "hard-bounced", "cleaned", "FALSE", "spam"])
def test_who_has_left_elsewhere_is_never_made_active(status):
    [row] = rows_of(f"email,status\nann@example.org,{status}\n")
    assert row.subscriber.state is SubscriberState.UNSUBSCRIBED
    assert row.subscriber.consent is None
    assert "has left" in row.fault


def test_a_time_of_leaving_counts_whatever_the_status_says():
    [row] = rows_of("email,status,unsub_time\nann@example.org,subscribed,2025-01-01\n")
    assert row.subscriber.state is SubscriberState.UNSUBSCRIBED


def test_who_has_not_confirmed_elsewhere_stays_pending_even_with_consent():
    [row] = rows_of("email,status\nann@example.org,unconfirmed\n")
    assert (row.subscriber.state, row.subscriber.consent) == (SubscriberState.PENDING, None)


def test_a_status_nobody_knows_is_reported_and_nobody_is_imported():
    [row] = rows_of("email,status\nann@example.org,frozen\n")
    assert row.subscriber is None
    assert "“frozen”" in row.fault


def test_wishes_are_read():
    [row] = rows_of(
        "email,timezone,hour,days,sections,muted words,muted_sources,Followed words,followed_sources,max_stories,"
        "paused_until\n"
        "ann@example.org,europe/berlin,6:45,weekdays,"
        '"World; Science","football, ""rock, paper""",x.example,"ferry, tide",Bay News,7,2026-04-01\n'
    )
    assert row.subscriber.preferences == Preferences(
        timezone="Europe/Berlin",
        send_at=405,
        days=0b11111,
        sections=("World", "Science"),
        muted_words=("football", "rock, paper"),
        muted_sources=("x.example",),
        followed_words=("ferry", "tide"),
        followed_sources=("Bay News",),
        max_stories=7,
        paused_until=datetime(2026, 4, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("head", "cell"),
    [("timezone", "Mars/Base"), ("hour", "25:00"), ("days", "someday"), ("max_stories", "0"), ("max_stories", "many"),
     ("paused_until", "soon"), ("joined_at", "0000-00-00"), ("name", "x" * 201),
     ("sections", ";".join(map(str, range(101)))), ("paused_until", "0001-01-01T00:00+14:00")],
)  # fmt: skip
def test_a_wish_that_makes_no_sense_keeps_its_row_out_and_no_other(head, cell):
    bad, good = rows_of(f"email\t{head}\nann@example.org\t{cell}\nbob@example.org\t\n")
    assert bad.subscriber is None
    assert bad.fault
    assert good.subscriber.address == "bob@example.org"


def test_faults_name_their_lines_and_the_rest_is_imported():
    content = (
        "\nemail,name\n"  # line 2
        "ann@example.org,Ann\n"
        "rubbish,Bob\n"
        "\n"
        'cid@example.org,"two\nlines"\n'
        "ANN@EXAMPLE.ORG,Ann again\n"
        'dan@example.org,"never closed\n'
        "eve@example.org,Eve\n"
        'fay@example.org,"un"matched"\n'
        ",Nobody\n"
        "gil@example.org\n"
    )
    rows = rows_of(content)
    assert [(row.line, row.subscriber.address) for row in rows if row.subscriber] == [
        (3, "ann@example.org"),
        (6, "cid@example.org"),
        (10, "eve@example.org"),
        (13, "gil@example.org"),
    ]
    faults = {row.line: row.fault for row in rows if row.fault}
    assert list(faults) == [4, 8, 9, 11, 12]
    assert "stands on line 3 already" in faults[8]
    assert "quotation marks do not match" in faults[9]


def test_a_name_loses_line_breaks_and_turned_reading_order():
    assert people_of('email,name\nann@example.org,"Ann\n\u202e\x07 Lee"\n') == [("ann@example.org", "Ann Lee")]


def test_a_line_with_a_nul_is_one_fault():
    rows = rows_of("email,name\nann@example.org,A\0nn\nbob@example.org,Bob\n")
    assert [bool(row.subscriber) for row in rows] == [False, True]


class EndlessLine(io.RawIOBase):
    """A list whose second line is as long as `size`, made while it is read."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.parts = [b"email,name\nann@example.org,Ann\n", b"\nbob@example.org,Bob\n"]

    def read(self, size: int = -1) -> bytes:
        if len(self.parts) == 2:
            return self.parts.pop(0)
        if self.left > 0:
            self.left -= size
            return b"x" * size
        return self.parts.pop() if self.parts else b""


def test_a_line_of_twenty_megabytes_is_one_fault_and_is_not_kept():
    rows = list(read_csv(EndlessLine(20_000_000), consent=None, now=NOW))
    assert [row.line for row in rows if row.subscriber] == [2, 4]
    assert [row.fault for row in rows if row.fault] == [
        "This row cannot be read: the line is longer than 65536 characters."
    ]


@given(st.binary(max_size=400))
def test_no_bytes_do_worse_than_faults(content):
    try:
        rows = rows_of(b"email,name\n" + content)
    except UsageError:
        return
    assert all(row.subscriber or row.fault for row in rows)
    assert all(row.fault.isprintable() for row in rows)


@given(st.lists(st.text(alphabet='ab",\n\t;\0 ', max_size=12), max_size=12))
def test_rubbish_before_it_never_costs_a_clean_line(lines):
    content = (
        "email,name\n"
        + "".join(f"{line}\n" for line in lines)
        + "ann@example.org,Ann\n" * (1 if sum(line.count('"') for line in lines) == 0 else 60)
    )
    assert any(row.subscriber and row.subscriber.address == "ann@example.org" for row in rows_of(content))


def test_a_quotation_mark_that_nothing_closes_is_named():
    bad, good = rows_of('email,name\ndan@example.org,"never closed\neve@example.org,Eve\n')
    assert (bad.line, good.line) == (2, 3)
    assert "never closed" in bad.fault
