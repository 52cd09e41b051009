"""Small stories and editions to select from."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from digest.model.edition import BenchStory, Echo, Edition
from digest.model.feed import Item
from digest.model.story import Score, Story

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def item() -> Callable[..., Item]:
    def make(name: str, **more: object) -> Item:
        values: dict[str, object] = {"title": f"Title of {name}", "published": NOW - timedelta(hours=1), "seen": NOW}
        return Item(id=name, **(values | more))  # type: ignore[arg-type]

    return make


@pytest.fixture
def story() -> Callable[..., Story]:
    def make(*items: Item, texts: tuple[tuple[str, ...], ...] | None = None) -> Story:
        return Story(id=items[0].id, items=items, texts=texts or tuple((one.id,) for one in items), language="en")

    return make


@pytest.fixture
def edition(item: Callable[..., Item], story: Callable[..., Story]) -> Callable[..., Edition]:
    """An edition of stories given as (publisher, section, worth); nothing is alike but the pairs in `alike`."""

    def make(
        told: Sequence[tuple[str, str, float]],
        *,
        alike: Sequence[tuple[int, int]] = (),
        titles: Sequence[str] = (),
        echoes: Sequence[tuple[Echo, ...]] = (),
        sections: tuple[str, ...] = (),
    ) -> Edition:
        table = np.eye(len(told))
        for left, right in alike:
            table[left, right] = table[right, left] = 1
        bench = tuple(
            BenchStory(
                story=story(
                    item(f"s{index}", publisher=publisher, title=titles[index] if titles else f"Title {index}")
                ),
                score=Score(total=worth, terms=(), why=""),
                section=section,
                echoes=echoes[index] if echoes else (),
            )
            for index, (publisher, section, worth) in enumerate(told)
        )
        return Edition(
            number=7,
            date=date(2026, 11, 22),
            cut_at=NOW,
            title="The Bay Daily",
            bench=bench,
            likeness=(table * 255).astype(np.uint8).tobytes(),
            sections=sections,
        )

    return make
