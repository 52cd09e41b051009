"""What every EditionStore and ImageStore does."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest.errors import Conflict, NotFound
from digest.model.edition import BenchStory, Echo, Edition, EditionState, Form, Image, LineUp, Pick
from digest.model.feed import Item
from digest.model.story import Score, Story, Term
from digest.storage.database import open_store

STATES = list(EditionState)


@pytest.fixture
def edition(now):
    item = Item(id="i1", title="The ferry runs again", url="https://courier.example/1", published=now, seen=now)
    told = BenchStory(
        story=Story(id="i1", items=(item,), texts=(("i1",),), summary="After a week the ferry runs."),
        score=Score(total=0.7, terms=(Term(name="coverage", value=1.0, weight=0.7),), why="many sources", boost=1.2),
        section="Town",
        related=(replace(item, id="i2"),),
        echoes=(Echo(edition=3, index=2),),
        image=Image(fingerprint="abc", width=600, height=400),
        minutes=1.5,
    )
    return Edition(
        date=date(2026, 3, 2),
        cut_at=now,
        title="The Harbour Courier",
        bench=(told,),
        likeness=b"\xff",
        sections=("Town", "Sea"),
        lineup=LineUp(picks=(Pick(index=0, form=Form.LEAD),)),
        considered=(80, 12, 40),
    )


def test_an_edition_comes_back_whole(store, edition):
    cut = store.editions.cut(edition)
    assert cut == replace(edition, number=1)
    assert store.editions.get(1) == cut


def test_editions_are_numbered_in_order_without_gaps(store, edition):
    with ThreadPoolExecutor(4) as pool:
        numbers = sorted(cut.number for cut in pool.map(store.editions.cut, [edition] * 8))
    assert numbers == list(range(1, 9))


def test_a_lone_surrogate_does_not_spoil_an_edition(store, edition):
    store.editions.cut(replace(edition, title="Harbour \ud83d Courier"))
    assert store.editions.get(1) == replace(edition, number=1, title="Harbour \ufffd Courier")


def test_an_unknown_edition_is_not_found(store, newsroom):
    for ask in (store.editions.get, lambda n: store.editions.move(n, EditionState.HELD)):
        with pytest.raises(NotFound, match="no edition 9"):
            ask(9)
    with pytest.raises(NotFound, match="no edition 9"):
        store.editions.freeze(9, newsroom.rendering())


def test_latest_is_the_newest_in_one_of_the_states(store, edition):
    assert store.editions.latest() is None
    for _ in range(3):
        store.editions.cut(edition)
    store.editions.move(2, EditionState.HELD)
    assert store.editions.latest().number == 3
    assert store.editions.latest(EditionState.HELD, EditionState.FROZEN).number == 2
    assert store.editions.latest(EditionState.CANCELLED) is None


def test_since_gives_the_newest_first(store, edition, now):
    for hours in range(3):
        store.editions.cut(replace(edition, cut_at=now + timedelta(hours=hours)))
    assert [found.number for found in store.editions.since(now + timedelta(hours=1))] == [3, 2]


@pytest.mark.parametrize("end", STATES)
@pytest.mark.parametrize("start", STATES)
def test_an_edition_moves_only_where_the_way_is_open(store, newsroom, start, end):
    number = newsroom.freeze().number if start is EditionState.FROZEN else newsroom.cut().number
    store.editions.move(number, start)
    open_way = start is end or (start is not EditionState.CANCELLED and end is EditionState.CANCELLED)
    early = {EditionState.DRAFT, EditionState.HELD, EditionState.APPROVED}
    if open_way or {start, end} <= early:
        assert store.editions.move(number, end).state is end
    else:
        with pytest.raises(Conflict, match=f"is {start} and cannot become {end}"):
            store.editions.move(number, end)
    assert store.editions.get(number).state is (end if open_way or {start, end} <= early else start)


@pytest.mark.parametrize("state", [EditionState.DRAFT, EditionState.HELD, EditionState.CANCELLED])
def test_only_an_approved_edition_is_frozen(store, newsroom, state):
    number = newsroom.cut().number
    store.editions.move(number, state)
    with pytest.raises(Conflict, match=f"is {state}"):
        store.editions.freeze(number, newsroom.rendering())
    with pytest.raises(NotFound, match="no rendering"):
        store.editions.rendering(number, "en")


def test_freezing_keeps_the_rendering(store, newsroom):
    frozen = newsroom.freeze()
    assert frozen.state is EditionState.FROZEN
    assert store.editions.rendering(frozen.number, "en") == newsroom.rendering()


def test_frozen_again_the_first_rendering_stands(store, newsroom):
    frozen = newsroom.freeze()
    assert store.editions.freeze(frozen.number, newsroom.rendering(fingerprint="f2")) == frozen
    store.editions.freeze(frozen.number, newsroom.rendering("de", fingerprint="f3"))
    assert store.editions.rendering(frozen.number, "en").fingerprint == "f1"
    assert store.editions.rendering(frozen.number, "de").fingerprint == "f3"


def test_an_image_is_kept_once(store, now):
    store.images.keep("abc", b"\xff\xd8first", now=now)
    store.images.keep("abc", b"\xff\xd8second", now=now)
    assert store.images.get("abc") == b"\xff\xd8first"
    assert store.images.get("def") is None


def test_an_edition_that_was_due_is_cut_unless_one_was_cut_since(store, edition, now):
    due = now - timedelta(minutes=1)
    assert store.editions.cut_once(edition, due=due) == replace(edition, number=1)
    assert store.editions.cut_once(replace(edition, title="Another"), due=due) is None
    assert store.editions.cut_once(replace(edition, title="Another"), due=now) is None
    assert [each.title for each in store.editions.since(due)] == [edition.title]
    tomorrow = replace(edition, cut_at=now + timedelta(days=1))
    assert store.editions.cut_once(tomorrow, due=due + timedelta(days=1)).number == 2


def test_only_the_newest_edition_says_whether_one_was_cut(store, edition, now):
    store.editions.cut(replace(edition, cut_at=now + timedelta(days=900)))  # by a clock that was wrong
    store.editions.cut(edition)
    assert store.editions.cut_once(edition, due=now + timedelta(minutes=1)).number == 3


def test_of_many_who_cut_what_is_due_one_does(store_url, edition, now):
    stores = [open_store(store_url) for _ in range(4)]
    try:
        with ThreadPoolExecutor(len(stores)) as pool:
            for day in range(5):
                due = now + timedelta(days=day)
                mine = replace(edition, cut_at=due + timedelta(seconds=9))
                cuts = [pool.submit(store.editions.cut_once, mine, due=due) for store in stores]
                assert [cut.number for each in cuts if (cut := each.result())] == [day + 1]
    finally:
        for store in stores:
            store.close()
