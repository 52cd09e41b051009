"""What fixes a text to one event: figures, dates, slots of a series, and the one word in which two headlines differ."""

import re
from dataclasses import dataclass
from itertools import pairwise

from digest.stories.canonical import listed
from digest.stories.terms import TEXT_LIMIT, tokens

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
COUNTED = SERIES | MONTHS
QUARTERS = listed("q1 q2 q3 q4 h1 h2 h3 h4")
DATED = MONTHS | {"weekday"}
"""The kinds of slots that name a day."""

GROUPED = re.compile(r"(?<=\d)(?<!\d{4})[,. ](?=\d{3}(?!\d))")
FIGURE = re.compile(r"\d+")
MOST_SLOTS = 2
LEAST_SHARED = 2

Slots = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """Of one headline: its `words` in order, its `figures`, and its `slots` ("day 2", "q3", "monday", "march 4")."""

    words: tuple[str, ...]
    figures: frozenset[str]
    slots: Slots


def anchors(title: str) -> Anchors:
    """Read the anchors of a headline."""
    words = title_words(title)
    return Anchors(words=words, figures=figures(title), slots=slots_in(words))


def title_words(title: str) -> tuple[str, ...]:
    """The words of a headline in order, thousands without their marks."""
    return tuple(tokens(GROUPED.sub("", title)))


def slots_in(words: tuple[str, ...]) -> Slots:
    """The slots that the words of a headline name."""
    slots = {("weekday", word) for word in DAYS.intersection(words)}
    slots |= {("quarter", word) for word in QUARTERS.intersection(words)}
    if not COUNTED.isdisjoint(words):
        slots |= {(before, word) for before, word in pairwise(words) if before in COUNTED and word[0].isdigit()}
        slots |= {(word, before) for before, word in pairwise(words) if word in MONTHS and before[0].isdigit()}
    return frozenset(slots)


def figures(text: str) -> frozenset[str]:
    """The figures of a text, thousands without their marks: "5,000 of 12bn" has 5000 and 12."""
    return frozenset(FIGURE.findall(GROUPED.sub("", text[:TEXT_LIMIT])))


def clash(left: Slots, right: Slots) -> bool:
    """Whether two headlines name different slots of one series: "day 2" and "day 3", Monday and Tuesday."""
    kinds = {kind for kind, _ in left} & {kind for kind, _ in right}
    return any(
        {value for name, value in left if name == kind}.isdisjoint(value for name, value in right if name == kind)
        for kind in kinds
    )


def figures_clash(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether each text has a figure that the other has not, as "12 dead" and "15 dead"."""
    return bool(left - right) and bool(right - left)


def differing(left: Anchors, right: Anchors) -> tuple[frozenset[str], frozenset[str]]:
    """The few words on either side in which two headlines of one build differ ("wins Ohio", "wins New Hampshire").

    Both are empty where the headlines are equal, or differ in more than that.
    """
    here, there = left.words, right.words
    if len(here) != len(there):
        here, there = between(here, there), between(there, here)
        shared = len(left.words) - len(here)
    else:
        pairs = [(mine, yours) for mine, yours in zip(here, there, strict=True) if mine != yours]
        here, there = tuple(mine for mine, _ in pairs), tuple(yours for _, yours in pairs)
        shared = len(left.words) - len(pairs)
    few = max(len(here), len(there)) <= MOST_SLOTS and shared >= LEAST_SHARED
    return (frozenset(here), frozenset(there)) if few else (frozenset(), frozenset())


def between(words: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """What is left of a headline without the words that another one begins and ends with as well."""
    most = min(len(words), len(others))
    head = next((at for at in range(most) if words[at] != others[at]), most)
    tail = next((at for at in range(most - head) if words[-1 - at] != others[-1 - at]), most - head)
    return words[head : len(words) - tail]
