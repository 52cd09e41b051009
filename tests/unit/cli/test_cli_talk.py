"""How the commands speak, and how they read a time."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from digest.cli import talk
from digest.cli.options import moment
from digest.errors import NotFound
from digest.model.delivery import DeliveryState, Receipt

NOW = datetime(2026, 3, 12, 6, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Named:
    """A value of somebody's."""

    name: str
    when: datetime


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-03-12T07:00+01:00", datetime(2026, 3, 12, 6, tzinfo=UTC)),
        ("2026-03-12T07:00", datetime(2026, 3, 12, 7, tzinfo=UTC)),
        ("2026-03-12T07:00Z", datetime(2026, 3, 12, 7, tzinfo=UTC)),
        ("2026-03-12", datetime(2026, 3, 12, tzinfo=UTC)),
    ],
)
def test_a_time_is_iso_and_utc_where_it_says_nothing_else(text, value):
    assert moment(text) == value
    assert moment(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "noon", "12.03.2026", "2026-13-01", "1773300000"])
def test_what_is_no_time_is_refused_with_an_example(text):
    with pytest.raises(typer.BadParameter, match="is no time such as 2026-03-12T07:00"):
        moment(text)


@pytest.mark.parametrize("text", ["0001-01-02", "1969-12-31T23:00Z", "9999-12-31T23:59"])
def test_a_time_that_no_day_before_or_after_can_be_reckoned_from_is_refused(text):
    with pytest.raises(typer.BadParameter, match="is no time from 1970 to 9998"):
        moment(text)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (None, "never"),
        (NOW, "now"),
        (NOW - timedelta(seconds=59), "now"),
        (NOW - timedelta(seconds=60), "1 min ago"),
        (NOW - timedelta(minutes=119), "1 h ago"),
        (NOW - timedelta(hours=47), "1 d ago"),
        (NOW + timedelta(minutes=5), "5 min ahead"),
        (NOW + timedelta(days=3), "3 d ahead"),
    ],
)
def test_ages_are_one_short_pair_of_words(moment, text):
    assert talk.ago(moment, now=NOW) == text


def test_data_goes_to_stdout_and_talk_to_stderr(capsys):
    talk.put("data")
    talk.say("talk")
    assert capsys.readouterr() == ("data\n", "talk\n")


def test_a_fault_is_said_with_what_to_do(capsys):
    talk.complain(NotFound("there is no edition 9", hint="digest edition list shows them"))
    talk.complain(NotFound("gone"))
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "error: there is no edition 9\nhint: digest edition list shows them\nerror: gone\n"


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("There is no edition 9.", "there is no edition 9"),
        ("A pause must end.", "a pause must end"),
        ("“99” is no time of day.", "“99” is no time of day"),
        ("DIGEST_FROM is missing", "DIGEST_FROM is missing"),
        ("PostgreSQL is away.", "PostgreSQL is away"),
        ("Ana@example.org is known already", "Ana@example.org is known already"),
        ("", ""),
    ],
)
def test_every_fault_is_said_in_one_form(sentence, said):
    assert talk.phrase(sentence) == said


def test_json_has_a_form_for_all_our_values(capsys):
    value = {
        "at": NOW,
        "on": date(2026, 3, 12),
        "receipt": Receipt(code=250, text="ok “ja”"),
        "state": DeliveryState.ACCEPTED,
        "path": Path("a/b"),
        "bytes": b"\x00\xff",
        "list": (Named("Ana", NOW),),
    }
    talk.put_json(value)
    out, _ = capsys.readouterr()
    assert "“ja”" in out
    assert json.loads(out) == {
        "at": "2026-03-12T06:30:00+00:00",
        "on": "2026-03-12",
        "receipt": {"code": 250, "text": "ok “ja”", "enhanced": ""},
        "state": "accepted",
        "path": "a/b",
        "bytes": "00ff",
        "list": [{"name": "Ana", "when": "2026-03-12T06:30:00+00:00"}],
    }


def test_a_line_of_json_is_one_line(capsys):
    talk.put_line({"text": "two\nlines", "at": NOW})
    out, _ = capsys.readouterr()
    assert out.count("\n") == 1
    assert json.loads(out)["text"] == "two\nlines"


def test_a_record_is_a_value_taken_apart():
    assert talk.record(Receipt(code=1, text="x")) == {"code": 1, "text": "x", "enhanced": ""}


def test_a_table_in_a_pipe_stays_whole(capsys):
    talk.put_table(("name", "title"), [("Ana", "word " * 20), ("Leo", None)])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].split() == ["name", "title"]
    assert lines[2].split() == ["Leo", "None"]


def test_a_table_is_never_markup_nor_drives_the_terminal(capsys):
    talk.put_table(("title",), [("[bold]loud[/bold] :smile: \x1b[2J\x07 a\r\nb",)])
    out, _ = capsys.readouterr()
    assert "[bold]loud[/bold] :smile:" in out
    assert "\x1b" not in out
    assert "\x07" not in out


@given(st.text())
def test_a_cell_is_always_printable(text):
    assert talk.printable(text).isprintable()
    assert len(talk.printable(text)) == len(text)


def test_where_stderr_is_no_terminal_there_is_no_bar(capsys):
    with talk.progress("sending") as step:
        step(1, 2)
        step(2, 2)
    assert capsys.readouterr() == ("", "")
