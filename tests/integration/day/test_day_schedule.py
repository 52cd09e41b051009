"""The heartbeat over days: who gets a paper, which, and when."""

import asyncio
import logging
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from digest.delivery.identity import retire, worker_name
from digest.feeds.opml import read_opml
from digest.model.delivery import DeliveryState
from digest.model.edition import EditionState
from digest.model.feed import Feed
from digest.model.subscriber import DAILY
from digest.newsroom import dispatch, editions
from digest.newsroom.beat import beat
from digest.rendering.environment import Templates
from digest.subscribers.subscription import WEEKDAYS

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ZONES = (
    "UTC", "Pacific/Auckland", "Pacific/Apia", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York",
    "America/St_Johns", "Australia/Lord_Howe", "America/Los_Angeles", "Pacific/Honolulu", "Pacific/Kiritimati",
    "Europe/Berlin",
)  # fmt: skip


def days(first: str, last: str) -> list[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + DAY * number for number in range((end - start).days + 1)]


def address_of(zone: str) -> str:
    return f"{zone.lower().replace('/', '.')}@reader.example"


# The clocks change in New York, St John's and Los Angeles on the 8th of March; in Berlin on the 29th; in Auckland and
# on Lord Howe (by half an hour) on the 5th of April.
@pytest.mark.parametrize(
    ("first", "last"), [("2026-03-05", "2026-03-11"), ("2026-03-26", "2026-04-01"), ("2026-04-02", "2026-04-08")]
)
def test_a_week_brings_everybody_one_paper_a_day_whatever_their_clocks_do(newsroom, first, last):
    for zone in ZONES:
        newsroom.reader(address_of(zone), timezone=zone)
    newsroom.at(f"{first}T05:00")
    newsroom.live(f"{last}T23:59", every=HOUR)
    for zone in ZONES:
        rows = newsroom.store.history.of_address(address_of(zone), limit=100)
        assert {row.state for row in rows} == {DeliveryState.ACCEPTED}
        dates = sorted(row.local_date for row in rows)
        assert dates == [dates[0] + DAY * number for number in range(len(dates))], zone
        assert len(dates) in {6, 7}, zone
        local = {row.due_at.astimezone(ZoneInfo(zone)).strftime("%H:%M") for row in rows}
        assert local == {"07:00"}, zone
        assert max(row.updated_at - row.due_at for row in rows) < HOUR, zone
    assert len(newsroom.mails()) == sum(len(newsroom.papers(address_of(zone))) for zone in ZONES)


def test_an_hour_that_the_clocks_skip_or_show_twice_brings_one_paper(newsroom):
    newsroom.reader("gap@reader.example", timezone="America/New_York", send_at=150)
    newsroom.reader("twice@reader.example", timezone="Australia/Lord_Howe", send_at=105)
    newsroom.at("2026-03-06T05:00")
    newsroom.live("2026-03-10T05:00", every=HOUR)
    assert [day for day, _ in newsroom.papers("gap@reader.example")] == days("2026-03-06", "2026-03-09")
    newsroom.at("2026-04-03T05:00")
    newsroom.live("2026-04-07T05:00", every=HOUR)
    got = [day for day, _ in newsroom.papers("twice@reader.example") if day > date(2026, 4, 1)]
    assert got == [got[0] + DAY * number for number in range(len(got))]
    assert date(2026, 4, 5) in got


def test_only_the_days_a_reader_chose_bring_a_paper(newsroom):
    newsroom.reader("week@reader.example", days=WEEKDAYS)
    newsroom.reader("sunday@reader.example", days=0b1000000)
    newsroom.reader("auckland@reader.example", timezone="Pacific/Auckland", days=0b0000001)
    newsroom.at("2026-03-12T05:00")
    newsroom.live("2026-03-18T12:00", every=HOUR)
    assert [day for day, _ in newsroom.papers("week@reader.example")] == [
        *days("2026-03-12", "2026-03-13"),
        *days("2026-03-16", "2026-03-18"),
    ]
    assert [day for day, _ in newsroom.papers("sunday@reader.example")] == [date(2026, 3, 15)]
    assert [day for day, _ in newsroom.papers("auckland@reader.example")] == [date(2026, 3, 16)]


