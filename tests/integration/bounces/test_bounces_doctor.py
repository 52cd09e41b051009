"""The doctor looks at the mailboxes of bounces, and leaves them as they are."""

import asyncio
from dataclasses import replace

import pytest

from digest.channels.imap_url import parse_imap_url
from digest.channels.relay import parse_smtp_urls
from digest.newsroom.doctor import returning
from digest.settings.read import read_settings

from .imapd import Imapd


@pytest.fixture
def settings(tmp_path):
    return read_settings({}, dotenv=tmp_path / "none")


@pytest.fixture
def imapd():
    server = Imapd()
    yield server
    server.close()


def looked(work):
    (line,) = asyncio.run(work)
    return line


def test_a_folder_on_a_server(settings, imapd):
    imapd.put(b"Subject: bounce\n\nno such user\n")
    url = f"imap://ana:pass@127.0.0.1:{imapd.port}/INBOX"
    line = looked(returning.of_server(replace(settings, imap_url=parse_imap_url(url))))
    assert (line.verdict, line.found) == ("ok", "the mailbox opens, and holds 1")
    assert not [word for word in imapd.commands if word.split()[0] in {"CREATE", "STORE", "FETCH"} or "FETCH" in word]


def test_a_wrong_password_is_told_without_it(settings, imapd):
    url = f"imap://ana:wr0ng@127.0.0.1:{imapd.port}/INBOX"
    line = looked(returning.of_server(replace(settings, imap_url=parse_imap_url(url))))
    assert line.verdict == "fail"
    assert "wr0ng" not in f"{line}"


def test_a_maildir(settings, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1.host").write_bytes(b"Subject: bounce\n\nno such user\n")
    line = looked(returning.of_folder(replace(settings, bounces=tmp_path)))
    assert (line.verdict, line.found) == ("ok", "the mailbox opens, and holds 1")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"operator": "warn", "bounces": "warn"}),
        ({"operator": "desk@x.example"}, {"operator": "ok", "bounces": "warn"}),
        ({"bounce_address": "b@x.example"}, {"operator": "warn", "bounces": "warn"}),
        ({"operator": "desk@x.example", "bounce_address": "b@x.example", "bounces": "."}, {"operator": "ok"}),
    ],
)
def test_who_hears_of_what_goes_wrong(settings, changes, expected):
    chosen = replace(settings, smtp_url=parse_smtp_urls("smtp://127.0.0.1:2525"), **changes)
    assert {line.check: line.verdict for line in returning.of_settings(chosen)} == expected
    assert returning.of_settings(settings) == ()
