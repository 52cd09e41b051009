"""The editor's hand: what each change makes of an edition, and that changes are a pure fold."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import Conflict, NotFound, UsageError
from digest.model.delivery import Told
from digest.model.edit import Act, Edit
from digest.model.edition import BENCH_SIZE, BenchStory, Echo, Edition, Form, LineUp, Pick
from digest.model.feed import Item
from digest.model.story import Story
from digest.selection.edits import Means, amended, apply, chosen, replayed, saying
from digest.selection.lineup import Rules, Wish, lineups

Make = Callable[..., Edition]
MakeItem = Callable[..., Item]
MakeStory = Callable[..., Story]
SECTIONS = ("World", "Sport", "Arts")


def alone(stories: Sequence[Story]) -> np.ndarray:
    """Nothing is like anything else, but for stories of one headline."""
    titles = [story.lead.title for story in stories]
    return np.array([[float(one == other) for other in titles] for one in titles], dtype=np.float32)


MEANS = Means(rules=Rules(max_stories=6), likeness_of=alone)


def ids(edition: Edition, wish: Wish | None = None, rules: Rules = MEANS.rules) -> list[str]:
    """The stories of the default line-up, or of a reader's."""
    lineup = edition.lineup if wish is None else lineups(edition, (wish,), rules)[0]
    return [edition.bench[pick.index].story.id for pick in lineup.picks]


def after(edition: Edition, *edits: Edit) -> Edition:
    for edit in edits:
        edition = amended(edition, edit, MEANS)
    return edition


def pin(story: str) -> Edit:
    return Edit(act=Act.PIN, story=story)


def drop(story: str) -> Edit:
    return Edit(act=Act.DROP, story=story)


def move(story: str, place: int) -> Edit:
    return Edit(act=Act.MOVE, story=story, place=place)


@pytest.fixture
def paper(edition: Make) -> Edition:
    """Twelve stories s0…s11, the best first, of three sections in turn; six of them in the default line-up."""
    told = edition([(f"p{n}", SECTIONS[n % 3], 1 - n / 100) for n in range(12)], sections=SECTIONS)
    return replace(told, lineup=lineups(told, (Wish(),), MEANS.rules)[0])


@pytest.fixture
def other(item: MakeItem, story: MakeStory) -> Callable[..., BenchStory]:
    def make(name: str = "new", **more: object) -> BenchStory:
        return chosen(story(item(name, url=f"https://elsewhere.example/{name}", **more)))

    return make


def test_the_paper_of_these_tests(paper: Edition) -> None:
    assert ids(paper) == ["s0", "s1", "s2", "s3", "s4", "s5"]


def test_what_is_pinned_comes_before_all_others_in_the_order_of_the_pins(paper: Edition) -> None:
    one = ids(after(paper, pin("s9")))
    assert (one[0], len(one)) == ("s9", 6)
    both = after(paper, pin("s9"), pin("s4"))
    assert ids(both)[:2] == ["s9", "s4"]
    assert both.hand.edits == 2
    assert ids(after(both, move("s0", 1), pin("s11")))[:4] == ["s11", "s0", "s9", "s4"]
    assert [pick.form for pick in both.lineup.picks[:4]] == [Form.LEAD] * 3 + [Form.COMPACT]


def test_a_pin_is_for_every_reader_but_for_those_who_muted_it(paper: Edition) -> None:
    pinned = after(paper, pin("s9"), pin("s4"))
    assert ids(pinned, Wish(sections=("Arts",)))[:2] == ["s9", "s4"]
    assert ids(pinned, Wish(max_stories=1)) == ["s9"]
    assert ids(pinned, Wish(muted_words=("title 9",)))[0] == "s4"
    assert "s9" not in ids(pinned, Wish(muted_sources=("p9",)))
    assert ids(pinned, Wish(max_minutes=0.5)) == ["s9"]


def test_a_pin_comes_whatever_the_caps_and_beside_its_own_event(edition: Make) -> None:
    one = edition([("p", "", 1 - n / 10) for n in range(6)], alike=[(4, 5), (0, 4)])
    pinned = replayed(one, (pin("s4"), pin("s5")), MEANS)
    chosen = ids(pinned, Wish(), Rules(max_stories=4, publisher_cap=1))
    assert chosen[:2] == ["s4", "s5"]
    assert "s0" not in chosen


