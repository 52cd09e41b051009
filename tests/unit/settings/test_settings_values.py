"""How the text of a setting becomes a value, and what is refused."""

from email.utils import parseaddr
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DigestError
from digest.settings.values import (
    address,
    colour,
    folder,
    host_port,
    hosts,
    hours,
    keys,
    language,
    mailbox,
    minutes,
    name_server,
    one_of,
    phrases,
    ping_address,
    plain,
    positive,
    token,
    web_address,
    whole,
    yes_or_no,
    zone,
)

KEY = "0123456789abcdef0123456789abcdef"

GOOD = [
    (plain, "The Harbour Gazette", "The Harbour Gazette"),
    (plain, "", ""),
    (plain, "Zeitung für Möwen", "Zeitung für Möwen"),
    (whole(1, 40), "1", 1),
    (whole(1, 40), "40", 40),
    (positive, "0.5", 0.5),
    (positive, "999999", 999_999.0),
    (minutes, "7.5", 7.5),
    (minutes, "", None),
    (phrases, " lottery, Royal Wedding ,, 橋", ("lottery", "Royal Wedding", "橋")),
    (phrases, "", ()),
    (one_of("auto", "required"), "required", "required"),
    (zone, "Europe/Berlin", "Europe/Berlin"),
    (zone, "UTC", "UTC"),
    (zone, "America/St_Johns", "America/St_Johns"),
    (hours, "06:30", (390,)),
    (hours, "18:00  06:30 12:15", (390, 735, 1080)),
    (hours, "00:00", (0,)),
    (mailbox, "paper@harbour.example", "paper@harbour.example"),
    (mailbox, "<paper@harbour.example>", "paper@harbour.example"),
    (mailbox, "The Gazette <paper@HARBOUR.example>", "The Gazette <paper@harbour.example>"),
    (mailbox, '"The Gazette" <paper@harbour.example>', "The Gazette <paper@harbour.example>"),
    (mailbox, "Möwenpost <paper@harbour.example>", "Möwenpost <paper@harbour.example>"),
    (address, "ana@Harbour.EXAMPLE", "ana@harbour.example"),
    (address, "", ""),
    (web_address, "https://news.harbour.example", "https://news.harbour.example"),
    (web_address, "https://harbour.example/paper/", "https://harbour.example/paper"),
    (web_address, "http://127.0.0.1:8025", "http://127.0.0.1:8025"),
    (web_address, "", ""),
    (colour, "#8C1D18", "#8c1d18"),
    (host_port, "127.0.0.1:8025", ("127.0.0.1", 8025)),
    (host_port, "Intranet.Example:80", ("intranet.example", 80)),
    (host_port, "[::1]:8025", ("::1", 8025)),
    (hosts, "", frozenset()),
    (hosts, "wiki.example:80, [fd00::5]:8080", frozenset({("wiki.example", 80), ("fd00::5", 8080)})),
    (hosts, "a.example:1 b.example:2", frozenset({("a.example", 1), ("b.example", 2)})),
    (keys, "", ()),
    (keys, KEY, (KEY,)),
    (keys, f"{KEY} {KEY[::-1]}", (KEY, KEY[::-1])),
    (language, "en", "en"),
    (language, "pt-BR", "pt-BR"),
    (folder, "", None),
    (ping_address, "", ""),
    (ping_address, "https://switch.example/0815?x=1", "https://switch.example/0815?x=1"),
    (ping_address, "http://127.0.0.1:8000/ping/0815", "http://127.0.0.1:8000/ping/0815"),
    (ping_address, "http://[::1]/0815", "http://[::1]/0815"),
    (ping_address, "http://LOCALHOST/0815", "http://localhost/0815"),
]

