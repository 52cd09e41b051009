"""The account of one reader and one edition, and the overview of all, over a real store."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.errors import NotFound
from digest.model.bounce import Bounce, BounceKind
from digest.model.delivery import DeliveryState
from digest.model.edition import EditionState
from digest.model.subscriber import Suppression
from digest.newsroom.account import account
from digest.newsroom.overview import overview, standing

ANA, BO = "ana@quay.example", "bo@quay.example"
TODAY = date(2026, 3, 12)


@pytest.fixture
def twice(newsroom):
    """A newspaper with two editions a day, both cut; nobody has read one."""
    newsroom.chosen(edit_at=(6 * 60 + 30, 17 * 60))
    newsroom.news()
    newsroom.at("2026-03-12T06:30")
    newsroom.beat()
    newsroom.news()
    newsroom.at("2026-03-12T17:00")
    newsroom.beat()
    newsroom.at("2026-03-12T22:00")
    return newsroom


def rule(room, address, number):
    paper = account(room.app, address, number).paper
    return None if paper.absence is None else paper.absence.rule


def test_each_readers_hour_belongs_to_the_edition_that_was_the_newest_then(twice):
    twice.reader(ANA, send_at=7 * 60)
    twice.reader(BO, send_at=18 * 60)
    morning, evening = account(twice.app, ANA, 1).paper, account(twice.app, BO, 2).paper
    assert (morning.hour.due_at, morning.absence.rule) == (datetime(2026, 3, 12, 7, tzinfo=UTC), "missed")
    assert (evening.hour.due_at, evening.absence.rule) == (datetime(2026, 3, 12, 18, tzinfo=UTC), "next")
    other = account(twice.app, BO, 1).paper
    assert other.absence.rule == "other_edition"
    assert "edition 2 was the newest" in other.absence.because
    late = account(twice.app, ANA, 2).paper
    assert late.absence.rule == "other_edition"
    assert "(2026-03-12 07:00Z) edition 1 was the newest" in late.absence.because
    twice.beat()
    assert rule(twice, BO, 2) is None
    assert rule(twice, BO, 1) == "other_paper"


def test_an_edition_that_was_cut_late_is_for_the_hours_before_its_cut_too(newsroom):
    newsroom.reader(BO)
    newsroom.at("2026-03-11T04:30")
    newsroom.live("2026-03-11T12:00")
    newsroom.news()
    newsroom.at("2026-03-12T09:00")
    newsroom.beat()
    newsroom.reader(ANA)
    paper = account(newsroom.app, ANA).paper
    assert (paper.edition.number, paper.absence.rule) == (2, "next")
    assert paper.hour.due_at == datetime(2026, 3, 12, 7, tzinfo=UTC)
    newsroom.beat()
    assert newsroom.papers(ANA) == [(TODAY, 2)]


def test_an_hour_far_east_or_west_is_of_the_edition_all_the_same(newsroom):
    newsroom.news()
    newsroom.at("2026-03-12T06:30")
    newsroom.beat()
    newsroom.at("2026-03-12T09:00")
    newsroom.reader(ANA, timezone="Pacific/Auckland")
    newsroom.reader(BO, timezone="Pacific/Honolulu")
    east, west = account(newsroom.app, ANA).paper, account(newsroom.app, BO).paper
    assert (east.hour.local_date, east.hour.due_at) == (
        TODAY + timedelta(days=1),
        datetime(2026, 3, 12, 18, tzinfo=UTC),
    )
    assert (west.hour.local_date, west.hour.due_at) == (TODAY, datetime(2026, 3, 12, 17, tzinfo=UTC))
    assert {east.absence.rule, west.absence.rule} == {"not_yet"}


def test_what_was_planned_goes_by_what_the_ledger_says(newsroom):
    newsroom.reader(ANA)
    titles = newsroom.news()
    newsroom.at("2026-03-12T06:30")
    newsroom.beat()
    newsroom.at("2026-03-12T07:00")
    newsroom.beat()
    newsroom.wish(ANA, muted_words=titles, send_at=20 * 60)
    found = account(newsroom.app, ANA)
    paper = found.paper
    assert (paper.absence, paper.delivery.state) == (None, DeliveryState.ACCEPTED)
    assert set(paper.stories) == set(titles)
    assert paper.hour.due_at == datetime(2026, 3, 12, 7, tzinfo=UTC)
    assert [each.state for each in paper.attempts] == [DeliveryState.ACCEPTED]
    assert found.next_paper.due_at == datetime(2026, 3, 12, 20, tzinfo=UTC)
    assert found.others == ()


def test_an_edition_without_a_story_for_a_reader_says_so(newsroom):
    titles = newsroom.news()
    newsroom.reader(ANA, muted_words=titles)
    newsroom.at("2026-03-12T06:30")
    newsroom.beat()
    assert account(newsroom.app, ANA).paper.stories == ()
    newsroom.at("2026-03-12T07:00")
    newsroom.beat()
    paper = account(newsroom.app, ANA).paper
    assert (paper.delivery.state, paper.stories) == (DeliveryState.SUPPRESSED, ())
    assert "no story of this edition is for this reader" in paper.attempts[-1].answer


def test_what_came_back_is_told_with_the_paper_it_is_about(newsroom):
    newsroom.reader(ANA)
    newsroom.news()
    for moment in ("2026-03-12T06:30", "2026-03-12T07:00"):
        newsroom.at(moment)
        newsroom.beat()
    (sent,) = newsroom.store.history.of_address(ANA, limit=9)
    about = {"address": ANA, "kind": BounceKind.SOFT, "at": newsroom.clock(), "words": "452 full"}
    news = [Bounce(source="one", delivery_id=sent.id, **about), Bounce(source="two", **about)]
    newsroom.store.bounces.add(news, now=newsroom.clock())
    assert [each.source for each in account(newsroom.app, ANA).paper.bounces] == ["one"]
    assert overview(newsroom.app).returned == {BounceKind.SOFT: 2}


def test_earlier_papers_are_told_in_brief_and_a_numbered_one_in_full(newsroom):
    newsroom.reader(ANA)
    newsroom.at("2026-03-12T04:30")
    newsroom.live("2026-03-14T12:00")
    found = account(newsroom.app, ANA)
    assert found.paper.edition.number == 3
    assert [each.edition for each in found.others] == [2, 1]
    older = account(newsroom.app, ANA, 1)
    assert (older.paper.delivery.edition, [each.edition for each in older.others]) == (1, [3, 2])


def test_of_whom_only_a_suppression_remembers_there_is_no_more(newsroom):
    newsroom.store.suppressions.add(Suppression(address=ANA, reason="manual", evidence="asked", at=newsroom.clock()))
    found = account(newsroom.app, ANA)
    assert (found.person, found.paper, found.suppression.reason) == (None, None, "manual")
    with pytest.raises(NotFound):
        account(newsroom.app, BO)


def test_a_paused_readers_next_paper_is_that_of_the_end_of_the_pause(newsroom):
    end = datetime(2026, 3, 16, 7, tzinfo=UTC)
    newsroom.reader(ANA, paused_until=end)
    found = account(newsroom.app, ANA)
    assert (found.paper, found.next_paper.due_at) == (None, end)
    person = newsroom.store.subscribers.find(ANA)
    newsroom.store.subscribers.change(replace(person, preferences=replace(person.preferences, days=0b10)))
    assert account(newsroom.app, ANA).next_paper.due_at == datetime(2026, 3, 17, 7, tzinfo=UTC)


def test_the_overview_has_the_newest_edition_in_full_and_others_in_brief(newsroom):
    newsroom.reader(ANA)
    newsroom.at("2026-03-12T04:30")
    newsroom.live("2026-03-13T12:00")
    newest, older = overview(newsroom.app).editions
    assert (newest.edition.number, newest.progress.accepted) == (2, 1)
    assert [(share.way, share.count) for share in newest.domains] == [("quay.example", 1)]
    assert (older.domains, older.relays, older.reasons) == (None, None, None)
    assert standing(newsroom.app, 1).domains == newest.domains
    newsroom.store.editions.cut(replace(newest.edition, number=0, state=EditionState.HELD))
    held, *_ = overview(newsroom.app).editions
    assert (held.progress, held.seconds_left, standing(newsroom.app, 3)) == (None, None, held)
