"""Small papers to judge."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from digest.model.edition import BenchStory, Edition, Form, LineUp, Pick
from digest.model.feed import Item
from digest.model.story import Score, Story, Term

NOW = datetime(2026, 3, 12, 5, tzinfo=UTC)
WORDS = [
    "ferry",
    "fog",
    "harbour",
    "vote",
    "bridge",
    "wheat",
    "museum",
    "tram",
    "flour",
    "orchestra",
    "tax",
    "map",
    "coast",
    "school",
    "river",
    "clock",
]


def seat(name: str, terms: Mapping[str, float], *, boost: float = 1.0, **more: str) -> BenchStory:
    """A story of one item; `terms` are what each adds before the boost."""
    number = sum(map(ord, name))
    title = more.pop("title", "") or " ".join(WORDS[(number * step) % 16] for step in (1, 3, 5, 7)) + f" {name}"
    section = more.pop("section", "")
    item = Item(id=more.pop("item", name), title=title, seen=NOW, **({"publisher": f"{name}.example"} | more))
    score = Score(
        total=boost * sum(terms.values()),
        terms=tuple(Term(name=term, value=value, weight=1) for term, value in terms.items()),
        why="",
        boost=boost,
    )
    return BenchStory(story=Story(id=name, items=(item,), texts=((item.id,),)), score=score, section=section)


@pytest.fixture
def paper() -> Callable[..., Edition]:
    """An edition of these seats, of which `shown` (bench indices) are in the paper; `updates` of them as updates."""

    def make(
        seats: Sequence[BenchStory], shown: Sequence[int], *, updates: Sequence[int] = (), number: int = 1
    ) -> Edition:
        picks = (Pick(index=index, form=Form.UPDATE if index in updates else Form.COMPACT) for index in shown)
        return Edition(
            number=number, date=NOW.date(), cut_at=NOW, title="", bench=tuple(seats), lineup=LineUp(picks=tuple(picks))
        )

    return make
