"""An edition that has not gone out by its hour: who hears of it, how often, why, and that it has after all."""

import asyncio
import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from digest import daily
from digest.channels.relay import parse_smtp_urls
from digest.model.delivery import DeliveryState, Outcome
from digest.model.edition import EditionState
from digest.newsroom import dispatch, editions, late, manual
from digest.newsroom.lateness import Late, Out, seen
from digest.ports.sending import RelayHealth

DESK = "desk@harbour.example"
HALF_HOUR = timedelta(minutes=31)
LEASE = timedelta(minutes=10)
READERS = [f"reader{number}@quay.example" for number in range(20)]


class Switch:
    """A dead-man's switch on loopback: what it was asked for, and what it answers."""

    def __init__(self):
        self.asked, self.status = [], 200
        self.heard = threading.Event()
        switch = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                switch.asked.append(self.path)
                switch.heard.set()
                self.send_response(switch.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"OK")

            def log_message(self, *given):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping/s3cret?from=digest"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(30)


@pytest.fixture
def switch():
    there = Switch()
    yield there
    there.close()


@pytest.fixture
def room(newsroom, switch):
    """A newspaper with a switch and an operator, and a reader whose hour is seven o'clock."""
    newsroom.chosen(ping_url=switch.url, operator=DESK)
    newsroom.reader("ana@quay.example")
    return newsroom


def look(room):
    return asyncio.run(late.look(room.app))


def told(room):
    """The subjects of what the operator got."""
    return [mail["Subject"] for mail in room.mails() if mail["To"] == DESK]


def said(room):
    """The text of the last mail to the operator."""
    mails = [mail for mail in room.mails() if mail["To"] == DESK]
    return " ".join(mails[-1].get_body(("plain",)).get_content().split())


def planned(room, count=20):
    """An edition that is planned for so many readers, due at seven; nothing is sent."""
    for address in READERS[:count]:
        room.reader(address)
    room.news()
    room.at("2026-03-12T06:30")
    room.beat()
    room.at("2026-03-12T07:00")
    (edition,) = room.store.editions.since(datetime(2026, 3, 12, tzinfo=UTC))
    slots = daily.due_now(room.store.planner, room.app.defaults, now=room.clock())
    assert dispatch.plan(room.app, editions.freeze(room.app, edition.number), slots) == count
    return edition.number


def settle(room, *outcomes):
    """So ends what is claimed, oldest first; the others are given back."""
    ledger = room.store.ledger
    claims = ledger.claim(worker="desk", limit=100, lease=LEASE, now=room.clock())
    for claim, outcome in zip(claims, outcomes, strict=False):
        ledger.settle(claim.delivery.id, outcome, worker="desk", now=room.clock()).result(10)
    ledger.release(worker="desk")
    return claims


ACCEPTED = Outcome(state=DeliveryState.ACCEPTED, answer="250 kept")


def deferred(room):
    return Outcome(state=DeliveryState.DEFERRED, answer="451 4.7.1 later", next_at=room.clock() + timedelta(hours=2))


def test_the_switch_hears_once_of_an_edition_that_has_gone_out_and_again_of_later_readers(room, switch):
    room.reader("bo@quay.example", send_at=9 * 60)
    room.news()
    for moment in ("06:30", "07:00", "07:01", "08:00"):
        room.at(f"2026-03-12T{moment}")
        room.beat()
    assert switch.asked == ["/ping/s3cret?from=digest"]
    room.at("2026-03-12T09:00")
    room.beat()
    assert switch.asked == ["/ping/s3cret?from=digest"] * 2
    assert told(room) == []


def test_a_send_by_hand_tells_the_switch_as_well(room, switch):
    room.news()
    room.at("2026-03-12T06:30")
    room.beat()
    (edition,) = room.store.editions.since(datetime(2026, 3, 12, tzinfo=UTC))
    done = []
    report = asyncio.run(
        manual.send(room.app, edition, asyncio.Event(), lambda count, total: done.append((count, total)))
    )
    assert (report.accepted, done[-1]) == (1, (1, 1))
    assert switch.asked == ["/ping/s3cret?from=digest"]


