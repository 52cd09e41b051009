"""What fixes a text to one event: figures, dates, slots of a series, and the one word in which two headlines differ."""

import re
from dataclasses import dataclass
from itertools import pairwise

from digest.stories.canonical import listed
from digest.stories.terms import tokens

SERIES = listed(
    "day week month quarter part episode round chapter season game match matchday no number vol volume issue stage"
    " lap set phase tag woche teil folge spieltag runde jour semaine partie manche"
    " día semana parte jornada ronda"
)
DAYS = listed(
    "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag"
    " sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo"
    " lunedì martedì mercoledì giovedì venerdì sabato domenica"
)
MONTHS = listed(
    "january february march april june july august september october november december januar februar märz mai juni"
    " juli oktober dezember janvier février mars avril juin juillet août septembre octobre novembre décembre enero"
    " febrero marzo abril junio julio agosto septiembre octubre noviembre diciembre"
)
GROUPED = re.compile(r"(?<=\d)[,. ](?=\d{3}(?!\d))")
MOST_SLOTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """Of one headline: its `words` in order, its `figures`, and its `slots` ("day 2", "q3", "monday", "march 4")."""

    words: tuple[str, ...]
    figures: frozenset[str]
    slots: frozenset[tuple[str, str]]


def anchors(title: str) -> Anchors:
    """Read the anchors of a headline."""
    words = tuple(tokens(GROUPED.sub("", title)))
    figures = frozenset(word for word in words if word[0].isdigit())
    slots = {("weekday", word) for word in words if word in DAYS}
    slots |= {("quarter", word) for word in words if re.fullmatch(r"[qh][1-4]", word)}
    for before, word in pairwise(words):
        slots |= {(before, word)} if before in SERIES | MONTHS and word[0].isdigit() else set()
        slots |= {(word, before)} if word in MONTHS and before[0].isdigit() else set()
    return Anchors(words=words, figures=figures, slots=frozenset(slots))


def clash(left: Anchors, right: Anchors) -> bool:
    """Whether two headlines name different slots of one series: "day 2" and "day 3", Monday and Tuesday."""
    kinds = {kind for kind, _ in left.slots} & {kind for kind, _ in right.slots}
    return any(
        {value for name, value in left.slots if name == kind}.isdisjoint(
            value for name, value in right.slots if name == kind
        )
        for kind in kinds
    )


def figures_clash(left: Anchors, right: Anchors) -> bool:
    """Whether each headline has a figure that the other has not, as "12 dead" and "15 dead"."""
    return bool(left.figures - right.figures) and bool(right.figures - left.figures)


def swapped(left: Anchors, right: Anchors) -> tuple[tuple[str, str], ...]:
    """The one or two words in which two headlines of one build differ ("wins Ohio", "wins Iowa"); else empty."""
    if len(left.words) != len(right.words) or len(left.words) <= MOST_SLOTS:
        return ()
    differing = tuple((here, there) for here, there in zip(left.words, right.words, strict=True) if here != there)
    return differing if len(differing) <= MOST_SLOTS else ()
