"""All figures of a selection whose true stories are known; those of several days add up."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields

from digest.model.feed import Item
from digest.model.story import Story
from digest.selection.judging.clusters import Agreement, bcubed, pairs
from digest.selection.judging.texts import rouge_l, rouge_n
from digest.selection.judging.toplist import PLACES, importance, ndcg, recall, related_precision, repeats

NOTHING = Agreement()


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What is known to be true: the story of each item, the text it is a copy of, and by the story what a good summary
    of it says. Each may be missing for some.
    """

    stories: Mapping[str, str]
    copies: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a selector made of a day: all its stories, the first of its paper, and the related items by story id."""

    stories: Sequence[Story]
    top: Sequence[Story]
    related: Mapping[str, Sequence[Item]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The figures of some days as sums; `again` of `shown` places of the top list tell a story that stands above."""

    stories: Agreement = NOTHING
    pairs: Agreement = NOTHING
    copies: Agreement = NOTHING
    ndcg: tuple[float, ...] = ()
    recall: tuple[float, ...] = ()
    related: tuple[float, ...] = ()
    rouge: tuple[tuple[float, float, float], ...] = ()
    shown: int = 0
    again: int = 0

    def __add__(self, other: "Marks") -> "Marks":
        return Marks(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(Marks)})

    def figures(self) -> dict[str, float]:
        """Every figure by its name; NaN where there was nothing to judge it by."""
        one, two, longest = zip(*self.rouge, strict=True) if self.rouge else ((), (), ())
        return {
            "b3 p": self.stories.precision,
            "b3 r": self.stories.recall,
            "b3 f1": self.stories.f1,
            "pair f1": self.pairs.f1,
            "ndcg@8": mean(self.ndcg),
            "recall@8": mean(self.recall),
            "repeats": self.again / self.shown if self.shown else math.nan,
            "related": mean(self.related),
            "dup p": self.copies.precision,
            "dup r": self.copies.recall,
            "dup f1": self.copies.f1,
            "rouge-1": mean(one),
            "rouge-2": mean(two),
            "rouge-l": mean(longest),
        }


def mark(chosen: Chosen, items: Sequence[Item], labels: Labels) -> Marks:
    """The figures of one day."""
    truth = labels.stories
    weights = importance(items, truth)
    picks = [truth.get(story.lead.id) for story in chosen.top[:PLACES]]
    texts = [text for story in chosen.stories for text in story.texts]
    return Marks(
        stories=bcubed(([item.id for item in story.items] for story in chosen.stories), truth),
        pairs=pairs(([item.id for item in story.items] for story in chosen.stories), truth),
        copies=pairs(texts, labels.copies),
        ndcg=(ndcg(picks, weights),),
        recall=(recall(picks, weights),),
        related=tuple(related_marks(chosen, items, truth)),
        rouge=tuple(rouge(chosen.stories, labels)),
        shown=len(picks),
        again=repeats(picks),
    )


def related_marks(chosen: Chosen, items: Sequence[Item], truth: Mapping[str, str]) -> Iterable[float]:
    """The precision of the related items of each story that has something to offer."""
    fellows: dict[str, list[Item]] = {}
    for item in items:
        if item.id in truth:
            fellows.setdefault(truth[item.id], []).append(item)
    for story in chosen.stories:
        near = fellows.get(truth.get(story.lead.id, ""), [])
        yield related_precision(story.lead, chosen.related.get(story.id, ()), near, truth)


def rouge(stories: Iterable[Story], labels: Labels) -> Iterable[tuple[float, float, float]]:
    """ROUGE-1, 2 and L (F1) of the summary of each true story with a reference: that of its largest told story."""
    told: dict[str, Story] = {}
    for story in sorted(stories, key=lambda one: (len(one.items), one.id)):
        told[labels.stories.get(story.lead.id, "")] = story
    for name, reference in labels.references.items():
        text = told[name].summary if name in told else ""
        yield rouge_n(text, reference, size=1).f1, rouge_n(text, reference, size=2).f1, rouge_l(text, reference).f1


def mean(values: Iterable[float]) -> float:
    """The mean of what is known, NaN of nothing."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan
