"""What words are common in the news of a language, whatever the day."""

from collections import Counter
from collections.abc import Mapping, Sequence

from digest.model.feed import Item
from digest.model.memory import TermCounts
from digest.stories.canonical import bare_title
from digest.stories.language import languages
from digest.stories.terms import content_words


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
