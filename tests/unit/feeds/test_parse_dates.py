"""Dates as feeds write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.feeds.dates import read_date

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "Fri, 02 Jan 2026 03:04:05 GMT",
        "Fri, 2 Jan 2026 04:04:05 +0100",
        "Fri,02 Jan 2026 03:04:05 GMT",
        "Friday, 02-Jan-26 03:04:05 UTC",
        "Fri-02-Jan-2026 03:04:05",
        "02 Jan 2026 03:04:05 Z",
        "Thu, 01 Jan 2026 22:04:05 EST",
        "Fri, 02 January 2026 03:04:05 +0000",
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.678Z",
        "2026-01-02T03:04:05,678+00:00",
        "2026-01-02 03:04:05",
        "2026-01-02 08:34:05 +05:30",
        "20260102T030405Z",
        "20260102030405",
        "2026/01/02 03:04:05",
        "January 2, 2026 3:04:05 AM",
        "Fri Jan  2 03:04:05 UTC 2026",
        "Fri Jan 02 2026 04:04:05 GMT+0100 (CET)",
        "  Fri, 02 Jan\n 2026 03:04:05   GMT ",
        "1767323045",
        "1767323045123",
    ],
)
def test_one_instant_in_many_forms(written):
    assert read_date(written) == THEN


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("20260102", datetime(2026, 1, 2, tzinfo=UTC)),
        ("Fri, 02 Jan 2026", datetime(2026, 1, 2, tzinfo=UTC)),
        ("Fri, 02 Jan 2026 24:00:00 GMT", datetime(2026, 1, 3, tzinfo=UTC)),
        ("Sat, 31 Dec 2016 23:59:60 GMT", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("02 Jan 99 00:00 GMT", datetime(1999, 1, 2, tzinfo=UTC)),
        ("02 Jan 2026 12:00 am", datetime(2026, 1, 2, tzinfo=UTC)),
    ],
)
def test_what_a_date_leaves_out_is_midnight_in_utc(written, instant):
    assert read_date(written) == instant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "soon",
        "2026",
        "2026-13-01",
        "2026-02-30",
        "32 Jan 2026",
        "02 Foo 2026",
        "Fri, 02 Jan 2026 25:00",
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2" * 5000,
        "12345",
    ],
)
def test_what_is_no_date_is_none(written):
    assert read_date(written) is None


@settings(deadline=None)
@given(st.text(alphabet="0123456789-/:., TZ+JanFebMonGMTapm\u0660\u00b2", max_size=60))
def test_nothing_raises(written):
    found = read_date(written)
    assert found is None or found.tzinfo is UTC


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001 -- made aware below
def test_a_standard_date_is_read_back(when):
    aware = when.replace(tzinfo=UTC, microsecond=0)
    assert read_date(aware.isoformat()) == aware
    assert read_date(aware.strftime("%a, %d %b %Y %H:%M:%S +0000")) == aware
