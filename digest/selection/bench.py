"""The bench: the day's best stories with everything that is shown of them, out of which every line-up is made."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from digest.model.edition import BENCH_SIZE, BenchStory, Edition
from digest.model.feed import Item
from digest.model.story import Score, Story
from digest.scripts import UNSPACED
from digest.selection.novelty import UNREAD, Reading, novelties
from digest.selection.orders import NO_ORDERS, Orders
from digest.selection.related import others, related
from digest.selection.rules import Rule
from digest.selection.voices import moment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Likeness = Callable[[Sequence[Story]], NDArray[np.float32]]

NEXT_TO = 0.35
CLEARLY_NEXT_TO = 0.5
SAME_EVENT = 0.25
NEIGHBOURS = 3
WORDS_A_MINUTE = 220
LETTERS_A_WORD = 2
"""In scripts that do not part words by spaces."""

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
    orders: Orders = NO_ORDERS,
) -> tuple[tuple[BenchStory, ...], bytes]:
    """The best stories with a fresh item, best first and at most BENCH_SIZE, and how alike they are.

    `likeness_of` gives float32 (n, n) in 0..1; the bytes are those of Edition.likeness. `earlier` are the editions
    that readers may have been told, `reading` tells what is new since. What `orders` pin has a seat, what they block or
    drop has none.
    """
    open_to = [
        (story, worth)
        for story, worth in zip(stories, scores, strict=True)
        if keeps_off(story, orders, now=now) is None
    ]
    best = seats(sorted(open_to, key=lambda pair: (-pair[1].total, pair[0].id)), orders)
    seated = [story for story, _ in best]
    alike = likeness_of(seated)
    told = novelties(seated, earlier, reading)
    near = [
        related(story, neighbours(story, seated, alike[place]), orders=orders) for place, story in enumerate(seated)
    ]
    beside = offered_once(near, seated, alike)
    bench = tuple(
        BenchStory(
            story=story,
            score=worth,
            section=section_of(story),
            related=beside[index],
            echoes=told[index].echoes,
            news=told[index].news if orders.allow(told[index].news) else "",
            minutes=minutes(story),
        )
        for index, (story, worth) in enumerate(best)
    )
    return bench, (alike * 255).round().astype("uint8").tobytes()


def keeps_off(story: Story, orders: Orders, *, now: datetime) -> tuple[Rule, str] | None:
    """The rule that keeps a story off the bench whatever its worth, with the word it shows; None where none does.

    An editor's pin brings back an old one.
    """
    if story.id in orders.dropped:
        return Rule.DROPPED, ""
    if word := orders.blocking(story):
        return Rule.BLOCKED, word
    return None if is_fresh(story, orders, now) or story.id in orders.pinned else (Rule.OLD, "")


def is_fresh(story: Story, orders: Orders, now: datetime) -> bool:
    """Whether an item came out within the window; an undated one came out when it was seen."""
    return any(now - moment(item, now) < orders.window for item in story.items)


def seats(ranked: Sequence[tuple[Story, Score]], orders: Orders = NO_ORDERS) -> list[tuple[Story, Score]]:
    """The best BENCH_SIZE, what is pinned before all others, and half of the seats shared out among the sections so
    that each has its best ones there.
    """
    sections: dict[str, list[int]] = {}
    for place, (story, _) in enumerate(ranked):
        sections.setdefault(section_of(story), []).append(place)
    quota = BENCH_SIZE // 2 // max(1, len(sections))
    pinned = (place for place, (story, _) in enumerate(ranked) if orders.pinning(story))
    reserved = (place for places in sections.values() for place in places[:quota])
    asked = dict.fromkeys((*pinned, *reserved, *range(len(ranked))))
    return [ranked[place] for place in sorted(islice(asked, BENCH_SIZE))]


def section_of(story: Story) -> str:
    """The section most of the items are of, trusted sources counting more; ties by name, empty where none has one."""
    votes: dict[str, float] = defaultdict(float)
    for item in story.items:
        if item.section:
            votes[item.section] += max(SECTION_WEIGHT_FLOOR, item.weight)
    return min(votes, key=lambda section: (-votes[section], section), default="")


def neighbours(story: Story, stories: Sequence[Story], alike: "NDArray[np.float32]") -> list[Story]:
    """The other stories that are next to one, nearest first; a story that has texts of its own to offer is choosy."""
    bar = CLEARLY_NEXT_TO if others(story) else NEXT_TO
    band = [place for place in range(len(stories)) if alike[place] >= bar and stories[place] is not story]
    return [stories[place] for place in sorted(band, key=lambda place: (-alike[place], place))[:NEIGHBOURS]]


def offered_once(
    beside: Sequence[tuple[Item, ...]], stories: Sequence[Story], alike: "NDArray[np.float32]"
) -> list[tuple[Item, ...]]:
    """What stands beside each story, a neighbour's lead only beside the nearest of those it stood by: no paper offers
    it twice, nor tells that neighbour too, for whatever is so near is of one event (SAME_EVENT).
    """
    places = {story.lead.id: place for place, story in enumerate(stories)}
    nearest: dict[str, int] = {}
    for place, items in enumerate(beside):
        for name in (item.id for item in items if item.id in places):
            column = alike[:, places[name]]
            nearest[name] = max(nearest.get(name, place), place, key=column.__getitem__)
    return [tuple(item for item in items if nearest.get(item.id, place) == place) for place, items in enumerate(beside)]


def minutes(story: Story) -> float:
    """How long headline and summary take to read, in minutes."""
    text = f"{story.lead.title} {story.summary}"
    words = len(text.split()) + len(UNSPACED.findall(text)) / LETTERS_A_WORD
    return max(LEAST_MINUTES, round(words / WORDS_A_MINUTE, 1))
