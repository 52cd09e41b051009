"""What is to be remembered of a cut."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from digest.model.feed import Item
from digest.model.memory import Lesson, Memory
from digest.model.story import Story
from digest.stories.background import count_terms

DAY = timedelta(days=1)


def lesson(
    items: Sequence[Item], stories: Sequence[Story], memory: Memory, *, since: datetime, now: datetime
) -> Lesson:
    """What these stories of the items seen since then add to the memory.

    Days are counted as a whole, and only those that may have grown since they were last counted: no item is counted
    twice, however often a day is cut.
    """
    days = unsettled(memory.learned, since=since, now=now)
    seen: dict[date, list[Item]] = {day: [] for day in days}
    for item in items:
        seen.get(item.seen.astimezone(UTC).date(), []).append(item)
    found = {item.id: story.id for story in stories for item in story.items}
    return Lesson(
        words={day: count_terms(those) for day, those in seen.items()},
        stories={item: story for item, story in found.items() if memory.known.get(item) != story},
    )


def unsettled(learned: date | None, *, since: datetime, now: datetime) -> tuple[date, ...]:
    """The days (UTC) that lie whole between these times, today among them, from the last one learned on."""
    today = now.astimezone(UTC).date()
    first = (since + DAY).astimezone(UTC).date()
    days = (first + number * DAY for number in range((today - first).days + 1))
    return tuple(day for day in days if learned is None or day >= learned)
