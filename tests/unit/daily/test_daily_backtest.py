"""Days cut again: of what was there, in order, and as if the settings had been these all along."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from digest import daily
from digest.backtest import Day, compare, labelled_days, means, play, stored_days, summed
from digest.feeds.labelled import LabelledDay
from digest.model.edition import Edition, EditionState
from digest.model.feed import Item
from digest.model.memory import Memory
from digest.selection.judging.changes import Turn
from digest.selection.orders import Orders
from digest.selection.score import Weights

FIRST = datetime(2026, 3, 10, 5, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HEADLINES = (
    "Ferry strike ends after night of talks",
    "Museum finds lost map under floorboards",
    "Farmers test drought wheat on salt marsh",
    "Orchestra hires conductor aged nineteen",
    "Bakers protest against new flour tax",
    "Tram line gets its missing last stop",
)


def item(number, seen, **changes):
    given = Item(
        id=f"i{number}",
        title=HEADLINES[number],
        summary=f"{HEADLINES[number]}, and nothing was as it had been before in the town of number {number}.",
        publisher=f"press{number}.example",
        weight=number / 10,
        published=seen - 2 * HOUR,
        seen=seen,
    )
    return replace(given, **changes)


@pytest.fixture
def policy():
    plain = daily.plain_policy()
    return replace(plain, rules=replace(plain.rules, max_stories=2))


@pytest.fixture
def items():
    """Three items seen before the first cut, three more before the second."""
    return tuple(item(number, FIRST - HOUR + (number // 3) * DAY) for number in range(6))


def edition(number, *, state=EditionState.FROZEN, considered=3):
    cut = FIRST + (number - 1) * DAY
    return Edition(number=number, date=cut.date(), cut_at=cut, title="", state=state, considered=(considered, 0, 0))


def nothing(_at):
    return Memory()


def played(days, policy, **more):
    ticks = count()
    return list(play(days, policy, place=lambda _items: None, timer=lambda: float(next(ticks)), **more))


def headlines(found):
    choice = found.choice.edition
    return {choice.bench[pick.index].story.lead.title for pick in choice.lineup.picks}


def test_a_stored_day_has_what_had_been_seen_when_it_was_cut(items):
    old = item(0, FIRST - 4 * DAY, id="old")
    first, second = stored_days(
        [edition(2), edition(1), edition(3, state=EditionState.CANCELLED)], (*items, old), nothing
    )
    assert (first.name, second.name) == ("2026-03-10 no. 1", "2026-03-11 no. 2")
    assert [each.id for each in first.items] == ["i0", "i1", "i2"]
    assert len(second.items) == 6
    assert (first.now, first.missing) == (FIRST, 0)


def test_each_day_is_asked_what_was_known_by_then():
    asked = []
    stored_days([edition(1), edition(2)], (), lambda at: asked.append(at) or Memory())
    assert asked == [FIRST, FIRST + DAY]


def test_items_that_are_not_kept_any_more_are_missed(items):
    (day,) = stored_days([edition(1, considered=10)], items, nothing)
    assert day.missing == 7
    assert Day(name="x", items=(), now=FIRST).missing == 0


def test_what_is_blocked_is_neither_there_nor_missed(items, policy):
    orders = Orders(blocked_sources=("press1.example",))
    blocking = replace(policy, rules=replace(policy.rules, orders=orders))
    cut = daily.choose(items[:3], (), blocking, now=FIRST).edition
    (day,) = stored_days([edition(1, considered=cut.considered[0])], items, nothing, orders=orders)
    assert ([each.id for each in day.items], day.missing) == (["i0", "i2"], 0)
    (short,) = stored_days([edition(1, considered=cut.considered[0])], items[1:], nothing, orders=orders)
    assert ([each.id for each in short.items], short.missing) == (["i2"], 1)


def test_what_one_day_tells_the_next_does_not_tell_again(items, policy):
    first, second = played(stored_days([edition(1), edition(2)], items, nothing), policy)
    assert len(headlines(first)) == len(headlines(second)) == 2
    assert not headlines(first) & headlines(second)
    assert second.paper.repeats == 0
    assert second.choice.told[0].edition == 1
    assert (first.seconds, first.figures()["stories"]) == (1.0, 2)
    assert first.megabytes > 1


def test_what_was_told_before_the_first_day_counts(items, policy):
    whole = daily.choose(items[:3], (), policy, now=FIRST - HOUR).edition
    before = replace(whole, number=7, cut_at=FIRST - 2 * HOUR, state=EditionState.FROZEN)
    days = stored_days([replace(edition(1), number=8)], items, nothing)
    (told,) = played(days, policy, before=(before,))
    (free,) = played(days, policy, before=(replace(before, cut_at=FIRST - 8 * DAY),))
    assert len(headlines(told)) == 1
    assert len(headlines(free)) == 2


def test_other_weights_change_the_paper_and_what_follows_from_it(items, policy):
    days = stored_days([edition(1), edition(2)], items, nothing)
    by_trust = played(days, replace(policy, weights=Weights.parse("source=1")))
    by_age = played([*days[:1]], replace(policy, weights=Weights.parse("recency=1")))
    assert headlines(by_trust[0]) == {HEADLINES[1], HEADLINES[2]}
    found = compare(by_age[0], by_trust[0])
    assert all(change.term in {"source", ""} for change in found if change.turn is Turn.IN)
    assert compare(by_trust[0], by_trust[0]) == ()


def test_a_labelled_day_stands_alone_and_is_all_of_today(items, policy):
    spread = tuple(replace(each, published=FIRST - place * 1000 * DAY) for place, each in enumerate(items))
    truth = {each.id: each.id for each in spread}
    known = LabelledDay(name="x", items=spread, now=FIRST, stories=truth, copies={}, references={"i0": HEADLINES[0]})
    one, two = played(labelled_days([known, known]), policy)
    assert headlines(one) == headlines(two)
    assert len(one.choice.edition.bench) == 6
    figures = summed([one, two])
    assert (figures["days"], figures["items"], figures["b3 f1"], figures["repeats"]) == (2, 12, 1, 0)
    assert figures["ndcg@8"] == pytest.approx(sum(1 / x for x in (1, 1.585)) / 3.3047, abs=1e-3)
    assert figures["recall@8"] == pytest.approx(2 / 6)
    assert 0 < figures["rouge-1"] < 1
    assert figures["seconds"] == 2


def test_means_are_of_what_is_known_and_memory_is_the_most():
    found = means([{"a": 1.0, "MB": 5.0}, {"a": float("nan"), "MB": 7.0}, {"a": 2.0, "MB": 6.0}])
    assert found == {"a": 1.5, "MB": 7.0}
