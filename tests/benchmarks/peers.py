"""What others would do: plain and well-known ways to put items together, beside which the selector is measured.

`methods()` are the ways, each from items to groups of ids. `peers_quality` judges them all on one labelled set,
`peers_speed` finds how large a day each can hold, every run in a process with bounded time and memory. Where a method
has a threshold it is the one that does best on the labelled sets, so that none is made to look worse than it is.
"""

import math
import resource
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection

from digest.model.feed import Item
from digest.selection.judging.clusters import Agreement, bcubed
from digest.selection.judging.toplist import PLACES, importance, ndcg, repeats
from digest.selection.words import said
from tests.benchmarks.measure import cpu_seconds, peak_megabytes
from tests.benchmarks.news import Press

Groups = list[list[str]]
Method = Callable[[Sequence[Item]], Groups]
Batch = tuple[Sequence[Item], Mapping[str, str]]
"""One run of a selector: its items, and the true story of each id."""

PERMUTATIONS = 128
TITLES_ALIKE = 0.3
LINKED = 0.28
REACH = 0.72
CUT = 0.92
BLOCK = 2_000
"""Rows of a similarity matrix that are held at once."""


def methods() -> dict[str, Method]:
    """Every way by its name, the plainest first."""
    return {
        "every item alone": alone,
        "exact title": exact_title,
        "MinHash-LSH of titles": minhash,
        "TF-IDF, components": components,
        "TF-IDF, DBSCAN": dbscan,
        "TF-IDF, average link": average_link,
    }


def alone(items: Sequence[Item]) -> Groups:
    """Nothing is put together."""
    return [[item.id] for item in items]


def exact_title(items: Sequence[Item]) -> Groups:
    """One headline, one story: the same words, whatever their case and punctuation."""
    found: dict[str, list[str]] = defaultdict(list)
    for item in items:
        found[said(item.title)].append(item.id)
    return list(found.values())


def minhash(items: Sequence[Item]) -> Groups:
    """Headlines that share most of their words, found by locality-sensitive hashing (datasketch), chained."""
    from datasketch import MinHash, MinHashLSH
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    index = MinHashLSH(threshold=TITLES_ALIKE, num_perm=PERMUTATIONS)
    spoken = ([word.encode() for word in said(item.title).split() if word not in ENGLISH_STOP_WORDS] for item in items)
    sketches = list(MinHash.bulk(spoken, num_perm=PERMUTATIONS))
    for place, sketch in enumerate(sketches):
        index.insert(place, sketch)
    pairs = [(place, other) for place, sketch in enumerate(sketches) for other in index.query(sketch)]
    return chained(items, [left for left, _ in pairs], [right for _, right in pairs])


def components(items: Sequence[Item]) -> Groups:
    """TF-IDF cosine above a threshold is a link, and whatever is linked, however far round, is one story."""
    weights = tfidf(items)
    rows: list[int] = []
    columns: list[int] = []
    for start in range(0, weights.shape[0], BLOCK):
        near = (weights[start : start + BLOCK] @ weights.T).tocoo()
        close = near.data >= LINKED
        rows += (near.row[close] + start).tolist()
        columns += near.col[close].tolist()
    return chained(items, rows, columns)


def dbscan(items: Sequence[Item]) -> Groups:
    """DBSCAN of TF-IDF vectors (scikit-learn); noise is alone."""
    from sklearn.cluster import DBSCAN

    labels = DBSCAN(eps=REACH, min_samples=2, metric="cosine").fit_predict(tfidf(items)).tolist()
    return labelled(items, [label if label >= 0 else -place for place, label in enumerate(labels, start=1)])


def average_link(items: Sequence[Item]) -> Groups:
    """Average linkage of TF-IDF vectors (scikit-learn), one cut for every day; holds all n² distances."""
    from sklearn.cluster import AgglomerativeClustering

    if len(items) < 2:
        return alone(items)
    weights = tfidf(items)
    distances = 1 - (weights @ weights.T).toarray()
    cut = AgglomerativeClustering(n_clusters=None, metric="precomputed", linkage="average", distance_threshold=CUT)
    return labelled(items, cut.fit_predict(distances).tolist())


def tfidf(items: Sequence[Item]):
    """Headline and lead of each item as scikit-learn weighs words, the common English ones left out."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [f"{item.title} {item.title} {item.summary}" for item in items]
    return TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=np.float32).fit_transform(texts)


def chained(items: Sequence[Item], left: Sequence[int], right: Sequence[int]) -> Groups:
    """The connected components of links between places."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array(([True] * len(left), (left, right)), shape=(len(items), len(items)))
    return labelled(items, connected_components(links, directed=False)[1].tolist())


