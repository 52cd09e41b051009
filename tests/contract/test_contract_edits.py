"""What every EditStore and CorrectionStore does."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import reduce

import pytest

from digest.errors import Conflict, NotFound
from digest.model.edit import Act, Edit, Entry
from digest.model.edition import BenchStory, Correction, EditionState
from digest.model.feed import Item
from digest.model.story import Score, Story


def noted(edition, edit):
    """The edition with one more word in its note."""
    hand = edition.hand
    return replace(edition, hand=replace(hand, note=f"{hand.note} {edit.text}".strip(), edits=hand.edits + 1))


def replayed(original, edits):
    return reduce(noted, edits, original)


@pytest.fixture
def write(store, now):
    """A change is made: a word is added to the note."""

    def make(number, word, *, by="mia", **more):
        edit = Edit(act=Act.NOTE, text=word, **more)
        apply = lambda edition: noted(edition, edit)  # noqa: E731 - what a caller passes
        return store.edits.record(number, edit, by=by, what=f"wrote {word}", at=now, apply=apply)

    return make


@pytest.fixture
def undo(store, now):
    return lambda number: store.edits.undo(number, by="leo", at=now, replay=replayed)


def test_a_change_is_kept_and_recorded(store, newsroom, write, now):
    cut = newsroom.cut()
    changed = write(cut.number, "one")
    assert changed == noted(cut, Edit(act=Act.NOTE, text="one"))
    assert store.editions.get(cut.number) == store.editions.latest() == changed
    (entry,) = store.edits.all(cut.number)
    assert entry == Entry(edition=1, serial=1, at=now, by="mia", what="wrote one", edit=Edit(act=Act.NOTE, text="one"))


def test_a_story_from_elsewhere_is_kept_whole(store, newsroom, write, now):
    number = newsroom.cut().number
    item = Item(id="new", title="The ferry\ud83d runs again", published=now, seen=now)
    story = Story(id="new", items=(item,), texts=(("new",),))
    added = BenchStory(story=story, score=Score(total=0.0, terms=(), why="chosen by the editor"))
    write(number, "x", added=added)
    (entry,) = store.edits.all(number)
    assert entry.edit.added == replace(
        added, story=replace(story, items=(replace(item, title="The ferry\ufffd runs again"),))
    )


def test_changes_are_taken_back_newest_first_until_the_edition_is_as_it_was_cut(store, newsroom, write, undo):
    cut = newsroom.cut()
    for word in ("one", "two", "three"):
        write(cut.number, word)
    assert undo(cut.number).what == "took back: wrote three"
    assert store.editions.get(cut.number).hand.note == "one two"
    write(cut.number, "four")
    assert store.editions.get(cut.number).hand.note == "one two four"
    assert [undo(cut.number).what for _ in range(3)] == [
        "took back: wrote four",
        "took back: wrote two",
        "took back: wrote one",
    ]
    assert store.editions.get(cut.number) == cut
    with pytest.raises(Conflict, match="no change of edition 1 to take back"):
        undo(cut.number)
    record = store.edits.all(cut.number)
    assert [entry.serial for entry in record] == list(range(1, 9))
    assert [entry.undone for entry in record] == [True, True, True, False, True, False, False, False]
    assert {entry.by for entry in record if entry.edit is None} == {"leo"}


def test_a_change_that_fails_changes_nothing(store, newsroom, write, now):
    number = newsroom.cut().number
    before = write(number, "one")

    def fails(_edition):
        raise Conflict("it cannot be done")

    with pytest.raises(Conflict, match="cannot be done"):
        store.edits.record(number, Edit(act=Act.PIN), by="mia", what="pinned", at=now, apply=fails)
    with pytest.raises(ZeroDivisionError):
        store.edits.undo(number, by="mia", at=now, replay=lambda *_: 1 / 0)
    assert store.editions.get(number) == before
    assert len(store.edits.all(number)) == 1
    assert not store.edits.all(number)[0].undone


@pytest.mark.parametrize("state", [EditionState.FROZEN, EditionState.CANCELLED])
def test_what_is_frozen_or_cancelled_is_changed_no_more(store, newsroom, write, undo, state):
    number = newsroom.cut().number
    changed = write(number, "one")
    store.editions.move(number, EditionState.APPROVED)
    if state is EditionState.FROZEN:
        store.editions.freeze(number, newsroom.rendering())
    else:
        store.editions.move(number, state)
    for act in (lambda: write(number, "two"), lambda: undo(number)):
        with pytest.raises(Conflict, match=f"Edition {number} is {state}, and cannot be changed"):
            act()
    assert store.editions.get(number) == replace(changed, state=state)


def test_a_change_neither_moves_nor_renumbers_an_edition(store, newsroom, write, undo):
    newsroom.cut()
    number = newsroom.cut().number
    write(number, "one")
    store.editions.move(number, EditionState.APPROVED)
    assert write(number, "two").state is EditionState.APPROVED
    undo(number)
    undo(number)
    assert (store.editions.get(number).number, store.editions.get(number).state) == (2, EditionState.APPROVED)
    assert store.editions.get(1).hand.edits == 0


def test_changes_of_two_editors_at_once_are_all_kept(store, newsroom, write):
    number = newsroom.cut().number
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda word: write(number, word), "abcdefgh"))
    edition = store.editions.get(number)
    assert sorted(edition.hand.note.split()) == list("abcdefgh")
    assert edition.hand.note.split() == [entry.edit.text for entry in store.edits.all(number)]
    assert [entry.serial for entry in store.edits.all(number)] == list(range(1, 9))


def test_an_unknown_edition_has_no_record(store, write, undo, now):
    for ask in (
        lambda: store.edits.all(9),
        lambda: write(9, "one"),
        lambda: undo(9),
        lambda: store.edits.move(9, EditionState.HELD, by="mia", at=now),
        lambda: store.corrections.add(Correction(edition=9, at=now, text="Wrong."), by="mia"),
    ):
        with pytest.raises(NotFound, match="no edition 9"):
            ask()


def test_who_moves_an_edition_is_recorded_once(store, newsroom, undo, now):
    number = newsroom.cut().number
    for state in (EditionState.HELD, EditionState.HELD, EditionState.APPROVED, EditionState.DRAFT):
        assert store.edits.move(number, state, by="mia", at=now).state is state
    store.edits.move(number, EditionState.CANCELLED, by="leo", at=now)
    with pytest.raises(Conflict, match="cannot become held"):
        store.edits.move(number, EditionState.HELD, by="mia", at=now)
    said = [(entry.by, entry.what) for entry in store.edits.all(number)]
    assert said == [("mia", "held"), ("mia", "approved"), ("mia", "made a draft again"), ("leo", "cancelled")]
    assert all(entry.edit is None for entry in store.edits.all(number))


@pytest.mark.parametrize("state", [EditionState.DRAFT, EditionState.HELD, EditionState.APPROVED])
def test_a_hold_says_why_until_the_edition_is_moved(store, newsroom, now, state):
    number = newsroom.cut().number
    store.editions.move(number, state)
    held = store.edits.hold(number, "the link to leave is missing", by="the checks", at=now)
    assert (held.state, held.held) == (EditionState.HELD, "the link to leave is missing")
    assert store.editions.get(number) == held
    assert store.edits.hold(number, "two headlines are one", by="the checks", at=now).held == "two headlines are one"
    approved = store.edits.move(number, EditionState.APPROVED, by="ana", at=now)
    assert (approved.held, approved.passed) == ("", "two headlines are one")
    assert store.editions.get(number) == approved
    store.edits.hold(number, "no story", by="the checks", at=now)
    back = store.editions.move(number, EditionState.DRAFT)
    assert (back.held, back.passed) == ("", "two headlines are one")
    assert store.editions.get(number) == back
    assert [(entry.by, entry.what) for entry in store.edits.all(number)] == [
        ("the checks", "held: the link to leave is missing"),
        ("the checks", "held: two headlines are one"),
        ("ana", "approved"),
        ("the checks", "held: no story"),
    ]


def test_what_is_sent_or_cancelled_is_not_held(store, newsroom, now):
    frozen = newsroom.freeze().number
    cancelled = newsroom.cut().number
    store.editions.move(cancelled, EditionState.CANCELLED)
    for number in (frozen, cancelled):
        with pytest.raises(Conflict, match="cannot become held"):
            store.edits.hold(number, "too late", by="the checks", at=now)
        assert store.editions.get(number).held == ""
        assert store.edits.all(number) == ()
    with pytest.raises(NotFound, match="no edition 9"):
        store.edits.hold(9, "nothing", by="the checks", at=now)


def test_a_change_and_taking_it_back_leave_the_reason_of_a_hold(store, newsroom, write, undo, now):
    number = newsroom.cut().number
    write(number, "one")
    store.edits.hold(number, "no story", by="the checks", at=now)
    write(number, "two")
    assert store.editions.get(number).held == "no story"
    undo(number)
    assert store.editions.get(number).held == "no story"


def test_undo_passes_over_what_is_no_change(store, newsroom, write, undo, now):
    number = newsroom.cut().number
    write(number, "one")
    store.edits.move(number, EditionState.HELD, by="mia", at=now)
    assert undo(number).what == "took back: wrote one"
    assert store.editions.get(number).state is EditionState.HELD


def test_an_edition_that_is_cut_by_hand_says_by_whom(store, newsroom, now):
    edition = replace(newsroom.cut(), state=EditionState.HELD)
    number = store.editions.cut(edition, by="mia").number
    assert store.edits.all(1) == ()
    (entry,) = store.edits.all(number)
    assert (entry.by, entry.what, entry.at) == ("mia", "cut by hand, held", now)


@pytest.fixture
def correct(store, now):
    def make(number, text):
        correction = Correction(edition=number, at=now, text=text)
        store.corrections.add(correction, by="mia")
        return correction

    return make


def test_only_what_went_out_is_corrected(store, newsroom, correct):
    number = newsroom.cut().number
    with pytest.raises(Conflict, match="is draft; only one that went out"):
        correct(number, "Wrong.")
    store.editions.move(number, EditionState.CANCELLED)
    with pytest.raises(Conflict, match="is cancelled; only one that went out"):
        correct(number, "Wrong.")
    assert store.corrections.waiting() == store.corrections.of(number) == store.edits.all(number) == ()


def test_a_correction_is_said_once_and_recorded(store, newsroom, correct):
    first, second = newsroom.freeze().number, newsroom.freeze().number
    one, other = correct(first, "The bridge is 40 m long."), correct(second, "The bridge is 40 m long.")
    with pytest.raises(Conflict, match="has that correction already"):
        correct(first, "The bridge is 40 m long.")
    assert store.corrections.of(first) == (one,)
    assert store.corrections.waiting() == (one, other)
    (entry,) = store.edits.all(first)
    assert (entry.by, entry.what, entry.edit) == ("mia", "correction: The bridge is 40 m long.", None)


def approved(newsroom):
    return newsroom.store.editions.move(newsroom.cut().number, EditionState.APPROVED)


def test_the_next_edition_carries_what_none_carried(store, newsroom, correct):
    first = newsroom.freeze().number
    one = correct(first, "One.")
    second = approved(newsroom)
    late = correct(first, "Two.")
    carrying = replace(second, corrections=(one,))
    frozen = store.editions.freeze(second.number, newsroom.rendering(), rendered=carrying)
    assert frozen == replace(carrying, state=EditionState.FROZEN) == store.editions.get(second.number)
    assert store.corrections.waiting() == (late,)
    assert store.corrections.of(first) == (one, late)
    again = store.editions.freeze(second.number, newsroom.rendering(), rendered=replace(second, corrections=(late,)))
    assert again == frozen
    assert store.corrections.waiting() == (late,)


def test_two_editions_do_not_carry_one_correction(store, newsroom, correct):
    one = correct(newsroom.freeze().number, "One.")
    editions = [replace(approved(newsroom), corrections=(one,)) for _ in range(2)]
    store.editions.freeze(editions[0].number, newsroom.rendering(), rendered=editions[0])
    with pytest.raises(Conflict, match="Another edition carries the correction"):
        store.editions.freeze(editions[1].number, newsroom.rendering(), rendered=editions[1])
    assert store.editions.get(editions[1].number).state is EditionState.APPROVED
    with pytest.raises(NotFound):
        store.editions.rendering(editions[1].number, "en")


def test_what_a_cancelled_edition_carried_waits_again(store, newsroom, correct):
    one = correct(newsroom.freeze().number, "One.")
    carrying = replace(approved(newsroom), corrections=(one,))
    store.editions.freeze(carrying.number, newsroom.rendering(), rendered=carrying)
    assert store.corrections.waiting() == ()
    store.editions.move(carrying.number, EditionState.CANCELLED)
    assert store.corrections.waiting() == (one,)


def test_an_edition_that_was_changed_since_it_was_rendered_is_not_frozen(store, newsroom, write):
    rendered = approved(newsroom)
    write(rendered.number, "late")
    with pytest.raises(Conflict, match="was changed while it was rendered"):
        store.editions.freeze(rendered.number, newsroom.rendering(), rendered=rendered)
    assert store.editions.get(rendered.number).state is EditionState.APPROVED
    changed = store.editions.get(rendered.number)
    assert store.editions.freeze(rendered.number, newsroom.rendering(), rendered=changed).hand.note == "late"
