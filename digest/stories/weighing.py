"""Texts as rows of numbers: TF-IDF of words and of the character four-grams in them, and their reduction to topics."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from digest.model.memory import TermCounts
from digest.stories.terms import grams

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

TITLE_COUNT = 3
BACKGROUND_TEXTS = 36_000
"""How many texts of today the background counts for."""

LEAST_RARITY = 0.01
ENOUGH_TEXTS = 2000
"""With fewer texts of other days a word of every text of today need not be a common one: it may be the day's event."""

BACKGROUND_FACTOR = 2.0
"""At most so many for each text that it was counted from: what was seen in few texts says little."""

SPARE_DIRECTIONS = 10
PASSES = 2
NOTHING = 1e-6
"""Directions weaker than this against the strongest, squared, are rounding."""


P = ParamSpec("P")
T = TypeVar("T")


def on_one_core(work: Callable[P, T]) -> Callable[P, T]:
    """The same function with its linear algebra kept to one core.

    A second one gains nothing in tables as narrow as ours, and on a machine that is busy, or lends us a part of its
    cores, the threads wait for each other many times as long as they work.
    """
    limited: Callable[P, T] = threadpool_limits.wrap(limits=1, user_api="blas")(work)
    return limited


@dataclass(frozen=True, slots=True)
class Text:
    """A text as its terms: those of the headline, and those of the lead."""

    title: Sequence[str]
    lead: Sequence[str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words in alphabetical order, in how many background texts each occurs, and how many texts these are."""

    words: Mapping[str, int]
    known: NDArray[np.float64]
    texts: float


def vocabulary_of(texts: Sequence[Text], background: TermCounts) -> Vocabulary:
    """Every word of today's texts and of the background."""
    spoken = set(background.counts).union(*(text.title for text in texts), *(text.lead for text in texts))
    words = {word: column for column, word in enumerate(sorted(spoken))}
    factor = min(BACKGROUND_FACTOR, BACKGROUND_TEXTS / background.documents) if background.documents else 0.0
    known = np.zeros(max(1, len(words)))
    for word, count in background.counts.items():
        known[words[word]] = count * factor
    return Vocabulary(words, known, background.documents * factor)


def word_counts(texts: Sequence[Text], vocabulary: Vocabulary) -> sparse.csr_matrix:
    """How often each text (row) says each word (column); a word of the headline counts TITLE_COUNT times."""
    columns: list[int] = []
    times: list[int] = []
    starts = [0]
    number = vocabulary.words.__getitem__
    for text in texts:
        columns.extend(map(number, text.title))
        times.extend([TITLE_COUNT] * len(text.title))
        columns.extend(map(number, text.lead))
        times.extend([1] * len(text.lead))
        starts.append(len(columns))
    shape = (len(texts), len(vocabulary.known))
    counts = sparse.csr_matrix((np.array(times, dtype=np.float32), columns, starts), shape=shape)
    counts.sum_duplicates()
    return counts


def grams_of(vocabulary: Vocabulary) -> sparse.csr_matrix:
    """How often each word (row) has each character four-gram (column); columns in alphabetical order."""
    inside = [grams([word]) for word in vocabulary.words]
    numbers = {gram: column for column, gram in enumerate(sorted(set().union(*inside)))}
    columns = [numbers[gram] for found in inside for gram in found]
    starts = np.cumsum([0, *(len(found) for found in inside)])
    starts = np.append(starts, np.full(len(vocabulary.known) - len(inside), starts[-1]))
    shape = (len(vocabulary.known), max(1, len(numbers)))
    table = sparse.csr_matrix((np.ones(len(columns), dtype=np.float32), columns, starts), shape=shape)
    table.sum_duplicates()
    return table


def weigh(counts: sparse.csr_matrix, known: NDArray[np.float64], texts: float) -> sparse.csr_matrix:
    """TF-IDF rows of length one: (1 + ln tf) times ln((1 + n) / (1 + df)), n and df of today and of the background.

    `known` is in how many background texts each column occurs, out of `texts`.
    """
    rows = counts.copy()
    rows.data = (1 + np.log(rows.data)).astype(np.float32)
    rows.sort_indices()
    frequency = np.bincount(rows.indices, minlength=rows.shape[1]) + known
    doubt = max(LEAST_RARITY, 1 - texts / ENOUGH_TEXTS)
    rarity = np.log((1 + rows.shape[0] + texts) / (1 + frequency)).clip(min=0) + doubt
    weighed = (rows @ sparse.diags(rarity.astype(np.float32))).tocsr()
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    return (sparse.diags((1 / np.maximum(lengths, 1e-9)).astype(np.float32)) @ weighed).tocsr()


def word_rows(counts: sparse.csr_matrix, vocabulary: Vocabulary) -> sparse.csr_matrix:
    """The texts as weighed words, sparse (n, words)."""
    return weigh(counts, vocabulary.known, vocabulary.texts)


def gram_rows(counts: sparse.csr_matrix, vocabulary: Vocabulary) -> sparse.csr_matrix:
    """The texts as weighed four-grams, sparse (n, grams).

    In how many background texts a gram occurs is taken from the words that have it, as if no text had two of them.
    """
    table = grams_of(vocabulary)
    known = np.minimum(vocabulary.texts, table.sign().T @ vocabulary.known)
    return weigh((counts @ table).tocsr(), known, vocabulary.texts)


def reduce(rows: sparse.csr_matrix, size: int) -> Floats:
    """The rows on their `size` strongest topics, of length one: randomised SVD (Halko 2011), fixed seed."""
    size = min(size, *rows.shape)
    generator = np.random.default_rng(0)
    width = min(size + SPARE_DIRECTIONS, *rows.shape)
    sample = rows @ generator.standard_normal((rows.shape[1], width), dtype=np.float32)
    for _ in range(PASSES):
        basis = orthonormal(sample)
        sample = rows @ (rows.T @ basis)
    basis = orthonormal(sample)
    narrow = rows.T @ basis
    values, rotation = np.linalg.eigh(narrow.T @ narrow)
    strongest = np.argsort(values)[::-1][:size]
    placed = (basis @ rotation[:, strongest]) * np.sqrt(np.maximum(values[strongest], 0))
    lengths = np.linalg.norm(placed, axis=1, keepdims=True)
    return np.asarray(placed / np.maximum(lengths, 1e-9), dtype=np.float32)


def orthonormal(columns: Floats) -> Floats:
    """Columns of length one at right angles that span the same, none for what is as good as nothing.

    By the eigenvectors of their products: for a hundred columns of a hundred thousand a tenth of the time of a QR.
    """
    values, vectors = np.linalg.eigh((columns.T @ columns).astype(np.float64))
    real = values > NOTHING * values.max(initial=0)
    turned = vectors[:, real] / np.sqrt(values[real])
    return np.asarray(columns @ turned.astype(np.float32))
