"""How good the selector is on news with known stories, beside well-known ways on the same days.

    python -m tests.benchmarks quality [FOLDER]

FOLDER holds the labelled sets (stories-*.jsonl.gz); by default the shared data folder beside the checkout. Each set is
judged by a table of words that was counted without it, and without any set that shares texts with it (words.py). Prints
for each set B-cubed F1 of the stories; NDCG@8 of the top list against the publishers of the true stories, and the share
of its places that tell a story again; precision of the first three related items; precision, recall and F1 of
near-duplicate pairs where they are labelled; items a second. Then, in the mean of the sets, what the peers of peers.py
reach; and the same of crowded days, which are made of many of theirs: the sets have days of few stories, a newspaper of
many feeds has days of a thousand.

With DIGEST_TEST_VECTORS, a folder of <set>.npz (arrays `ids` and `vectors`), the texts are placed by those vectors too.
"""

import gzip
import json
import math
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from digest.model.edition import Edition
from digest.model.feed import Item
from digest.model.memory import Memory, TermCounts
from digest.ports import Embed
from digest.selection.bench import make_bench
from digest.selection.judging.marks import Chosen, Labels, Marks, mark, mean
from digest.selection.lineup import Rules, Wish, lineups
from digest.selection.orders import Orders
from digest.selection.related import related
from digest.selection.score import Weights, score
from digest.stories.cluster import cluster
from digest.stories.similarity import likeness
from digest.stories.wording import wording
from tests.benchmarks.peers import methods, peers_quality
from tests.benchmarks.words import DRAWN_FROM_OTHERS, counts_of_sets, kin, table