def test_after_a_short_downtime_the_latest_edition_comes_once(newsroom):
    newsroom.reader("ana@reader.example")
    newsroom.news()
    newsroom.at("2026-03-12T12:00")
    newsroom.beat()
    newsroom.beat()
    assert newsroom.papers("ana@reader.example") == [(date(2026, 3, 12), 1)]


def test_after_days_of_downtime_only_today_is_made_up_for(newsroom):
    newsroom.reader("ana@reader.example")
    newsroom.live("2026-03-12T10:00")
    newsroom.at("2026-03-16T09:00")
    newsroom.news()
    newsroom.beat()
    newsroom.beat()
    assert newsroom.papers("ana@reader.example") == [(date(2026, 3, 12), 1), (date(2026, 3, 16), 2)]


def test_an_hour_missed_for_too_long_is_let_go(newsroom):
    newsroom.reader("ana@reader.example")
    newsroom.news()
    newsroom.at("2026-03-12T06:30")
    newsroom.cut()
    newsroom.at("2026-03-12T19:01")
    newsroom.beat()
    assert newsroom.papers("ana@reader.example") == []


def test_an_old_edition_is_no_news_to_anybody(newsroom):
    newsroom.news()
    newsroom.at("2026-03-12T06:30")
    newsroom.beat()
    newsroom.reader("new@reader.example")
    newsroom.at("2026-03-13T18:31")
    newsroom.beat()
    assert newsroom.papers("new@reader.example") == []


@pytest.mark.parametrize("back", [timedelta(minutes=40), timedelta(hours=5), DAY, 3 * DAY, 40 * DAY])
def test_a_clock_set_back_sends_nothing_twice(newsroom, back):
    newsroom.reader("ana@reader.example")
    newsroom.reader("leif@reader.example", timezone="Pacific/Auckland")
    newsroom.live("2026-03-13T19:00")
    before = {name: newsroom.papers(f"{name}@reader.example") for name in ("ana", "leif")}
    sent = len(newsroom.mails())
    newsroom.clock.advance(-back)
    while newsroom.clock().isoformat() < "2026-03-13T19:00" and back <= 3 * DAY:
        newsroom.beat()
        newsroom.clock.advance(timedelta(hours=1))
    newsroom.beat()
    assert {name: newsroom.papers(f"{name}@reader.example") for name in ("ana", "leif")} == before
    assert len(newsroom.mails()) == sent


def test_a_reader_who_moves_east_gets_no_second_paper_of_a_day(newsroom):
    newsroom.reader("ana@reader.example", timezone="UTC")
    newsroom.live("2026-03-12T08:00")
    newsroom.wish("ana@reader.example", timezone="Asia/Kolkata", send_at=14 * 60)
    newsroom.live("2026-03-12T18:00")
    newsroom.wish("ana@reader.example", timezone="America/New_York", send_at=15 * 60)
    newsroom.live("2026-03-12T23:00")
    assert [day for day, _ in newsroom.papers("ana@reader.example")] == [date(2026, 3, 12)]


def test_a_manual_send_takes_the_slot_of_that_day(newsroom):
    newsroom.reader("ana@reader.example")
    newsroom.reader("raj@reader.example", timezone="Asia/Kolkata")
    newsroom.news(8)
    newsroom.at("2026-03-12T05:10")
    newsroom.send(newsroom.cut().number)
    newsroom.live("2026-03-13T10:00")
    for name in ("ana", "raj"):
        assert [day for day, _ in newsroom.papers(f"{name}@reader.example")] == days("2026-03-12", "2026-03-13")
        assert newsroom.papers(f"{name}@reader.example")[0] == (date(2026, 3, 12), 1)


