"""How good the list of what is shown is: the day's weightiest stories first, each once, by many publishers."""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import combinations

from digest.model.feed import Item
from digest.selection.judging.clusters import Truth
from digest.selection.words import alike

PLACES = 8
"""How much of the list is judged: what a reader sees without turning the page."""

SAME_TITLE = 0.8
"""Two headlines that share this much of their words (Jaccard) are the same to a reader."""

RELATED = 3
"""How many related items are judged."""

Pick = Hashable
"""The true story of what is shown in one place; None where there is none."""


def importance(items: Iterable[Item], truth: Truth) -> dict[Hashable, int]:
    """The weight of each true story: its distinct publishers. Items that name none count as one publisher."""
    names: dict[Hashable, set[str]] = defaultdict(set)
    for item in items:
        if item.id in truth:
            names[truth[item.id]].add(item.publisher)
    return {story: len(publishers) for story, publishers in names.items()}


def gains(picks: Sequence[Pick], weights: Mapping[Hashable, float]) -> list[float]:
    """What each place earns: its story's weight, nothing for a story told before or one that is not known."""
    return [0.0 if pick in picks[:place] else weights.get(pick, 0.0) for place, pick in enumerate(picks)]


def ndcg(picks: Sequence[Pick], weights: Mapping[Hashable, float]) -> float:
    """The discounted gain of the first places over that of the best list there could be, 0..1; NaN of no stories.

    A place's gain counts 1 / log2(place + 1). Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR
    techniques" (2002).
    """
    best = discounted(sorted(weights.values(), reverse=True)[:PLACES])
    return discounted(gains(picks[:PLACES], weights)) / best if best else math.nan


def discounted(earned: Sequence[float]) -> float:
    """The sum of gains, each over the logarithm of its place."""
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(earned))


def recall(picks: Sequence[Pick], weights: Mapping[Hashable, float]) -> float:
    """The share of the first places that hold one of the weightiest stories, each counted once; NaN of no stories.

    Ties are fair: whoever is as weighty as the last of the weightiest is one of them.
    """
    best = sorted(weights.values(), reverse=True)[:PLACES]
    if not best:
        return math.nan
    good = {pick for pick in picks[:PLACES] if pick in weights and weights[pick] >= best[-1]}
    return len(good) / len(best)


def repeats(picks: Sequence[Pick]) -> int:
    """How many places tell a story again that stands further up; of what is not known nothing is said."""
    known = [pick for pick in picks if pick is not None]
    return len(known) - len(set(known))


def duplicates(shown: Sequence[Item], copies: Truth) -> int:
    """The pairs of shown items that a reader would take for one: copies of one text, one address, or headlines that
    are nearly equal. `copies` gives the text of an item by its id, where it is known.
    """
    return sum(same(left, right, copies) for left, right in combinations(shown, 2))


def same(left: Item, right: Item, copies: Truth) -> bool:
    """Whether two items look like one."""
    one_text = left.id in copies and copies[left.id] == copies.get(right.id)
    one_page = bool(left.url) and left.url == right.url
    return left.id == right.id or one_text or one_page or alike(left.title, right.title) >= SAME_TITLE


def entropy(names: Iterable[Hashable]) -> float:
    """How evenly places are spread over names, in bits; 0 where all are of one. Shannon (1948)."""
    counts = Counter(names)
    total = counts.total()
    return sum(count / total * math.log2(total / count) for count in counts.values())


def effective(names: Iterable[Hashable]) -> float:
    """As many equal names as would be spread as evenly: 2 to the power of the entropy, Hill's number of order one
    (1973); 0 where there is none.
    """
    listed = list(names)
    return 2 ** entropy(listed) if listed else 0.0


def related_precision(lead: Item, offered: Sequence[Item], fellows: Iterable[Item], truth: Truth) -> float:
    """The share of the first three related items that are of the lead's true story and repeat no headline, neither
    the lead's nor each other's.

    `fellows` are the items there are. NaN where none was offered, or where the story has nothing to offer but the
    lead's headline again.
    """
    story = truth.get(lead.id)
    told = (item for item in fellows if truth.get(item.id) == story)
    shown = offered[:RELATED]
    if story is None or not shown or all(alike(item.title, lead.title) >= SAME_TITLE for item in told):
        return math.nan
    titles, good = [lead.title], 0
    for item in shown:
        fresh = all(alike(item.title, title) < SAME_TITLE for title in titles)
        good += fresh and truth.get(item.id) == story
        titles.append(item.title)
    return good / len(shown)