WHOLE_BATCH = Orders(window=timedelta(days=62))
"""Some sets have a month in a batch; all of it counts as today."""
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
SHOWN = ("b3 f1", "ndcg@8", "repeats", "related", "dup p", "dup r", "dup f1")
Row = dict[str, Any]
Placing = Callable[[Sequence[Item]], Embed | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One run of the selector: the items as it sees them, and what is true of them."""

    items: tuple[Item, ...]
    labels: Labels


def shared_data() -> Path:
    """Where the labelled sets lie."""
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    return Path(os.environ.get("DIGEST_TEST_SHARED", beside)) / "data"


def sets_of(folder: Path) -> Iterator[tuple[str, tuple[Day, ...]]]:
    """The name and the days of each labelled set."""
    for path in sorted(folder.glob("stories-*.jsonl.gz")):
        rows: dict[str, list[Row]] = defaultdict(list)
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                rows[row["batch"]].append(row)
        yield path.name.removeprefix("stories-").removesuffix(".jsonl.gz"), tuple(map(day_of, rows.values()))


def day_of(rows: Sequence[Row]) -> Day:
    """One batch."""
    labels = Labels(
        stories={row["id"]: row["story"] for row in rows},
        copies={row["id"]: row["dup"] for row in rows if row["dup"]},
    )
    return Day(items=tuple(map(item_of, rows)), labels=labels)


def item_of(row: Row) -> Item:
    """A row as the selector sees it: without any label."""
    published = datetime.fromisoformat(row["timestamp"]) if row["timestamp"] else None
    return Item(
        id=row["id"],
        title=row["title"],
        summary=row["summary"] or "",
        publisher=row["publisher"] or "",
        source=row["publisher"] or "",
        published=published,
        seen=published or UNDATED,
    )


def judge(day: Day, memory: Memory, placing: Placing) -> tuple[Marks, float]:
    """Select from one day: the marks, and the seconds it took."""
    now = max((item.published for item in day.items if item.published), default=UNDATED)
    embed = placing(day.items)
    started = time.perf_counter()
    stories = cluster(day.items, memory=memory, embed=embed)
    scores = score(stories, now=now, weights=Weights())
    bench, alike = make_bench(stories, scores, partial(likeness, memory=memory), now=now, orders=WHOLE_BATCH)
    edition = Edition(date=date(2026, 1, 1), cut_at=now, title="", bench=bench, likeness=alike)
    (lineup,) = lineups(edition, (Wish(),), Rules())
    seconds = time.perf_counter() - started
    offered = {story.id: related(story) for story in stories} | {seat.story.id: seat.related for seat in bench}
    top = [bench[pick.index].story for pick in lineup.picks]
    return mark(Chosen(stories=stories, top=top, related=offered), day.items, day.labels), seconds


def placing_of(*names: str) -> Placing:
    """What places the texts of some sets: the vectors of their files, or nothing."""
    folder = os.environ.get("DIGEST_TEST_VECTORS")
    if not folder:
        return lambda _items: None
    known: dict[str, Sequence[float]] = {}
    for name in names:
        with np.load(Path(folder) / f"{name}.npz") as kept:
            known |= dict(zip(map(str, kept["ids"]), kept["vectors"], strict=True))

    def placing(items: Sequence[Item]) -> Embed:
        of = {wording(item): known[item.id] for item in items}
        return lambda texts: [of[text] for text in texts]

    return placing


def judge_set(days: Sequence[Day], memory: Memory, placing: Placing) -> dict[str, float]:
    """The figures of one set, and its items a second."""
    marks, seconds = Marks(), 0.0
    for day in days:
        more, took = judge(day, memory, placing)
        marks, seconds = marks + more, seconds + took
    figures = marks.figures()
    return {name: figures[name] for name in SHOWN} | {"items/s": sum(len(day.items) for day in days) / seconds}


def line(name: str, figures: dict[str, float]) -> str:
    """One row of the table."""
    cells = ["      –" if math.isnan(figures[each]) else f"{figures[each]:7.3f}" for each in SHOWN]
    return f"{name:<24}" + " ".join([*cells, f"{figures['items/s']:7.0f}"])


def in_the_mean(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """The plain mean of each figure over the sets."""
    return {name: mean(row[name] for row in rows) for name in rows[0]}


def peers_lines(sets: Sequence[tuple[Day, ...]]) -> Iterator[str]:
    """What others reach, in the mean of the sets, with their worst set behind."""
    standings = [peers_quality([(day.items, day.labels.stories) for day in days]) for days in sets]
    for place, name in enumerate(methods()):
        own = [each[place] for each in standings]
        figures = dict.fromkeys(SHOWN, math.nan) | {
            "b3 f1": mean(each.b3 for each in own),
            "ndcg@8": mean(each.ndcg for each in own),
            "repeats": mean(each.repeats for each in own),
            "items/s": mean(each.items_a_second for each in own),
        }
        yield f"{line(name, figures)}   worst set {min(each.b3 for each in own):.3f}"


def crowds(found: Sequence[tuple[str, tuple[Day, ...]]]) -> Iterator[tuple[str, frozenset[str], tuple[Day]]]:
    """Crowded days: all days of the largest set as one, and those of all sets; with the sets each is made of.

    A set that was drawn from others is left out.
    """
    own = [(name, days) for name, days in found if name not in DRAWN_FROM_OTHERS]
    name, days = max(own, key=lambda each: sum(len(day.items) for day in each[1]))
    yield f"all days of {name}", frozenset({name}), (as_one(days),)
    everything = [day for _, days in own for day in days]
    yield "all days of all sets", frozenset(name for name, _ in own), (as_one(everything),)


def as_one(days: Sequence[Day]) -> Day:
    """Several days as one: the dates of each are moved so that all end together."""
    labels = Labels(
        stories={item: story for day in days for item, story in day.labels.stories.items()},
        copies={item: text for day in days for item, text in day.labels.copies.items()},
    )
    return Day(items=tuple(item for day in days for item in ending(day.items, UNDATED)), labels=labels)


def ending(items: Sequence[Item], end: datetime) -> tuple[Item, ...]:
    """Items with their dates moved so that the newest is of that time."""
    newest = max((item.published for item in items if item.published), default=end)
    moved = ((item, item.published and item.published + (end - newest)) for item in items)
    return tuple(replace(item, published=at, seen=at or end) for item, at in moved)


def judge_crowds(found: Sequence[tuple[str, tuple[Day, ...]]], words: dict[str, TermCounts]) -> None:
    """Judge the crowded days, each beside the peers."""
    for title, made_of, days in crowds(found):
        near = frozenset[str]().union(*(kin(name) for name in made_of))
        say(f"\n{title}: {len(days[0].items)} items of {len(set(days[0].labels.stories.values()))} stories")
        memory = Memory(background={"en": table(words, without=near)})
        say(line("digest", judge_set(days, memory, placing_of(*made_of))))
        for told in peers_lines([days]):
            say(told.partition("   worst")[0])


def say(text: str) -> None:
    """One line of the table."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Judge every set of the folder, then the peers."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else shared_data()
    found = list(sets_of(folder))
    if not found:
        sys.exit(f"no labelled sets (stories-*.jsonl.gz) in {folder}")
    say(f"{'set':<24}" + " ".join(f"{name:>7}" for name in (*SHOWN, "items/s")))
    words = counts_of_sets(folder)
    rows = []
    for name, days in found:
        memory = Memory(background={"en": table(words, without=kin(name))})
        rows.append(judge_set(days, memory, placing_of(name)))
        say(line(name, rows[-1]))
    say(f"{line('mean', in_the_mean(rows))}   worst set {min(row['b3 f1'] for row in rows):.3f}")
    for told in peers_lines([days for _, days in found]):
        say(told)
    judge_crowds(found, words)


if __name__ == "__main__":
    main()
