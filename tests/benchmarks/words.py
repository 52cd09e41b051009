"""Learn the table of words that is shipped for the first days.

    python -m tests.benchmarks.words

Reads the labelled sets and the summaries in the shared data folder beside the checkout and writes how many of their
texts each word occurs in to digest/stories/words/en.tsv. Words of fewer than three texts are left out, and so is the
one set whose licence forbids commercial use. `tables(without)` is what quality.py judges with: the same counts without
the set that is judged, nor any that was drawn from it.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from digest.model.memory import TermCounts
from digest.stories.terms import content_words

LEAST = 3
TEXT = 1000
NOT_SHIPPED = frozenset({"kagi"})
DRAWN_FROM_OTHERS = frozenset({"sim"})
KIN = {
    "allsides": frozenset({"allsides", "allsides21", "roundup"}),
    "allsides21": frozenset({"allsides", "allsides21", "roundup"}),
    "sim": frozenset({"uci", "gn", "kagi"}),
}
"""The sets that hold texts of a set, or of its stories."""


def texts_of(path: Path) -> Iterator[tuple[str, str]]:
    """The set and the text of each article in a file."""
    name = path.name.removeprefix("stories-").removesuffix(".jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if "article" in row or "articles" in row:
                for article in row.get("articles") or [row["article"]]:
                    yield row["set"], f"{row['title']} {article}"[:TEXT]
            else:
                yield name, f"{row['title']} {row['summary'] or ''}"


def counts_of_sets(folder: Path) -> dict[str, TermCounts]:
    """The words of each set of the folder."""
    documents: Counter[str] = Counter()
    words: dict[str, Counter[str]] = {}
    for path in sorted(folder.glob("*.jsonl.gz")):
        for name, text in texts_of(path):
            documents[name] += 1
            words.setdefault(name, Counter()).update(set(content_words(text, "en")))
    return {name: TermCounts(documents=documents[name], counts=found) for name, found in words.items()}


def table(sets: dict[str, TermCounts], *, without: frozenset[str]) -> TermCounts:
    """The words of all sets but some."""
    chosen = [found for name, found in sets.items() if name not in without | DRAWN_FROM_OTHERS]
    counts: Counter[str] = Counter()
    for found in chosen:
        counts.update(found.counts)
    kept = {word: count for word, count in counts.items() if count >= LEAST}
    return TermCounts(documents=sum(found.documents for found in chosen), counts=kept)


def kin(name: str) -> frozenset[str]:
    """What must be left out for a set to be judged by what was learned elsewhere."""
    return KIN.get(name, frozenset({name})) | NOT_SHIPPED


def main() -> None:
    """Write the table."""
    root = Path(__file__).resolve().parents[2]
    learned = table(counts_of_sets(root.parent / "shared" / "data"), without=NOT_SHIPPED)
    lines = [f"texts\t{learned.documents}"]
    lines += [f"{word}\t{count}" for word, count in sorted(learned.counts.items())]
    (root / "digest" / "stories" / "words" / "en.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
