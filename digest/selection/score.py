"""What a story is worth today: a sum of named terms in 0..1, and the words that explain it."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from statistics import median_low

from digest.errors import UsageError
from digest.model.feed import Item
from digest.model.story import Score, Story, Term
from digest.selection.voices import RUSH, dated, first_heard, just_now, moment, voice, voices
from digest.selection.why import phrase, reasons

FULL_COVERAGE = 20.0
HALF_LIFE = timedelta(hours=10)
FULL_OVERLAP = 0.3
SMALL_FEED = 30.0
MONTH = timedelta(days=30)
MOST_TRUST = 0.6
MOST_WEIGHT = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each term counts; only their proportions matter.

    `coverage`: how many publishers tell it, on a logarithmic scale to the day's most told story (twenty at least).
    `recency`: how young its median item is. `source`: how far they are trusted. `prominence`: how high it stands in its
    feeds. `velocity`: how fast publishers take it up. `interest`: whether a reader follows it, of which the ranking
    shared by all readers knows nothing: it comes on top in that reader's own line-up.
    """

    coverage: float = 0.60
    recency: float = 0.15
    source: float = 0.10
    prominence: float = 0.10
    velocity: float = 0.05
    interest: float = 0.25

    @staticmethod
    def parse(text: str) -> "Weights":
        """Read "coverage=1,recency=0.5"; terms not named count nothing. Raises UsageError."""
        names = [field.name for field in fields(Weights)]
        chosen = dict.fromkeys(names, 0.0)
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, number = (piece.strip() for piece in part.partition("="))
            if name not in chosen:
                raise UsageError(f"there is no term “{name}” to weigh", hint=f"the terms are {', '.join(names)}")
            chosen[name] = weight(name, number)
        if not any(value for name, value in chosen.items() if name != "interest"):
            raise UsageError("no term that ranks has a weight above 0", hint="write for example coverage=1,recency=0.5")
        return Weights(**chosen)

    def shares(self) -> dict[str, float]:
        """The weights of what ranks for all readers, so that they add up to 1: without `interest`."""
        raw = asdict(self) | {"interest": 0.0}
        total = sum(raw.values())
        return {name: value / total for name, value in raw.items()} if total else raw

    def lift(self) -> float:
        """What a story that a reader follows is worth more to them: `interest` in proportion to what ranks for all."""
        total = sum(asdict(replace(self, interest=0.0)).values())
        return self.interest / total if total else 0.0


def weight(name: str, number: str) -> float:
    """One weight, a number from 0 to MOST_WEIGHT; raises UsageError."""
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MOST_WEIGHT:
        raise UsageError(
            f"the weight of {name} is “{number}”, which is no number from 0 to {MOST_WEIGHT:.0f}",
            hint=f"write {name}=0.5",
        )
    return value


@dataclass(frozen=True, slots=True)
class Day:
    """What a story is measured against: the day's weights, how often each feed speaks (None: that lifts nobody), and
    the effective publishers of its most told story.
    """

    now: datetime
    shares: dict[str, float]
    monthly: dict[str, float] | None
    full_coverage: float


def score(stories: Sequence[Story], *, now: datetime, weights: Weights, as_given: bool = False) -> tuple[Score, ...]:
    """The worth of each story at `now`, in the order given; dates in the future count as now.

    With `as_given` the worth is exactly the weighted sum: neither are the weights fitted to the day, nor are small
    feeds lifted.
    """
    shares = weights.shares() if as_given else fitting(weights.shares(), overlap(stories))
    items = [item for story in stories for item in story.items]
    monthly = None if as_given else monthly_items(items, now)
    effective = [effective_publishers(story) for story in stories]
    day = Day(now, shares, monthly, full_coverage=max([FULL_COVERAGE, *effective]))
    return tuple(score_one(story, told_by, day) for story, told_by in zip(stories, effective, strict=True))


