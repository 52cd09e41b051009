"""The editor's hand: each change of an edition as a pure function, and all of them one after another."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

from digest.errors import Conflict, NotFound, UsageError
from digest.model.delivery import Told
from digest.model.edit import HEADLINE, NOTE, SUMMARY, Act, Edit
from digest.model.edition import BENCH_SIZE, BenchStory, Edition, Hand, Image
from digest.model.feed import Item
from digest.model.story import Reason, Score, Story
from digest.selection.bench import minutes
from digest.selection.lineup import Rules, Wish, lineups
from digest.selection.why import phrase

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from digest.selection.bench import Likeness

LONGEST = {Act.RETITLE: ("headline", HEADLINE), Act.SUMMARY: ("summary", SUMMARY), Act.NOTE: ("note", NOTE)}

CHOSEN = (Reason(kind="editor"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What changes are worked out with: the rules of the default line-up, what it had told in earlier editions, and
    how alike stories are (float32 (n, n) in 0..1).
    """

    rules: Rules
    likeness_of: "Likeness"
    told: tuple[Told, ...] = ()


def replayed(original: Edition, edits: Sequence[Edit], means: Means) -> Edition:
    """An edition as it was cut, with these changes made one after another; without any it is the original itself.

    What cannot be done any more as it was asked for, because the rules are others now, is done as far as it can be.
    """
    return reduce(lambda edition, edit: apply(edition, edit, means), edits, original)


def amended(edition: Edition, edit: Edit, means: Means) -> Edition:
    """An edition with a new change; raises NotFound, Conflict, UsageError where that makes no sense in it."""
    check(edition, edit)
    changed = apply(edition, edit, means)
    if edit.act is Act.MOVE and place_of(changed, edit.story) != edit.place:
        name = headline(edition, edit.story)
        raise Conflict(
            f"“{name}” is told as an update, which comes after the stories told in full", hint="move it further down"
        )
    return changed


def apply(edition: Edition, edit: Edit, means: Means) -> Edition:
    """The edition with one change, its default line-up chosen again; what makes no sense changes nothing."""
    changed = CHANGES[edit.act](edition, edit, means)
    changed = replace(changed, hand=replace(changed.hand, edits=edition.hand.edits + 1))
    (lineup,) = lineups(changed, (Wish(told=means.told),), means.rules)
    return replace(changed, lineup=lineup)


def check(edition: Edition, edit: Edit) -> None:
    """Refuse what makes no sense in an edition as it is; raises NotFound, Conflict, UsageError."""
    if edit.act in LONGEST:
        check_text(edit)
    if edit.act is Act.ADD:
        check_added(edition, edit.added)
    elif edit.act is not Act.NOTE and entry_of(edition, edit.story) is None:
        raise NotFound(
            f"edition {edition.number} has no story {edit.story}",
            hint=f"digest edition show {edition.number} lists what is in it",
        )
    if edit.act is Act.MOVE:
        check_place(edition, edit)
    done = {Act.PIN: edition.hand.pinned, Act.DROP: edition.hand.dropped}.get(edit.act, ())
    if edit.story in done:
        raise Conflict(f"“{headline(edition, edit.story)}” is {'pinned' if edit.act is Act.PIN else 'dropped'} already")


def check_text(edit: Edit) -> None:
    """Refuse a text that would not be shown whole, and a headline that says nothing."""
    what, most = LONGEST[edit.act]
    if len(edit.text) > most:
        raise UsageError(f"the {what} has {len(edit.text)} characters; at most {most} are shown", hint="shorten it")
    if edit.act is Act.RETITLE and not edit.text:
        raise UsageError("the headline is empty", hint="to take a story out: digest edition drop")


def check_added(edition: Edition, added: BenchStory | None) -> None:
    """Refuse what is in the edition already, or has no room in it."""
    if added is None:
        raise UsageError("there is no story to add")
    same = {added.story.lead.id, added.story.lead.url} - {""}
    there = next(
        (one for one in edition.bench if any({item.id, item.url} & same for item in one.story.items)),
        None,
    )
    if there is not None:
        raise Conflict(
            f"“{there.story.lead.title}” is in edition {edition.number} already",
            hint=f"digest edition pin {edition.number} {there.story.id} puts it before all others",
        )
    if seat(edition) is None:
        raise Conflict(f"edition {edition.number} has no room for another story", hint="drop one first")


