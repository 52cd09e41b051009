"""What the operator and the editor ordered beforehand."""

from collections.abc import Callable

from digest.model.feed import Item
from digest.model.story import KeyPoint, Story
from digest.selection.orders import Orders

Make = Callable[..., Story]
MakeItem = Callable[..., Item]


def test_items_of_blocked_sources_are_as_if_not_read(item: MakeItem) -> None:
    items = (
        item("a", publisher="bay.example", source="Bay News"),
        item("b", publisher="isle.example", source="Isle Post"),
        item("c"),
    )
    for name in ("Bay News", " bay NEWS", "bay.example"):
        assert [one.id for one in Orders(blocked_sources=(name,)).admit(items)] == ["b", "c"]
    assert Orders().admit(items) == items
    assert Orders(blocked_sources=("",)).admit(items) == items


def test_a_blocked_word_blocks_wherever_a_reader_would_see_it(item: MakeItem, story: Make) -> None:
    orders = Orders(blocked_words=("lottery", "royal wedding"))
    quiet = story(item("a", title="Ferry runs aground", summary="All are safe."), item("b", title="The royal wedding"))
    assert orders.blocking(quiet) == ""
    assert orders.blocking(story(item("a", title="LOTTERY won again"))) == "lottery"
    assert orders.blocking(story(item("a", summary="It was a Royal   Wedding."))) == "royal wedding"
    assert orders.blocking(story(item("a", title="Lotteryland"))) == ""
    assert orders.blocking(story(item("a", title="A visit most royal", summary="Wedding bells ring."))) == ""
    pointed = Story(id="a", items=quiet.items, texts=quiet.texts, points=(KeyPoint(text="A lottery", item="b"),))
    assert orders.blocking(pointed) == "lottery"
    assert not orders.allow(quiet.items[1].title)
    assert orders.allow(quiet.items[0].title)


def test_words_sources_and_the_editor_pin(item: MakeItem, story: Make) -> None:
    orders = Orders(pinned_words=("reservoir",), pinned_sources=("isle post",), pinned=frozenset({"x"}))
    assert orders.pinning(story(item("a", title="The reservoir is full"))) == "reservoir"
    assert orders.pinning(story(item("a", source="Isle Post"), item("b"))) == "Isle Post"
    assert orders.pinning(story(item("b"), item("a", source="Isle Post"))) == ""
    assert orders.pinning(story(item("x"))) == "the editor"
