"""The bench: the day's best stories with everything that is shown of them, out of which every line-up is made."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.model.edition import BENCH_SIZE, BenchStory, Edition
from digest.model.story import Score, Story
from digest.selection.novelty import UNREAD, Reading, novelties
from digest.selection.related import related
from digest.selection.voices import moment
from digest.selection.words import said

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Likeness = Callable[[Sequence[Story]], NDArray[np.float32]]

WINDOW = timedelta(hours=24)
"""A story with no item younger than this is no news."""

NEXT_TO = 0.25
SAME_EVENT = 0.3
NEIGHBOURS = 3
WORDS_A_MINUTE = 220
LEAST_MINUTES = 0.1
SECTION_WEIGHT_FLOOR = 0.05


def make_bench(
    stories: Sequence[Story],
    scores: Sequence[Score],
    likeness_of: "Likeness",
    *,
    now: datetime,
    earlier: Iterable[Edition] = (),
    reading: Reading = UNREAD,
    window: timedelta = WINDOW,
) -> tuple[tuple[BenchStory, ...], bytes]:
    """The best stories with a fresh item, best first and at most BENCH_SIZE, and how alike they are.

    `likeness_of` gives float32 (n, n) in 0..1; the bytes are those of Edition.likeness. `earlier` are the editions
    that readers may have been told, `reading` tells what is new since.
    """
    fresh = [(story, worth) for story, worth in zip(stories, scores, strict=True) if is_fresh(story, now, window)]
    best = seats(sorted(fresh, key=lambda pair: (-pair[1].total, pair[0].id)))
    seated = [story for story, _ in best]
    alike = likeness_of(seated)
    told = novelties(seated, earlier, reading)
    bench = tuple(
        BenchStory(
            story=story,
            score=worth,
            section=section_of(story),
            related=related(story, neighbours(story, seated, alike[index])),
            echoes=told[index].echoes,
            news=told[index].news,
            minutes=minutes(story),
        )
        for index, (story, worth) in enumerate(best)
    )
    return bench, (alike * 255).round().astype("uint8").tobytes()


def is_fresh(story: Story, now: datetime, window: timedelta) -> bool:
    """Whether an item came out within the window; an undated one came out when it was seen."""
    return any(now - moment(item, now) < window for item in story.items)


def seats(ranked: Sequence[tuple[Story, Score]]) -> list[tuple[Story, Score]]:
    """The best BENCH_SIZE, half of the seats shared out among the sections so that each has its best ones there."""
    sections: dict[str, list[int]] = {}
    for place, (story, _) in enumerate(ranked):
        sections.setdefault(section_of(story), []).append(place)
    quota = BENCH_SIZE // 2 // max(1, len(sections))
    reserved = {place for places in sections.values() for place in places[:quota]}
    rest = [place for place in range(len(ranked)) if place not in reserved]
    seated = sorted([*reserved, *rest[: BENCH_SIZE - len(reserved)]])
    return [ranked[place] for place in seated]


def section_of(story: Story) -> str:
    """The section most of the items are of, trusted sources counting more; ties by name, empty where none has one."""
    votes: dict[str, float] = defaultdict(float)
    for item in story.items:
        if item.section:
            votes[item.section] += max(SECTION_WEIGHT_FLOOR, item.weight)
    return min(votes, key=lambda section: (-votes[section], section), default="")


def neighbours(story: Story, stories: Sequence[Story], alike: "NDArray[np.float32]") -> list[Story]:
    """The other stories that are next to one, nearest first."""
    band = [place for place in range(len(stories)) if alike[place] >= NEXT_TO and stories[place] is not story]
    return [stories[place] for place in sorted(band, key=lambda place: (-alike[place], place))[:NEIGHBOURS]]


def minutes(story: Story) -> float:
    """How long headline and summary take to read, in minutes."""
    words = len(said(f"{story.lead.title} {story.summary}").split())
    return max(LEAST_MINUTES, round(words / WORDS_A_MINUTE, 1))