def labelled(items: Sequence[Item], labels: Iterable[int]) -> Groups:
    """The ids by their labels."""
    found: dict[int, list[str]] = defaultdict(list)
    for item, label in zip(items, labels, strict=True):
        found[label].append(item.id)
    return list(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one method does on one set: B-cubed F1, NDCG@8, the share of the top eight that tells a story again."""

    name: str
    b3: float
    ndcg: float
    repeats: float
    items_a_second: float


def peers_quality(batches: Sequence[Batch]) -> tuple[Standing, ...]:
    """How every method does on one labelled set, in the order of `methods()`."""
    return tuple(standing(name, method, batches) for name, method in methods().items())


def standing(name: str, method: Method, batches: Sequence[Batch]) -> Standing:
    """How one method does on one labelled set; its top list are the groups of most publishers, ties by id."""
    agreement, gained, again, shown, seconds = Agreement(), list[float](), 0, 0, 0.0
    for items, truth in batches:
        started = time.perf_counter()
        groups = method(items)
        seconds += time.perf_counter() - started
        agreement += bcubed(groups, truth)
        picks = top(groups, items, truth)
        gained.append(ndcg(picks, importance(items, truth)))
        again, shown = again + repeats(picks), shown + len(picks)
    return Standing(
        name=name,
        b3=agreement.f1,
        ndcg=sum(gained) / len(gained) if gained else math.nan,
        repeats=again / shown if shown else math.nan,
        items_a_second=sum(len(items) for items, _ in batches) / seconds if seconds else math.nan,
    )


def top(groups: Groups, items: Sequence[Item], truth: Mapping[str, str]) -> list[str | None]:
    """The true stories of the first eight groups, by distinct publishers and then by id.

    A group stands for the story of most of its items.
    """
    of = {item.id: item.publisher for item in items}
    ranked = sorted(groups, key=lambda group: (-len({of[each] for each in group}), min(group)))
    return [majority([truth[each] for each in group if each in truth]) for group in ranked[:PLACES]]


def majority(stories: Sequence[str]) -> str | None:
    """The story named most often, ties by name; None of none."""
    return min(set(stories), key=lambda story: (-stories.count(story), story), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One method on a day of so many items: CPU seconds and the most memory (MB), or why it could not hold it."""

    name: str
    items: int
    seconds: float = math.nan
    peak: float = math.nan
    fault: str = ""

    def text(self) -> str:
        """The figures as one line."""
        told = self.fault or f"{self.seconds:9.2f} s {self.peak:7.0f} MB {self.items / self.seconds:9.0f} items/s"
        return f"  {self.name:<28}{self.items:>8}  {told}"


SECONDS = 120
MEGABYTES = 6_000
"""The bounds of a run: by the clock, and of the memory a process may ask for (address space)."""


def peers_speed(
    sizes: Sequence[int] = (2_000, 10_000, 30_000, 100_000),
    *,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
    chosen: Iterable[str] = tuple(methods()),
) -> tuple[Held, ...]:
    """How each method grows with the day; one that fails at a size is not asked for a larger one."""
    found: list[Held] = []
    for name in chosen:
        for size in sorted(sizes):
            found.append(bounded(name, size, seconds=seconds, megabytes=megabytes))
            if found[-1].fault:
                break
    return tuple(found)


def bounded(name: str, size: int, *, seconds: float, megabytes: int) -> Held:
    """One run in a process of its own, ended when it takes too long or asks for too much."""
    ours, theirs = get_context("spawn").Pipe(duplex=False)
    process = get_context("spawn").Process(target=hold, args=(theirs, name, size, megabytes))
    process.start()
    theirs.close()
    try:
        if not ours.poll(seconds):
            return Held(name=name, items=size, fault=f"takes more than {seconds:g} s")
        return ours.recv()
    except EOFError:
        return Held(name=name, items=size, fault=f"needs more than {megabytes} MB")
    finally:
        process.kill()
        process.join()


def hold(answer: Connection, name: str, size: int, megabytes: int) -> None:
    """Do the work in a process that may not ask for more memory than that, and answer what it took."""
    items = Press().items(size)
    method = methods()[name]
    method(items[:50])  # what is loaded once is not counted
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))
    started = cpu_seconds()
    try:
        method(items)
    except MemoryError:
        answer.send(Held(name=name, items=size, fault=f"needs more than {megabytes} MB"))
        return
    answer.send(Held(name=name, items=size, seconds=cpu_seconds() - started, peak=peak_megabytes()))