def test_a_relay_that_is_down_makes_it_late_and_all_is_told_when_it_has_gone_out(room, switch, caplog, tmp_path):
    caplog.set_level(logging.WARNING, "digest")
    room.news()
    room.at("2026-03-12T06:30")
    room.beat()
    room.chosen(smtp_url=parse_smtp_urls("smtp://127.0.0.1:9"), sender="Gazette <paper@harbour.example>")
    room.chosen(postal_address="4 Quay")
    for moment in ("07:00", "07:29", "07:31", "07:40"):
        room.at(f"2026-03-12T{moment}")
        room.beat()
    assert switch.asked == ["/ping/s3cret/fail?from=digest"]
    late_lines = [record.message for record in caplog.records if record.message.startswith("late: ")]
    assert len(late_lines) == 1
    assert "Edition 1 has not gone out" in late_lines[0]
    assert "127.0.0.1" in late_lines[0]
    room.chosen(smtp_url=())
    room.at("2026-03-12T09:00")
    room.beat()
    assert room.papers("ana@quay.example") == [(datetime(2026, 3, 12, tzinfo=UTC).date(), 1)]
    assert told(room)[-1].endswith("Edition 1 has gone out after all")
    assert "By 09:00 (UTC) all whose hour had come were served: 1 accepted." in said(room)
    assert switch.asked[-1] == "/ping/s3cret?from=digest"
    room.at("2026-03-12T09:10")
    room.beat()
    assert len([subject for subject in told(room) if "after all" in subject]) == 1


def test_a_held_edition_is_late_half_an_hour_after_the_first_hour_told_once_over_restarts(room, switch):
    room.chosen(approval="required")
    room.news()
    for moment in ("06:30", "07:00", "07:29"):
        room.at(f"2026-03-12T{moment}")
        room.beat()
    assert not any("has not gone out" in subject for subject in told(room))
    room.at("2026-03-12T07:30")
    room.beat()
    room.chosen(late_after=30)  # another process, as after a restart
    room.beat()
    (subject,) = (subject for subject in told(room) if "has not gone out" in subject)
    assert subject.endswith("Edition 1 has not gone out")
    text = said(room)
    assert "the first since 07:00 (UTC)" in text
    assert "it waits for an editor" in text
    assert "digest edition approve 1" in text
    room.store.editions.move(1, EditionState.APPROVED)
    room.at("2026-03-12T07:40")
    room.beat()
    assert told(room)[-1].endswith("Edition 1 has gone out after all")
    assert switch.asked == ["/ping/s3cret/fail?from=digest", "/ping/s3cret?from=digest"]


def test_an_edition_that_was_never_cut_is_told_of(room, switch):
    room.news()
    room.at("2026-03-12T07:31")
    (found,) = look(room)
    assert (found.edition, found.waiting, found.command) == (None, None, "digest select")
    assert "no edition was cut, which was due at 06:30 (UTC)" in found.because
    assert told(room)[-1].endswith("Today's edition was not cut")
    room.beat()
    assert told(room)[-1].endswith("Edition 1 has gone out after all")
    assert look(room) == ()


def test_without_readers_nothing_is_ever_late(newsroom, switch):
    newsroom.chosen(ping_url=switch.url, operator=DESK)
    newsroom.at("2026-03-12T09:00")
    assert look(newsroom) == ()
    assert switch.asked == []


def test_a_quiet_day_is_not_late(room, switch):
    room.chosen(min_stories=40)
    room.news(2)
    for moment in ("06:30", "07:00", "07:31"):
        room.at(f"2026-03-12T{moment}")
        room.beat()
    assert len(told(room)) == 1
    assert "No paper today" in told(room)[0]
    assert switch.asked == []


def test_a_stopped_edition_names_the_command_that_resumes_it(newsroom, switch):
    newsroom.chosen(operator=DESK, ping_url=switch.url)
    planned(newsroom)
    newsroom.store.ledger.halt(1, "3 messages in a row were refused", now=newsroom.clock())
    newsroom.clock.advance(HALF_HOUR)
    (found,) = look(newsroom)
    assert (found.waiting, found.command) == (20, "digest edition resume 1")
    assert found.because == "it is stopped: 3 messages in a row were refused"
    assert "20 of its readers wait" in said(newsroom)


def test_a_relay_that_is_left_alone_is_named_with_its_words_unless_another_carries(newsroom):
    planned(newsroom)
    newsroom.clock.advance(HALF_HOUR)
    newsroom.chosen(smtp_url=parse_smtp_urls("smtp://127.0.0.1:9"))
    until = newsroom.clock() + timedelta(minutes=9)
    down = RelayHealth(place="127.0.0.1:9", faults=4, down_until=until, because="421 4.3.2 closed")
    newsroom.store.relays.record(down, now=newsroom.clock())
    (found,) = look(newsroom)
    assert found.because == "relay 127.0.0.1:9 is down, and left alone until 07:40 (UTC): 421 4.3.2 closed"
    newsroom.chosen(smtp_url=parse_smtp_urls("smtp://127.0.0.1:9 smtp://127.0.0.1:10"))
    (found,) = look(newsroom)
    assert found.because == "nothing sends it"


def test_rates_that_leave_no_room_are_a_reason(newsroom):
    planned(newsroom)
    newsroom.chosen(smtp_url=parse_smtp_urls("smtp://127.0.0.1:9?day=5"))
    (route,) = newsroom.app.routes
    newsroom.store.rates.take(route.channel.place, 5, route.rate, now=newsroom.clock())
    newsroom.clock.advance(HALF_HOUR)
    (found,) = look(newsroom)
    assert found.because == "the rates of relay 127.0.0.1:9 leave no room before 07:02 on Friday, 13 March (UTC)"


