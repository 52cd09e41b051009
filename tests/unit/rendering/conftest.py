"""A fictional day of news, and the hands to render it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from digest.model.edition import BenchStory, Echo, Edition, Form, Image, LineUp, Pick
from digest.model.feed import Item
from digest.model.message import Letterhead, Mail, Reader, Rendering
from digest.model.story import KeyPoint, Score, Story
from digest.rendering.assemble import assemble
from digest.rendering.blocks import render
from digest.rendering.environment import Templates

CUT_AT = datetime(2026, 5, 14, 4, 30, tzinfo=UTC)

# headline, summary, section, source, hours old, others, why
NEWS = (
    (
        "Harbour bridge to close for nine months after cracks are found in two pylons",
        ("Engineers found the cracks during a routine inspection on Tuesday night. Ferries will run every six minutes "
        "from Monday, and the port authority expects the detour to cost hauliers 40 minutes a trip. A first report on "
        "the cause is due in June."),
        "Region", "Westhaven Courier", 3, 6, "reported by 7 sources within five hours",
    ),
    (
        "Parliament in Talland passes water law by a single vote",
        ("The law caps what farms may draw from the three southern rivers in dry years and pays them for leaving "
        "fields fallow. The opposition has announced a challenge before the constitutional court."),
        "World", "The Talland Post", 9, 4, "five sources, and you follow World",
    ),
    (
        "A battery made of iron and salt has run a village for a year",
        ("The 2,100 people of Obersund have lived off the grid since last spring. The operator has published all of "
        "its readings: capacity fell by 3 per cent, and a storm in November was bridged for 61 hours."),
        "Science", "Halden Review", 14, 2, "three sources; rare: a year of open data",
    ),
    (
        "Chipmaker Corvane halves its forecast and keeps building in Marrow Bay",
        ("Orders for memory fell for the third quarter in a row. The two halls under construction will still open in "
        "autumn, the company says, with 400 jobs fewer than planned."),
        "Business", "Ledger & Line", 5, 3, "four sources",
    ),
    (
        "Night trains return to the northern coast after eleven years",
        "Two pairs of trains a week, bicycles included; tickets go on sale on Friday.",
        "Region", "Coastline Daily", 11, 1, "two sources",
    ),
    (
        "Goalkeeper, 41, signs for one more season at Ardmore",
        "She has missed four matches in nineteen years.",
        "Sport", "Ardmore Evening Sheet", 20, 0, "from a source you rate highly",
    ),
    (
        "Museum returns 212 drawings to the island of Sefe",
        "The sketchbooks had been in storage since 1931 and were catalogued by two students last year.",
        "Culture", "Halden Review", 26, 1, "two sources",
    ),
    (
        "New map shows where street trees cool a city by four degrees",
        "The survey covers every street of six cities and can be searched by address.",
        "Science", "Open Weather Notes", 7, 0, "a small source with news of its own",
    ),
    (
        "Ferry strike called off an hour before midnight",
        "Crews get shorter shifts from July; wages stay as they are until the autumn round.",
        "Region", "Westhaven Courier", 6, 2, "three sources",
    ),
    (
        "Open-source project that dates half of all web pages changes hands",
        "The maintainer of 21 years gives it to a foundation of four universities.",
        "Technology", "Bitgarten", 30, 0, "a small source with news of its own",
    ),
    (
        "Central bank of Talland leaves rates alone for the fifth time",
        "Inflation was 2.3 per cent in April, a tenth below what had been expected.",
        "Business", "The Talland Post", 12, 4, "five sources",
    ),
    (
        "Beekeepers count the mildest winter losses in a decade",
        "One colony in eleven was lost, against one in six the year before.",
        "Science", "Feldpost Rural", 17, 0, "from a source you rate highly",
    ),
)  # fmt: skip

RELATED = (
    ("What the inspectors saw: a pylon, photographed in 1974 and this week", "Ironbridge Journal", 2),
    ("Hauliers ask for a night ferry", "Coastline Daily", 4),
    ("How a detour of 40 minutes changes the price of bread", "Ledger & Line", 5),
)


def an_item(key: str, title: str, source: str, hours: float, **more: object) -> Item:
    """An item published some hours before the edition."""
    slug = source.lower().replace(" ", "-").replace("&", "and")
    when = CUT_AT - timedelta(hours=hours)
    plain = {"url": f"https://{slug}.example/2026/{key}?id={len(title)}&from=feed", "publisher": f"{slug}.example"}
    return Item(id=key, title=title, source=source, published=when, seen=when, **{**plain, **more})  # type: ignore[arg-type]


POINTS = (
    "The northern pylon has sunk by 4 centimetres since the spring.",
    "Night buses will run to Marrow Bay until the bridge is open again.",
    "The harbour council meets on Thursday to decide who pays.",
)

CHANGED = "From July no crew will be on board for more than 9 hours, down from 11."


def with_points(entry: BenchStory) -> BenchStory:
    """The story with its summary and key points told by its other items."""
    items = entry.story.items
    points = tuple(KeyPoint(text=text, item=item.id) for text, item in zip(POINTS, items[2:], strict=False))
    return replace(entry, story=replace(entry.story, told_by=items[1].id, points=points))


def with_news(entry: BenchStory) -> BenchStory:
    """The story as one that was in an earlier edition, and what is new in it."""
    lead, other, *rest = entry.story.items
    items = (lead, replace(other, summary=f"Talks went on all day. {CHANGED}"), *rest)
    echo = Echo(edition=40, index=2, material=True)
    return replace(entry, story=replace(entry.story, items=items), news=CHANGED, echoes=(echo,))


def a_story(number: int, *, image: Image | None = None, related: int = 0, **more: object) -> BenchStory:
    """A bench story from NEWS; `more` replaces fields of its lead item."""
    title, summary, section, source, hours, others, why = NEWS[number % len(NEWS)]
    lead = replace(an_item(f"s{number}", title, source, hours), **more)  # type: ignore[arg-type]
    copies = tuple(an_item(f"s{number}-{n}", title, f"Wire Partner {n}", hours + n) for n in range(others))
    items = (lead, *copies)
    story = Story(id=lead.id, items=items, texts=tuple((item.id,) for item in items), summary=summary, language="en")
    others_told = tuple(an_item(f"r{number}-{n}", *RELATED[n]) for n in range(related))
    score = Score(total=1 - number / 100, terms=(), why=why)
    return BenchStory(story=story, score=score, section=section, related=others_told, image=image, minutes=0.7)


def an_edition(*bench: BenchStory, **more: object) -> Edition:
    """An edition of these stories."""
    plain = {"number": 41, "date": date(2026, 5, 14), "cut_at": CUT_AT, "title": "The Westhaven Morning"}
    plain["lineup"] = LineUp(
        picks=tuple(Pick(index=n, form=Form.LEAD if n < 3 else Form.COMPACT) for n in range(len(bench)))
    )
    return Edition(bench=bench, **{**plain, **more})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def edition() -> Edition:
    """Twelve stories, three of them leads, the first with a picture and key points; the ninth is an update."""
    picture = Image(fingerprint="5f" * 16, width=1200, height=675)
    first = with_points(a_story(0, image=picture, related=3))
    bench = [first, a_story(1, related=2), a_story(2, related=1), *(a_story(n) for n in range(3, 12))]
    bench[8] = with_news(a_story(8, related=1))
    forms = [Form.LEAD] * 3 + [Form.COMPACT] * 5 + [Form.UPDATE] + [Form.COMPACT] * 3
    picks = tuple(Pick(index=index, form=form) for index, form in enumerate(forms))
    return an_edition(*bench, lineup=LineUp(picks=picks))


@pytest.fixture(scope="session")
def letterhead() -> Letterhead:
    """A newsletter with everything set."""
    return Letterhead(
        title="The Westhaven Morning",
        sender="The Westhaven Morning <morning@westhaven.example>",
        reply_to="Editors <editors@westhaven.example>",
        bounce_address="bounces@westhaven.example",
        unsubscribe_address="leave@westhaven.example",
        postal_address="12 Quay Street\nWesthaven",
        public_url="https://morning.westhaven.example",
    )


@pytest.fixture(scope="session")
def templates(templates_folder: Path) -> Templates:
    """The templates as shipped."""
    return Templates([templates_folder])


@pytest.fixture(scope="session")
def rendering(edition: Edition, letterhead: Letterhead, templates: Templates) -> Rendering:
    """The day as blocks."""
    return render(edition, letterhead, templates)


@pytest.fixture(scope="session")
def reader() -> Reader:
    """Somebody in another time zone than UTC."""
    return Reader(
        address="ada@example.org",
        name="Ada Fenwick",
        timezone="Europe/Berlin",
        message_id="41.7f3a9c@westhaven.example",
        composed_at=datetime(2026, 5, 14, 5, 0, tzinfo=UTC),
        unsubscribe_url="https://morning.westhaven.example/leave/Imx1Y2t5Ig.aBcD-_3f9",
        edition_url="https://morning.westhaven.example/editions/41",
    )


@pytest.fixture(scope="session")
def stories() -> Callable[..., BenchStory]:
    """The maker of bench stories."""
    return a_story


@pytest.fixture(scope="session")
def editions() -> Callable[..., Edition]:
    """The maker of editions."""
    return an_edition


@pytest.fixture(scope="session")
def mailed(letterhead: Letterhead, templates: Templates, reader: Reader) -> Callable[..., Mail]:
    """An edition's default line-up as a mail to the reader, some of whose values may be others."""

    def mail(edition: Edition, **values: object) -> Mail:
        return assemble(
            render(edition, letterhead, templates),
            edition,
            edition.lineup,
            replace(reader, **values),  # type: ignore[arg-type]
        )

    return mail