def test_a_manual_send_twice_sends_once(newsroom):
    newsroom.reader("ana@reader.example")
    newsroom.news()
    number = newsroom.cut().number
    assert newsroom.send(number).accepted == 1
    assert newsroom.send(number).accepted == 0
    assert len(newsroom.mails()) == 1


def test_what_needs_approval_is_not_sent_without_it_and_the_operator_is_told(newsroom, caplog):
    caplog.set_level(logging.INFO, logger="digest")
    newsroom.chosen(approval="required")
    newsroom.reader("ana@reader.example")
    newsroom.live("2026-03-12T09:00")
    assert newsroom.mails() == []
    assert "digest edition approve 1" in caplog.text
    newsroom.store.editions.move(1, EditionState.APPROVED)
    newsroom.live("2026-03-12T12:00")
    assert newsroom.papers("ana@reader.example") == [(date(2026, 3, 12), 1)]


def test_yesterdays_paper_does_not_stand_in_for_one_that_is_not_approved(newsroom):
    newsroom.chosen(approval="required")
    newsroom.reader("daily@reader.example", days=DAILY)
    newsroom.live("2026-03-12T06:45")
    newsroom.store.editions.move(1, EditionState.APPROVED)
    newsroom.live("2026-03-12T20:00")
    newsroom.reader("new@reader.example")
    newsroom.live("2026-03-13T08:00")
    assert newsroom.papers("new@reader.example") == []
    newsroom.store.editions.move(2, EditionState.APPROVED)
    newsroom.live("2026-03-13T09:00")
    assert newsroom.papers("new@reader.example") == [(date(2026, 3, 13), 2)]


def test_a_quiet_day_sends_nothing_and_says_why(newsroom, caplog):
    newsroom.reader("ana@reader.example")
    newsroom.live("2026-03-12T20:00")
    newsroom.reader("new@reader.example")
    newsroom.at("2026-03-13T05:00")
    newsroom.news(1)
    with caplog.at_level(logging.WARNING, logger="digest"):
        for moment in ("06:30", "07:00", "09:00"):
            newsroom.at(f"2026-03-13T{moment}")
            newsroom.beat()
    assert "edition 2 is held, thin sources: 5 items of 5 publishers" in caplog.text
    assert "at least 3 are wanted" in caplog.text
    assert caplog.text.count("thin sources") == 1
    assert newsroom.store.editions.get(2).state is EditionState.HELD
    assert [day for day, _ in newsroom.papers("ana@reader.example")] == [date(2026, 3, 12)]
    assert newsroom.papers("new@reader.example") == []


def test_an_evening_reader_gets_the_evening_edition_and_a_morning_reader_nothing_more(newsroom):
    newsroom.chosen(edit_at=(390, 1050))
    newsroom.reader("morning@reader.example")
    newsroom.reader("evening@reader.example", send_at=18 * 60)
    newsroom.news()
    newsroom.at("2026-03-12T06:30")
    newsroom.live("2026-03-12T12:00")
    newsroom.news(5)
    newsroom.live("2026-03-12T23:00")
    assert newsroom.papers("morning@reader.example") == [(date(2026, 3, 12), 1)]
    assert newsroom.papers("evening@reader.example") == [(date(2026, 3, 12), 2)]


def test_an_evening_with_nothing_new_brings_the_mornings_edition(newsroom):
    newsroom.chosen(edit_at=(390, 1050))
    newsroom.live("2026-03-12T07:00")
    newsroom.reader("evening@reader.example", send_at=18 * 60)
    newsroom.live("2026-03-12T23:00")
    assert newsroom.store.editions.get(2).quiet
    assert newsroom.papers("evening@reader.example") == [(date(2026, 3, 12), 1)]


def test_a_pause_is_kept_and_ends(newsroom):
    newsroom.reader("ana@reader.example", paused_until=newsroom.clock() + 2 * DAY)
    newsroom.live("2026-03-15T10:00")
    assert [day for day, _ in newsroom.papers("ana@reader.example")] == days("2026-03-14", "2026-03-15")


