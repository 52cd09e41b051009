"""The largest day there can be: every mail stays under its size, and says how to leave."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from digest.model.edition import BenchStory, Correction, Edition, Form, Hand, LineUp, Pick
from digest.model.feed import Item
from digest.model.message import Letterhead, Reader
from digest.model.story import KeyPoint, Score, Story
from digest.presses import Frozen, frozen_of
from digest.rendering.assemble import assemble, preview
from digest.rendering.blocks import render
from digest.rendering.environment import Templates
from digest.selection.lineup import Rules, Wish, lineups
from digest.selection.size import fitted

NOW = datetime(2026, 5, 14, 4, 30, tzinfo=UTC)
THAI = "สะพานท่าเรือปิดเก้าเดือนหลังพบรอยร้าวในเสาสองต้น"
FAMILY = "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿🚢"
QUOTES = "\"'&<>" * 60
LEAVE = "https://morning.example/leave/Imx1Y2t5Ig.aBcD-_3f9"
READER = Reader(
    address="ada@example.org", timezone="Asia/Kathmandu", message_id="1@morning.example", composed_at=NOW,
    unsubscribe_url=LEAVE, edition_url="https://morning.example/editions/1",
    preferences_url="https://morning.example/preferences/Imx1Y2t5Ig",
)  # fmt: skip


def story(number: int, text: str) -> BenchStory:
    """Ten items with titles, summaries and addresses as long as they may be."""
    items = tuple(
        Item(
            id=f"{number}-{n}", title=f"{number} {n} {text * 9}", summary=text * 40, source=text,
            publisher=f"p{number}", url=f"https://p{number}.example/{'a' * 1800}/{n}", language="th",
            published=NOW - timedelta(hours=n + 1), seen=NOW,
        )
        for n in range(10)
    )  # fmt: skip
    points = tuple(KeyPoint(text=text * 30, item=item.id) for item in items[1:4])
    told = Story(
        id=f"{number}", items=items, texts=tuple((item.id,) for item in items), summary=text * 40, points=points,
        told_by=items[1].id, language="th",
    )  # fmt: skip
    return BenchStory(
        story=told, score=Score(total=1 - number / 100, terms=(), why=text * 9), section=f"{number % 7} {text}",
        related=items[:3], news=text * 40,
    )  # fmt: skip


def day(text: str) -> Edition:
    """Thirty such stories, all of them told, with a long note and a correction."""
    picks = tuple(Pick(index=n, form=Form.LEAD if n < 5 else Form.COMPACT) for n in range(30))
    return Edition(
        number=1, date=date(2026, 5, 14), cut_at=NOW, title="Morning",
        bench=tuple(story(n, text) for n in range(30)), likeness=np.eye(30, dtype=np.uint8).tobytes(),
        lineup=LineUp(picks=picks), hand=Hand(note=text * 99),
        corrections=(Correction(edition=1, at=NOW, text=text * 99),),
    )  # fmt: skip


def opened(edition: Edition, templates_folder: Path) -> Frozen:
    """The edition as blocks, under a letterhead with everything."""
    letterhead = Letterhead(title="Morning", public_url="https://morning.example", postal_address="12 Quay Street")
    rules = Rules(max_stories=30, leads=5, publisher_cap=30, section_cap=1.0)
    return frozen_of(edition, render(edition, letterhead, Templates([templates_folder])), rules)


@pytest.mark.parametrize("text", [THAI, FAMILY, QUOTES, "Word after word "], ids=["thai", "emoji", "quotes", "plain"])
def test_a_mail_of_the_largest_day_is_under_its_size_with_the_way_out_inside(text: str, templates_folder: Path) -> None:
    paper = opened(day(text), templates_folder)
    wishes = (Wish(), Wish(max_stories=12), Wish(sections=(f"3 {text}", f"1 {text}")))
    made = [*lineups(paper.edition, wishes, paper.rules), LineUp(picks=fitted(paper.edition.lineup.picks, paper.rules))]
    for lineup in made:
        shown = preview(assemble(paper.rendering, paper.edition, lineup, READER))
        assert len(shown.html.encode()) <= shown.html_octets < 90_000
        assert f'href="{LEAVE}"' in shown.html
        assert f"\n{LEAVE}\n" in shown.text
        assert shown.html.count("<h2") == len(lineup.picks) > 0
    assert len(made[0].picks) < 30
    assert all(pick.bare and pick.form is Form.COMPACT for pick in made[0].picks)


def test_a_mail_with_room_for_all_loses_nothing(templates_folder: Path) -> None:
    paper = opened(day("Short. "), templates_folder)
    (lineup,) = lineups(paper.edition, (Wish(max_stories=5),), replace(paper.rules, limit=10**7))
    assert lineups(paper.edition, (Wish(max_stories=5),), paper.rules) == (lineup,)
    assert not any(pick.bare for pick in lineup.picks)
