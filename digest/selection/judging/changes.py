"""What another configuration would have changed in a paper, story by story, and which term did it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from digest.model.edition import BenchStory, Edition


class Turn(StrEnum):
    """What became of a story."""

    IN = "in"
    OUT = "out"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One story that comes in, goes out or moves.

    `before` and `after` are its places from 1 (None: not in the paper), `scores` what it was worth in either (None: it
    has no seat on the bench). `term` is the one that did it and `shift` by how much more it moved this score than those
    of the papers' other stories; empty where no term did: then it was the caps, likeness to another story, or what was
    told on the days before.
    """

    title: str
    turn: Turn
    before: int | None
    after: int | None
    scores: tuple[float | None, float | None]
    term: str = ""
    shift: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A story as both editions have it: its seats on their benches and its places in their papers."""

    old: BenchStory | None
    new: BenchStory | None
    before: int | None
    after: int | None

    def turn(self, steady: frozenset[int]) -> Turn | None:
        """What became of it; None where nothing did, or nothing but that others came in or went out above it."""
        if self.before is None:
            return Turn.IN
        if self.after is None:
            return Turn.OUT
        if self.before in steady or self.before == self.after:
            return None
        return Turn.UP if self.after < self.before else Turn.DOWN


def changes(old: Edition, new: Edition) -> tuple[Change, ...]:
    """What is different in the paper of `new`, by its places there; what goes out comes last, by its old places.

    Both are of the same items at the same time; a story is the same if it shares an item.
    """
    seen = paired(old, new)
    drifts = [drift(each) for each in seen]
    usual = {name: fmean(each.get(name, 0.0) for each in drifts) for name in set().union(*drifts)}
    steady = unmoved(each.before for each in seen if each.before and each.after)
    turns = (each.turn(steady) for each in seen)
    found = [change(each, turn, moved, usual) for each, turn, moved in zip(seen, turns, drifts, strict=True) if turn]
    return tuple(sorted(found, key=lambda one: (one.after is None, one.after or one.before or 0)))


def unmoved(old_places: Iterable[int]) -> frozenset[int]:
    """Of stories in their new order, given by their old places, the most that kept their order among themselves."""
    chains: list[tuple[int, ...]] = []
    for place in old_places:
        chains.append((*longest(chain for chain in chains if chain[-1] < place), place))
    return frozenset(longest(chains))


def longest(chains: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """The longest of some chains; the empty one of none."""
    return max(chains, key=len, default=())


def paired(old: Edition, new: Edition) -> list[Seen]:
    """Every story of either paper with its seats and places in both: those of the new one first, in its order."""
    before, after = places(old), places(new)
    old_seats, new_seats = by_item(old.bench), by_item(new.bench)
    found = [
        Seen(seat(old.bench, twin), new.bench[index], before.get(twin), place)
        for index, place in after.items()
        for twin in (twin_of(new.bench[index], old_seats, before),)
    ]
    kept = {each.before for each in found}
    gone = [index for index, place in before.items() if place not in kept]
    twins = ((index, twin_of(old.bench[index], new_seats, after)) for index in gone)
    return [*found, *(Seen(old.bench[index], seat(new.bench, twin), before[index], None) for index, twin in twins)]


def places(edition: Edition) -> dict[int, int]:
    """The place in the paper of each bench index that is in it, from 1."""
    return {pick.index: place for place, pick in enumerate(edition.lineup.picks, start=1)}


def by_item(bench: Sequence[BenchStory]) -> dict[str, int]:
    """The bench index of each item."""
    return {item.id: index for index, entry in enumerate(bench) for item in entry.story.items}


def twin_of(entry: BenchStory, seats: Mapping[str, int], shown: Mapping[int, int]) -> int:
    """The index of the same story on the other bench, one that is shown rather than not; -1 for none."""
    found = {seats[item.id] for item in entry.story.items if item.id in seats}
    return min(found, key=lambda index: (shown.get(index, len(seats) + index), index), default=-1)


def seat(bench: Sequence[BenchStory], index: int) -> BenchStory | None:
    """The story at an index, or None."""
    return bench[index] if index >= 0 else None


def drift(each: Seen) -> dict[str, float]:
    """By how much each term of a story's score grew from the old to the new edition."""
    old, new = parts(each.old), parts(each.new)
    return {name: new.get(name, 0.0) - old.get(name, 0.0) for name in {*old, *new}} if old and new else {}


def parts(entry: BenchStory | None) -> dict[str, float]:
    """What each term adds to a story's score."""
    return {term.name: term.value * term.weight * entry.score.boost for term in entry.score.terms} if entry else {}


def change(each: Seen, turn: Turn, moved: Mapping[str, float], usual: Mapping[str, float]) -> Change:
    """What became of a story, and the term that drove it that way: one that itself grew or shrank so, if there is."""
    sign = 1 if turn in {Turn.IN, Turn.UP} else -1
    shifts = {name: value - usual[name] for name, value in moved.items()}
    own = {name: shift for name, shift in shifts.items() if sign * moved[name] > 0 and sign * shift >= LEAST_SHIFT}
    term, shift = driver(own or shifts, sign)
    told = each.new or each.old
    return Change(
        title=told.story.lead.title if told else "",
        turn=turn,
        before=each.before,
        after=each.after,
        scores=(each.old.score.total if each.old else None, each.new.score.total if each.new else None),
        term=term,
        shift=shift,
    )


LEAST_SHIFT = 0.001
"""A term that moved a score by less did not do it."""


def driver(shifts: Mapping[str, float], sign: int) -> tuple[str, float]:
    """The term that moved most in one direction, and by how much; empty where none moved that way."""
    best = max(sorted(shifts), key=lambda name: sign * shifts[name], default="")
    return (best, shifts[best]) if best and sign * shifts[best] >= LEAST_SHIFT else ("", 0.0)


def moves(found: Iterable[Change]) -> dict[Turn, int]:
    """How many stories of each turn."""
    counts = dict.fromkeys(Turn, 0)
    for each in found:
        counts[each.turn] += 1
    return counts
