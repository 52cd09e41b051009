"""A record as a line for people, as JSON, and as a command says it."""

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.cli.logs import JsonLines, Lines, Spoken, form_of, password_in, secrets_of
from digest.cli.masks import mask_of
from digest.settings.read import read_settings

MASK = mask_of(["geheim"], addresses=False)


def record(words, *given, level=logging.INFO, exc_info=None, **fields):
    made = logging.LogRecord("digest", level, __file__, 1, words, given, exc_info)
    made.created = 1773293400.25
    made.__dict__.update(fields)
    return made


def fault():
    try:
        raise ValueError("geheim of ana@mail.example")
    except ValueError:
        return sys.exc_info()


def test_a_line_for_people():
    line = Lines(MASK).format(record("sent: %d accepted; stopped: %s", 3, "550 <ana@mail.example>"))
    assert line == "2026-03-12T05:30:00.250Z INFO sent: 3 accepted; stopped: 550 <•••@mail.example>"


def test_a_traceback_follows_a_line_and_hides_the_same():
    line = Lines(MASK).format(record("a step failed", level=logging.ERROR, exc_info=fault()))
    assert line.startswith("2026-03-12T05:30:00.250Z ERROR a step failed\nTraceback")
    assert line.endswith("ValueError: ••• of •••@mail.example")


def test_json_has_time_level_event_and_fields():
    line = JsonLines(MASK).format(record("sent: %d", 3, accepted=3, relay="mail.example:25", stopped="ana@x.example"))
    assert json.loads(line) == {
        "time": "2026-03-12T05:30:00.250Z",
        "level": "info",
        "event": "sent: 3",
        "accepted": 3,
        "relay": "mail.example:25",
        "stopped": "•••@x.example",
    }


def test_json_keeps_a_traceback_on_its_line():
    line = JsonLines(MASK).format(
        record("a step failed", level=logging.ERROR, exc_info=fault(), rate=1.5, edition=None)
    )
    entry = json.loads(line)
    assert "\n" not in line
    assert entry["error"].endswith("ValueError: ••• of •••@mail.example")
    assert (entry["rate"], entry["edition"]) == (1.5, None)


def test_a_field_cannot_take_the_place_of_an_events_own():
    assert json.loads(JsonLines(MASK).format(record("sent", time="never", level="high", event="x")))["event"] == "sent"


def test_a_command_speaks():
    assert (
        Spoken(MASK).format(record("a doubt of ana@x.example", level=logging.WARNING))
        == "warning: a doubt of •••@x.example"
    )


@pytest.mark.parametrize("kind", ["text", "json"])
@given(words=st.text(), value=st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.binary()))
def test_whatever_is_said_is_one_line(kind, words, value):
    line = form_of(kind, MASK).format(record("%s", words, value=value))
    assert len(line.splitlines()) <= 1 or kind == "json"
    assert "\n" not in line
    assert "\r" not in line
    if kind == "json":
        assert set(json.loads(line)) == {"time", "level", "event", "value"}


def test_every_secret_of_the_settings_is_known(tmp_path):
    given = {
        "DIGEST_DATABASE_URL": "postgresql://ana:db-word@db.example/digest",
        "DIGEST_SMTP_URL": "smtps://ana:smtp%2Fword@mail.example",
        "DIGEST_IMAP_URL": "imaps://ana:imap-word@mail.example/INBOX",
        "DIGEST_SECRET_KEY": f"{'k' * 32} {'o' * 32}",
        "DIGEST_METRICS_TOKEN": "m" * 20,
        "DIGEST_VECTORS_KEY": "vector-word",
    }
    secrets = set(secrets_of(read_settings(given, dotenv=tmp_path / "none")))
    assert {"db-word", "smtp/word", "imap-word", "k" * 32, "o" * 32, "m" * 20, "vector-word"} <= secrets


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("postgresql://ana:a@b@db.example/x", "a@b"),
        ("postgresql://ana@db.example/x", ""),
        ("sqlite:///digest.db", ""),
        ("nonsense", ""),
    ],
)
def test_the_password_in_a_url(url, word):
    assert password_in(url) == word
