"""What words are common in the news of a language, whatever the day."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

from digest.model.feed import Item
from digest.model.memory import Memory, TermCounts
from digest.stories.canonical import bare_title
from digest.stories.language import languages
from digest.stories.terms import content_words

SHIPPED = ("en",)
"""The languages a table is shipped for."""


def count_terms(items: Sequence[Item]) -> Mapping[str, TermCounts]:
    """In how many of the items each word occurs, by language."""
    documents: Counter[str] = Counter()
    counts: dict[str, Counter[str]] = {}
    for item, language in zip(items, languages(items), strict=True):
        words = {*content_words(bare_title(item), language), *content_words(item.summary, language)}
        documents[language] += 1
        counts.setdefault(language, Counter()).update(words)
    return {
        language: TermCounts(documents=documents[language], counts=dict(found)) for language, found in counts.items()
    }


@cache
def shipped(language: str) -> TermCounts:
    """The table for the first days, learned from news of other years.

    See `words/README.md` for where the counts come from.
    """
    table = files("digest.stories").joinpath("words", f"{language}.tsv")
    first, *rest = table.read_text(encoding="utf-8").splitlines()
    pairs = (line.rsplit("\t", 1) for line in rest)
    return TermCounts(documents=int(first.rsplit("\t", 1)[1]), counts={word: int(count) for word, count in pairs})


def primed(memory: Memory) -> Memory:
    """A memory with the shipped tables added to what it has learned, so that the first days are not the worst."""
    background = {language: together(shipped(language), memory.background.get(language)) for language in SHIPPED}
    return replace(memory, background={**memory.background, **background})


def together(start: TermCounts, learned: TermCounts | None) -> TermCounts:
    """Two counts of different texts as one."""
    if learned is None:
        return start
    counts = Counter(start.counts)
    counts.update(learned.counts)
    return TermCounts(documents=start.documents + learned.documents, counts=counts)
