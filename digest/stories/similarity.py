"""How alike texts are: words and character four-grams, weighed by rarity, partly reduced to topics, faded by time."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from digest.model.feed import Item
from digest.model.story import Story
from digest.stories.canonical import bare_title
from digest.stories.terms import content_words, grams

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

WORD_SHARE = 0.4
GRAM_SHARE = 0.4
TOPIC_SHARE = 0.2
TITLE_COUNT = 2
TOPICS = 60
TOPICS_UP_TO = 2000
SPARE_DIRECTIONS = 10
PASSES = 2
FADE_HOURS = 48.0
FADE_FLOOR = 0.4
BLOCK_CELLS = 8_000_000


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

    def join(self, other: "Space") -> "Space":
        """These points and then those."""
        return Space(
            sparse.vstack([self.words, other.words], format="csr"),
            np.concatenate([self.topics, other.topics]),
            np.concatenate([self.hours, other.hours]),
        )

    def means(self, labels: Indices, weights: Floats) -> "Space":
        """The weighted mean point of each label 0..k-1; the inner product of two is the mean over their pairs."""
        groups = sparse.csr_matrix((weights, (labels, np.arange(len(labels)))), dtype=np.float32)
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
        return together * fade(self.hours, other.hours)

    def nearness(self, groups: "Space", labels: Indices) -> Floats:
        """Each point against the mean of its own group, (n,), time left aside."""
        spread = np.asarray(self.words.multiply(groups.words[labels]).sum(axis=1)).ravel()
        spread = spread + np.einsum("ij,ij->i", self.topics, groups.topics[labels])
        return np.asarray(spread, dtype=np.float32)

    def block_rows(self) -> int:
        """How many rows may be compared with all points at once in bounded memory."""
        return max(1, BLOCK_CELLS // max(1, len(self)))


def space_of(items: Sequence[Item], language: str) -> Space:
    """Place items of one language; each headline counts twice beside its lead."""
    texts = [(content_words(bare_title(item), language), content_words(item.summary, language)) for item in items]
    words = weigh([count(title, lead) for title, lead in texts])
    letters = weigh([count(grams(title), grams(lead)) for title, lead in texts])
    size = TOPICS if len(items) <= TOPICS_UP_TO else int(TOPICS * math.sqrt(len(items) / TOPICS_UP_TO))
    topics = np.hstack([math.sqrt(TOPIC_SHARE) * reduce(words, size), math.sqrt(GRAM_SHARE) * reduce(letters, size)])
    hours = np.array([hour_of(item.published) for item in items], dtype=np.float64)
    return Space((math.sqrt(WORD_SHARE) * words).tocsr(), topics, hours)


def fade(hours: NDArray[np.float64], others: NDArray[np.float64]) -> Floats:
    """What time leaves of a likeness, FADE_FLOOR..1, so that long stories hold; 1 where a time is not known."""
    known = np.concatenate([hours[~np.isnan(hours)], others[~np.isnan(others)]])
    if not len(known):
        return np.ones((1, 1), dtype=np.float32)
    mine, theirs = ((one - known[0]).astype(np.float32) / np.float32(FADE_HOURS) for one in (hours, others))
    gaps = mine[:, None] - theirs[None, :]
    np.multiply(gaps, gaps, out=gaps)
    np.multiply(gaps, np.float32(-0.5), out=gaps)
    np.exp(gaps, out=gaps)
    gaps *= np.float32(1 - FADE_FLOOR)
    gaps += np.float32(FADE_FLOOR)
    return np.asarray(np.where(np.isnan(gaps), np.float32(1), gaps), dtype=np.float32)


def hour_of(instant: datetime | None) -> float:
    """Hours since the epoch, NaN for no time."""
    return instant.timestamp() / 3600 if instant else math.nan


def count(title: Sequence[str], lead: Sequence[str]) -> Counter[str]:
    """How often each term occurs, headline terms doubled."""
    counts = Counter(lead)
    for term in title:
        counts[term] += TITLE_COUNT
    return counts


def weigh(documents: Sequence[Counter[str]]) -> sparse.csr_matrix:
    """TF-IDF rows of length one: (1 + ln tf) times ln((1 + n) / (1 + df)) + 1. Terms in alphabetical order."""
    vocabulary = {term: column for column, term in enumerate(sorted(set().union(*documents)))}
    columns = [vocabulary[term] for document in documents for term in document]
    times = np.array([times for document in documents for times in document.values()], dtype=np.float64)
    starts = np.cumsum([0, *(len(document) for document in documents)])
    shape = (len(documents), max(1, len(vocabulary)))
    rows = sparse.csr_matrix(((1 + np.log(times)).astype(np.float32), columns, starts), shape=shape)
    rows.sort_indices()
    frequency = np.bincount(rows.indices, minlength=shape[1])
    rarity = np.log((1 + shape[0]) / (1 + frequency)) + 1
    weighed = (rows @ sparse.diags(rarity.astype(np.float32))).tocsr()
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    return (sparse.diags((1 / np.maximum(lengths, 1e-9)).astype(np.float32)) @ weighed).tocsr()


def reduce(rows: sparse.csr_matrix, size: int) -> Floats:
    """The rows on their `size` strongest topics, of length one: randomised SVD (Halko 2011), fixed seed."""
    size = min(size, *rows.shape)
    generator = np.random.default_rng(0)
    width = min(size + SPARE_DIRECTIONS, *rows.shape)
    sample = rows @ generator.standard_normal((rows.shape[1], width), dtype=np.float32)
    for _ in range(PASSES):
        basis, _ = np.linalg.qr(sample)
        sample = rows @ (rows.T @ basis)
    basis, _ = np.linalg.qr(sample)
    narrow = rows.T @ basis
    values, rotation = np.linalg.eigh(narrow.T @ narrow)
    strongest = np.argsort(values)[::-1][:size]
    placed = (basis @ rotation[:, strongest]) * np.sqrt(np.maximum(values[strongest], 0))
    lengths = np.linalg.norm(placed, axis=1, keepdims=True)
    return np.asarray(placed / np.maximum(lengths, 1e-9), dtype=np.float32)


def likeness(stories: Sequence[Story]) -> Floats:
    """How alike stories are: the cosine of their mean points, faded by time, float32 (n, n) in 0..1.

    For a few hundred stories. Two languages are never alike.
    """
    table = np.zeros((len(stories), len(stories)), dtype=np.float32)
    for language in sorted({story.language for story in stories}):
        members = np.array([place for place, story in enumerate(stories) if story.language == language])
        items = [item for place in members for item in stories[place].items]
        labels = np.repeat(np.arange(len(members)), [len(stories[place].items) for place in members])
        means = space_of(items, language).means(labels, np.ones(len(items), dtype=np.float32))
        alike = means.likeness(means)
        spread = np.sqrt(np.maximum(np.diag(alike), 1e-9))
        table[np.ix_(members, members)] = alike / spread[:, None] / spread[None, :]
    np.fill_diagonal(table, 1.0)
    return np.clip(table, 0.0, 1.0)
