"""The file of items that `select --from` reads."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.feeds.jsonl import item_of, parsed, read_items, time_of

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def items_file(tmp_path: Path) -> Path:
    return tmp_path / "items.jsonl"


def write(path: Path, *records: object) -> Path:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


def test_an_id_and_a_title_are_enough(items_file):
    items, now = read_items(write(items_file, {"id": "a", "title": "Ferry strike ends"}), now=None)
    (item,) = items
    assert (item.id, item.title, item.summary, item.publisher) == ("a", "Ferry strike ends", "", "")
    assert now == item.published == EPOCH


def test_everything_given_is_taken(items_file):
    record = {
        "id": 7,
        "title": "Ferry strike ends",
        "summary": "Deckhands accept.",
        "url": "https://press.example/7",
        "publisher": "press.example",
        "section": "Harbour",
        "published": "2026-03-12T13:00+01:00",
        "unheard": ["of"],
    }
    (item,), now = read_items(write(items_file, record), now=None)
    assert (item.id, item.summary, item.url) == ("7", "Deckhands accept.", "https://press.example/7")
    assert (item.publisher, item.source, item.section) == ("press.example", "press.example", "Harbour")
    assert (item.published, now) == (NOON, NOON)


def test_now_is_the_newest_item_unless_it_is_given(items_file):
    write(
        items_file,
        {"id": "a", "title": "x", "published": "2026-03-12T12:00Z"},
        {"id": "b", "title": "y", "published": "2026-03-11T12:00Z"},
        {"id": "c", "title": "z"},
    )
    items, now = read_items(items_file, now=None)
    assert now == NOON
    assert [item.published for item in items] == [NOON, datetime(2026, 3, 11, 12, tzinfo=UTC), None]
    assert items[2].seen == NOON
    assert read_items(items_file, now=EPOCH)[1] == EPOCH


@pytest.mark.parametrize("nothing", [None, "", 0.0])
def test_a_time_may_be_missing(nothing):
    assert time_of(nothing) in {None, EPOCH}


@pytest.mark.parametrize(
    "value", ["2026-03-12T12:00:00Z", "2026-03-12T12:00", "2026-03-12T17:30+05:30", 1773316800000, "1773316800000"]
)
def test_a_time_is_iso_or_milliseconds_since_the_epoch(value):
    assert time_of(value) == NOON


def test_empty_lines_count_for_the_number_and_nothing_else(items_file):
    items_file.write_text('\n{"id": "a", "title": "x"}\n\n   \n{"id": "b"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="line 5, is no item") as caught:
        read_items(items_file, now=None)
    assert "id and title" in caught.value.hint


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[]",
        "7",
        "null",
        '"text"',
        "{",
        '{"title": "x"}',
        '{"id": null, "title": "x"}',
        '{"id": "a", "title": null}',
        '{"id": "a", "title": "x", "published": "noon"}',
        '{"id": "a", "title": "x", "published": 1e30}',
        '{"id": "a", "title": "x", "published": [1]}',
        '{"id": "a", "title": "x", "published": Infinity}',
        "[" * 100_000,
    ],
)
def test_a_line_that_is_no_item_is_named(items_file, line):
    items_file.write_text(f'{{"id": "ok", "title": "x"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="line 2, is no item"):
        read_items(items_file, now=None)


def test_an_id_that_comes_twice_is_refused(items_file):
    with pytest.raises(UsageError, match="an id twice: “1”"):
        read_items(write(items_file, {"id": 1, "title": "x"}, {"id": "1", "title": "y"}), now=None)


def test_a_file_that_cannot_be_read_is_one_clear_sentence(tmp_path):
    (tmp_path / "latin").write_bytes(b'{"id": "a", "title": "M\xf6we"}\n')
    for name, reason in (("none", "No such file"), (".", "directory"), ("latin", "not UTF-8")):
        with pytest.raises(UsageError, match=reason):
            read_items(tmp_path / name, now=None)


def test_an_empty_file_has_no_items(items_file):
    items_file.touch()
    assert read_items(items_file, now=None) == ((), EPOCH)


def test_half_characters_are_shown_as_missing(items_file):
    items_file.write_text('{"id": "a\\ud800", "title": "half \\ud83d of one\\u0000"}\n', encoding="utf-8")
    (item,), _ = read_items(items_file, now=None)
    assert (item.id, item.title) == ("a\ufffd", "half \ufffd of one\x00")


@given(st.dictionaries(st.sampled_from(["id", "title", "summary", "published", "url"]), st.text() | st.integers()))
def test_any_object_is_an_item_or_a_usage_error(record):
    try:
        ((known, published),) = parsed([json.dumps(record)], Path("items.jsonl"))
    except UsageError:
        return
    assert len(item_of(known, published, NOON).id) == len(str(record["id"]))
