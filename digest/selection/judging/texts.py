"""How much of a reference a summary says: ROUGE."""

import re
from collections import Counter
from collections.abc import Sequence

from digest.selection.judging.clusters import Agreement

WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words of a text in lower case; nothing is stemmed and nothing left out."""
    return WORD.findall(text.lower())


def rouge_n(summary: str, reference: str, *, size: int) -> Agreement:
    """ROUGE-N: the runs of `size` words that a summary and a reference share, each as often as both have it.

    Lin, "ROUGE: A Package for Automatic Evaluation of Summaries" (2004), as precision and recall, F1 besides.
    """
    told, true = (Counter(runs(words(text), size)) for text in (summary, reference))
    both = (told & true).total()
    return Agreement(hits=both, told=told.total(), found=both, true=true.total())


def rouge_l(summary: str, reference: str) -> Agreement:
    """ROUGE-L: the longest sequence of words that both have in this order, gaps allowed, over the whole of either text.

    Lin (2004), section 3.1.
    """
    told, true = words(summary), words(reference)
    both = longest_common(told, true)
    return Agreement(hits=both, told=len(told), found=both, true=len(true))


def runs(spoken: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Every run of `size` words."""
    return [tuple(spoken[start : start + size]) for start in range(len(spoken) - size + 1)]


def longest_common(left: Sequence[str], right: Sequence[str]) -> int:
    """The length of the longest common subsequence, a row of the table at a time as bits of one number.

    Hyyrö, "Bit-Parallel LCS-length Computation Revisited" (2004).
    """
    places: dict[str, int] = {}
    for place, word in enumerate(left):
        places[word] = places.get(word, 0) | 1 << place
    full = (1 << len(left)) - 1
    row = full
    for word in right:
        matched = row & places.get(word, 0)
        row = ((row + matched) | (row - matched)) & full
    return len(left) - row.bit_count()
