"""How alike texts are: words and character four-grams, weighed by rarity, partly reduced to topics, faded by time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from digest.model.feed import Item
from digest.model.memory import Memory, TermCounts
from digest.model.story import Story
from digest.ports import Embed
from digest.stories.canonical import bare_title
from digest.stories.terms import content_words
from digest.stories.weighing import (
    Floats,
    Indices,
    Text,
    gram_rows,
    on_one_core,
    reduce,
    vocabulary_of,
    word_counts,
    word_rows,
)
from digest.stories.wording import wording

NO_MEMORY = Memory()
NO_WORDS = TermCounts()
WORD_SHARE = 0.4
TOPIC_SHARE = 0.2
GRAM_SHARE = 0.4
VECTOR_SHARE = 0.4
"""What a model says of the likeness, where there is one; the other shares make do with the rest."""

TOPICS = 120
FADE_HOURS = 48.0
FADE_FLOOR = 0.4
MOST_TEXTS_OF_A_STORY = 12


@dataclass(frozen=True, slots=True)
class Space:
    """Texts (or groups of them) as points whose inner product is their likeness before time is weighed.

    `words` is sparse (n, vocabulary), `topics` dense (n, d), `hours` (n,) since the epoch, NaN for the undated.
    """

    words: sparse.csr_matrix
    topics: Floats
    hours: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.topics)

    def take(self, rows: Indices) -> "Space":
        """Some of the points."""
        return Space(self.words[rows], self.topics[rows], self.hours[rows])

    def means(self, labels: Indices) -> "Space":
        """The mean point of each label 0..k-1; the inner product of two is the mean over their pairs."""
        members = np.arange(len(labels))
        groups = sparse.csr_matrix((np.ones(len(labels), dtype=np.float32), (labels, members)))
        share = sparse.diags(1 / np.asarray(groups.sum(axis=1)).ravel().astype(np.float32))
        groups = (share @ groups).tocsr()
        dated = ~np.isnan(self.hours)
        known = groups @ dated.astype(np.float64)
        total = groups @ np.where(dated, self.hours, 0.0)
        hours = np.divide(total, known, out=np.full(len(known), np.nan), where=known > 0)
        return Space((groups @ self.words).tocsr(), np.asarray(groups @ self.topics, dtype=np.float32), hours)

    def likeness(self, other: "Space") -> Floats:
        """Every point here against every point there, float32 (n, m)."""
        together = self.topics @ other.topics.T
        together += (self.words @ other.words.T).toarray()
        return together * fade(self.hours[:, None] - other.hours[None, :])

    def likeness_of_pairs(self, left: Indices, right: Indices) -> Floats:
        """Point `left[i]` against point `right[i]`, float32 (m,)."""
        together = np.einsum("ij,ij->i", self.topics[left], self.topics[right])
        together += np.asarray(self.words[left].multiply(self.words[right]).sum(axis=1), dtype=np.float32).ravel()
        return np.asarray(together * fade(self.hours[left] - self.hours[right]), dtype=np.float32)


def space_of(
    items: Sequence[Item], languages: Sequence[str], background: TermCounts, embed: Embed | None = None
) -> Space:
    """Place items by their words, and by what a model says of their texts where there is one."""
    texts = [
        Text(content_words(bare_title(item), language), content_words(item.summary, language))
        for item, language in zip(items, languages, strict=True)
    ]
    vocabulary = vocabulary_of(texts, background)
    counts = word_counts(texts, vocabulary)
    words, letters = word_rows(counts, vocabulary), gram_rows(counts, vocabulary)
    left = 1.0 if embed is None else 1 - VECTOR_SHARE
    topics = [
        math.sqrt(left * TOPIC_SHARE) * reduce(words, TOPICS),
        math.sqrt(left * GRAM_SHARE) * reduce(letters, TOPICS),
    ]
    if embed is not None:
        meant = np.asarray(embed([wording(item) for item in items]), dtype=np.float32)
        topics.append(math.sqrt(VECTOR_SHARE) * meant)
    hours = np.array([hour_of(item.published) for item in items], dtype=np.float64)
    return Space((math.sqrt(left * WORD_SHARE) * words).tocsr(), np.hstack(topics).astype(np.float32), hours)


def fade(gaps: NDArray[np.float64]) -> Floats:
    """What time leaves of a likeness, FADE_FLOOR..1, so that long stories hold; 1 where a time is not known."""
    left = gaps.astype(np.float32) / np.float32(FADE_HOURS)
    np.multiply(left, left, out=left)
    np.multiply(left, np.float32(-0.5), out=left)
    np.exp(left, out=left)
    left *= np.float32(1 - FADE_FLOOR)
    left += np.float32(FADE_FLOOR)
    return np.asarray(np.nan_to_num(left, copy=False, nan=1.0), dtype=np.float32)


def hour_of(instant: datetime | None) -> float:
    """Hours since the epoch, NaN for no time."""
    return instant.timestamp() / 3600 if instant else math.nan


@on_one_core
def likeness(stories: Sequence[Story], memory: Memory = NO_MEMORY) -> Floats:
    """How alike stories are: the cosine of their mean points, faded by time, float32 (n, n) in 0..1.

    For a few hundred stories, by a dozen texts of each. Two languages are never alike.
    """
    table = np.zeros((len(stories), len(stories)), dtype=np.float32)
    for language in sorted({story.language for story in stories}):
        members = np.array([place for place, story in enumerate(stories) if story.language == language])
        shown = [stories[place].items[: min(MOST_TEXTS_OF_A_STORY, len(stories[place].texts))] for place in members]
        items = [item for those in shown for item in those]
        labels = np.repeat(np.arange(len(members)), [len(those) for those in shown])
        space = space_of(items, [language] * len(items), memory.background.get(language, NO_WORDS))
        means = space.means(labels)
        alike = means.likeness(means)
        spread = np.sqrt(np.maximum(np.diag(alike), 1e-9))
        table[np.ix_(members, members)] = alike / spread[:, None] / spread[None, :]
    np.fill_diagonal(table, 1.0)
    return np.clip(table, 0.0, 1.0)
