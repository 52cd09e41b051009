"""Selection: what choosing costs as the day grows, and the line-ups of many readers who all want something else."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

from digest import daily, mailroom
from digest.model.feed import Item
from digest.selection.lineup import Rules, lineups
from tests.benchmarks.measure import Cost, Line, Run, apart, contest, spending
from tests.benchmarks.news import MORNING, Press
from tests.benchmarks.peers import Held, peers_speed

OURS = "digest, the whole selection"
ALIKE = 0.3
"""The plain way's threshold for one story: shared words over all words of two headlines."""

GROWING = (2_000, 10_000, 30_000, 100_000)
LARGEST = 300_000
"""Measured where it is asked for: it takes some minutes."""

MANY = 2_000
"""Days of more items are measured once: the plain way takes its time."""


def choose(count: int) -> Cost:
    """The whole selection of a day of so many items, as `digest select` makes it."""
    items = Press().items(count)
    daily.choose(Press(seed=8).items(20), (), daily.plain_policy(), now=MORNING)  # what is loaded once is not counted
    with spending(count) as cost:
        choice = daily.choose(items, (), daily.plain_policy(), now=MORNING)
    cost.notes = {"stories": len(choice.stories), "picked": len(choice.edition.lineup.picks)}
    return cost


def compare_all(count: int) -> Cost:
    """The plain way: every headline against every story's first, by shared words; then the largest stories."""
    items = Press().items(count)
    with spending(count) as cost:
        stories: list[tuple[frozenset[str], list[Item]]] = []
        for item in items:
            words = frozenset(item.title.lower().split())
            for first, members in stories:
                if len(words & first) >= ALIKE * len(words | first):
                    members.append(item)
                    break
            else:
                stories.append((words, [item]))
        top = sorted(stories, key=lambda story: -len(story[1]))[:12]
    cost.notes = {"stories": len(stories), "picked": len(top)}
    return cost


def line_up(readers: int, items: int) -> Cost:
    """The line-ups of readers with different wishes, from one edition."""
    edition = daily.choose(Press().items(items), (), daily.plain_policy(), now=MORNING).edition
    wishes = [mailroom.wish_of(person.preferences, ()) for person in Press().readers(readers)]
    with spending(readers) as cost:
        found = lineups(edition, wishes, Rules())
    cost.notes = {"different": len(set(found))}
    return cost


def filter_each(readers: int, items: int) -> Cost:
    """The plain way: for each reader, go through the stories best first and keep the first that fit."""
    edition = daily.choose(Press().items(items), (), daily.plain_policy(), now=MORNING).edition
    people = Press().readers(readers)
    with spending(readers) as cost:
        found = []
        for person in people:
            wish, picks = person.preferences, list[int]()
            for index, told in enumerate(edition.bench):
                text = f"{told.story.lead.title} {told.story.summary}".lower().split()
                muted = told.story.lead.publisher in wish.muted_sources or set(wish.muted_words) & set(text)
                if not muted and (not wish.sections or told.section in wish.sections):
                    picks.append(index)
            found.append(tuple(picks[: wish.max_stories]))
    cost.notes = {"different": len(set(found))}
    return cost


def benchmark(
    *,
    sizes: tuple[int, ...] = (500, 2_000, 10_000),
    readers: int = 5_000,
    rounds: int = 3,
    way: Callable[[Run], Cost] = apart,
) -> dict[str, tuple[Line, ...]]:
    """Lines for each size, and for the line-ups."""
    found: dict[str, tuple[Line, ...]] = {}
    for size in sizes:
        contenders: dict[str, Run] = {
            "digest": partial(choose, size),
            "all pairs of headlines": partial(compare_all, size),
        }
        found[f"select, {size} items, for each item"] = contest(
            contenders, baseline="all pairs of headlines", rounds=rounds if size <= MANY else 1, way=way
        )
    contenders = {
        "digest": partial(line_up, readers, sizes[0]),
        "a filter for each reader": partial(filter_each, readers, sizes[0]),
    }
    found[f"line-ups, {readers} readers, for each reader"] = contest(
        contenders, baseline="a filter for each reader", rounds=rounds, way=way
    )
    return found


def growth(found: dict[str, tuple[Line, ...]]) -> tuple[str, ...]:
    """How the CPU of the whole grows from size to size, as the power of the number of items."""
    lines = [lines[0] for title, lines in found.items() if title.startswith("select")]
    pairs = pairwise(lines)
    return tuple(
        f"digest from {small.count} to {large.count} items: CPU grows with the power {_power(small, large):.2f}"
        for small, large in pairs
    )


def curve(
    sizes: Sequence[int] = GROWING,
    *,
    way: Callable[[Run], Cost] = apart,
    peers: Callable[[Sequence[int]], tuple[Held, ...]] = peers_speed,
) -> tuple[Held, ...]:
    """What a day costs as it grows: the whole selection, and beside it how large a day each peer can hold.

    A peer only puts items together; it guesses no language, finds no copies, writes no summaries and ranks nothing.
    """
    ours = ((size, way(partial(choose, size))) for size in sizes)
    return (*(Held(name=OURS, items=size, seconds=cost.cpu, peak=cost.peak) for size, cost in ours), *peers(sizes))


def curve_text(found: Sequence[Held]) -> tuple[str, ...]:
    """The curve as lines: beside each size how it has grown from the one before, and the ratio to our CPU there."""
    own = {one.items: one.seconds for one in found if one.name == OURS}
    lines = []
    for before, one in pairwise((None, *found)):
        ratio = "" if one.fault else f"{one.seconds / max(own[one.items], 1e-6):9.3f}"
        power = (
            f"  power {growth_power(before, one):.2f}" if before and before.name == one.name and not one.fault else ""
        )
        lines.append(f"{one.text()}{ratio}{power}")
    return tuple(lines)


def growth_power(small: Held, large: Held) -> float:
    """The power of the number of items with which the CPU grows from a day to a larger one."""
    return math.log(max(large.seconds, 1e-6) / max(small.seconds, 1e-6)) / math.log(large.items / small.items)


def _power(small: Line, large: Line) -> float:
    totals = max(small.cpu * small.count, 1e-6), max(large.cpu * large.count, 1e-6)
    return math.log(totals[1] / totals[0]) / math.log(large.count / small.count)
