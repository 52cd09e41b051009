"""The reasons of a score, the largest first, and their words in English."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice

from digest.model.story import Reason, Story, Term
from digest.selection.voices import dated, first_heard, just_now, moment, named, voice, voices

REASONS = 2
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CLEAR_BOOST = 1.25
TOP = 0.9
TRUSTED = 0.4
MANY = 2


def reasons(story: Story, terms: Sequence[Term], boost: float, now: datetime) -> tuple[Reason, ...]:
    """What the two largest terms that have something to say, say; that a feed speaks seldom comes before them."""
    largest = sorted(terms, key=lambda term: -term.value * term.weight)
    given = (SAYINGS[term.name](story, now) for term in largest if term.value * term.weight > 0)
    said = tuple(islice(filter(None, chain((by_boost(story, boost),), given)), REASONS))
    return said or (Reason(kind="items", count=len(story.items)),)


def by_boost(story: Story, boost: float) -> Reason | None:
    """That its feed is heard seldom, where that lifted it."""
    name = story.lead.source or story.lead.publisher
    return Reason(kind="seldom", name=name) if name and boost >= CLEAR_BOOST else None


def by_coverage(story: Story, _: datetime) -> Reason | None:
    """How many tell it, and how many of them in their own words; what names nobody counts as an item, no publisher."""
    publishers, texts = len({voice(item) for item in story.items if named(item)}), len(story.texts)
    if publishers < MANY:
        return Reason(kind="items", count=len(story.items)) if len(voices(story)) >= MANY else None
    return Reason(kind="coverage", count=publishers, texts=texts if texts < len(story.items) else 0)


def by_recency(story: Story, now: datetime) -> Reason | None:
    """Since when it is told."""
    told = [moment(item, now) for item in dated(story.items)]
    return Reason(kind="recency", minutes=(now - min(told)) // MINUTE) if told else None


def by_source(story: Story, _: datetime) -> Reason | None:
    """The most trusted source, when it is one that the owner singled out."""
    best = max(story.items, key=lambda item: item.weight)
    name = best.source or best.publisher
    return Reason(kind="source", name=name) if name and best.weight >= TRUSTED else None


def by_prominence(story: Story, _: datetime) -> Reason | None:
    """That a feed has it at its top."""
    best = max(story.items, key=lambda item: item.position)
    name = best.source or best.publisher
    return Reason(kind="prominence", name=name) if name and best.position >= TOP else None


def by_velocity(story: Story, now: datetime) -> Reason | None:
    """How many took it up just now."""
    told = dated(item for item in story.items if named(item))
    recent = just_now(first_heard(told, now), now)
    return Reason(kind="velocity", count=recent) if recent > 1 else None


SAYINGS: dict[str, Callable[[Story, datetime], Reason | None]] = {
    "coverage": by_coverage,
    "recency": by_recency,
    "source": by_source,
    "prominence": by_prominence,
    "velocity": by_velocity,
}


def phrase(given: Iterable[Reason]) -> str:
    """Reasons in English: "14 publishers, 4 independent texts; first published 3 hours ago"."""
    return "; ".join(PHRASES[reason.kind](reason) for reason in given)


def told_by_many(reason: Reason) -> str:
    """How many publishers, and in how many texts of their own where these are fewer."""
    told = count(reason.count, "publisher")
    return f"{told}, {count(reason.texts, 'independent text')}" if reason.texts else told


PHRASES: dict[str, Callable[[Reason], str]] = {
    "coverage": told_by_many,
    "recency": lambda reason: f"first published {ago(timedelta(minutes=reason.minutes))}",
    "source": lambda reason: f"told by {reason.name}",
    "prominence": lambda reason: f"at the top of {reason.name}",
    "velocity": lambda reason: f"{count(reason.count, 'publisher')} in the last 3 hours",
    "seldom": lambda reason: f"{reason.name} publishes seldom",
    "items": lambda reason: f"told by {count(reason.count, 'item')}",
    "editor": lambda _: "chosen by the editor",
}


def ago(age: timedelta) -> str:
    """An age in words: "just now", "3 hours ago"."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if age >= unit:
            return f"{count(age // unit, name)} ago"
    return "just now"


def count(number: int, noun: str) -> str:
    """A number and its noun: "1 publisher", "14 publishers"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
