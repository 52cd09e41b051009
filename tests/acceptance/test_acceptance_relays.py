"""Several relays and the rates of domains, through the installed command."""

from collections import Counter
from datetime import datetime, timedelta

import pytest


@pytest.fixture
def another(postbox):
    """A second relay."""
    box = type(postbox)()
    yield box
    if box.thread.is_alive():
        box.close()


def ended(desk, *words, **settings):
    """A command, to its end, whatever its exit code."""
    return desk.end(desk.start(*words, **settings))


def crowd(desk, count, domain="letterbox.example"):
    addresses = [f"reader{number}@{domain}" for number in range(count)]
    desk.people(*(f"{address},1" for address in addresses), header="email,max_stories")
    return addresses


def later(morning, minutes):
    return (datetime.fromisoformat(morning) + timedelta(minutes=minutes)).isoformat()


def test_a_send_is_spread_by_weight(mailing, postbox, another, morning):
    people = crowd(mailing, 200)
    done = mailing.digest("send", "--yes", "--now", morning, SMTP_URL=f"{postbox.url}?weight=3 {another.url}")
    assert "200 accepted" in done.err
    assert Counter(postbox.recipients + another.recipients) == Counter(people)
    assert abs(len(postbox.received) - 150) <= 20


def test_a_relay_that_goes_away_leaves_the_rest_to_the_other_and_is_named_by_the_doctor(
    mailing, postbox, another, morning, awaited
):
    people = crowd(mailing, 400)
    relays = {"SMTP_URL": f"{postbox.url},{another.url}", "UNCONFIRMED": "hold"}
    postbox.pace = another.pace = 0.01
    sending = mailing.start("send", "--yes", "--now", morning, **relays)
    awaited(lambda: len(another.received) >= 40, "a part of the send")
    another.close()
    done = mailing.end(sending)
    assert done.code in {0, 3}
    mails = mailing.digest("status", "--json", "--now", morning, **relays).json["editions"][0]["mails"]
    assert set(mails) <= {"accepted", "unconfirmed"}
    assert sum(mails.values()) == 400
    assert mails.get("unconfirmed", 0) <= 5
    received = Counter(postbox.recipients + another.recipients)
    assert set(received) <= set(people)
    assert max(received.values()) == 1
    assert f"127.0.0.1:{another.port}" in ended(mailing, "doctor", "--now", morning, **relays).out


def test_a_domain_gets_no_more_than_it_takes_and_the_rest_waits(mailing, postbox, morning):
    slow, quick = crowd(mailing, 30, "slow.example"), crowd(mailing, 30, "quick.example")
    rates = {"DOMAIN_RATES": "slow.example: 10/h"}
    done = mailing.digest("send", "--yes", "--now", morning, **rates)
    assert "40 accepted" in done.err
    assert "the next mail waits until 2026-03-12 06:" in done.err
    assert set(quick) < set(postbox.recipients)
    assert sum(address in slow for address in postbox.recipients) == 10
    again = ended(mailing, "send", "--yes", "--now", later(morning, 10), **rates)
    assert len(postbox.received) == 40, again.err


def test_a_warm_up_sends_so_many_a_day_and_says_until_when_the_rest_waits(mailing, postbox, morning):
    crowd(mailing, 30)
    relay = {"SMTP_URL": f"{postbox.url}?warmup=10x1.5"}
    done = mailing.digest("send", "--yes", "--now", morning, **relay, code=3)
    assert "10 accepted" in done.err
    assert "the rates leave no room before 2026-03-13 00:00 UTC: digest send, or digest run, goes on then\n" in done.err
    mailing.digest("send", "--yes", "--now", later(morning, 60), **relay, code=3)
    assert len(postbox.received) == 10
    next_day = "2026-03-13T00:01:00+00:00"
    ended(mailing, "run", "--once", "--no-web", "--now", next_day, **relay)
    assert len(postbox.received) == 25


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SMTP_URL", "smtp://127.0.0.1:1?weight=much", "weight in the SMTP URL must be a whole number"),
        ("DOMAIN_RATES", "gmail.com 20/s", "'gmail.com 20/s' names no rate"),
    ],
)
def test_what_cannot_be_read_is_said_before_anything_happens(mailing, morning, name, value, says):
    assert says in mailing.digest("send", "--yes", "--now", morning, code=2, **{name: value}).err