def check_place(edition: Edition, edit: Edit) -> None:
    """Refuse a move of what is not in the line-up, to where nothing stands, or to where it stands."""
    stands, last = place_of(edition, edit.story), len(edition.lineup.picks)
    name = headline(edition, edit.story)
    if stands is None:
        hint = f"digest edition pin {edition.number} {edit.story} puts it there"
        raise Conflict(f"“{name}” is not in the line-up of edition {edition.number}", hint=hint)
    if not 1 <= edit.place <= last:
        raise UsageError(
            f"there is no place {edit.place} in edition {edition.number}", hint=f"choose one of 1 to {last}"
        )
    if stands == edit.place:
        raise Conflict(f"“{name}” stands at place {stands} already")


def entry_of(edition: Edition, story: str) -> BenchStory | None:
    """The bench story with this id, or None."""
    return next((entry for entry in edition.bench if entry.story.id == story), None)


def headline(edition: Edition, story: str) -> str:
    """The headline of a story, or its id where it is not there."""
    entry = entry_of(edition, story)
    return entry.story.lead.title or entry.story.lead.url if entry else story


def place_of(edition: Edition, story: str) -> int | None:
    """Where a story stands in the default line-up, from 1; None where it is not in it."""
    told = told_in(edition)
    return told.index(story) + 1 if story in told else None


def told_in(edition: Edition) -> list[str]:
    """The stories of the default line-up, in its order."""
    return [edition.bench[pick.index].story.id for pick in edition.lineup.picks]


def saying(edition: Edition, edit: Edit) -> str:
    """A change in words, as the record of an edition has it; `edition` is as it was before."""
    name = edit.added.story.lead.title if edit.added else headline(edition, edit.story)
    said = {
        Act.PIN: f"pinned “{name}”",
        Act.DROP: f"dropped “{name}”",
        Act.MOVE: f"moved “{name}” to place {edit.place}",
        Act.RETITLE: f"retitled “{name}”: “{edit.text}”",
        Act.SUMMARY: f"rewrote the summary of “{name}”" if edit.text else f"took away the summary of “{name}”",
        Act.ADD: f"added “{name}”",
        Act.NOTE: f"wrote a note: “{edit.text}”" if edit.text else "took away the note",
    }
    return said[edit.act]


def chosen(story: Story, image: Image | None = None) -> BenchStory:
    """A story from elsewhere as a bench story: no term speaks for it, the editor does."""
    score = Score(total=0.0, terms=(), why=phrase(CHOSEN), reasons=CHOSEN)
    return BenchStory(story=story, score=score, image=image, minutes=minutes(story))


def pin(edition: Edition, edit: Edit, _: Means) -> Edition:
    """The story before all others, after those that were pinned before; one that was dropped is back."""
    return replace(edition, hand=pinned(edition.hand, edit.story))


def pinned(hand: Hand, story: str) -> Hand:
    """The hand with one more pinned story."""
    order = without(hand.order, story)
    place = next((place for place, name in enumerate(order) if name not in hand.pinned), len(order))
    return replace(
        hand,
        pinned=(*without(hand.pinned, story), story),
        dropped=without(hand.dropped, story),
        order=(*order[:place], story, *order[place:]),
    )


def drop(edition: Edition, edit: Edit, _: Means) -> Edition:
    """The story to nobody, and none of its items beside another."""
    hand = edition.hand
    hand = replace(
        hand,
        pinned=without(hand.pinned, edit.story),
        dropped=(*without(hand.dropped, edit.story), edit.story),
        order=without(hand.order, edit.story),
    )
    entry = entry_of(edition, edit.story)
    gone = {item.id for item in entry.story.items} if entry else set()
    bench = (beside(one, (item for item in one.related if item.id not in gone)) for one in edition.bench)
    return replace(edition, hand=hand, bench=tuple(bench))


