"""What stands beside the mail, worked out of an edition alone."""

from datetime import UTC, date, datetime

import pytest

from digest.model.edit import Act, Edit, Entry
from digest.model.edition import BenchStory, Edition, EditionState, Form, Hand, LineUp, Pick
from digest.model.feed import Item
from digest.model.finding import Finding, Level
from digest.model.message import GMAIL_CUTS_AT, SIZE_LIMIT
from digest.model.story import Score, Story
from digest.web.studio.asked import Asked
from digest.web.studio.panels import OTHERS, Panel, kind_of, laid_out
from digest.web.studio.views import SCALE, Size

NOW = datetime(2026, 3, 12, 5, 30, tzinfo=UTC)


def told(name):
    item = Item(id=name, title=name.title(), seen=NOW)
    return BenchStory(story=Story(id=name, items=(item,), texts=((name,),)), score=Score(total=0.5, terms=(), why=""))


def edition(**changes):
    bench = tuple(told(name) for name in "abcdefghijklmnopqrstuvwxyz")
    picks = tuple(Pick(index=index, form=Form.COMPACT) for index in (2, 0))
    return Edition(
        **{"date": date(2026, 3, 12), "cut_at": NOW, "title": "T", "bench": bench, "lineup": LineUp(picks=picks)}
        | changes
    )


def test_stories_stand_in_the_order_of_the_paper_and_the_best_others_after_them():
    stories, others, dropped = laid_out(edition(hand=Hand(pinned=("c",), dropped=("b",))))
    assert [(placed.place, placed.id, placed.pinned) for placed in stories] == [(1, "c", True), (2, "a", False)]
    assert [placed.id for placed in dropped] == ["b"]
    assert [placed.id for placed in others] == list("defghijklmno")[:OTHERS]


@pytest.mark.parametrize(
    ("asked", "number", "state", "kind"),
    [
        (Asked(edition="sample:ordinary"), 0, EditionState.DRAFT, "sample"),
        (Asked(), 0, EditionState.DRAFT, "uncut"),
        (Asked(), 4, EditionState.DRAFT, "open"),
        (Asked(), 4, EditionState.HELD, "open"),
        (Asked(), 4, EditionState.APPROVED, "open"),
        (Asked(edition="4"), 4, EditionState.FROZEN, "frozen"),
        (Asked(edition="4"), 4, EditionState.CANCELLED, "cancelled"),
    ],
)
def test_what_can_be_done_depends_on_the_state(asked, number, state, kind):
    assert kind_of(asked, edition(number=number, state=state)) == kind


def test_undo_names_the_newest_change_that_is_in_force():
    def entry(serial, what, **changes):
        return Entry(edition=1, serial=serial, at=NOW, by="ines", what=what, **changes)

    note = Edit(act=Act.NOTE, text="x")
    record = (entry(1, "first", edit=note), entry(2, "second", edit=note, undone=True), entry(3, "held"))
    assert Panel(record=record).undoable == "first"
    assert Panel(record=record[1:]).undoable == ""


def test_findings_are_counted_and_found_by_their_story():
    bad = Finding(check="twice", level=Level.ERROR, message="It is there twice.", story="a")
    faint = Finding(check="contrast", level=Level.WARNING, message="It is faint.")
    panel = Panel(edition=edition(), findings=(bad, faint))
    assert panel.errors == 1
    assert panel.about("a") == (bad,)


@pytest.mark.parametrize(
    ("octets", "level"),
    [(0, "good"), (SIZE_LIMIT, "good"), (SIZE_LIMIT + 1, "full"), (GMAIL_CUTS_AT, "full"), (GMAIL_CUTS_AT + 1, "cut")],
)
def test_a_size_is_judged_by_what_a_paper_is_kept_within_and_where_it_is_cut(octets, level):
    size = Size(octets=octets)
    assert size.level == level
    assert 0 <= size.share <= size.cut + 1
    assert size.full < size.cut < 1000


def test_the_bar_ends_somewhere():
    assert Size(octets=SCALE * 9).share == 1000
