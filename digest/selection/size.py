"""What gives way where a mail would be too large: related items, then fullness, then stories, each from the end."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum

from digest.model.edition import Form, Pick
from digest.selection.rules import Rules

_RELATED = 3
"""Where among the lengths of a story its related items stand; its forms stand before them."""


class Loss(StrEnum):
    """What of a story gave way."""

    FULL = "full"
    RELATED = "related"


def losses(wanted: Pick, shown: Pick) -> Iterator[Loss]:
    """What gave way of a story that was to be shown in one way and is shown in another."""
    if wanted.form is Form.LEAD and shown.form is Form.COMPACT:
        yield Loss.FULL
    if shown.bare and not wanted.bare:
        yield Loss.RELATED


def fitted(picks: Sequence[Pick], rules: Rules) -> tuple[Pick, ...]:
    """The picks as a mail of the rules' size has room for them.

    First the last stories lose their related items, one after another from the end; then the last of those told in full
    are told in brief; then the last stories go. A story that an empty paper has no room for goes first of all.
    """
    if not rules.lengths:
        return tuple(picks)
    over = rules.frame + sum(taken(pick, rules) for pick in picks) - rules.limit
    return tuple(picks) if over <= 0 else _given_way([pick for pick in picks if fits(pick, rules)], rules)


def taken(pick: Pick, rules: Rules) -> int:
    """The octets of a story as it is shown."""
    of = rules.lengths[pick.index]
    return of[_place(pick.form)] + (0 if pick.bare else of[_RELATED])


def fits(pick: Pick, rules: Rules) -> bool:
    """Whether the shortest that can be shown of a story fits into an empty paper."""
    form = Form.UPDATE if pick.form is Form.UPDATE else Form.COMPACT
    return rules.frame + rules.lengths[pick.index][_place(form)] <= rules.limit


def _given_way(picks: list[Pick], rules: Rules) -> tuple[Pick, ...]:
    over = rules.frame + sum(taken(pick, rules) for pick in picks) - rules.limit
    for shorter in (_bare, _brief):
        for place in range(len(picks) - 1, -1, -1):
            if over <= 0:
                return tuple(picks)
            over -= taken(picks[place], rules)
            picks[place] = shorter(picks[place], rules)
            over += taken(picks[place], rules)
    while picks and over > 0:
        over -= taken(picks.pop(), rules)
    return tuple(picks)


def _bare(pick: Pick, rules: Rules) -> Pick:
    return replace(pick, bare=True) if rules.lengths[pick.index][_RELATED] else pick


def _brief(pick: Pick, _: Rules) -> Pick:
    return replace(pick, form=Form.COMPACT) if pick.form is Form.LEAD else pick


def _place(form: Form) -> int:
    return 0 if form is Form.LEAD else 2 if form is Form.UPDATE else 1