BAD = [
    (plain, "two\nlines"),
    (plain, "a bell \a"),
    (whole(1, 40), "0"),
    (whole(1, 40), "41"),
    (whole(1, 40), "3.5"),
    (whole(1, 40), "many"),
    (positive, "0"),
    (positive, "-1"),
    (positive, "nan"),
    (positive, "inf"),
    (positive, "1e6"),
    (positive, "fast"),
    (minutes, "0"),
    (minutes, "nan"),
    (phrases, "lottery, !"),
    (phrases, "two\nlines"),
    (one_of("auto", "required"), "Required"),
    (zone, "Mars/Olympus"),
    (zone, "europe/berlin "),
    (zone, "../etc/passwd"),
    (hours, "24:00"),
    (hours, "06:30 noon"),
    (hours, "06:30,18:30"),
    (mailbox, "The Gazette"),
    (mailbox, "The Gazette <paper@harbour.example"),
    (mailbox, "paper@harbour.example>"),
    (mailbox, "a@b.example <c@d.example> <e@f.example>"),
    (mailbox, "Gazette <paper@harbour.example>\r\nBcc: all@harbour.example"),
    (address, "The Gazette <paper@harbour.example>"),
    (address, "nobody"),
    (web_address, "news.harbour.example"),
    (web_address, "ftp://harbour.example"),
    (web_address, "javascript:alert(1)"),
    (web_address, "https://"),
    (web_address, "https://user@harbour.example"),
    (web_address, "https://harbour.example/?page=1"),
    (web_address, "https://harbour.example/#top"),
    (web_address, "https://har bour.example"),
    (web_address, "https://möwe.example"),
    (colour, "8c1d18"),
    (colour, "#8c1"),
    (colour, "red"),
    (colour, "#8c1d18;"),
    (host_port, "8025"),
    (host_port, ":8025"),
    (host_port, "localhost"),
    (host_port, "localhost:0"),
    (host_port, "localhost:65536"),
    (host_port, "localhost:web"),
    (host_port, "http://localhost:80"),
    (host_port, "local host:80"),
    (hosts, "wiki.example"),
    (hosts, "http://wiki.example:80"),
    (keys, "short"),
    (keys, f"{KEY} short"),
    (language, "english!"),
    (language, "EN"),
    (language, ""),
    (folder, "/no/such/folder"),
    (ping_address, "http://switch.example/0815"),
    (ping_address, "http://localhost.example/0815"),
    (ping_address, "http://127.1/0815"),
    (ping_address, "https://ana:secret@switch.example/0815"),
    (ping_address, "https://switch.example:99999/0815"),
    (ping_address, "switch.example/0815"),
    (ping_address, "ftp://switch.example/0815"),
    (ping_address, "https://switch.example/\r\n0815"),
]


def text_of(case: object) -> str:
    return getattr(case, "__qualname__", repr(case)).partition(".")[0]


@pytest.mark.parametrize(("parse", "text", "value"), GOOD, ids=text_of)
def test_what_is_expected_becomes_a_value(parse, text, value):
    assert parse(text) == value


@pytest.mark.parametrize(("parse", "text"), BAD, ids=text_of)
def test_what_is_not_expected_is_refused(parse, text):
    with pytest.raises((ValueError, DigestError)):
        parse(text)


def test_a_folder_that_is_there_is_taken(tmp_path: Path):
    assert folder(str(tmp_path)) == tmp_path


def test_a_file_is_no_folder(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"^$"):
        folder(str(tmp_path / "file"))


@pytest.mark.parametrize("name", ["Gazette, The Harbour", "The Harbour (Gazette)", "Gazette: News", "All @ Sea"])
def test_a_sender_of_odd_signs_is_read_again_by_mail_programs(name):
    assert parseaddr(mailbox(f"{name} <paper@harbour.example>")) == (name, "paper@harbour.example")


@given(st.text(max_size=60))
def test_no_text_makes_a_parser_fail_in_another_way(text):
    parsers = (plain, whole(1, 9), positive, zone, hours, mailbox, address, web_address, colour, host_port, hosts)
    for parse in (*parsers, keys, language):
        try:
            parse(text)
        except (ValueError, DigestError):
            continue


@given(st.text(max_size=60))
def test_a_sender_is_settled_at_once(text):
    try:
        once = mailbox(text)
    except (ValueError, DigestError):
        return
    assert mailbox(once) == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("9.9.9.9", ("9.9.9.9", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("2620:fe::fe", ("2620:fe::fe", 53)),
        ("[2620:FE::fe]", ("2620:fe::fe", 53)),
        ("[::1]:5353", ("::1", 5353)),
    ],
)
def test_a_name_server_is_an_address_and_perhaps_a_port(text, expected):
    assert name_server(text) == expected


@pytest.mark.parametrize("text", ["dns.example", "localhost:53", "1.2.3.4:0", "1.2.3.4:x", "[::1", "::1]:53", "1.2.3"])
def test_a_name_server_is_nothing_else(text):
    with pytest.raises(ValueError):  # noqa: PT011 a parser says only that it is none
        name_server(text)


@pytest.mark.parametrize("text", ["short", "with blanks in its middle", "não-ascii-não-ascii"])
def test_a_token_is_long_and_has_no_blanks(text):
    with pytest.raises(ValueError):  # noqa: PT011 a parser says only that it is none
        token(text)


def test_yes_and_no_are_what_they_say():
    assert (yes_or_no("yes"), yes_or_no("no"), token(""), token("x" * 16)) == (True, False, "", "x" * 16)
