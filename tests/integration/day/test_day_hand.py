"""An editor's morning in the real application: changes, the readers' papers, freezing, corrections."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from digest import mailroom
from digest.app import App
from digest.errors import Conflict, NotFound, UsageError
from digest.model.edit import CORRECTION, Act, Edit
from digest.model.edition import EditionState
from digest.newsroom import dispatch, editions, hand
from digest.rendering.assemble import preview
from digest.rendering.blocks import render
from digest.web.front import EditionPages

HOUR = timedelta(hours=1)


def ids(edition):
    return [edition.bench[pick.index].story.id for pick in edition.lineup.picks]


def change(newsroom, edition, act, story="", **more):
    return hand.change(newsroom.app, edition.number, Edit(act=act, story=story, **more), by="mia")


@pytest.fixture
def paper(newsroom):
    """An edition of this morning, of which four stories are in the default line-up and six are not."""
    newsroom.chosen(max_stories=4)
    newsroom.news(10)
    return newsroom.cut()


def test_what_the_editor_did_is_in_every_readers_mail(newsroom, paper):
    newsroom.reader("ana@reader.example")
    newsroom.reader("leo@reader.example", max_stories=2)
    weak, first = paper.bench[-1].story, paper.bench[0].story
    newsroom.reader("mud@reader.example", muted_words=(weak.lead.title.split()[0],))
    change(newsroom, paper, Act.PIN, weak.id)
    change(newsroom, paper, Act.DROP, first.id)
    change(newsroom, paper, Act.RETITLE, paper.bench[1].story.id, text="A <b>new</b>\r\nheadline")
    change(newsroom, paper, Act.SUMMARY, paper.bench[1].story.id, text="The editor's\nown words.")
    change(newsroom, paper, Act.NOTE, text="Good morning.\n\n<i>We are back.</i>")
    newsroom.send(paper.number)
    (ana,), (leo,), (mud,) = (newsroom.headlines(f"{name}@reader.example") for name in ("ana", "leo", "mud"))
    assert ana[0] == leo[0] == weak.lead.title
    assert weak.lead.title not in mud
    assert all(first.lead.title not in told for told in (ana, leo, mud))
    assert "A new headline" in ana
    for mail in newsroom.mails():
        text = " ".join(mail.get_body(("plain",)).get_content().split())
        assert "Good morning. We are back." in text
        assert "The editor's own words." in text
        assert first.lead.title not in text


def test_everything_is_recorded_and_taken_back_to_the_edition_as_it_was_cut(newsroom, paper):
    change(newsroom, paper, Act.MOVE, ids(paper)[3], place=1)
    change(newsroom, paper, Act.NOTE, text="Hello.")
    hand.move(newsroom.app, paper.number, EditionState.HELD, by="  Leo\r\n<b>Vega</b> ")
    assert hand.undo(newsroom.app, paper.number, by="leo").what == "took back: wrote a note: “Hello.”"
    hand.undo(newsroom.app, paper.number, by="")
    assert newsroom.store.editions.get(paper.number) == replace(paper, state=EditionState.HELD)
    record = hand.record(newsroom.app, paper.number)
    assert [entry.by for entry in record] == ["mia", "mia", "Leo Vega", "leo", "editor"]
    assert {entry.at for entry in record} == {newsroom.clock()}
    with pytest.raises(Conflict, match="no change of edition 1"):
        hand.undo(newsroom.app, paper.number, by="leo")


def test_what_makes_no_sense_changes_nothing(newsroom, paper):
    for act, more, fault in (
        (Act.PIN, {"story": "nobody"}, NotFound),
        (Act.RETITLE, {"story": paper.bench[0].story.id, "text": "\u202e <script>alert(1)</script> \x00"}, UsageError),
        (Act.NOTE, {"text": "x" * 1001}, UsageError),
        (Act.NOTE, {"text": "<p>" + "x " * 9000}, UsageError),
        (Act.MOVE, {"story": ids(paper)[0], "place": 5}, UsageError),
    ):
        with pytest.raises(fault):
            change(newsroom, paper, act, **more)
    assert newsroom.store.editions.get(paper.number) == paper
    assert hand.record(newsroom.app, paper.number) == ()


def test_what_went_out_is_corrected_and_not_changed(newsroom, paper):
    editions.freeze(newsroom.app, paper.number)
    for act in (
        lambda: change(newsroom, paper, Act.NOTE, text="Late."),
        lambda: hand.undo(newsroom.app, paper.number, by="mia"),
        lambda: asyncio.run(hand.add(newsroom.app, paper.number, "https://elsewhere.example/", by="mia")),
    ):
        with pytest.raises(Conflict, match="is frozen, and cannot be changed"):
            act()
    with pytest.raises(UsageError, match="is empty"):
        hand.correct(newsroom.app, paper.number, " <br> ", by="mia")
    with pytest.raises(UsageError, match="1001 characters"):
        hand.correct(newsroom.app, paper.number, "x" * 1001, by="mia")


def test_a_correction_is_on_the_page_at_once_and_on_top_of_the_next_mail(newsroom, paper):
    newsroom.reader("ana@reader.example")
    pages = EditionPages(newsroom.app)
    newsroom.send(paper.number)
    assert "Correction" not in (pages(paper.number) or "")
    hand.correct(newsroom.app, paper.number, "The bridge is <b>40</b> m long &amp; new.", by="mia")
    assert "The bridge is 40 m long &amp; new." in (pages(paper.number) or "")
    for day in (13, 14):
        newsroom.at(f"2026-03-{day}T06:30")
        newsroom.news(5)
        newsroom.send(newsroom.cut().number)
    texts = [" ".join(mail.get_body(("plain",)).get_content().split()) for mail in newsroom.mails()]
    assert ["The bridge is 40 m long & new." in text for text in texts] == [False, True, False]
    assert [len(newsroom.store.editions.get(number).corrections) for number in (1, 2, 3)] == [0, 1, 0]
    assert hand.corrections(newsroom.app, 1) == newsroom.store.editions.get(2).corrections


def test_a_mail_carries_so_many_corrections_that_there_is_room_for_the_news(newsroom, paper):
    editions.freeze(newsroom.app, paper.number)
    for number in range(mailroom.CARRIED + 2):
        hand.correct(newsroom.app, paper.number, f"{number} " + "橋" * (CORRECTION - 2), by="mia")
    for count, shown in ((mailroom.CARRIED, 12), (2, 12), (0, 12)):
        newsroom.news(shown)
        edition = newsroom.cut()
        opened = editions.opened(newsroom.app, edition)
        assert opened.edition.corrections == mailroom.carried(newsroom.store.corrections)
        html = preview(editions.mail_for(newsroom.app, opened, None)).html
        assert html.count("橋" * (CORRECTION - 2)) == count == len(opened.edition.corrections)
        assert "<h2" in html
        editions.freeze(newsroom.app, edition.number)


def test_a_preview_shows_the_corrections_it_would_carry(newsroom, paper):
    editions.freeze(newsroom.app, paper.number)
    hand.correct(newsroom.app, paper.number, "It was not so.", by="mia")
    newsroom.news(5)
    opened = editions.opened(newsroom.app, newsroom.cut())
    assert "It was not so." in str(editions.mail_for(newsroom.app, opened, None).content)
    assert len(newsroom.store.corrections.waiting()) == 1


def test_a_change_made_while_the_edition_is_rendered_is_not_lost(newsroom, paper):
    class Late:
        """Corrections that are asked for when the rendering begins: just then somebody writes a note."""

        def waiting(self):
            change(newsroom, paper, Act.NOTE, text="Just in time.")
            return ()

    app = newsroom.app
    with pytest.raises(Conflict, match="was changed while it was rendered"):
        mailroom.freeze(paper, app.store.editions, Late(), app.letterhead, app.templates)
    frozen = editions.freeze(app, paper.number)
    assert frozen.hand.note == "Just in time."
    kept = app.store.editions.rendering(paper.number, "en")
    assert kept.fingerprint == render(frozen, app.letterhead, app.templates).fingerprint


def test_nothing_is_cut_over_an_edition_that_is_worked_on(newsroom, caplog):
    newsroom.at("2026-03-12T05:30")
    newsroom.news(8)
    early = asyncio.run(hand.cut(newsroom.app, by="mia"))
    assert early.state is EditionState.HELD
    change(newsroom, early, Act.NOTE, text="Early bird.")
    with pytest.raises(Conflict, match="edition 1 of today has changes"):
        asyncio.run(hand.cut(newsroom.app, by="mia"))
    newsroom.reader("ana@reader.example", timezone="UTC")
    newsroom.at("2026-03-12T07:00")
    with caplog.at_level(logging.WARNING, logger="digest"):
        newsroom.beat()
    assert newsroom.store.editions.latest().number == early.number
    assert "readers wait for edition 1" in caplog.text
    hand.move(newsroom.app, early.number, EditionState.APPROVED, by="mia")
    newsroom.beat()
    assert newsroom.papers("ana@reader.example") == [(early.date, 1)]
    newsroom.at("2026-03-13T07:00")
    newsroom.news(8)
    newsroom.beat()
    assert newsroom.store.editions.latest().number == 2


def test_nothing_is_cut_over_an_edition_that_is_changed_while_the_next_is_made(newsroom, paper):
    class Slow(App):
        """A newspaper that takes so long to choose that somebody begins to edit."""

        async def aside(self, work, *given):
            change(newsroom, paper, Act.NOTE, text="Just in time.")
            return work(*given)

    app = newsroom.app
    slow = Slow(settings=app.settings, store=app.store, templates=app.templates, clock=app.clock)
    with pytest.raises(Conflict, match="edition 1 of today has changes"):
        asyncio.run(editions.cut(slow))
    assert [each.number for each in newsroom.store.editions.since(paper.cut_at)] == [paper.number]


def test_an_early_edition_that_nobody_changed_is_cut_anew_at_its_time(newsroom):
    newsroom.at("2026-03-12T05:30")
    newsroom.news(8)
    early = asyncio.run(hand.cut(newsroom.app, by="mia"))
    change(newsroom, early, Act.NOTE, text="Or not.")
    hand.undo(newsroom.app, early.number, by="mia")
    newsroom.at("2026-03-12T07:00")
    newsroom.beat()
    assert newsroom.store.editions.latest().number == 2


def test_an_edition_knows_the_headlines_of_the_one_before(newsroom, paper):
    change(newsroom, paper, Act.RETITLE, ids(paper)[0], text="As the editor had it")
    editions.freeze(newsroom.app, paper.number)
    newsroom.clock.advance(24 * HOUR)
    newsroom.news(5)
    following = newsroom.cut()
    assert following.worn[0] == "As the editor had it"
    assert len(following.worn) == 4
    assert paper.worn == ()


def test_a_cancelled_edition_is_stopped_and_recorded(newsroom, paper):
    newsroom.reader("ana@reader.example")
    assert dispatch.plan_now(newsroom.app, editions.freeze(newsroom.app, paper.number)) == 1
    hand.move(newsroom.app, paper.number, EditionState.CANCELLED, by="mia")
    assert newsroom.drain().accepted == 0
    assert [entry.what for entry in hand.record(newsroom.app, paper.number)] == ["cancelled"]
    assert EditionPages(newsroom.app)(paper.number) is None
