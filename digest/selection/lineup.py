"""Who gets which stories: one pure function for the default line-up, the preview and every claim."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from digest.model.delivery import Told
from digest.model.edition import BENCH_SIZE, Edition, Form, LineUp, Pick
from digest.selection.masks import Masks, Offer, masks_of, union
from digest.selection.orders import folded
from digest.selection.rules import Rules
from digest.selection.size import fitted

if TYPE_CHECKING:
    from digest.selection.greedy import Chooser

__all__ = ["Choices", "Rules", "Wish", "lineups"]

CHUNK = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one reader asks for. `sections` in the reader's order, none meaning all; what is both muted and followed is
    muted; `max_stories`, `max_minutes` of reading None: the rules'.
    """

    sections: tuple[str, ...] = ()
    muted_words: tuple[str, ...] = ()
    muted_sources: tuple[str, ...] = ()
    followed_words: tuple[str, ...] = ()
    followed_sources: tuple[str, ...] = ()
    max_stories: int | None = None
    max_minutes: float | None = None
    told: tuple[Told, ...] = ()


def lineups(edition: Edition, wishes: Sequence[Wish], rules: Rules) -> tuple[LineUp, ...]:
    """The line-up of each wish, in their order; equal wishes are worked out once.

    Leads first, the best of all the reader's sections; then the rest by section, in the reader's order or else the
    edition's. What is too much for one mail gives way from the end.
    A line-up never has a story twice, nor two stories on one event, nor one the reader was told except as an update
    with what is new since then; it may be empty.
    """
    return Choices(edition, rules).lineups(wishes)


def chosen(edition: Edition, wishes: Iterable[Wish], rules: Rules) -> Iterator[tuple[Wish, tuple[Pick, ...]]]:
    """Each distinct wish with what its paper would be in a mail of any size."""
    return Choices(edition, rules).chosen(wishes)


class Choices:
    """An edition and the rules of its line-ups, made ready once to choose from for one group of readers after another.

    The line-ups of `lineups`, whatever the groups.
    """

    def __init__(self, edition: Edition, rules: Rules) -> None:
        self._edition, self._rules = edition, rules

    def lineups(self, wishes: Sequence[Wish]) -> tuple[LineUp, ...]:
        """The line-up of each wish, in their order."""
        made = {wish: LineUp(picks=fitted(picks, self._rules)) for wish, picks in self.chosen(wishes)}
        return tuple(made[wish] for wish in wishes)

    def chosen(self, wishes: Iterable[Wish]) -> Iterator[tuple[Wish, tuple[Pick, ...]]]:
        """Each distinct wish with what its paper would be in a mail of any size."""
        distinct = list(dict.fromkeys(wishes))
        if not self._edition.bench:
            yield from ((wish, ()) for wish in distinct)
            return
        for start in range(0, len(distinct), CHUNK):
            part = distinct[start : start + CHUNK]
            offers = [offer(wish, self._masks, self._rules) for wish in part]
            self._masks.tidy()
            for wish, each, indices in zip(part, offers, self._chooser.choose(offers), strict=True):
                yield wish, arrange(self._edition, wish, indices, each.updates, self._rules.leads)

    @cached_property
    def _masks(self) -> Masks:
        return masks_of(self._edition)

    @cached_property
    def _chooser(self) -> "Chooser":
        from digest.selection.greedy import Chooser

        return Chooser(self._edition, self._rules)


def offer(wish: Wish, masks: Masks, rules: Rules) -> Offer:
    """What a reader may get: what they asked for and have not been told, or have been told and there is news of.

    What the editor pinned is for everybody who did not mute it, what the editor dropped for nobody.
    """
    muted = union(masks.of_word(word) for word in wish.muted_words)
    muted |= union(masks.of_source(name) for name in wish.muted_sources)
    told, updates = masks.of_told(wish.told)
    wanted = masks.of_sections(wish.sections) & (~told | updates) | masks.pinned
    open_to = wanted & ~muted & ~masks.dropped
    followed = union(mask for _, mask in interests(wish, masks))
    count = rules.max_stories if wish.max_stories is None else wish.max_stories
    minutes = rules.max_minutes if wish.max_minutes is None else wish.max_minutes
    return Offer(open_to=open_to, updates=open_to & updates, followed=followed, count=count, minutes=minutes)


def interests(wish: Wish, masks: Masks) -> Iterator[tuple[str, int]]:
    """Each word and source that a reader follows and did not mute, with the stories it lifts.

    A story's interest for a reader is 1 where it is in any of these, else 0: where its own text says a followed word at
    word borders, or a followed source tells it. It counts as much as the edition's `interest`, on top of the score.
    """
    for word in wish.followed_words:
        yield word, masks.of_followed_word(word)
    silent = folded(wish.muted_sources)
    for name in wish.followed_sources:
        if folded((name,)).isdisjoint(silent):
            yield name, masks.of_teller(name)


def lifted(edition: Edition, wish: Wish, rules: Rules) -> dict[str, tuple[str, ...]]:
    """The stories that a reader may get and that are worth more to them, by id, with what they follow of each."""
    masks = masks_of(edition)
    open_to = offer(wish, masks, rules).open_to if edition.interest else 0
    names: dict[str, tuple[str, ...]] = {}
    for name, mask in interests(wish, masks):
        for index in (index for index in range(len(edition.bench)) if mask & open_to & 1 << index):
            story = edition.bench[index].story.id
            names[story] = (*names.get(story, ()), name)
    return names


def arrange(edition: Edition, wish: Wish, indices: Sequence[int], updates: int, leads: int) -> tuple[Pick, ...]:
    """Put chosen stories (best first) in the order of the paper; an update is never told in full.

    The editor's order goes first, but for the sections of a reader who has an order of their own.
    """
    hand = by_hand(edition, indices)
    indices = sorted(indices, key=hand.__getitem__) if hand else indices
    full = [index for index in indices if not updates >> index & 1][:leads]
    others = [index for index in indices if index not in full]
    order = {name: place for place, name in enumerate(wish.sections or edition.sections)}
    for index in others:
        order.setdefault(edition.bench[index].section, len(order))
    others.sort(key=lambda index: order[edition.bench[index].section])
    if hand and not wish.sections:
        others.sort(key=hand.__getitem__)
    short = (_UPDATE[index] if updates >> index & 1 else _COMPACT[index] for index in others)
    return (*(_LEAD[index] for index in full), *short)


def by_hand(edition: Edition, indices: Sequence[int]) -> dict[int, int]:
    """The place of each story in the editor's order, all others behind; empty where there is no such order."""
    order = {story: place for place, story in enumerate(edition.hand.order)}
    return {index: order.get(edition.bench[index].story.id, len(order)) for index in indices} if order else {}


_LEAD, _COMPACT, _UPDATE = (tuple(Pick(index=index, form=form) for index in range(BENCH_SIZE)) for form in Form)
"""Every pick there is, made once."""
