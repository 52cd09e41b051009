"""Sending from the studio: a test to one, the paper to everybody, and never twice at once."""

from contextlib import ExitStack
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from digest.channels.relay import parse_smtp_urls
from digest.errors import Conflict
from digest.model.edition import EditionState
from digest.shipped import shipped
from digest.web.studio.sending import Sender


@pytest.fixture
def desk(held_room):
    """Somebody who has approved an edition."""
    held_room.app.store.editions.move(1, EditionState.APPROVED)
    return held_room.enter()


def mails(room):
    folder = room.app.settings.outbox / "new"
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]


def test_a_test_goes_to_one_address_which_is_remembered(held_room, desk):
    page = desk.done("/test", act="test", address="me@desk.example", back="panel=send")
    (mail,) = mails(held_room)
    assert mail["To"] == "me@desk.example"
    assert "[Test]" in mail["Subject"]
    assert "A test to me@desk.example went into the folder" in page.words
    assert 'value="me@desk.example"' in page.text


def test_a_test_of_a_sample_and_of_a_draft_can_be_sent(room):
    visitor = room.enter()
    visitor.done("/test", act="test", address="me@desk.example", back="edition=sample%3Aordinary")
    visitor.done("/test", act="test", address="me@desk.example", back="edition=today")
    assert len(mails(room)) == 2
    assert room.app.store.editions.latest() is None


@pytest.mark.parametrize("address", ["", "me", "me@", "a@b.example, c@d.example", "me@x.example\r\nBcc: x@y.example"])
def test_what_is_no_address_is_refused_and_stays_typed(held_room, desk, address):
    answer = desk.post("/test", act="test", address=address, back="panel=send")
    assert answer.status == 400
    assert "is no e-mail address" in answer.words
    assert mails(held_room) == []


def test_everybody_gets_it_once_the_number_is_typed(held_room, desk):
    page = desk.get("/?panel=send")
    assert "6 readers would get No. 1" in page.words
    for count in ("", "5", "six", "66"):
        refused = desk.post("/send", number=1, count=count, back="panel=send", act="send")
        assert refused.status == 400
        assert "6 readers would get it" in refused.words
    assert mails(held_room) == []
    desk.done("/send", number=1, count=6, back="panel=send", act="send")
    held_room.wait(lambda: "6 accepted" in desk.get("/?panel=send").words)
    assert len({mail["To"] for mail in mails(held_room)}) == 6
    assert held_room.app.store.editions.get(1).state is EditionState.FROZEN
    done = desk.get("/?panel=send")
    assert "Nobody is waiting for this edition" in done.words
    again = desk.post("/send", number=1, count=6, back="panel=send", act="send")
    assert again.status == 409
    assert len(mails(held_room)) == 6


def test_what_the_checks_refuse_is_sent_only_when_the_editor_says_so(held_room, desk):
    own = held_room.templates / "mail" / "_base.html"
    own.parent.mkdir()
    own.write_text(
        (shipped("templates") / "mail" / "_base.html").read_text().replace("</body>", "<form></form></body>")
    )
    page = desk.get("/?panel=send")
    assert "although the checks found" in page.words
    refused = desk.post("/send", number=1, count=6, back="panel=send", act="send")
    assert refused.status == 409
    assert "Nothing is sent" in refused.words
    assert "tick the box" in refused.words
    assert mails(held_room) == []
    desk.done("/send", number=1, count=6, despite="yes", back="panel=send", act="send")
    held_room.wait(lambda: "6 accepted" in desk.get("/?panel=send").words)
    assert len(mails(held_room)) == 6


def test_what_is_held_is_not_sent(held_room, desk):
    desk.done("/desk", act="hold", number=1, back="")
    desk.post("/send", number=1, count=6, back="panel=send", act="send")
    held_room.wait(lambda: "is held" in desk.get("/?panel=send").words)
    assert mails(held_room) == []


def test_a_draft_that_was_never_cut_is_cut_and_sent(room):
    visitor = room.enter()
    assert "6 readers would get a new edition" in visitor.get("/?panel=send").words
    visitor.done("/send", number=0, count=6, back="panel=send", act="send")
    room.wait(lambda: "6 accepted" in visitor.get("/?panel=send").words)
    assert len(mails(room)) == 6


def test_another_edition_than_was_shown_is_not_sent(held_room, desk):
    assert desk.post("/send", number=7, count=6, back="panel=send", act="send").status == 400
    assert desk.post("/send", number=0, count=6, back="edition=sample%3Aordinary", act="send").status == 400
    assert mails(held_room) == []


def test_one_send_at_a_time_and_the_mail_in_hand_is_finished_when_the_studio_closes(held_room):
    held_room.app.store.editions.move(1, EditionState.APPROVED)
    held_room.app = replace(held_room.app, settings=replace(held_room.app.settings, rate=1.0, smtp_connections=1))
    with ExitStack() as stack:
        visitor = replace(held_room, stack=stack).enter()
        visitor.done("/send", number=1, count=6, back="panel=send", act="send")
        held_room.wait(lambda: len(mails(held_room)) >= 1)
        page = visitor.get("/?panel=send")
        assert "<progress" in page.text
        again = visitor.post("/send", number=1, count=5, back="panel=send", act="send")
        assert again.status == 409
        assert "A send is under way" in again.words
    accepted = len(mails(held_room))
    assert 1 <= accepted < 6
    assert held_room.app.store.history.open_count(1) == 6 - accepted


def test_a_studio_that_is_closed_at_once_leaves_the_mails_in_the_queue_and_sends_no_more(held_room):
    edition = held_room.app.store.editions.move(1, EditionState.APPROVED)
    held_room.app = replace(held_room.app, settings=replace(held_room.app.settings, rate=1.0, smtp_connections=1))
    sender = Sender(lambda: held_room.app)
    sender.send(edition, typed="6", despite=False)
    sender.close()
    assert not sender.status.running
    assert len(mails(held_room)) + held_room.app.store.history.open_count(1) == 6
    assert held_room.app.store.history.open_count(1)
    with pytest.raises(Conflict, match="closing"):
        sender.send(edition, typed="6", despite=False)


def test_a_relay_that_is_not_there_is_said_and_nothing_is_lost(held_room):
    held_room.app.store.editions.move(1, EditionState.APPROVED)
    nowhere = parse_smtp_urls("smtp://127.0.0.1:1")
    held_room.app = replace(held_room.app, settings=replace(held_room.app.settings, smtp_url=nowhere))
    visitor = held_room.enter()
    refused = visitor.post("/test", act="test", address="me@desk.example", back="panel=send")
    assert refused.status == 503
    assert "127.0.0.1" in refused.words
    assert 'value="me@desk.example"' in refused.text
    visitor.done("/send", number=1, count=6, despite="yes", back="panel=send", act="send")
    held_room.wait(lambda: "Stopped: " in visitor.get("/?panel=send").words)
    assert held_room.app.store.history.open_count(1) == 6