def score_one(story: Story, told_by: float, day: Day) -> Score:
    """One story's terms, boost and reasons; `told_by` so many effective publishers."""
    values = {
        "coverage": math.log1p(told_by) / math.log1p(day.full_coverage),
        "recency": recency(story, day.now),
        "source": trust(story),
        "prominence": max(clamp(item.position) for item in story.items),
        "velocity": velocity(story, day.now),
    }
    terms = tuple(Term(name=name, value=value, weight=day.shares[name]) for name, value in values.items())
    boost = 1.0 if day.monthly is None else small_feed_boost(story, day.monthly)
    total = boost * sum(term.value * term.weight for term in terms)
    because = reasons(story, terms, boost, day.now)
    return Score(total=total, terms=terms, why=phrase(because), boost=boost, reasons=because)


def overlap(stories: Sequence[Story]) -> float:
    """The share of items whose story has several publishers, 0..1."""
    total = sum(len(story.items) for story in stories)
    return sum(len(story.items) for story in stories if len(voices(story)) > 1) / total if total else 0.0


def fitting(shares: dict[str, float], overlapping: float) -> dict[str, float]:
    """The weights for a day on which few sources tell the same: what coverage cannot say, the other terms do."""
    trusted = min(1.0, overlapping / FULL_OVERLAP)
    others = sum(shares.values()) - shares["coverage"]
    if others <= 0:
        return shares
    freed = shares["coverage"] * (1 - trusted)
    fitted = {name: share * (1 + freed / others) for name, share in shares.items()}
    return fitted | {"coverage": shares["coverage"] - freed}


def effective_publishers(story: Story) -> float:
    """As many equal voices as would spread the story as evenly: the exponential of the entropy of what each adds."""
    added = list(voices(story).values())
    total = sum(added)
    return math.exp(-sum(part / total * math.log(part / total) for part in added))


def recency(story: Story, now: datetime) -> float:
    """Halves every ten hours of the median item's age; 0 where no item has a date."""
    told = [moment(item, now) for item in dated(story.items)]
    return 0.5 ** ((now - median_low(told)) / HALF_LIFE) if told else 0.0


def trust(story: Story) -> float:
    """1 - the product of (1 - weight) over the distinct publishers."""
    best: dict[str, float] = {}
    for item in story.items:
        name = voice(item)
        best[name] = max(best.get(name, 0.0), min(MOST_TRUST, clamp(item.weight)))
    return 1 - math.prod(1 - value for value in best.values())


def velocity(story: Story, now: datetime) -> float:
    """How the publishers that joined in the last three hours compare with the story's pace before, 0..1."""
    heard = first_heard(dated(story.items), now)
    if len(heard) <= 1:
        return 0.0
    recent = just_now(heard, now)
    before = len(heard) - recent
    earlier = (now - RUSH - min(heard.values())) / RUSH
    pace = before / max(1.0, earlier)
    return recent / (recent + pace + 1)


def monthly_items(items: Sequence[Item], now: datetime) -> dict[str, float]:
    """How many items a month each feed publishes, judged by the stretch that all of them cover: a day at least, a month
    at most, so that one old item does not make every feed look as if it spoke seldom.
    """
    told = [(item, age) for item in dated(items) if (age := now - moment(item, now)) <= MONTH]
    if not told:
        return {}
    stretch = max(timedelta(days=1), *(age for _, age in told))
    counts = Counter(feed_key(item) for item, _ in told)
    return {feed: count * (MONTH / stretch) for feed, count in counts.items() if feed}


def small_feed_boost(story: Story, monthly: dict[str, float]) -> float:
    """1..2: up to twice for a feed that speaks seldom, less the more publishers tell the story anyway."""
    rate = monthly.get(feed_key(story.lead), SMALL_FEED)
    return 1 + max(0.0, 1 - rate / SMALL_FEED) / max(1, len(voices(story)))


def feed_key(item: Item) -> str:
    """The feed of an item, or its publisher where feeds are not known; empty where neither is."""
    return str(item.feed_id) if item.feed_id else item.publisher


def clamp(value: float) -> float:
    """A number brought into 0..1; what is no number is 0."""
    return 0.0 if math.isnan(value) else min(1.0, max(0.0, value))