def test_what_was_told_before_comes_again_where_it_is_pinned(edition: Make) -> None:
    told = edition([("p", "", 1.0), ("q", "", 0.9)], echoes=[(Echo(edition=6, index=2),), ()])
    got = LineUp(picks=(Pick(index=2, form=Form.LEAD),)).encode()
    wish = Wish(told=(Told(edition=6, lineup=got),))
    assert ids(told, wish) == ["s1"]
    (lineup,) = lineups(apply(told, pin("s0"), MEANS), (wish,), MEANS.rules)
    assert lineup.picks[0] == Pick(index=0, form=Form.LEAD)


def test_what_is_dropped_comes_to_nobody_and_the_next_best_moves_up(paper: Edition) -> None:
    dropped = after(paper, drop("s1"))
    assert (set(ids(dropped)) >= set(ids(paper)) - {"s1"}, len(ids(dropped))) == (True, 6)
    assert "s1" not in ids(dropped, Wish(max_stories=99))
    back = after(dropped, pin("s1"))
    assert ids(back)[0] == "s1"
    assert back.hand.dropped == ()
    gone = after(back, drop("s1"))
    assert (gone.hand.pinned, gone.hand.order) == ((), ())


def test_nothing_of_a_dropped_story_stands_beside_another(paper: Edition) -> None:
    first, second, *others = paper.bench
    near = replace(first, related=(second.story.lead, others[0].story.lead))
    dropped = after(replace(paper, bench=(near, second, *others)), drop("s1"))
    assert [item.id for item in dropped.bench[0].related] == ["s2"]


@pytest.mark.parametrize("start", range(1, 7))
@pytest.mark.parametrize("end", range(1, 7))
def test_a_moved_story_stands_at_its_place(paper: Edition, start: int, end: int) -> None:
    story = ids(paper)[start - 1]
    if start == end:
        with pytest.raises(Conflict, match="stands at place"):
            after(paper, move(story, end))
        return
    moved = after(paper, move(story, end))
    assert ids(moved)[end - 1] == story
    assert sorted(ids(moved)) == sorted(ids(paper))
    assert [pick.form for pick in moved.lineup.picks] == [pick.form for pick in paper.lineup.picks]


def test_a_second_move_leaves_the_first_as_it_is(paper: Edition) -> None:
    moved = after(paper, move("s5", 1), move("s4", 2))
    assert ids(moved)[:2] == ["s5", "s4"]
    assert ids(after(moved, move("s5", 3)))[:3] == ["s4", ids(moved)[2], "s5"]


def test_a_readers_own_order_of_sections_rules_what_follows_the_leads(paper: Edition) -> None:
    moved = after(paper, move("s5", 1), move("s3", 5))
    own = ids(moved, Wish(sections=("Sport", "World", "Arts")))
    assert own[0] == "s5"
    sections = [paper.bench[int(name[1:])].section for name in own[3:]]
    assert sections == sorted(sections, key=("Sport", "World", "Arts").index)


def test_an_update_is_not_moved_among_what_is_told_in_full(edition: Make) -> None:
    echo = Echo(edition=6, index=2, material=True)
    paper = edition([(f"p{n}", "", 1 - n / 100) for n in range(5)], echoes=[(echo,), (), (), (), ()])
    got = Told(edition=6, lineup=LineUp(picks=(Pick(index=2, form=Form.LEAD),)).encode())
    means = replace(MEANS, told=(got,))
    told = apply(paper, Edit(act=Act.NOTE, text="Hello"), means)
    assert ids(told).index("s0") == 4
    assert ids(amended(told, move("s0", 4), means)).index("s0") == 3
    with pytest.raises(Conflict, match="told as an update"):
        amended(told, move("s0", 1), means)


def test_a_new_headline_stands_wherever_the_story_is_named(paper: Edition) -> None:
    first, second, *others = paper.bench
    near = replace(second, related=(first.story.lead,))
    edited = after(
        replace(paper, bench=(first, near, *others)),
        Edit(act=Act.RETITLE, story="s0", text=" ".join(["A headline of many words"] * 9)),
    )
    assert edited.bench[0].story.lead.title.startswith("A headline of many words")
    assert edited.bench[1].related[0].title == edited.bench[0].story.lead.title
    assert edited.bench[0].minutes == 0.2
    assert ids(edited) == ids(paper)


