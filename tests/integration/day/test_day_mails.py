"""What each reader gets: line-ups fixed once, wishes applied, nothing told twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest import daily, mailroom
from digest.errors import Conflict, TemplateError
from digest.model.delivery import DeliveryState, Outcome
from digest.model.edition import EditionState
from digest.model.message import Mail
from digest.newsroom import dispatch, editions
from digest.ports import Claim
from digest.rendering.environment import Templates

HOUR = timedelta(hours=1)
WORKER = "a sender of this test"
TODAY = date(2026, 3, 12)


@pytest.fixture
def composer(newsroom) -> Callable[[], mailroom.Composer]:
    """A new composer, as each run of a sender has."""
    return lambda: mailroom.Composer(
        newsroom.store.editions,
        newsroom.store.ledger,
        rules=newsroom.app.rules,
        addresses=newsroom.app.addresses,
        clock=newsroom.clock,
    )


def planned(newsroom, count: int = 6) -> int:
    """An edition that is frozen and planned for everybody, not sent."""
    newsroom.news(count)
    edition = editions.freeze(newsroom.app, newsroom.cut().number)
    dispatch.plan_now(newsroom.app, edition)
    return edition.number


def claimed(newsroom) -> tuple[Claim, ...]:
    return newsroom.store.ledger.claim(worker=WORKER, limit=50, lease=HOUR, now=newsroom.clock())


def test_a_second_attempt_carries_the_bytes_of_the_first(newsroom, composer):
    newsroom.reader("ana@reader.example", timezone="Asia/Kolkata")
    number = planned(newsroom)
    (claim,) = claimed(newsroom)
    (first,) = composer()([claim])
    newsroom.store.ledger.release(worker=WORKER)
    newsroom.clock.advance(3 * HOUR)
    newsroom.wish("ana@reader.example", max_stories=1, muted_words=("quorum",), muted_sources=("Press 0", "Press 1"))
    newsroom.chosen(max_stories=2)
    newsroom.news(4)
    newsroom.cut()
    (again,) = claimed(newsroom)
    assert (again.delivery.edition, again.delivery.message_id) == (number, claim.delivery.message_id)
    (second,) = composer()([again])
    assert isinstance(first, Mail)
    assert second == first


def test_a_second_attempt_carries_the_name_and_the_clock_of_the_first(newsroom, composer):
    newsroom.reader("ana@reader.example", timezone="Asia/Kolkata")
    planned(newsroom)
    (claim,) = claimed(newsroom)
    (first,) = composer()([claim])
    newsroom.store.ledger.release(worker=WORKER)
    newsroom.wish("ana@reader.example", timezone="America/New_York")
    ana = newsroom.store.subscribers.find("ana@reader.example")
    newsroom.store.subscribers.change(replace(ana, name="Another Name"))
    (again,) = claimed(newsroom)
    assert again.subscriber.name == "Another Name"
    assert composer()([again]) == [first]


def test_what_was_composed_before_names_were_kept_is_made_as_its_reader_is_now(newsroom, composer):
    newsroom.reader("ana@reader.example", timezone="Asia/Kolkata")
    planned(newsroom)
    (claim,) = claimed(newsroom)
    (first,) = composer()([claim])
    newsroom.store.ledger.release(worker=WORKER)
    (again,) = claimed(newsroom)
    older = replace(again, delivery=replace(again.delivery, reader_name=None, reader_zone=None))
    assert composer()([older]) == [first]


def test_the_mails_come_in_the_order_of_the_claims(newsroom, composer):
    for number in range(5):
        newsroom.reader(f"reader{number}@reader.example", max_stories=number + 1)
    planned(newsroom)
    claims = claimed(newsroom)[::-1]
    mails = composer()(claims)
    assert [mail.envelope_to for mail in mails] == [claim.subscriber.address for claim in claims]
    assert composer()(()) == []


def test_claims_of_two_editions_are_composed_at_once(newsroom, composer):
    newsroom.reader("ana@reader.example", timezone="UTC")
    one = planned(newsroom)
    newsroom.clock.advance(24 * HOUR)
    two = planned(newsroom)
    claims = claimed(newsroom)
    mails = composer()(claims)
    assert {claim.delivery.edition for claim in claims} == {one, two}
    assert all(isinstance(mail, Mail) for mail in mails)


def test_who_muted_everything_gets_nothing_and_the_ledger_says_why(newsroom, composer):
    newsroom.reader("mute@reader.example", muted_sources=tuple(f"press{number}.example" for number in range(7)))
    newsroom.reader("ana@reader.example")
    number = planned(newsroom)
    claims = claimed(newsroom)
    made = dict(zip((claim.subscriber.address for claim in claims), composer()(claims), strict=True))
    outcome = made["mute@reader.example"]
    assert isinstance(outcome, Outcome)
    assert outcome.state is DeliveryState.SUPPRESSED
    newsroom.store.ledger.release(worker=WORKER)
    assert newsroom.send(number).accepted == 1
    (delivery,) = newsroom.store.history.of_address("mute@reader.example", limit=5)
    assert (delivery.state, delivery.answer) == (
        DeliveryState.SUPPRESSED,
        "no story of this edition is for this reader",
    )
    assert newsroom.store.suppressions.all() == ()


def test_only_an_approved_edition_is_frozen(newsroom):
    newsroom.chosen(approval="required")
    newsroom.news()
    held = newsroom.cut().number
    with pytest.raises(Conflict, match=f"edition {held} is held") as caught:
        editions.freeze(newsroom.app, held)
    assert f"digest edition approve {held}" in caught.value.hint
    newsroom.store.editions.move(held, EditionState.CANCELLED)
    with pytest.raises(Conflict, match=f"edition {held} is cancelled"):
        editions.freeze(newsroom.app, held)


def test_a_quiet_edition_is_not_frozen_and_says_why_until_an_editor_approves_it(newsroom):
    newsroom.reader("ana@reader.example")
    newsroom.chosen(min_stories=40)
    newsroom.news()
    number = newsroom.cut().number
    with pytest.raises(Conflict, match="new stories, and at least 40 are wanted"):
        editions.freeze(newsroom.app, number)
    newsroom.store.editions.move(number, EditionState.APPROVED)
    assert newsroom.send(number).accepted == 1


def test_an_edition_is_rendered_once(newsroom, tmp_path):
    newsroom.news()
    number = newsroom.cut().number
    first = editions.freeze(newsroom.app, number)
    rendering = newsroom.store.editions.rendering(number, "en")
    newsroom.chosen(title="Another Name")
    assert editions.freeze(newsroom.app, number) == first
    assert newsroom.store.editions.rendering(number, "en") == rendering


@pytest.mark.parametrize("broken", ["{{ nobody_knows_this }}", "{% if %}", "{{ edition.title | no_such_filter }}"])
def test_a_template_with_an_error_leaves_nothing_planned(newsroom, tmp_path, templates_folder, caplog, broken):
    (tmp_path / "own" / "mail").mkdir(parents=True)
    (tmp_path / "own" / "mail" / "digest.html").write_text(broken, encoding="utf-8")
    newsroom.reader("ana@reader.example")
    newsroom.news()
    sound = newsroom.app
    newsroom.app = replace(sound, templates=Templates((tmp_path / "own", templates_folder)))
    newsroom.at("2026-03-12T06:30")
    number = newsroom.cut().number
    with pytest.raises(TemplateError):
        editions.freeze(newsroom.app, number)
    newsroom.at("2026-03-12T07:00")
    newsroom.beat()
    assert "digest.html" in caplog.text
    assert newsroom.store.history.next_due() is None
    held = newsroom.store.editions.get(number)
    assert held.state is EditionState.HELD
    assert "digest.html, line 1" in held.held
    newsroom.app = sound
    newsroom.store.editions.move(number, EditionState.APPROVED)
    newsroom.beat()
    assert newsroom.papers("ana@reader.example") == [(TODAY, number)]


def test_a_test_mail_is_marked_and_leaves_the_ledger_alone(newsroom):
    import asyncio

    newsroom.reader("ana@reader.example")
    newsroom.news()
    edition = editions.freeze(newsroom.app, newsroom.cut().number)
    for _ in range(2):
        asyncio.run(dispatch.send_test(newsroom.app, editions.opened(newsroom.app, edition), "ana@reader.example"))
    tests = newsroom.mails()
    assert [mail["To"] for mail in tests] == ["ana@reader.example"] * 2
    assert all(mail["Subject"].startswith("[Test]") for mail in tests)
    assert all("unsubscribe/" not in str(mail) and mail["List-Unsubscribe"] is None for mail in tests)
    assert len({mail["Message-ID"] for mail in tests}) == 2
    assert newsroom.store.history.of_address("ana@reader.example", limit=5) == ()
    assert newsroom.store.history.next_due() is None
    assert newsroom.send(edition.number).accepted == 1


def test_a_story_told_yesterday_is_not_told_again_but_is_new_to_a_new_reader(newsroom):
    newsroom.reader("ana@reader.example")
    old = newsroom.news(5, age=-20 * HOUR)
    newsroom.live("2026-03-12T20:00")
    newsroom.reader("new@reader.example")
    newsroom.live("2026-03-13T12:00")
    first, second = newsroom.headlines("ana@reader.example")
    *_, newcomer = newsroom.headlines("new@reader.example")
    assert set(first) & set(old)
    assert set(first).isdisjoint(second)
    assert set(newcomer) >= set(second)
    assert set(newcomer) & set(first)


def test_an_update_of_a_story_told_does_not_bring_it_again(newsroom):
    newsroom.reader("ana@reader.example")
    newsroom.news(6)
    newsroom.at("2026-03-12T06:30")
    newsroom.live("2026-03-12T08:00")
    (first,) = newsroom.headlines("ana@reader.example")
    copies = [
        replace(each, id=f"copy-{each.id}", publisher="late.example", source="Late", published=newsroom.clock())
        for each in newsroom.store.items.recent(newsroom.clock() - 24 * HOUR)
    ]
    newsroom.publish(copies)
    newsroom.live("2026-03-13T12:00")
    _, second = newsroom.headlines("ana@reader.example")
    assert set(first).isdisjoint(second)


def test_what_a_cancelled_edition_told_is_not_told_again_to_who_has_it(newsroom):
    newsroom.reader("ana@reader.example")
    old = newsroom.news(5, age=-20 * HOUR)
    newsroom.live("2026-03-12T08:00")
    newsroom.store.editions.move(1, EditionState.CANCELLED)
    newsroom.store.planner.cancel(1, now=newsroom.clock())
    newsroom.live("2026-03-13T08:00")
    first, second = newsroom.headlines("ana@reader.example")
    assert set(first) & set(old)
    assert set(first).isdisjoint(second)


def test_every_wish_is_applied(newsroom):
    newsroom.news(4, section="Harbour")
    newsroom.news(4, section="Science")
    newsroom.news(4)
    newsroom.reader("all@reader.example")
    newsroom.reader("three@reader.example", max_stories=3)
    newsroom.reader("science@reader.example", sections=("Science",))
    newsroom.reader("both@reader.example", sections=("Science", "Harbour"))
    edition = newsroom.cut()
    leads = {told.story.lead.title: told for told in edition.bench}
    word = max(next(iter(leads)).split(), key=len)
    newsroom.reader("word@reader.example", muted_words=(word.upper(),))
    newsroom.reader("source@reader.example", muted_sources=("PRESS 3", "press5.example"))
    newsroom.send(edition.number)
    got = {name: newsroom.headlines(f"{name}@reader.example")[0] for name in ("all", "three", "science", "both")}
    assert len(got["three"]) == 3 < len(got["all"])
    assert {leads[title].section for title in got["science"]} == {"Science"}
    assert {leads[title].section for title in got["both"]} == {"Science", "Harbour"}
    (without_word,), (without_source,) = (newsroom.headlines(f"{name}@reader.example") for name in ("word", "source"))
    assert without_word
    assert not [title for title in without_word if word in title]
    assert without_source
    assert {leads[title].story.lead.source for title in without_source}.isdisjoint({"Press 3", "Press 5"})


def test_the_preview_of_a_reader_is_what_that_reader_gets(newsroom):
    person = newsroom.reader("ana@reader.example", max_stories=2, timezone="Asia/Kolkata")
    newsroom.news(6)
    edition = newsroom.cut()
    foreseen = editions.lineup_of(newsroom.app, editions.opened(newsroom.app, edition), person)
    newsroom.send(edition.number)
    (delivery,) = newsroom.store.history.of_address("ana@reader.example", limit=2)
    assert delivery.lineup == foreseen.encode()


def test_what_would_be_cut_is_not_written(newsroom):
    newsroom.news(6)
    choice = editions.choose(newsroom.app)
    assert choice.edition.number == 0
    assert editions.find(newsroom.app, None).bench == choice.edition.bench
    assert editions.find(newsroom.app, None).state is EditionState.DRAFT
    assert newsroom.store.editions.latest() is None
    cut = newsroom.cut()
    assert (cut.bench, cut.number) == (choice.edition.bench, 1)
    assert editions.find(newsroom.app, None) == cut
    newsroom.clock.advance(24 * HOUR)
    assert editions.find(newsroom.app, None).number == 0
    assert editions.find(newsroom.app, 1) == cut


def test_other_weights_make_another_choice_and_nothing_else(newsroom):
    newsroom.news(6)
    plain, weighed = editions.choose(newsroom.app), editions.choose(newsroom.app, daily.Trial(weights="recency=1"))
    terms = {term.name: term.weight for term in weighed.scores[0].terms if term.weight}
    assert terms == {"recency": 1.0}
    assert {story.id for story in plain.stories} == {story.id for story in weighed.stories}


def test_a_dry_run_names_who_would_get_it_and_writes_nothing(newsroom):
    newsroom.reader("ana@reader.example")
    newsroom.reader("raj@reader.example", timezone="Asia/Kolkata")
    newsroom.news()
    edition = newsroom.cut()
    people = [(person.address, slot.local_date) for person, slot in dispatch.forecast(newsroom.app, edition)]
    assert people == [("ana@reader.example", TODAY), ("raj@reader.example", TODAY)]
    assert newsroom.store.history.next_due() is None
    newsroom.send(edition.number)
    assert list(dispatch.forecast(newsroom.app, edition)) == []
