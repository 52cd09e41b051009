"""The reasons of a score in plain words, the largest first."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from digest.model.story import Story, Term
from digest.selection.voices import first_heard, moment

REASONS = 2
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CLEAR_BOOST = 1.25
TOP = 0.9
TRUSTED = 0.4
RUSH = timedelta(hours=3)


def reasons(story: Story, terms: Sequence[Term], boost: float, now: datetime) -> str:
    """What the largest terms have to say: "14 publishers, 4 independent texts; first published 3 hours ago"."""
    largest = sorted(terms, key=lambda term: -term.value * term.weight)
    said = [SAYINGS[term.name](story, now) for term in largest if term.value * term.weight > 0]
    rare = f"{story.lead.source or story.lead.publisher or 'its feed'} publishes seldom" if boost >= CLEAR_BOOST else ""
    return "; ".join([one for one in (rare, *said) if one][:REASONS]) or f"told by {count(len(story.items), 'item')}"


def by_coverage(story: Story, now: datetime) -> str:
    """How many tell it, and how many of them in their own words."""
    publishers, texts = len(first_heard(story.items, now)), len(story.texts)
    if publishers == 1:
        return ""
    told = count(publishers, "publisher")
    return f"{told}, {count(texts, 'independent text')}" if texts < len(story.items) else told


def by_recency(story: Story, now: datetime) -> str:
    """Since when it is told."""
    dated = [moment(item, now) for item in story.items if item.published]
    return f"first published {ago(now - min(dated))}" if dated else ""


def by_source(story: Story, _: datetime) -> str:
    """The most trusted source, when it is one that the owner singled out."""
    best = max(story.items, key=lambda item: item.weight)
    name = best.source or best.publisher
    return f"told by {name}" if name and best.weight >= TRUSTED else ""


def by_prominence(story: Story, _: datetime) -> str:
    """That a feed has it at its top."""
    best = max(story.items, key=lambda item: item.position)
    name = best.source or best.publisher
    return f"at the top of {name}" if name and best.position >= TOP else ""


def by_velocity(story: Story, now: datetime) -> str:
    """How many took it up just now."""
    recent = sum(now - at <= RUSH for at in first_heard(story.items, now).values())
    return f"{count(recent, 'publisher')} in the last 3 hours" if recent > 1 else ""


SAYINGS: dict[str, Callable[[Story, datetime], str]] = {
    "coverage": by_coverage,
    "recency": by_recency,
    "source": by_source,
    "prominence": by_prominence,
    "velocity": by_velocity,
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
