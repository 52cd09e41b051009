"""How good the summaries are beside plain ways to summarise, on texts with summaries by editors.

    python -P tests/benchmarks/summaries.py [FILE]

FILE is summaries.jsonl.gz; by default the one in the shared data folder beside the checkout. Prints ROUGE-1, 2 and L
(F1, lower case, no stemming, no stop list), the mean length in characters and the mean number of key points, for each
set as a whole and for two halves of it: what was chosen by one half is to hold on the other. Of a story of several
texts the summary alone is judged, without its key points.
"""

import gzip
import json
import math
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

from digest.model.feed import Item
from digest.selection.judging.texts import rouge_l, rouge_n
from digest.sentences import sentences
from digest.stories.brief import Brief, brief_of
from digest.stories.canonical import bare_title
from digest.stories.terms import content_words

LEAD = 3
SEED = 7
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
Row = dict[str, Any]
Method = Callable[[Sequence[Item], str], Brief]


def texts_of(row: Row) -> list[Item]:
    """The texts of a story as the selector sees them."""
    articles = row.get("articles") or [{"title": row["title"], "lead": row["article"]}]
    return [
        Item(id=str(number), title=article["title"] or "", summary=article["lead"], seen=UNDATED)
        for number, article in enumerate(articles)
    ]


def ours(texts: Sequence[Item], _reference: str) -> Brief:
    """What a story says in the paper; its texts from the middle outwards, as the clustering hands them over."""
    near = medoids(texts)
    central = sorted(texts, key=lambda item: -near[item.id])
    return brief_of(central, bare_title(central[0]), "en")


def first_lead(texts: Sequence[Item], _reference: str) -> Brief:
    """The first text's lead; of a whole article its first three sentences."""
    return Brief(summary=lead(texts[0]))


def medoid_lead(texts: Sequence[Item], _reference: str) -> Brief:
    """The lead of the text nearest the others by tf-idf."""
    near = medoids(texts)
    return Brief(summary=lead(max(texts, key=lambda item: near[item.id])))


def best_lead(texts: Sequence[Item], reference: str) -> Brief:
    """The lead that an oracle takes, who knows the reference."""
    return Brief(summary=max(map(lead, texts), key=lambda text: sum(rouge(text, reference))))


METHODS: dict[str, Method] = {
    "first lead": first_lead,
    "medoid's lead": medoid_lead,
    "digest": ours,
    "best lead (oracle)": best_lead,
}


def lead(item: Item) -> str:
    """A short text as it is, three sentences of an article."""
    return " ".join(sentences(item.summary, "en")[:LEAD]) if len(item.summary) > 1000 else item.summary


def medoids(texts: Sequence[Item]) -> dict[str, float]:
    """How near each text is to the others, by tf-idf of headline and lead."""
    counts = [Counter(content_words(f"{item.title} {lead(item)}", "en")) for item in texts]
    spread = Counter(word for count in counts for word in count)
    rows = [{word: (1 + math.log(n)) * math.log1p(len(texts) / spread[word]) for word, n in c.items()} for c in counts]
    norms = [math.sqrt(sum(value * value for value in row.values())) or 1.0 for row in rows]
    return {
        item.id: sum(
            sum(value * other.get(word, 0.0) for word, value in row.items()) / norm / far
            for other, far in zip(rows, norms, strict=True)
        )
        for item, row, norm in zip(texts, rows, norms, strict=True)
    }


def rouge(summary: str, reference: str) -> tuple[float, float, float]:
    """ROUGE-1, 2 and L."""
    one, two = (rouge_n(summary, reference, size=size).f1 for size in (1, 2))
    return one, two, rouge_l(summary, reference).f1


def judged(rows: Sequence[Row], method: Method) -> dict[str, float]:
    """The means of one way over some stories."""
    marks: list[tuple[float, float, float]] = []
    briefs: list[Brief] = []
    for row in rows:
        texts, reference = texts_of(row), " ".join(row["reference"])
        briefs.append(method(texts, reference))
        marks.append(rouge(briefs[-1].summary, reference))
    one, two, longest = (mean(found) for found in zip(*marks, strict=True))
    return {
        "rouge-1": one,
        "rouge-2": two,
        "rouge-l": longest,
        "chars": mean(len(brief.summary) for brief in briefs),
        "points": mean(len(brief.points) for brief in briefs),
    }


def parts(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Row]]]:
    """All, and two random halves."""
    mixed = random.Random(SEED).sample(list(rows), len(rows))
    yield from (("all", rows), ("one half", mixed[::2]), ("the other", mixed[1::2]))


def line(name: str, part: str, figures: dict[str, float]) -> str:
    """One row of the table."""
    cells = (f"{value:8.3f}" if name.startswith("rouge") else f"{value:8.1f}" for name, value in figures.items())
    return f"  {name:<20}{part:<10}" + "".join(cells)


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Every set, every way, as a whole and by halves."""
    sets: dict[str, list[Row]] = {}
    for row in rows:
        sets.setdefault(row["set"], []).append(row)
    for name, own in sorted(sets.items()):
        several = "articles" in own[0]
        yield f"{name}: {len(own)} {'stories of several texts' if several else 'articles'}"
        yield f"  {'':<30}" + "".join(f"{head:>8}" for head in ("rouge-1", "rouge-2", "rouge-l", "chars", "points"))
        for method in METHODS if several else ("first lead", "digest"):
            for part, some in parts(own):
                if some:
                    yield line(method, part, judged(some, METHODS[method]))


def main(arguments: Sequence[str] = ()) -> None:
    """Judge the file."""
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    shared = Path(os.environ.get("DIGEST_TEST_SHARED", beside)) / "data" / "summaries.jsonl.gz"
    path = Path(arguments[0]) if arguments else shared
    if not path.is_file():
        sys.exit(f"there is no {path}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for told in table(map(json.loads, lines)):
            sys.stdout.write(f"{told}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
