"""The files of days with known stories that `backtest --from` reads."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from digest.errors import UsageError
from digest.feeds.jsonl import read_items
from digest.feeds.labelled import read_days

ROWS = (
    {"id": "a", "title": "Ferry aground", "timestamp": "2026-03-12T06:00:00Z", "batch": "b", "story": "s1", "dup": 7},
    {"id": "b", "title": "Ferry in fog", "timestamp": "2026-03-12T05:00:00Z", "batch": "b", "story": "s1", "dup": None},
    {"id": "c", "title": "Bees on roofs", "published": "2026-03-11T05:00:00Z", "batch": "a", "story": "s2"},
    {"id": "a", "title": "The same id on another day", "timestamp": None, "batch": "a", "story": None},
)


@pytest.fixture
def labelled(tmp_path):
    def write(*rows, name="days.jsonl"):
        path = tmp_path / name
        content = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


@pytest.mark.parametrize("name", ["days.jsonl", "days.jsonl.gz"])
def test_a_file_is_read_day_by_day(labelled, name):
    first, second = read_days(labelled(*ROWS, name=name), now=None)
    assert (first.name, second.name) == ("a", "b")
    assert [item.id for item in second.items] == ["a", "b"]
    assert second.now == datetime(2026, 3, 12, 6, tzinfo=UTC)
    assert (second.stories, second.copies) == ({"a": "s1", "b": "s1"}, {"a": "7"})
    assert (first.stories, first.copies) == ({"c": "s2"}, {})
    assert first.now == datetime(2026, 3, 11, 5, tzinfo=UTC)


def test_a_reference_is_its_storys(labelled):
    (day,) = read_days(labelled({**ROWS[2], "reference": ["Bees came.", "Honey too."]}, ROWS[3]), now=None)
    assert day.references == {"s2": "Bees came. Honey too."}


def test_a_file_without_stories_or_with_an_id_twice_in_a_day_is_refused(labelled):
    with pytest.raises(UsageError, match="no item with a known story") as caught:
        read_days(labelled({"id": "a", "title": "x"}), now=None)
    assert "story" in caught.value.hint
    with pytest.raises(UsageError, match="an id twice"):
        read_days(labelled(ROWS[0], ROWS[0]), now=None)


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b'{"id": "\xff"}'), gzip.compress(b"{}" * 99)[:-9], b""])
def test_a_packed_file_that_is_none_is_one_clear_sentence(tmp_path, content):
    path = tmp_path / "days.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"no gzip file of UTF-8|is no item|no item with a known story"):
        read_days(path, now=None)
    with pytest.raises(UsageError, match="No such file"):
        read_days(tmp_path / "none.jsonl.gz", now=None)


def test_select_reads_labelled_files_too(labelled):
    items, now = read_items(labelled(*ROWS[:3]), now=None)
    assert len(items) == 3
    assert now == datetime(2026, 3, 12, 6, tzinfo=UTC)
