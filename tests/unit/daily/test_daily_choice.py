"""What is chosen, why a day is quiet, and what scripts are told of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest import daily
from digest.errors import UsageError
from digest.model.edition import EditionState, Image, LineUp
from digest.model.feed import Item
from digest.selection.lineup import Rules
from digest.selection.orders import Orders
from digest.selection.quiet import SourcesState
from digest.selection.score import Weights

NOW = datetime(2026, 3, 12, 6, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
HEADLINES = (
    "Ferry strike ends after night of talks",
    "Museum finds lost map under floorboards",
    "Farmers test drought wheat on salt marsh",
    "Orchestra hires conductor aged nineteen",
    "Bakers protest against new flour tax",
    "Tram line gets its missing last stop",
)


def item(number: int, **changes: object) -> Item:
    given = Item(
        id=f"i{number}",
        title=HEADLINES[number],
        summary=f"{HEADLINES[number]}, and nothing was as it had been before in the town of number {number}.",
        url=f"https://press.example/{number}",
        publisher=f"press{number}.example",
        source=f"Press {number}",
        image_url=f"https://press.example/{number}.jpg",
        language="en",
        published=NOW - 2 * HOUR,
        seen=NOW - HOUR,
    )
    return replace(given, **changes)


@pytest.fixture
def items() -> tuple[Item, ...]:
    return tuple(item(number) for number in range(len(HEADLINES)))


@pytest.fixture
def policy() -> daily.Policy:
    return replace(daily.plain_policy(), title="The Gazette", timezone="Pacific/Auckland", sections=("Harbour",))


def test_an_edition_says_what_it_was_cut_from(items, policy):
    choice = daily.choose((*items, replace(items[0], id="copy", publisher="other.example")), (), policy, now=NOW)
    edition = choice.edition
    assert (edition.number, edition.title, edition.cut_at) == (0, "The Gazette", NOW)
    assert edition.date.isoformat() == "2026-03-12"
    assert edition.sections == ("Harbour",)
    assert edition.considered == (7, 7, len(choice.stories))
    assert edition.state is EditionState.DRAFT
    again, lesson = daily.edit((*items, replace(items[0], id="copy", publisher="other.example")), (), policy, NOW)
    assert again == edition
    assert set(lesson.stories) == {"copy"} | {each.id for each in items}


def test_the_date_is_that_of_the_newsletters_zone(items, policy):
    evening = datetime(2026, 3, 12, 12, 30, tzinfo=UTC)
    assert daily.choose(items, (), policy, now=evening).edition.date.isoformat() == "2026-03-13"


def test_the_same_items_make_the_same_choice_in_any_order(items, policy):
    assert daily.choose(items, (), policy, now=NOW) == daily.choose(items[::-1], (), policy, now=NOW)


def test_nothing_makes_an_empty_quiet_edition(policy):
    choice = daily.choose((), (), policy, now=NOW)
    assert (choice.edition.bench, choice.edition.lineup, choice.stories) == ((), LineUp(), ())
    assert choice.edition.quiet == "thin sources: 0 items; 0 new stories"
    fed = daily.choose((), (), policy, now=NOW, sources=SourcesState(active=1, silent=1)).edition
    assert fed.quiet.startswith("thin sources: 0 items in three days, and 1 of 1 feed had none; 0 new stories, and at ")


@pytest.mark.parametrize(("wanted", "quiet"), [(6, False), (7, True)])
def test_a_day_is_quiet_below_the_number_that_was_asked_for(wanted, quiet, items, policy):
    edition = daily.choose(items, (), replace(policy, min_stories=wanted), now=NOW).edition
    assert bool(edition.quiet) is quiet


def test_a_quiet_day_says_that_the_feeds_failed(items, policy):
    broken, wishful = SourcesState(active=3, failing=2), replace(policy, min_stories=20)
    edition = daily.choose(items, (), wishful, now=NOW, sources=broken).edition
    assert edition.quiet.startswith("a failed fetch: 2 of 3 feeds could not be read; 6 new stories")
    assert daily.choose(items, (), policy, now=NOW, sources=broken).edition.quiet == ""


@pytest.mark.parametrize("state", list(EditionState))
def test_what_went_out_is_no_news_to_the_default_lineup_but_stays_on_the_bench(items, policy, state):
    earlier = replace(daily.choose(items, (), policy, now=NOW).edition, number=7, state=state)
    again = daily.choose(items, (earlier,), policy, now=NOW + HOUR).edition
    told = state in {EditionState.APPROVED, EditionState.FROZEN}
    assert len(again.bench) == len(earlier.bench)
    assert all(seat.echoes for seat in again.bench)
    assert bool(again.quiet) is told
    assert bool(again.lineup.picks) is not told


def test_the_report_has_every_item_once_and_the_top_in_order(items, policy):
    choice = daily.choose(items, (), policy, now=NOW)
    report = json.loads(json.dumps(choice.report(everything=True)))
    assert sorted(one for story in report["stories"] for one in story["items"]) == sorted(each.id for each in items)
    assert {"id", "items", "lead", "score", "terms", "why", "summary"} <= report["stories"][0].keys()
    known = {story["id"] for story in report["stories"]}
    assert set(report["top"]) <= known
    assert len(report["top"]) == len(set(report["top"])) == len(choice.edition.lineup.picks)
    assert set(report["related"]) <= known


def test_the_short_report_has_the_picked_stories_alone(items, policy):
    choice = daily.choose(items, (), replace(policy, rules=Rules(max_stories=2)), now=NOW)
    report = choice.report(everything=False)
    assert len(report["top"]) == 2
    assert {story["id"] for story in report["stories"]} == set(report["top"]) == set(report["related"])


def test_a_blocked_word_stands_beside_no_story_of_the_report(policy):
    told = (
        (
            "Ferry strike in Westhaven ends",
            "The dockers of Westhaven agreed on Monday after a night; ferries will sail.",
        ),
        (
            "Westhaven ferry strike ends: no lottery, says harbour board",
            "At dawn dockers got nine crowns an hour more.",
        ),
        ("Ferries sail as strike in Westhaven ends", "After nine days the people of Westhaven cheered the dockers."),
    )
    strike = [
        item(0, id=f"s{n}", title=title, summary=lead, url="", publisher=f"p{n}", published=NOW - 48 * HOUR)
        for n, (title, lead) in enumerate(told)
    ]
    blocking = replace(policy, rules=Rules(orders=Orders(blocked_words=("lottery",))))
    plain, blocked = (daily.choose(strike, (), each, now=NOW).report(everything=True) for each in (policy, blocking))
    assert set(plain["related"]["s0"]) == {"s1", "s2"}
    assert blocked["related"] == {"s0": ["s2"]}


def test_the_report_of_nothing_is_empty(policy):
    report = daily.choose((), (), policy, now=NOW).report(everything=True)
    assert report == {"stories": [], "top": [], "related": {}}


def test_old_items_are_grouped_but_not_at_the_top(policy):
    old, fresh = item(0, published=NOW - 48 * HOUR), item(1)
    report = daily.choose((old, fresh), (), policy, now=NOW).report(everything=True)
    assert {one for story in report["stories"] for one in story["items"]} == {"i0", "i1"}
    assert len(report["top"]) == 1


def test_a_plain_policy_takes_weights_or_the_defaults():
    assert daily.plain_policy().weights == Weights()
    assert daily.plain_policy("recency=1").weights == Weights.parse("recency=1")
    with pytest.raises(UsageError):
        daily.plain_policy("colour=1")


def test_pictures_are_those_of_the_first_stories_and_land_where_they_were_asked_for(items, policy):
    edition = daily.choose(items, (), policy, now=NOW).edition
    wanted = daily.pictures_of(edition, 2)
    assert wanted == tuple(seat.story.lead.image_url for seat in edition.bench[:2])
    found = Image(fingerprint="abcdefgh", width=640, height=360)
    shown = daily.illustrate(edition, {wanted[1]: found})
    assert [seat.image for seat in shown.bench[:2]] == [None, found]
    assert daily.pictures_of(daily.choose((item(0, image_url=""),), (), policy, now=NOW).edition, 5) == ()