def beside(entry: BenchStory, related: Iterable[Item]) -> BenchStory:
    """A story with other items beside it."""
    return replace(entry, related=tuple(related))


def move(edition: Edition, edit: Edit, _: Means) -> Edition:
    """The story at its place, with all that stand before it where they are; those behind it keep to their own order."""
    told = list(without(told_in(edition), edit.story))
    told.insert(max(0, edit.place - 1), edit.story)
    named = {*edition.hand.order, edit.story}
    last = max(place for place, story in enumerate(told) if story in named)
    first = told[: last + 1]
    order = (*first, *(story for story in edition.hand.order if story not in first))
    return replace(edition, hand=replace(edition.hand, order=order))


def retitle(edition: Edition, edit: Edit, _: Means) -> Edition:
    """The story under another headline, beside other stories too."""
    entry = entry_of(edition, edit.story)
    if entry is None:
        return edition
    lead = entry.story.lead.id

    def named(items: Sequence[Item]) -> tuple[Item, ...]:
        return tuple(replace(item, title=edit.text) if item.id == lead else item for item in items)

    bench = (beside(one, named(one.related)) for one in edition.bench)
    story = replace(entry.story, items=named(entry.story.items))
    return retold(replace(edition, bench=tuple(bench)), story)


def summarise(edition: Edition, edit: Edit, _: Means) -> Edition:
    """The story with the editor's summary, which is nobody else's."""
    entry = entry_of(edition, edit.story)
    return retold(edition, replace(entry.story, summary=edit.text, told_by="")) if entry else edition


def retold(edition: Edition, story: Story) -> Edition:
    """The edition with other texts of a story, and the time it takes to read them."""
    bench = (
        replace(entry, story=story, minutes=minutes(story)) if entry.story.id == story.id else entry
        for entry in edition.bench
    )
    return replace(edition, bench=tuple(bench))


def add(edition: Edition, edit: Edit, means: Means) -> Edition:
    """The edition with one more story, pinned; on a full bench it takes the last seat that nobody would miss."""
    place = seat(edition)
    if edit.added is None or place is None or entry_of(edition, edit.added.story.id):
        return edition
    bench = (*edition.bench[:place], edit.added, *edition.bench[place + 1 :])
    row = means.likeness_of([entry.story for entry in bench])[place]
    grown = replace(edition, bench=bench, likeness=with_row(edition.likeness, place, row))
    return replace(grown, hand=pinned(grown.hand, edit.added.story.id))


def seat(edition: Edition) -> int | None:
    """Where a story from elsewhere has its seat; None where there is none."""
    if len(edition.bench) < BENCH_SIZE:
        return len(edition.bench)
    wanted = {*told_in(edition), *edition.hand.order}
    spare = (place for place, entry in enumerate(edition.bench) if entry.story.id not in wanted)
    return max(spare, default=None)


def with_row(likeness: bytes, place: int, row: "NDArray[np.float32]") -> bytes:
    """Edition.likeness with one story's likeness to each, in place of another's or as one more."""
    import numpy as np

    size = len(row)
    before = int(len(likeness) ** 0.5)
    table = np.zeros((size, size), dtype=np.uint8)
    table[:before, :before] = np.frombuffer(likeness, dtype=np.uint8).reshape(before, before)
    table[place, :] = table[:, place] = (row * 255).round().astype(np.uint8)
    return table.tobytes()


def annotate(edition: Edition, edit: Edit, _: Means) -> Edition:
    """The edition with the editor's own word on top."""
    return replace(edition, hand=replace(edition.hand, note=edit.text))


CHANGES: dict[Act, Callable[[Edition, Edit, Means], Edition]] = {
    Act.PIN: pin,
    Act.DROP: drop,
    Act.MOVE: move,
    Act.RETITLE: retitle,
    Act.SUMMARY: summarise,
    Act.ADD: add,
    Act.NOTE: annotate,
}


def without(names: Sequence[str], name: str) -> tuple[str, ...]:
    """The names but one."""
    return tuple(each for each in names if each != name)