def test_items_too_old_to_be_of_use_are_dropped(newsroom):
    newsroom.chosen(keep_days=4)
    newsroom.news(3)
    newsroom.at("2026-03-17T06:30")
    fresh = newsroom.news(3)
    newsroom.beat()
    kept = newsroom.store.items.recent(newsroom.clock() - 30 * DAY)
    assert {each.title for each in kept} == set(fresh)


def test_a_fault_in_fetching_holds_up_no_paper(newsroom, caplog):
    newsroom.reader("ana@reader.example")
    newsroom.news()
    newsroom.store.feeds.add([Feed(url="https://due.harbour.example/feed")])
    newsroom.app = replace(newsroom.app, seeds=Path("/no/such/folder"))
    newsroom.at("2026-03-12T07:00")
    newsroom.beat()
    assert "FileNotFoundError" in caplog.text
    assert newsroom.papers("ana@reader.example") == [(date(2026, 3, 12), 1)]


def test_a_template_that_broke_today_holds_up_no_mail_of_yesterday(newsroom, tmp_path, templates_folder):
    newsroom.reader("ana@reader.example")
    newsroom.reader("leo@reader.example", send_at=480)
    newsroom.news()
    newsroom.at("2026-03-12T06:30")
    first = editions.freeze(newsroom.app, newsroom.cut().number)
    dispatch.plan_now(newsroom.app, first)
    (tmp_path / "own" / "mail").mkdir(parents=True)
    (tmp_path / "own" / "mail" / "digest.html").write_text("{% if %}", encoding="utf-8")
    newsroom.app = replace(newsroom.app, templates=Templates((tmp_path / "own", templates_folder)))
    newsroom.at("2026-03-13T07:00")
    newsroom.news()
    newsroom.beat()
    assert [day for day, _ in newsroom.papers("ana@reader.example")] == [date(2026, 3, 12)]
    assert newsroom.store.editions.get(2).state is EditionState.HELD


def test_a_beat_takes_back_what_a_dead_worker_held_though_nothing_else_is_due(newsroom, caplog):
    for name in ("ana", "ben"):
        newsroom.reader(f"{name}@reader.example")
    newsroom.news()
    newsroom.at("2026-03-12T07:00")
    dispatch.plan_now(newsroom.app, editions.freeze(newsroom.app, newsroom.cut().number))
    dead, ledger, now = worker_name(), newsroom.store.ledger, newsroom.clock()
    begun, _ = ledger.claim(worker=dead, limit=2, lease=timedelta(minutes=10), now=now)
    assert ledger.sending(begun.delivery.id, worker=dead, until=now + HOUR, now=now).result()
    retire(dead)
    assert newsroom.store.history.next_due() is None
    newsroom.beat()
    assert len(newsroom.mails()) == 1
    (row,) = newsroom.store.history.in_state(1, DeliveryState.UNCONFIRMED, limit=5)
    assert row.id == begun.delivery.id
    newsroom.clock.advance(HOUR)
    newsroom.beat()
    assert len(newsroom.mails()) == 2


def test_what_is_told_to_stop_begins_nothing(newsroom):
    async def stopped() -> None:
        stop = asyncio.Event()
        stop.set()
        await beat(newsroom.app, stop)

    newsroom.reader("ana@reader.example")
    newsroom.news()
    newsroom.at("2026-03-12T07:00")
    asyncio.run(stopped())
    assert newsroom.store.editions.latest() is None


def test_the_seeds_are_fetched_cut_and_sent_by_one_beat(newsroom, seeds_folder):
    newsroom.reader("ana@reader.example")
    newsroom.store.feeds.add(read_opml((seeds_folder / "feeds.opml").read_bytes()).feeds[:4])
    newsroom.at("2026-03-12T07:00")
    newsroom.chosen(min_stories=1)
    newsroom.beat()
    assert newsroom.papers("ana@reader.example") == [(date(2026, 3, 12), 1)]
    fetched = [feed for feed in newsroom.store.feeds.all() if feed.state.fetched_at == newsroom.clock()]
    assert len(fetched) == 4
