"""What a send says of itself, however many mails it has."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.delivery.run import Report
from digest.newsroom.sendlog import HeardRelays, Minutely, counts
from digest.ports.sending import RelayHealth
from digest.testing import FakeRelays, ManualClock

NOW = datetime(2026, 3, 12, 7, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.INFO, logger="digest")
    return caplog


def test_a_line_a_minute_and_every_mail_passed_on(clock, said):
    heard = []
    step = Minutely(heard.append, clock)
    for number in range(1, 601):
        step(Report(accepted=number))
        clock.now += timedelta(seconds=0.25)
    assert len(heard) == 600
    assert [record.getMessage() for record in said.records] == [
        "sending: 241 accepted; 4.0 a second",
        "sending: 481 accepted; 4.0 a second",
    ]
    assert (said.records[0].accepted, said.records[0].rate) == (241, 4.0)


def test_a_clock_that_is_set_back_says_nothing_wrong(clock, said):
    step = Minutely(lambda _report: None, clock)
    step(Report(accepted=1))
    clock.now -= timedelta(hours=1)
    step(Report(accepted=2))
    assert said.records == []


def test_what_is_nought_is_no_field():
    assert counts(Report(accepted=3, stopped="the relay is down")) == {"accepted": 3, "stopped": "the relay is down"}


def test_a_relay_that_is_left_alone_and_one_that_carries_again(said):
    kept = FakeRelays()
    relays = HeardRelays(kept)
    down = RelayHealth(place="a.example:587", faults=2, down_until=NOW + timedelta(minutes=2), because="421 busy")
    relays.record(down, now=NOW)
    relays.record(replace(down, faults=0, down_until=None, because=""), now=NOW)
    assert [(record.levelname, record.getMessage()) for record in said.records] == [
        ("WARNING", "relay a.example:587 is left alone until 07:02 UTC: 421 busy"),
        ("INFO", "relay a.example:587 carries again"),
    ]
    assert said.records[0].relay == "a.example:587"
    assert relays.health() == kept.health()
