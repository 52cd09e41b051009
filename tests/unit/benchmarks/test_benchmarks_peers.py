"""The ways the selector is measured beside: each keeps every item once, and finds what it should."""

import pytest

from digest.model.feed import Item
from tests.benchmarks.news import MORNING, Press
from tests.benchmarks.peers import Held, methods, peers_quality, peers_speed, top

TITLES = (
    "Night ferry Maren runs aground in fog off Skarholm",
    "Ferry Maren runs aground off Skarholm in night fog",
    "night ferry MAREN runs aground in fog, off Skarholm!",
    "City roofs carry two hundred beehives for school kitchens",
    "Beehives on city roofs: two hundred for the school kitchens",
    "Chess club finds lost trophy behind boiler",
)
TRUTH = dict(zip("abcdef", ("ferry", "ferry", "ferry", "bees", "bees", "chess"), strict=True))


@pytest.fixture
def items():
    return tuple(
        Item(id=name, title=title, publisher=f"p{name}", seen=MORNING)
        for name, title in zip(TRUTH, TITLES, strict=True)
    )


@pytest.mark.parametrize("name", methods())
@pytest.mark.parametrize("count", [1, 60])
def test_every_method_has_every_item_once(name, count):
    items = Press().items(count)
    groups = methods()[name](items)
    assert sorted(each for group in groups for each in group) == sorted(item.id for item in items)


def test_every_method_is_judged_and_finds_what_it_can(items):
    found = {one.name: one for one in peers_quality([(items, TRUTH)])}
    assert list(found) == list(methods())
    assert found["every item alone"].b3 == pytest.approx(2 * (3 / 6) / (3 / 6 + 1))
    assert found["exact title"].b3 > found["every item alone"].b3
    assert all(found[name].b3 == 1 and found[name].ndcg == 1 for name in list(found)[2:])
    assert found["every item alone"].repeats == 3 / 6
    assert all(one.items_a_second > 0 for one in found.values())


def test_the_top_list_goes_by_publishers_and_then_by_id(items):
    assert top([["d"], ["e", "f"], ["a", "b", "c"]], items, TRUTH) == ["ferry", "bees", "bees"]
    assert top([["d"], ["a"]], items, {"a": "ferry"}) == ["ferry", None]


def test_what_a_method_cannot_hold_is_said_and_no_larger_day_is_tried():
    few = peers_speed((60,), chosen=("TF-IDF, DBSCAN",))
    assert [(one.items, one.fault) for one in few] == [(60, "")]
    assert "items/s" in few[0].text()
    slow = peers_speed((60, 80), seconds=0.05, chosen=("every item alone",))
    assert [one.fault for one in slow] == ["takes more than 0.05 s"]
    assert Held(name="x", items=5, fault="needs more").text().endswith("needs more")


def test_a_method_that_asks_for_too_much_memory_is_told_apart():
    (found,) = peers_speed((3_000,), megabytes=300, chosen=("TF-IDF, average link",))
    assert found.fault == "needs more than 300 MB"