def test_the_editors_summary_is_nobody_elses(paper: Edition) -> None:
    first, *others = paper.bench
    attributed = replace(first, story=replace(first.story, summary="Old.", told_by="s0"))
    whole = replace(paper, bench=(attributed, *others))
    edited = after(whole, Edit(act=Act.SUMMARY, story="s0", text="New and better."))
    assert (edited.bench[0].story.summary, edited.bench[0].story.told_by) == ("New and better.", "")
    assert after(whole, Edit(act=Act.SUMMARY, story="s0")).bench[0].story.summary == ""


def test_a_note_stands_until_another_or_none(paper: Edition) -> None:
    noted = after(paper, Edit(act=Act.NOTE, text="Good morning."))
    assert noted.hand.note == "Good morning."
    assert after(noted, Edit(act=Act.NOTE)).hand.note == ""


def test_an_added_story_is_pinned_and_closes_its_own_event(paper: Edition, other: Callable[..., BenchStory]) -> None:
    added = other(title="Title 0")
    edited = after(paper, Edit(act=Act.ADD, story="new", added=added))
    assert ids(edited)[0] == "new"
    assert "s0" not in ids(edited)
    assert edited.bench[:12] == paper.bench
    table = np.frombuffer(edited.likeness, dtype=np.uint8).reshape(13, 13)
    assert (table[12, 0], table[0, 12], table[12, 12], table[12, 1]) == (255, 255, 255, 0)
    assert table[:12, :12].tobytes() == paper.likeness
    assert edited.bench[12].score.why == "chosen by the editor"


def test_on_a_full_bench_the_last_that_is_in_no_line_up_gives_its_seat(
    edition: Make, other: Callable[..., BenchStory]
) -> None:
    full = edition([(f"p{n}", "", 1 - n / 200) for n in range(BENCH_SIZE)])
    full = replace(full, lineup=LineUp(picks=(Pick(index=0, form=Form.LEAD), Pick(index=95, form=Form.COMPACT))))
    edited = after(full, Edit(act=Act.ADD, added=other()))
    assert len(edited.bench) == BENCH_SIZE
    assert edited.bench[94].story.id == "new"
    assert edited.bench[95] == full.bench[95]
    table = np.frombuffer(edited.likeness, dtype=np.uint8).reshape(BENCH_SIZE, BENCH_SIZE)
    assert (table[94, 94], table[94].sum()) == (255, 255)
    crowded = replace(full, lineup=LineUp(picks=tuple(Pick(index=n, form=Form.COMPACT) for n in range(BENCH_SIZE))))
    with pytest.raises(Conflict, match="no room"):
        after(crowded, Edit(act=Act.ADD, added=other()))
    assert apply(crowded, Edit(act=Act.ADD, added=other()), MEANS).bench == crowded.bench


def test_a_story_can_be_added_to_an_empty_edition(edition: Make, other: Callable[..., BenchStory]) -> None:
    empty = replace(edition([("p", "", 1.0)]), bench=(), likeness=b"")
    edited = after(empty, Edit(act=Act.NOTE, text="Nothing today."), Edit(act=Act.ADD, added=other()))
    assert (ids(edited), edited.likeness) == (["new"], b"\xff")


REFUSED = (
    (pin("nobody"), NotFound, "no story nobody"),
    (move("s9", 1), Conflict, "not in the line-up"),
    (move("s0", 0), UsageError, "no place 0"),
    (move("s0", 7), UsageError, "no place 7"),
    (move("s0", -1), UsageError, "no place -1"),
    (Edit(act=Act.RETITLE, story="s0"), UsageError, "headline is empty"),
    (Edit(act=Act.RETITLE, story="s0", text="x" * 241), UsageError, "241 characters; at most 240"),
    (Edit(act=Act.SUMMARY, story="s0", text="x" * 1201), UsageError, "1201 characters"),
    (Edit(act=Act.NOTE, text="x" * 1001), UsageError, "1001 characters"),
    (Edit(act=Act.SUMMARY, story="nobody", text="x"), NotFound, "no story nobody"),
    (Edit(act=Act.ADD), UsageError, "no story to add"),
)


@pytest.mark.parametrize(("edit", "fault", "words"), REFUSED)
def test_what_makes_no_sense_is_refused(paper: Edition, edit: Edit, fault: type[Exception], words: str) -> None:
    with pytest.raises(fault, match=words):
        after(paper, edit)


def test_what_is_done_already_is_refused(paper: Edition, other: Callable[..., BenchStory]) -> None:
    with pytest.raises(Conflict, match="“Title 3” is pinned already"):
        after(paper, pin("s3"), pin("s3"))
    with pytest.raises(Conflict, match="“Title 3” is dropped already"):
        after(paper, drop("s3"), drop("s3"))
    with pytest.raises(Conflict, match="“Title of new” is in edition 7 already"):
        after(paper, Edit(act=Act.ADD, added=other()), Edit(act=Act.ADD, added=other()))


