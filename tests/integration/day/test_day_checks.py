"""An edition is checked before it goes out: repaired where it can be, held and the operator told where it cannot."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.smtp import SMTP

from digest.channels.relay import parse_smtp_urls
from digest.errors import ChannelDown, Conflict
from digest.model.delivery import DeliveryState
from digest.model.edit import Act, Edit
from digest.model.edition import EditionState
from digest.model.finding import Level
from digest.model.message import Mail
from digest.newsroom import alert, dispatch, editions, hand, manual, proof
from digest.newsroom.beat import Went, send_when_due
from digest.rendering.environment import Templates

OPERATOR = "operator@harbour.example"
PATIENCE = 20


class Relay:
    """A server that keeps the mails it is given, or refuses the sender."""

    def __init__(self) -> None:
        self.mails = []
        self.refuses = False
        self.ready = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)
        self.thread.start()
        assert self.ready.wait(PATIENCE)

    async def serve(self) -> None:
        self.loop, self.ended = asyncio.get_running_loop(), asyncio.Event()
        server = await self.loop.create_server(lambda: SMTP(self, ident="test"), "127.0.0.1", 0)
        self.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self.ready.set()
        await self.ended.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 named after the command
        if self.refuses:
            return "421 4.3.0 not today"
        envelope.mail_from = address
        return "250 2.1.0 ok"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        message = message_from_bytes(envelope.original_content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos[0], message))
        return "250 2.0.0 kept"

    def to(self, address):
        return [message for recipient, message in self.mails if recipient == address]

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.ended.set)
        self.thread.join(PATIENCE)


@pytest.fixture
def relay() -> Iterator[Relay]:
    server = Relay()
    yield server
    server.close()


@pytest.fixture
def sending(newsroom, relay):
    """A newspaper that sends by SMTP, whose operator wants to be told."""
    newsroom.chosen(
        smtp_url=parse_smtp_urls(relay.url),
        public_url="https://harbour.example",
        postal_address="1 Quay Street, Harbour",
        operator=OPERATOR,
    )
    newsroom.reader("ana@reader.example")
    return newsroom


def test_a_letter_takes_the_first_relay_that_is_up(sending, relay):
    sending.chosen(smtp_url=parse_smtp_urls(f"smtp://127.0.0.1:1 {relay.url}?weight=0"))
    mail = Mail(envelope_from="", envelope_to=OPERATOR, message_id="1@harbour.example", content=b"Subject: a\r\n\r\n")
    asyncio.run(dispatch.hand_over(sending.app, mail))
    assert [recipient for recipient, _message in relay.mails] == [OPERATOR]
    sending.chosen(smtp_url=parse_smtp_urls("smtp://127.0.0.1:1 smtp://127.0.0.1:2"))
    with pytest.raises(ChannelDown, match=r"127\.0\.0\.1:2"):
        asyncio.run(dispatch.hand_over(sending.app, mail))


def test_a_relay_without_room_is_no_fault_and_nobody_is_told(sending, relay):
    sending.chosen(smtp_url=parse_smtp_urls(f"{relay.url}?day=1"), operator="")
    sending.reader("ben@reader.example")
    sending.news()
    sending.at("2026-03-12T07:00")
    sending.beat()
    sending.chosen(operator=OPERATOR)
    assert asyncio.run(send_when_due(sending.app, asyncio.Event())) is Went.IDLE
    assert len(relay.mails) == 1
    assert sending.store.history.open_count(1) == 1
    sending.at("2026-03-13T07:05")
    assert asyncio.run(send_when_due(sending.app, asyncio.Event())) is Went.WELL
    assert sorted(recipient for recipient, _message in relay.mails) == ["ana@reader.example", "ben@reader.example"]


def broken(newsroom, tmp_path, templates_folder, name="digest.html"):
    """The newspaper with a template that has a fault."""
    (tmp_path / "own" / "mail").mkdir(parents=True)
    (tmp_path / "own" / "mail" / name).write_text("{{ nobody_knows_this }}", encoding="utf-8")
    newsroom.app = replace(newsroom.app, templates=Templates((tmp_path / "own", templates_folder)))


def warp(newsroom, number, **changes):
    """An edition as the store would hold it, had it been cut otherwise."""
    edit = Edit(act=Act.NOTE)
    apply = lambda edition: replace(edition, **changes)  # noqa: E731 - what a caller passes
    newsroom.store.edits.record(number, edit, by="a test", what="cut otherwise", at=newsroom.clock(), apply=apply)


def twice(newsroom, number):
    """Give the second story of an edition the headline of the first, in other case; returns both."""
    edition = newsroom.store.editions.get(number)
    first, second, *_ = (edition.bench[pick.index] for pick in edition.lineup.picks)
    title = first.story.lead.title.upper()
    lead, *others = second.story.items
    items = (replace(lead, title=title), *others)
    doubled = replace(second, story=replace(second.story, items=items))
    bench = tuple(doubled if entry.story.id == second.story.id else entry for entry in edition.bench)
    warp(newsroom, number, bench=bench)
    return first.story, doubled.story


def test_the_days_edition_has_no_fault_but_what_a_trial_lacks(newsroom):
    newsroom.news(6)
    found = proof.proof(newsroom.app, editions.find(newsroom.app, None))
    assert {one.level for one in found} == {Level.WARNING}
    assert {one.check for one in found} == {"https", "unsubscribe", "postal address"}


def test_an_edition_to_be_sent_has_no_fault_at_all(sending):
    sending.news(6)
    person = sending.reader("leo@reader.example", max_stories=2, timezone="Asia/Tokyo")
    edition = editions.find(sending.app, None)
    assert proof.proof(sending.app, edition) == ()
    assert proof.proof(sending.app, edition, person) == ()
    number = sending.cut().number
    assert proof.proof(sending.app, editions.freeze(sending.app, number), person) == ()


def test_a_reader_is_not_told_a_story_twice(sending):
    sending.live("2026-03-12T08:00")
    (person,) = sending.store.subscribers.each()
    assert sending.papers("ana@reader.example")
    sending.at("2026-03-13T05:00")
    sending.news(6)
    assert proof.proof(sending.app, editions.find(sending.app, None), person) == ()


def test_a_broken_template_holds_the_edition_and_the_operator_is_told_once(sending, relay, tmp_path, templates_folder):
    sound = sending.app
    broken(sending, tmp_path, templates_folder)
    sending.live("2026-03-12T09:00")
    edition = sending.store.editions.get(1)
    assert (edition.state, sending.store.history.next_due()) == (EditionState.HELD, None)
    assert "digest.html, line 1" in edition.held
    assert relay.to("ana@reader.example") == []
    told, reminded = relay.to(OPERATOR)
    assert told["Subject"] == "The Daily Digest: Edition 1 is held back"
    assert reminded["Subject"] == "The Daily Digest: Edition 1 has not gone out"
    text = told.get_body(("plain",)).get_content()
    assert "digest.html, line 1" in text
    assert "digest edition approve 1" in text
    assert sending.app.settings.secret_key[0] not in told.as_string()

    sending.app = sound
    sending.store.editions.move(1, EditionState.APPROVED)
    sending.beat()
    assert len(relay.to("ana@reader.example")) == 1
    assert [mail["Subject"] for mail in relay.to(OPERATOR)[2:]] == [
        "The Daily Digest: Edition 1 has gone out after all"
    ]


def test_where_the_page_of_every_mail_is_broken_the_alert_is_plain(sending, relay, tmp_path, templates_folder):
    broken(sending, tmp_path, templates_folder, "_base.html")
    sending.news()
    sending.at("2026-03-12T06:30")
    sending.beat()
    (told,) = relay.to(OPERATOR)
    assert told.get_content_type() == "text/plain"
    assert told["Subject"] == "The Daily Digest: Edition 1 is held back"
    assert "_base.html, line 1" in told.get_content()


def test_the_operator_is_told_before_the_hour_of_the_readers(sending, relay, tmp_path, templates_folder):
    broken(sending, tmp_path, templates_folder)
    sending.news()
    sending.at("2026-03-12T06:30")
    sending.beat()
    assert len(relay.to(OPERATOR)) == 1


def test_two_nearly_equal_headlines_are_made_one_and_the_paper_goes_out(sending, relay, caplog):
    sending.news(6)
    number = sending.cut().number
    _, dropped = twice(sending, number)
    sending.at("2026-03-12T07:00")
    sending.beat()
    edition = sending.store.editions.get(number)
    assert edition.state is EditionState.FROZEN
    assert dropped.id in edition.hand.dropped
    assert dropped.id not in {edition.bench[pick.index].story.id for pick in edition.lineup.picks}
    assert "a story is dropped" in caplog.text
    assert ("the checks", Act.DROP) in [
        (entry.by, entry.edit.act) for entry in sending.store.edits.all(number) if entry.edit is not None
    ]
    (mail,) = relay.to("ana@reader.example")
    assert dropped.lead.title not in mail.get_body(("plain",)).get_content()
    assert relay.to(OPERATOR) == []


def test_a_story_with_two_faults_is_dropped_once(sending, relay):
    """Nearly another one of today, and told yesterday."""
    sending.live("2026-03-12T08:00")
    old = sending.store.editions.get(1).bench[0]
    sending.at("2026-03-13T06:30")
    sending.news(5)
    edition = sending.cut()
    first, second, *_ = (pick.index for pick in edition.lineup.picks)
    title = old.story.lead.title
    upper = edition.bench[first]
    upper = replace(upper, story=replace(upper.story, items=(replace(upper.story.lead, title=title),)))
    bench = tuple({first: upper, second: old}.get(index, entry) for index, entry in enumerate(edition.bench))
    warp(sending, edition.number, bench=bench)
    sending.at("2026-03-13T07:00")
    sending.beat()
    sent = sending.store.editions.get(edition.number)
    assert (sent.state, sent.hand.dropped) == (EditionState.FROZEN, (old.story.id,))
    assert len(relay.to("ana@reader.example")) == 2


def test_a_manual_send_goes_on_with_what_was_stopped_and_a_beat_leaves_it_alone(sending, relay):
    sending.news(6)
    number = sending.cut().number
    dispatch.plan_now(sending.app, editions.freeze(sending.app, number))
    (claim, *_) = sending.store.ledger.claim(worker="desk", limit=1, lease=timedelta(hours=1), now=sending.clock())
    sending.store.ledger.release(worker="desk")
    sending.store.ledger.halt(claim.delivery.dispatch_id, "three mails were refused", now=sending.clock())
    sending.drain()
    assert relay.mails == []
    asyncio.run(manual.send(sending.app, sending.store.editions.get(number), asyncio.Event(), lambda _d, _t: None))
    assert relay.mails


def test_a_manual_send_takes_the_edition_as_it_is_by_then(sending, relay):
    sending.news(6)
    asked = sending.cut()
    _, dropped = twice(sending, asked.number)
    asked = sending.store.editions.get(asked.number)
    hand.change(sending.app, asked.number, Edit(act=Act.DROP, story=dropped.id), by="mia")
    asyncio.run(manual.send(sending.app, asked, asyncio.Event(), lambda _done, _total: None))
    assert len(relay.to("ana@reader.example")) == 1


def test_what_was_changed_after_it_was_checked_is_checked_again(sending):
    sending.news(6)
    checked = sending.cut()
    hand.change(sending.app, checked.number, Edit(act=Act.NOTE, text="In between."), by="mia")
    with pytest.raises(Conflict, match="was changed"):
        editions.freeze(sending.app, checked.number, checked=checked)
    assert sending.store.editions.get(checked.number).state is EditionState.APPROVED


def test_a_logo_that_is_no_picture_holds_the_edition_and_the_operator_is_told(sending, relay, tmp_path):
    (tmp_path / "logo.png").write_text("no picture", encoding="utf-8")
    sending.chosen(logo=tmp_path / "logo.png")
    sending.live("2026-03-12T08:00")
    held = sending.store.editions.get(1)
    assert held.state is EditionState.HELD
    assert held.held.startswith("DIGEST_LOGO: ")
    told, reminded = relay.to(OPERATOR)
    assert "DIGEST_LOGO" in told.get_content()
    assert "DIGEST_LOGO" in reminded.get_body(("plain",)).get_content()
    assert relay.to("ana@reader.example") == []


def test_a_story_of_yesterday_is_dropped(sending, relay):
    sending.live("2026-03-12T08:00")
    (yesterday,) = sending.headlines("ana@reader.example")
    sending.at("2026-03-13T06:30")
    sending.news(5)
    sending.cut()
    edition = sending.store.editions.get(2)
    old = sending.store.editions.get(1).bench[0]
    places = [pick.index for pick in edition.lineup.picks]
    bench = tuple(old if index == places[0] else entry for index, entry in enumerate(edition.bench))
    warp(sending, 2, bench=bench)
    sending.at("2026-03-13T07:00")
    sending.beat()
    _, today = sending.headlines("ana@reader.example")
    assert set(today).isdisjoint(yesterday)
    assert sending.store.editions.get(2).hand.dropped == (old.story.id,)
    assert relay.to(OPERATOR) == []


def without_leave(newsroom, tmp_path, templates_folder):
    """Templates whose HTML has no link to leave."""
    folder = tmp_path / "bare" / "mail"
    folder.mkdir(parents=True)
    base = (templates_folder / "mail" / "_base.html").read_text(encoding="utf-8")
    bare = base.replace('href="{{ value("unsubscribe_url") }}"', 'href="https://harbour.example/#"')
    assert bare != base
    (folder / "_base.html").write_text(bare, encoding="utf-8")
    newsroom.app = replace(newsroom.app, templates=Templates((tmp_path / "bare", templates_folder)))


def test_a_mail_without_a_way_out_is_held_until_an_editor_lets_it_pass(sending, relay, tmp_path, templates_folder):
    without_leave(sending, tmp_path, templates_folder)
    sending.live("2026-03-12T08:00")
    held = sending.store.editions.get(1)
    assert (held.state, held.held) == (EditionState.HELD, "the page has no link to leave")
    assert relay.to("ana@reader.example") == []
    sending.store.editions.move(1, EditionState.APPROVED)
    sending.beat()
    assert len(relay.to("ana@reader.example")) == 1


def test_readers_who_wait_for_an_editor_are_told_of_once(sending, relay):
    sending.chosen(approval="required")
    sending.live("2026-03-12T09:00")
    told, reminded = relay.to(OPERATOR)
    assert told["Subject"] == "The Daily Digest: Readers wait for edition 1"
    assert reminded["Subject"] == "The Daily Digest: Edition 1 has not gone out"
    assert "digest edition approve 1" in told.get_body(("plain",)).get_content()


def test_without_an_operator_the_log_is_all(sending, relay, caplog):
    sending.chosen(approval="required", operator="")
    sending.live("2026-03-12T09:00")
    assert relay.mails == []
    assert "readers wait for edition 1" in caplog.text


def test_a_relay_that_refuses_the_alert_too_stops_nothing(sending, relay, caplog):
    caplog.set_level(logging.ERROR, logger="digest")
    relay.refuses = True
    sending.live("2026-03-12T07:30", every=timedelta(minutes=10))
    assert "the operator could not be told: No mail goes out" in caplog.text
    assert relay.mails == []
    assert sending.papers("ana@reader.example", DeliveryState.QUEUED, DeliveryState.DEFERRED)


def test_a_day_without_a_paper_is_told_of_once(sending, relay):
    sending.live("2026-03-12T20:00")
    sending.at("2026-03-13T05:00")
    sending.news(1)
    for moment in ("06:30", "07:00", "09:00"):
        sending.at(f"2026-03-13T{moment}")
        sending.beat()
    (told,) = relay.to(OPERATOR)
    assert told["Subject"] == "The Daily Digest: No paper today: edition 2 is held back"
    text = " ".join(told.get_body(("plain",)).get_content().split())
    assert "thin sources: " in text
    assert "digest edition approve 2" in text


def test_a_server_that_words_its_no_anew_each_time_is_told_of_once_a_day(sending):
    first, second = (alert.of_stopped(sending.app, f"421 busy, session {number}") for number in (1, 2))
    assert first.reason == second.reason
    sending.at("2026-03-13T07:00")
    assert alert.of_stopped(sending.app, "421 busy").reason != first.reason


def test_a_reason_of_any_length_is_told_once(sending, relay):
    sending.news(4)
    edition = replace(sending.cut(), held="a fault \N{SNOWMAN} " * 400)
    for _ in range(2):
        asyncio.run(alert.tell(sending.app, alert.of_waiting(edition)))
    assert len(relay.to(OPERATOR)) == 1
    assert len(alert.of_waiting(edition).reason) == alert.REASON