def test_a_few_whom_their_servers_defer_do_not_make_it_late(newsroom, switch):
    newsroom.chosen(ping_url=switch.url)
    planned(newsroom)
    settle(newsroom, *[ACCEPTED] * 18, *[deferred(newsroom)] * 2)
    newsroom.clock.advance(HALF_HOUR)
    (out,) = seen(newsroom.app)
    assert isinstance(out, Out)
    assert look(newsroom) == ()
    assert switch.asked == ["/ping/s3cret?from=digest"]


def test_many_who_are_deferred_make_it_late_with_the_words_of_most(newsroom):
    planned(newsroom)
    settle(newsroom, *[ACCEPTED] * 17, *[deferred(newsroom)] * 3)
    newsroom.clock.advance(HALF_HOUR)
    (found,) = look(newsroom)
    assert isinstance(found, Late)
    assert found.because == "3 are asked to come back later, 3 of them with: 451 4.7.1 later"


def test_a_slow_send_says_how_fast_it_goes(newsroom):
    planned(newsroom)
    newsroom.clock.advance(HALF_HOUR)
    settle(newsroom, *[ACCEPTED] * 5)
    newsroom.clock.advance(timedelta(seconds=5))
    (found,) = look(newsroom)
    assert (found.waiting, found.command) == (15, "digest status --edition 1")
    assert found.because == "it is going out, 1.0 a second, and what is due takes 15 seconds more"


def test_what_nobody_sends_is_said_so(newsroom):
    planned(newsroom)
    newsroom.clock.advance(HALF_HOUR)
    (found,) = look(newsroom)
    assert (found.because, found.command) == ("nothing sends it", "digest send")


def test_a_later_hour_that_was_not_planned_is_late_though_the_first_has_gone_out(newsroom):
    planned(newsroom, count=5)
    newsroom.reader("bo@quay.example", send_at=8 * 60)
    settle(newsroom, *[ACCEPTED] * 5)
    newsroom.at("2026-03-12T07:31")
    assert look(newsroom) == ()
    newsroom.at("2026-03-12T08:31")
    (found,) = look(newsroom)
    assert found.because == "it was not planned; the log says why"
    assert found.since == datetime(2026, 3, 12, 8, tzinfo=UTC)


def test_what_a_send_that_is_under_way_keeps_waiting_is_said_so(newsroom):
    planned(newsroom, count=5)
    newsroom.store.ledger.claim(worker="desk", limit=1, lease=LEASE, now=newsroom.clock())
    newsroom.at("2026-03-13T07:31")
    never, _ = look(newsroom)
    assert never.because == (
        "no edition was cut, which was due at 06:30 (UTC); a send that is under way still keeps it waiting"
    )


def test_whoever_joins_after_their_hour_does_not_make_it_late(newsroom):
    planned(newsroom)
    settle(newsroom, *[ACCEPTED] * 20)
    newsroom.at("2026-03-12T09:00")
    joined = newsroom.reader("late@quay.example")
    newsroom.store.subscribers.change(replace(joined, joined_at=newsroom.clock()))
    assert look(newsroom) == ()


def test_a_cancelled_edition_is_not_late(newsroom):
    number = planned(newsroom)
    newsroom.store.planner.cancel(number, now=newsroom.clock())
    newsroom.store.editions.move(number, EditionState.CANCELLED)
    newsroom.clock.advance(HALF_HOUR)
    assert look(newsroom) == ()


def test_a_switch_that_does_not_answer_well_is_asked_again_later_and_stops_nothing(newsroom, switch, caplog):
    caplog.set_level(logging.WARNING, "digest")
    newsroom.chosen(ping_url=switch.url)
    planned(newsroom)
    settle(newsroom, *[ACCEPTED] * 20)
    switch.status = 500
    look(newsroom)
    look(newsroom)
    assert len(switch.asked) == 1
    (line,) = (record.message for record in caplog.records if "DIGEST_PING_URL" in record.message)
    assert "127.0.0.1 answers 500" in line
    assert "s3cret" not in caplog.text
    newsroom.clock.advance(timedelta(minutes=1))
    switch.status = 200
    look(newsroom)
    look(newsroom)
    assert len(switch.asked) == 2


def test_while_a_send_is_under_way_somebody_looks(newsroom, switch):
    newsroom.chosen(ping_url=switch.url)
    planned(newsroom)
    newsroom.clock.advance(HALF_HOUR)

    async def sends():
        async with late.watched(newsroom.app, every=0.01):
            assert await asyncio.to_thread(switch.heard.wait, 30)

    asyncio.run(sends())
    assert switch.asked == ["/ping/s3cret/fail?from=digest"]
