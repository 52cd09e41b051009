"""Who gets which stories: one pure function for the default line-up, the preview and every claim."""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.model.delivery import Told
from digest.model.edition import Edition, Form, LineUp, Pick
from digest.selection.masks import Masks, masks_of, union
from digest.selection.rules import Rules

__all__ = ["Rules", "Wish", "lineups"]

CHUNK = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one reader asks for. `sections` in the reader's order, none meaning all; `max_stories` None: the rules'."""

    sections: tuple[str, ...] = ()
    muted_words: tuple[str, ...] = ()
    muted_sources: tuple[str, ...] = ()
    max_stories: int | None = None
    told: tuple[Told, ...] = ()


def lineups(edition: Edition, wishes: Sequence[Wish], rules: Rules) -> tuple[LineUp, ...]:
    """The line-up of each wish, in their order; equal wishes are worked out once.

    Leads first, the best of all the reader's sections; then the rest by section, in the reader's order or else the
    edition's.
    A line-up never has a story twice, two stories on one event, nor one the reader was told; it may be empty.
    """
    distinct = list(dict.fromkeys(wishes))
    if not edition.bench:
        return tuple(LineUp() for _ in wishes)
    from digest.selection.greedy import Chooser

    masks = masks_of(edition)
    chooser = Chooser(edition, rules)
    made: dict[Wish, LineUp] = {}
    for start in range(0, len(distinct), CHUNK):
        part = distinct[start : start + CHUNK]
        counts = [rules.max_stories if wish.max_stories is None else wish.max_stories for wish in part]
        chosen = chooser.choose([open_to(wish, masks) for wish in part], counts)
        for wish, indices in zip(part, chosen, strict=True):
            made[wish] = arrange(edition, wish, indices, rules.leads)
    return tuple(made[wish] for wish in wishes)


def open_to(wish: Wish, masks: Masks) -> int:
    """The bits of the bench stories a reader may get."""
    muted = union(masks.of_word(word) for word in wish.muted_words)
    muted |= union(masks.of_source(name) for name in wish.muted_sources)
    return masks.of_sections(wish.sections) & ~muted & ~masks.of_told(wish.told)


def arrange(edition: Edition, wish: Wish, indices: Sequence[int], leads: int) -> LineUp:
    """Put chosen stories (best first) in the order of the paper."""
    order = {name: place for place, name in enumerate(wish.sections or edition.sections)}
    for index in indices[leads:]:
        order.setdefault(edition.bench[index].section, len(order))
    rest = sorted(indices[leads:], key=lambda index: order[edition.bench[index].section])
    picks = [Pick(index=index, form=Form.LEAD) for index in indices[:leads]]
    return LineUp(picks=(*picks, *(Pick(index=index, form=Form.COMPACT) for index in rest)))
