"""How good the selector is on news with known stories.

    python -P tests/benchmarks/quality.py [FOLDER]

FOLDER holds the labelled sets (stories-*.jsonl.gz); by default the shared data folder beside the checkout. Prints one
line a set and the mean: B-cubed F1 of the stories; NDCG@8 of the top list against the publishers of the true stories,
and the share of its places that tell a story again; precision of the first three related items; precision, recall and
F1 of near-duplicate pairs where they are labelled; seconds.
"""

import gzip
import json
import math
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from digest.model.edition import Edition
from digest.model.feed import Item
from digest.model.story import Story
from digest.selection.bench import make_bench
from digest.selection.lineup import Rules, Wish, lineups
from digest.selection.orders import Orders
from digest.selection.related import related
from digest.selection.score import Weights, score
from digest.selection.words import alike
from digest.stories.cluster import cluster
from digest.stories.similarity import likeness

TOP = 8
SAME_TITLE = 0.8
WHOLE_BATCH = Orders(window=timedelta(days=62))
"""Some sets have a month in a batch; all of it counts as today."""
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
Row = dict[str, Any]


@dataclass(slots=True)
class Tally:
    """The sums of one set."""

    items: int = 0
    precision: float = 0.0
    recall: float = 0.0
    ndcg: list[float] = field(default_factory=list)
    shown: int = 0
    repeats: int = 0
    related: list[float] = field(default_factory=list)
    pairs: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def figures(self) -> dict[str, float]:
        """The metrics; NaN where a set has nothing to judge one by."""
        hits, wrong, missed = (self.pairs[name] for name in ("hit", "wrong", "missed"))
        return {
            "b3": harmonic(self.precision / self.items, self.recall / self.items),
            "ndcg@8": mean(self.ndcg),
            "repeats": self.repeats / self.shown if self.shown else math.nan,
            "related": mean(self.related),
            "dup p": hits / (hits + wrong) if hits else math.nan,
            "dup r": hits / (hits + missed) if hits else math.nan,
            "dup f1": 2 * hits / (2 * hits + wrong + missed) if hits else math.nan,
            "seconds": self.seconds,
        }


def harmonic(left: float, right: float) -> float:
    """F1 of precision and recall."""
    return 2 * left * right / (left + right)


def mean(values: Sequence[float]) -> float:
    """The mean, NaN of nothing."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def batches(path: Path) -> Iterator[list[Row]]:
    """The runs of the selector in one set."""
    found: dict[str, list[Row]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            found[row["batch"]].append(row)
    yield from found.values()


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


def judge(rows: Sequence[Row], tally: Tally) -> None:
    """Select from one batch and add what came of it."""
    items = [item_of(row) for row in rows]
    now = max((item.published for item in items if item.published), default=UNDATED)
    started = time.perf_counter()
    stories = cluster(items)
    scores = score(stories, now=now, weights=Weights())
    bench, alikeness = make_bench(stories, scores, likeness, now=now, orders=WHOLE_BATCH)
    edition = Edition(date=date(2026, 1, 1), cut_at=now, title="", bench=bench, likeness=alikeness)
    (lineup,) = lineups(edition, (Wish(),), Rules())
    tally.seconds += time.perf_counter() - started
    gold = {row["id"]: row["story"] for row in rows}
    judge_clusters(stories, gold, tally)
    judge_top([bench[pick.index].story for pick in lineup.picks[:TOP]], rows, gold, tally)
    beside = {entry.story.id: entry.related for entry in bench}
    judge_related([(story, beside.get(story.id, related(story))) for story in stories], rows, tally)
    judge_duplicates(stories, rows, tally)


def judge_clusters(stories: Sequence[Story], gold: dict[str, str], tally: Tally) -> None:
    """B-cubed: for each item, what share of its story is of its true story, and the reverse."""
    true = Counter(gold.values())
    for story in stories:
        for name, count in Counter(gold[item.id] for item in story.items).items():
            tally.precision += count * count / len(story.items)
            tally.recall += count * count / true[name]
    tally.items += len(gold)


def judge_top(top: Sequence[Story], rows: Sequence[Row], gold: dict[str, str], tally: Tally) -> None:
    """NDCG with linear gain: a story is worth its publishers, a second pick of it nothing."""
    publishers: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        publishers[row["story"]].add(row["publisher"] or "")
    ideal = sorted((len(names) for names in publishers.values()), reverse=True)[:TOP]
    told: set[str] = set()
    gains = []
    for story in top:
        name = gold[story.lead.id]
        gains.append(0 if name in told else len(publishers[name]))
        tally.repeats += name in told
        told.add(name)
    tally.shown += len(top)
    tally.ndcg.append(discounted(gains) / discounted(ideal))


def discounted(gains: Sequence[float]) -> float:
    """The sum of gains, each over the logarithm of its place."""
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def judge_related(offers: Sequence[tuple[Story, Sequence[Item]]], rows: Sequence[Row], tally: Tally) -> None:
    """Of the related items of each story, the share on its lead's true story that repeats no headline."""
    of: dict[str, list[str]] = defaultdict(list)
    gold = {row["id"]: row["story"] for row in rows}
    for row in rows:
        of[row["story"]].append(row["title"])
    for story, offered in offers:
        titles = [story.lead.title]
        if all(alike(title, story.lead.title) >= SAME_TITLE for title in of[gold[story.lead.id]]):
            continue
        good = 0
        for item in offered:
            fits = gold[item.id] == gold[story.lead.id] and all(
                alike(item.title, title) < SAME_TITLE for title in titles
            )
            good += fits
            titles.append(item.title)
        if offered:
            tally.related.append(good / len(offered))


def judge_duplicates(stories: Sequence[Story], rows: Sequence[Row], tally: Tally) -> None:
    """Pairs of items whose bodies are known: one text, as told and in truth."""
    text = {
        item: number for number, found in enumerate(text for story in stories for text in story.texts) for item in found
    }
    for left, right in combinations([row for row in rows if row["dup"]], 2):
        same, told = left["dup"] == right["dup"], text[left["id"]] == text[right["id"]]
        if same or told:
            tally.pairs["hit" if same and told else "wrong" if told else "missed"] += 1


def line(name: str, figures: dict[str, float]) -> str:
    """One row of the table."""
    cells = ("      –" if math.isnan(value) else f"{value:7.3f}" for value in figures.values())
    return f"{name:<14}" + " ".join(cells)


def say(text: str) -> None:
    """One line of the table."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Judge every set of the folder."""
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    shared = Path(os.environ.get("DIGEST_TEST_SHARED", beside)) / "data"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else shared
    rows: list[dict[str, float]] = []
    for path in sorted(folder.glob("stories-*.jsonl.gz")):
        tally = Tally()
        for batch in batches(path):
            judge(batch, tally)
        rows.append(tally.figures())
        if len(rows) == 1:
            say(f"{'set':<14}" + " ".join(f"{name:>7}" for name in rows[0]))
        say(line(path.name.removeprefix("stories-").removesuffix(".jsonl.gz"), rows[-1]))
    if not rows:
        sys.exit(f"no labelled sets (stories-*.jsonl.gz) in {folder}")
    say(line("mean", {name: mean([row[name] for row in rows]) for name in rows[0]}))


if __name__ == "__main__":
    main()
