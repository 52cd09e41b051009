"""How well groups agree with the true ones: B-cubed, and pairs."""

import math
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass

Groups = Iterable[Collection[str]]
"""What was put together: the ids of each group, no id in two of them."""

Truth = Mapping[str, Hashable]
"""The true group of each id; ids without one are judged by nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Precision and recall as sums, so that those of several days add up.

    `hits` of `told` is the precision, `found` of `true` the recall. They are NaN where nothing was told, or nothing is
    true.
    """

    hits: float = 0.0
    told: float = 0.0
    found: float = 0.0
    true: float = 0.0

    def __add__(self, other: "Agreement") -> "Agreement":
        return Agreement(
            hits=self.hits + other.hits,
            told=self.told + other.told,
            found=self.found + other.found,
            true=self.true + other.true,
        )

    @property
    def precision(self) -> float:
        """How much of what was told is true, 0..1."""
        return self.hits / self.told if self.told else math.nan

    @property
    def recall(self) -> float:
        """How much of what is true was told, 0..1."""
        return self.found / self.true if self.true else math.nan

    @property
    def f1(self) -> float:
        """Their harmonic mean: 0 where nothing told is true, NaN where there was nothing to tell and nothing told."""
        if not self.told and not self.true:
            return math.nan
        parts = (self.precision, self.recall)
        if any(math.isnan(part) or part == 0 for part in parts):
            return 0.0
        return 2 * parts[0] * parts[1] / sum(parts)


def bcubed(groups: Groups, truth: Truth) -> Agreement:
    """For each id the share of its group that is of its true group (precision), and of its true group that is in its
    group (recall), averaged over the ids.

    An id that is in no group counts as one that is alone. Bagga and Baldwin, "Entity-Based Cross-Document Coreferencing
    Using the Vector Space Model" (1998); that it alone meets four plain demands on such a measure: Amigó, Gonzalo,
    Artiles and Verdejo, "A comparison of extrinsic clustering evaluation metrics" (2009).
    """
    sizes = Counter(truth.values())
    precision = recall = 0.0
    for shares in overlaps(groups, truth):
        size = shares.total()
        for name, count in shares.items():
            precision += count * count / size
            recall += count * count / sizes[name]
    return Agreement(hits=precision, told=len(truth), found=recall, true=len(truth))


def pairs(groups: Groups, truth: Truth) -> Agreement:
    """Pairs of ids in one group that are of one true group, of all pairs told and of all true pairs.

    The pair counts of Rand, "Objective Criteria for the Evaluation of Clustering Methods" (1971), as precision and
    recall; with copies of one text as the true groups it judges near-duplicates. Large groups weigh with their square.
    """
    both = told = 0
    for shares in overlaps(groups, truth):
        both += sum(math.comb(count, 2) for count in shares.values())
        told += math.comb(shares.total(), 2)
    true = sum(math.comb(count, 2) for count in Counter(truth.values()).values())
    return Agreement(hits=both, told=told, found=both, true=true)


def overlaps(groups: Groups, truth: Truth) -> list[Counter[Hashable]]:
    """For each group how many of its ids are of which true group; what no group has is a group of its own."""
    left = dict(truth)
    found = []
    for group in groups:
        shares = Counter(left.pop(each) for each in group if each in left)
        if shares:
            found.append(shares)
    return [*found, *(Counter((name,)) for name in left.values())]
