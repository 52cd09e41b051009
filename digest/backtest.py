"""Days cut again: what the selector would choose of stored or labelled days, and how good that is. Writes nothing."""

import platform
import resource
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from digest import daily
from digest.feeds.labelled import LabelledDay
from digest.model.edition import Edition, EditionState
from digest.model.feed import Item
from digest.model.memory import Memory
from digest.ports import Embed
from digest.selection.choice import Choice
from digest.selection.judging.changes import Change, changes
from digest.selection.judging.marks import Chosen, Labels, Marks, mark, mean
from digest.selection.judging.paper import Paper, judge_paper
from digest.selection.orders import NO_ORDERS, Orders

Place = Callable[[Sequence[Item]], Embed | None]
"""A model that places the texts of these items; None where there is none."""

Timer = Callable[[], float]
"""Seconds since some moment."""

WHOLE_DAY = timedelta.max
"""Of a labelled day all items are news, whatever their dates."""

Figures = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The items of one run of the selector at `now`.

    `edition` is the stored one it stands for, `labels` what is known to be true of it; `memory` is what the selector
    had learned by then.
    """

    name: str
    items: tuple[Item, ...]
    now: datetime
    edition: Edition | None = None
    labels: Labels | None = None
    memory: Memory = daily.NO_MEMORY

    @property
    def missing(self) -> int:
        """How many of the items that its edition was cut from are not kept any more."""
        return max(0, self.edition.considered[0] - len(self.items)) if self.edition else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A day cut again: what was chosen, its paper in figures, and what it took."""

    day: Day
    choice: Choice
    paper: Paper
    seconds: float
    megabytes: float

    def figures(self) -> Figures:
        """The figures that need no labels."""
        paper = self.paper
        return {
            "items": len(self.day.items),
            "stories": paper.stories,
            "sections": paper.sections,
            "duplicates": paper.duplicates,
            "repeats": paper.repeats,
            "publishers": paper.publishers,
            "entropy": paper.entropy,
            "seconds": self.seconds,
            "MB": self.megabytes,
        }

    def marks(self) -> Marks:
        """The figures against what is true; empty without labels."""
        if self.day.labels is None:
            return Marks()
        report: dict[str, Any] = self.choice.report(everything=True)
        items = {item.id: item for item in self.day.items}
        stories = {story.id: story for story in self.choice.stories}
        chosen = Chosen(
            stories=self.choice.stories,
            top=[stories[name] for name in report["top"]],
            related={name: [items[each] for each in near] for name, near in report["related"].items()},
        )
        return mark(chosen, self.day.items, self.day.labels)


def stored_days(
    editions: Iterable[Edition],
    items: Iterable[Item],
    memory: Callable[[datetime], Memory],
    *,
    orders: Orders = NO_ORDERS,
) -> tuple[Day, ...]:
    """The days of stored editions, oldest first, each with the items that had been seen when it was cut.

    Cancelled editions are left out, and so is what `orders` block: an edition did not count it either. `memory` gives
    what the selector had learned by a time.
    """
    kept = orders.admit(items)
    cuts = sorted((each for each in editions if each.state is not EditionState.CANCELLED), key=lambda each: each.number)
    return tuple(
        Day(
            name=f"{edition.date} no. {edition.number}",
            items=tuple(item for item in kept if was_there(item, edition.cut_at)),
            now=edition.cut_at,
            edition=edition,
            memory=memory(edition.cut_at),
        )
        for edition in cuts
    )


def was_there(item: Item, at: datetime) -> bool:
    """Whether an item was one of those that an edition was cut from at that time."""
    return at - daily.MEMORY <= item.seen <= at and (item.published is None or item.published >= at - daily.MEMORY)


def labelled_days(days: Iterable[LabelledDay]) -> tuple[Day, ...]:
    """Days with known stories, each on its own: nothing was learned or told before."""
    return tuple(
        Day(
            name=day.name,
            items=day.items,
            now=day.now,
            labels=Labels(stories=day.stories, copies=day.copies, references=day.references),
        )
        for day in days
    )


def play(
    days: Iterable[Day], policy: daily.Policy, *, before: Sequence[Edition] = (), place: Place, timer: Timer
) -> Iterator[Played]:
    """Cut each day again by this policy, in order.

    What a day tells is what the days after it know as told, as if this policy had been in force from the first of them.
    `before` are the editions of the week before, as they were.
    """
    history = list(before)
    for day in days:
        rules = policy if day.edition else whole_day(policy)
        earlier = tuple(each for each in history if day.now - daily.NOVELTY <= each.cut_at) if day.edition else ()
        started = timer()
        embed = place(day.items)
        choice = daily.choose(day.items, earlier[::-1], rules, now=day.now, memory=day.memory, embed=embed)
        seconds, megabytes = timer() - started, peak_megabytes()
        paper = judge_paper(choice.edition, [each for each in earlier if each.state in daily.GONE_OUT])
        yield Played(day=day, choice=choice, paper=paper, seconds=seconds, megabytes=megabytes)
        if day.edition:
            history.append(replace(choice.edition, number=day.edition.number, state=day.edition.state))


def whole_day(policy: daily.Policy) -> daily.Policy:
    """A policy for which everything is of today."""
    return replace(policy, rules=replace(policy.rules, orders=replace(policy.rules.orders, window=WHOLE_DAY)))


def compare(old: Played, new: Played) -> tuple[Change, ...]:
    """What one configuration changes in the paper of another."""
    return changes(old.choice.edition, new.choice.edition)


def summed(played: Iterable[Played]) -> Figures:
    """The figures of a set of labelled days: seconds and duplicates in sum, the most memory, the rest as their source
    has them over several days.
    """
    each = tuple(played)
    papers = [one.paper for one in each]
    marks = sum((one.marks() for one in each), Marks())
    return {
        "days": len(each),
        "items": sum(len(one.day.items) for one in each),
        **marks.figures(),
        "duplicates": sum(paper.duplicates for paper in papers),
        "publishers": mean(paper.publishers for paper in papers),
        "seconds": sum(one.seconds for one in each),
        "MB": max((one.megabytes for one in each), default=0.0),
    }


def means(lines: Sequence[Figures]) -> Figures:
    """The mean of each figure over the lines that have it; of the memory the most."""
    found = {name: mean(line[name] for line in lines) for name in (lines[0] if lines else ())}
    return found | {"MB": max((line["MB"] for line in lines), default=0.0)}


def peak_megabytes() -> float:
    """The most memory this process ever held (ru_maxrss): it never falls from one day to the next."""
    unit = 2**20 if platform.system() == "Darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