def test_a_change_is_said_in_words(paper: Edition, other: Callable[..., BenchStory]) -> None:
    edits = (
        pin("s0"),
        drop("s1"),
        move("s2", 4),
        Edit(act=Act.RETITLE, story="s0", text="New"),
        Edit(act=Act.SUMMARY, story="s0"),
        Edit(act=Act.ADD, added=other()),
        Edit(act=Act.NOTE, text="Hi"),
        Edit(act=Act.NOTE),
        pin("gone"),
    )
    assert [saying(paper, edit) for edit in edits] == [
        "pinned “Title 0”",
        "dropped “Title 1”",
        "moved “Title 2” to place 4",
        "retitled “Title 0”: “New”",
        "took away the summary of “Title 0”",
        "added “Title of new”",
        "wrote a note: “Hi”",
        "took away the note",
        "pinned “gone”",
    ]


def edits_of(names: Sequence[str]) -> st.SearchStrategy[Edit]:
    stories = st.sampled_from(names)
    return st.one_of(
        st.builds(pin, stories),
        st.builds(drop, stories),
        st.builds(move, stories, st.integers(1, 6)),
        st.builds(lambda story, text: Edit(act=Act.RETITLE, story=story, text=text), stories, st.text(max_size=9)),
        st.builds(lambda story, text: Edit(act=Act.SUMMARY, story=story, text=text), stories, st.text(max_size=9)),
        st.builds(lambda text: Edit(act=Act.NOTE, text=text), st.text(max_size=9)),
        st.just(Edit(act=Act.ADD, story="new")),
    )


NAMES = tuple(f"s{n}" for n in range(12))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(edits=st.lists(edits_of(NAMES), max_size=8), wishes=st.sampled_from(("", "title 1", "title 4")))
def test_changes_are_a_fold_that_every_line_up_honours(
    paper: Edition, other: Callable[..., BenchStory], edits: list[Edit], wishes: str
) -> None:
    edits = [replace(edit, added=other()) if edit.act is Act.ADD else edit for edit in edits]
    whole = replayed(paper, edits, MEANS)
    assert whole == replayed(paper, edits, MEANS)
    if edits:
        assert whole == apply(replayed(paper, edits[:-1], MEANS), edits[-1], MEANS)
    assert replayed(paper, (), MEANS) == paper
    assert whole.hand.edits == len(edits)
    hand = whole.hand
    assert set(hand.pinned).isdisjoint(hand.dropped)
    assert set(hand.pinned) <= set(hand.order)
    assert len(hand.order) == len(set(hand.order))
    for wish in (Wish(), Wish(max_stories=99), Wish(sections=("Arts",)), Wish(muted_words=(wishes,) if wishes else ())):
        told = ids(whole, wish)
        assert set(told).isdisjoint(hand.dropped)
        muted = {name for name in hand.pinned if wishes and name in silent(whole, wish)}
        room = wish.max_stories or MEANS.rules.max_stories
        wanted = [name for name in hand.pinned if name not in muted]
        assert len(set(wanted) & set(told)) == min(len(wanted), room)
        assert len(told) == len(set(told))


def silent(edition: Edition, wish: Wish) -> set[str]:
    """What a reader's muted words take away."""
    everything = replace(wish, muted_words=(), max_stories=99)
    return set(ids(edition, everything)) - set(ids(edition, replace(wish, max_stories=99)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(edits=st.lists(edits_of(NAMES), max_size=8))
def test_what_is_let_through_does_what_it_says(
    paper: Edition, other: Callable[..., BenchStory], edits: list[Edit]
) -> None:
    made = paper
    for edit in edits:
        edit = replace(edit, added=other()) if edit.act is Act.ADD else edit  # noqa: PLW2901
        try:
            made = amended(made, edit, MEANS)
        except (Conflict, NotFound, UsageError):
            continue
        told = ids(made)
        match edit.act:
            case Act.MOVE:
                assert told[edit.place - 1] == edit.story
            case Act.DROP:
                assert edit.story not in told
            case Act.PIN | Act.ADD:
                assert edit.story in told or len(made.hand.pinned) > len(told)
                assert edit.story in made.hand.pinned
            case _:
                pass
