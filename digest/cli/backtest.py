"""`digest backtest`: how good the selection was, and what other weights would have changed."""

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.options import Json, Now
from digest.cli.session import opened
from digest.errors import NotFound, UsageError

if TYPE_CHECKING:
    from digest.backtest import Day, Figures, Place, Played
    from digest.daily import Policy
    from digest.model.edition import Edition
    from digest.selection.judging.changes import Change
    from digest.selection.score import Weights

    Lines = dict[str, Figures]
    Changed = list[tuple[str, tuple[Change, ...]]]

MOST_DAYS = 3650
LARGE = 100
"""From here on no figure is worth its decimals."""

Days = Annotated[
    int, typer.Option("--days", min=1, max=MOST_DAYS, metavar="N", help="The editions of the last N days.")
]
Files = Annotated[
    list[Path] | None,
    typer.Option("--from", metavar="FILE.jsonl", help="Labelled days instead, also .gz; may be given several times."),
]
Tried = Annotated[
    str | None,
    typer.Option("--weights", metavar="TERM=N,…", help="Judge by these DIGEST_WEIGHTS and compare with today's."),
]
Against = Annotated[
    str | None, typer.Option("--against", metavar="TERM=N,…", help="Compare with these weights instead of today's.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is judged: days by the name of their line (their own, or their file's), and what was told before them."""

    groups: "Mapping[str, tuple[Day, ...]]"
    policy: "Policy"
    place: "Place"
    before: "tuple[Edition, ...]" = ()
    labelled: bool = False

    @property
    def days(self) -> "list[Day]":
        """Every day, in order."""
        return [day for group in self.groups.values() for day in group]

    def play(self, weights: "Weights") -> "Iterator[Played]":
        """Every day cut again by these weights."""
        from digest.backtest import play

        policy = replace(self.policy, weights=weights)
        return play(self.days, policy, before=self.before, place=self.place, timer=time.perf_counter)

    def lines(self, played: "Sequence[Played]") -> "dict[str, Figures]":
        """One line of figures for each name."""
        from digest.backtest import summed

        found, left = {}, iter(played)
        for name, group in self.groups.items():
            mine = [next(left) for _ in group]
            found[name] = summed(mine) if self.labelled else mine[0].figures()
        return found


def backtest(
    days: Days = 7,
    files: Files = None,
    weights: Tried = None,
    against: Against = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Judge the selection: cut the last days again, or labelled ones, and compare weights; nothing is written.

    Example: digest backtest --days 14
    Example: digest backtest --weights coverage=0.4,recency=0.3,source=0.3
    Example: digest backtest --from labelled.jsonl.gz --json
    """
    with from_files(files, now) if files else from_store(days, now) as case:
        new, old = two_weights(case.policy.weights, weights, against)
        ours, theirs, changed = judged(case, new, old)
    if as_json:
        talk.put_json(cleaned(as_data(case, new, ours) | comparison(case, old, theirs, changed)))
    else:
        show(case, new, ours, old, theirs)
        for name, found in changed:
            show_changes(name, found)
    if complain(case):
        raise typer.Exit(3)


@contextmanager
def from_store(days: int, now: datetime | None) -> "Iterator[Case]":
    """The stored editions of the last days; raises NotFound where none can be cut again."""
    from digest.backtest import stored_days
    from digest.daily import MEMORY, NOVELTY
    from digest.newsroom.editions import memory_of

    with opened(now) as newspaper:
        editions, until = newspaper.store.editions, newspaper.clock()
        start = until - timedelta(days=days)
        cuts = [each for each in editions.since(start) if each.cut_at <= until]
        first = min((each.cut_at for each in cuts), default=start)
        kept, orders = newspaper.store.items.recent(first - MEMORY), newspaper.rules.orders
        found = stored_days(cuts, kept, partial(memory_of, newspaper), orders=orders)
        if not any(day.items for day in found):
            what = "whose items are still kept was" if found else "was"
            hint = "digest select judges nothing but shows today; digest backtest --from FILE judges labelled days"
            raise NotFound(f"no edition {what} cut in the last {days} days", hint=hint)
        before = tuple(each for each in reversed(editions.since(first - NOVELTY)) if each.cut_at < first)
        yield Case(
            groups={day.name: (day,) for day in found if day.items},
            policy=newspaper.policy,
            place=lambda items: newspaper.placed(items, keep=False),
            before=before,
        )


@contextmanager
def from_files(files: Sequence[Path], now: datetime | None) -> "Iterator[Case]":
    """Labelled days, without a database, and of the settings only the model that places texts."""
    from digest.ai.chosen import chosen_model
    from digest.backtest import labelled_days
    from digest.daily import placed, plain_policy
    from digest.feeds.labelled import read_days
    from digest.settings.read import read_settings

    names = [path.name.partition(".")[0] for path in files]
    if len(set(names)) < len(names):
        raise UsageError("two files of one name cannot be told apart in the table", hint="rename one")
    chosen = read_settings()
    vectors = chosen_model(chosen.vectors, model=chosen.vectors_model, key=chosen.vectors_key)
    yield Case(
        groups={name: labelled_days(read_days(path, now=now)) for name, path in zip(names, files, strict=True)},
        policy=plain_policy(),
        place=lambda items: placed(items, vectors),
        labelled=True,
    )


def two_weights(today: "Weights", tried: str | None, against: str | None) -> "tuple[Weights, Weights | None]":
    """The weights to judge by, and those to compare with if any; raises UsageError."""
    from digest.selection.score import Weights

    new = today if tried is None else Weights.parse(tried)
    if against is not None:
        return new, Weights.parse(against)
    return new, None if tried is None else today


def judged(case: Case, new: "Weights", old: "Weights | None") -> "tuple[Lines, Lines, Changed]":
    """The lines of figures by the new weights and by the old, and what is different day by day."""
    from digest.backtest import compare

    total = len(case.days) * (2 if old else 1)
    with talk.progress("judging") as step:
        ours = list(stepped(case.play(new), step, 0, total))
        theirs = list(stepped(case.play(old), step, len(ours), total)) if old else []
    pairs = zip(ours, theirs, strict=False) if theirs else ()
    changed = [(mine.day.name, compare(yours, mine)) for mine, yours in pairs]
    return case.lines(ours), case.lines(theirs) if theirs else {}, changed


def stepped(played: "Iterable[Played]", step: talk.Step, done: int, total: int) -> "Iterator[Played]":
    """The same, with the bar moved at each."""
    for number, each in enumerate(played, start=done + 1):
        step(number, total)
        yield each


def complain(case: Case) -> bool:
    """Say of which days items are missing, so that their figures are of a part; whether there are any."""
    short = [day for day in case.days if day.missing]
    for day in short:
        whole = day.missing + len(day.items)
        talk.say(f"{day.name}: only {len(day.items)} of its {whole} items are kept; they go after DIGEST_KEEP_DAYS")
    return bool(short)


def show(case: Case, new: "Weights", ours: "Lines", old: "Weights | None", theirs: "Lines") -> None:
    """The figures as tables, one for each of the weights."""
    show_lines(case, new, ours)
    if old:
        show_lines(case, old, theirs)


def show_lines(case: Case, weights: "Weights", lines: "Lines") -> None:
    """A table of figures with their means."""
    from digest.backtest import means

    talk.put(words_of(weights))
    rows = {**lines, "mean": means(list(lines.values()))}
    names = [name for name, mean in rows["mean"].items() if not math.isnan(mean)]
    table = ((title, *(number(figures[name]) for name in names)) for title, figures in rows.items())
    talk.put_table(("set" if case.labelled else "edition", *names), table)


def words_of(weights: "Weights") -> str:
    """Weights as they are written."""
    return "weights: " + ",".join(f"{name}={value:g}" for name, value in asdict(weights).items() if value)


def number(value: float) -> str:
    """A figure as short as it can be read: whole, or to three places; – where there is none."""
    if math.isnan(value):
        return "–"
    return f"{value:.0f}" if value == int(value) or value >= LARGE else f"{value:.3f}"


def show_changes(name: str, found: "Sequence[Change]") -> None:
    """What is different in one day's paper, and which term did it."""
    from digest.selection.judging.changes import moves

    counted = ", ".join(f"{count} {turn}" for turn, count in moves(found).items() if count)
    talk.put(f"{name}: {counted or 'the same paper'}")
    for each in found:
        place = " → ".join(str(one or "–") for one in (each.before, each.after))
        worth = " → ".join("–" if one is None else f"{one:.3f}" for one in each.scores)
        because = (
            f"{each.term} {each.shift:+.3f} against the others"
            if each.term
            else "likeness, caps or what was told before"
        )
        talk.put(f"  {each.turn:<5}{place:<8} {talk.printable(each.title)}")
        talk.put(f"       {worth}; {because}")


def as_data(case: Case, weights: "Weights", lines: "Lines") -> dict[str, object]:
    """The figures of one of the weights for scripts."""
    from digest.backtest import means

    missing = {day.name: day.missing for day in case.days if day.missing}
    return {"weights": asdict(weights), "lines": lines, "mean": means(list(lines.values())), "missing": missing}


def comparison(case: Case, old: "Weights | None", lines: "Lines", changed: "Changed") -> dict[str, object]:
    """The other weights' figures and what is different, for scripts; nothing where nothing is compared."""
    if old is None:
        return {}
    days = [{"name": name, "changes": [asdict(each) for each in found]} for name, found in changed]
    return {"against": as_data(case, old, lines), "changes": days}


def cleaned(value: object) -> object:
    """Plain data with null for what is no number: JSON has none for it."""
    match value:
        case dict():
            return {key: cleaned(part) for key, part in value.items()}
        case list() | tuple():
            return [cleaned(part) for part in value]
        case float() if math.isnan(value):
            return None
        case _:
            return value
