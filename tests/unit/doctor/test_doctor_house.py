"""What the doctor makes of what lies in the house."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.model.feed import Feed, FeedState
from digest.newsroom.doctor import house
from digest.settings.read import read_settings, survey_settings
from digest.storage.examine import StoreState

NOW = datetime(2026, 3, 12, 5, 30, tzinfo=UTC)
STATE = StoreState(name="/srv/digest.db", is_file=True, revision="0006", size=10**8, free=10**10, newest=NOW)


@pytest.fixture
def settings(tmp_path):
    return read_settings({}, dotenv=tmp_path / "none")


def verdicts(lines):
    return [(line.check, line.verdict) for line in lines]


def test_every_fault_of_the_settings_is_a_line(tmp_path):
    survey = survey_settings({"DIGEST_RATE": "0", "DIGEST_TIMEZOEN": "UTC"}, dotenv=tmp_path / "none")
    assert [line.found.partition(" ")[0] for line in house.of_settings(survey)] == ["DIGEST_TIMEZOEN", "DIGEST_RATE:"]
    (line,) = house.of_settings(survey_settings({"DIGEST_RATE": "5"}, dotenv=tmp_path / "none"))
    assert (line.verdict, line.found.startswith("1 of ")) == ("ok", True)


@pytest.mark.parametrize(("mode", "verdict"), [(0o600, "ok"), (0o640, "ok"), (0o644, "fail"), (0o602, "fail")])
def test_a_file_with_secrets_is_for_its_owner(tmp_path, mode, verdict):
    path = tmp_path / "key"
    path.touch()
    path.chmod(mode)
    (line,) = house.of_files([path])
    assert (line.verdict, line.about) == (verdict, str(path))
    assert house.of_files([tmp_path / "gone"])[0].verdict == "fail"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("store", "ok"), ("disk", "ok")]),
        ({"revision": "0005"}, [("store", "warn"), ("disk", "ok")]),
        ({"revision": None}, [("store", "warn"), ("disk", "ok")]),
        ({"complaint": "row 3 missing from index"}, [("store", "ok"), ("store", "fail"), ("disk", "ok")]),
        ({"network": "nfs4"}, [("store", "ok"), ("store", "warn"), ("disk", "ok")]),
        ({"open_to_others": True}, [("store", "ok"), ("store", "warn"), ("disk", "ok")]),
        ({"free": 10**6}, [("store", "ok"), ("disk", "fail")]),
        ({"free": 2 * 10**8}, [("store", "ok"), ("disk", "warn")]),
        ({"free": 10**9, "size": 2 * 10**9}, [("store", "ok"), ("disk", "warn")]),
        ({"is_file": False, "free": None}, [("store", "ok")]),
    ],
)
def test_the_store(changes, expected):
    assert verdicts(house.of_store(replace(STATE, **changes))) == expected


def test_a_damaged_store_is_not_called_sound():
    assert "sound" in house.of_store(STATE)[0].found
    assert "sound" not in house.of_store(replace(STATE, complaint="x"))[0].found


@pytest.mark.parametrize(
    ("now", "changes", "verdict"),
    [
        (NOW, {}, "ok"),
        (NOW - timedelta(hours=1), {}, "fail"),
        (NOW.replace(year=1970), {"newest": None}, "fail"),
        (NOW, {"clock": NOW + timedelta(minutes=5)}, "warn"),
        (NOW, {"clock": NOW + timedelta(seconds=5)}, "ok"),
    ],
)
def test_the_clock(settings, now, changes, verdict):
    line, _ = house.of_clock(settings, replace(STATE, **changes), now)
    assert line.verdict == verdict


def test_a_clock_without_a_store_is_shown_all_the_same(settings):
    line, _ = house.of_clock(replace(settings, timezone="Asia/Kolkata"), None, NOW)
    assert line.found == "2026-03-12 05:30 UTC, 11:00 in Asia/Kolkata"


def test_an_edition_is_cut_before_it_is_sent(settings):
    assert house.of_hours(settings).found == "cut at 06:30, sent at 07:00"
    late = house.of_hours(replace(settings, edit_at=(600,), send_at=420))
    assert (late.verdict, late.found.endswith("readers get the edition of the day before")) == ("warn", True)


@pytest.mark.parametrize(
    ("keys", "verdict", "words"),
    [
        ((), "warn", "there is none"),
        (("a" * 40,), "warn", "it looks made up"),
        (("0123456789abcdef" * 4,), "ok", "it signs links with 64 characters"),
        (("0123456789abcdef" * 4, "k" * 32), "ok", "it signs links with 64 characters, and 1 older still open links"),
    ],
)
def test_the_key(settings, keys, verdict, words):
    line = house.of_key(replace(settings, secret_key=keys))
    assert line.verdict == verdict
    assert line.found.startswith(words)
    assert not any(key in f"{line.found}{line.hint}" for key in keys)


def feed(number, **state):
    return Feed(url=f"https://{number}.example/feed", state=FeedState(**{"fetched_at": NOW, **state}))


@pytest.mark.parametrize(
    ("feeds", "verdict"),
    [
        ([], "warn"),
        ([feed(1), feed(2)], "ok"),
        ([feed(1), feed(2), feed(3, failures=2)], "warn"),
        ([feed(1), feed(2, failures=1), feed(3, disabled=True)], "fail"),
        ([feed(1, fetched_at=NOW - timedelta(days=2))], "warn"),
        ([feed(1, fetched_at=None)], "warn"),
    ],
)
def test_the_feeds(feeds, verdict):
    assert house.of_feeds(feeds, NOW).verdict == verdict


def test_sizes_in_words():
    assert [house.in_octets(size) for size in (0, 999, 1000, 2_500_000, 3e9, 7e13)] == [
        "0 B",
        "999 B",
        "1 kB",
        "2.5 MB",
        "3 GB",
        "70 TB",
    ]


def test_what_needs_the_store_says_so_without_it():
    assert {line.verdict for line in house.of_newspaper(None)} == {"skip"}
