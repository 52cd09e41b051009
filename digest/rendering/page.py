"""What the templates of an edition see: its stories as they are shown, and the rows of the page."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from digest.model.edit import CORRECTION, HEADLINE, NOTE, SUMMARY
from digest.model.edition import BenchStory, Edition, Form, Image, LineUp, Pick
from digest.model.feed import Item
from digest.model.message import Letterhead
from digest.model.story import Story
from digest.rendering.environment import Words, direction
from digest.rendering.links import safe_url
from digest.rendering.reasons import because
from digest.rendering.text import clean, columns, one_line, shorten, strong, visible

NAME = 60
"""The most characters of a source or section."""

CONTENTS, CONTENTS_FROM = 5, 6
"""How many headlines a contents list has at most, and how many stories a paper needs to have one."""

POINTS = 3
"""The most key points of a story."""

UNBROKEN = 32
"""How many columns of a telephone a source may take to be kept on one line."""

WIDTH, HEIGHT, TOO_SMALL = 552, 414, 120
"""The column for a picture in pixels, the tallest one, and the width below which none is shown."""

LOGO_HEIGHT = 96
"""The tallest logo in pixels."""

_BLANK_LINES = re.compile(r"\n\s*\n")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image as it is shown; width and height are the attributes, in pixels of the page."""

    url: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """A related item. `time` names the reader's value; `language` and `direction` are empty where the page's fit."""

    title: str
    url: str
    source: str
    time: str
    language: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPoint:
    """A sentence with the words that say who wrote it, empty where that is the lead's source.

    `ours` where it is the paper's own, in the paper's language.
    """

    text: str
    by: str = ""
    ours: bool = False

    @property
    def unbroken(self) -> bool:
        """Whether the source fits on one line of a telephone."""
        return columns(self.by) <= UNBROKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStory:
    """A story as plain text ready to be shown; what is empty is left out.

    `anchor` is its id on the page. `others` says how many more told it, `news` what is new to those who know it
    already.
    """

    anchor: str
    title: str
    url: str
    summary: ShownPoint
    points: tuple[ShownPoint, ...]
    news: ShownPoint
    source: str
    others: str
    time: str
    age: str
    why: str
    image: Picture | None
    related: tuple[ShownItem, ...]
    language: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCorrection:
    """What was wrong in an earlier edition. `time` names the value for when that was said."""

    edition: int
    time: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the page and the block it becomes.

    `kind` is a story's form, "related" or "contents" for what else is shown of a story, "section" for a label, else the
    name: a heading ("contents", "top", "more"), the "rule" between two stories, or what a "quiet" day has to say.
    """

    name: str
    kind: str
    label: str = ""
    story: ShownStory | None = None


def time_name(when: datetime) -> str:
    """The name of the reader's value that shows this instant."""
    return f"time/{int(when.timestamp())}"


def story_name(pick: Pick) -> str:
    """The name of the block that shows a story in a form."""
    return f"{pick.form}/{pick.index}"


def related_name(index: int) -> str:
    """The name of the block with a story's related items."""
    return f"related/{index}"


def contents_name(index: int) -> str:
    """The name of the block that is a story's line in the contents list."""
    return f"contents/{index}"


NOWHERE = ("", "")
"""The place before the first story."""


def row_names(edition: Edition, lineup: LineUp) -> tuple[str, ...]:
    """The rows of a line-up, in order: the contents list, headings where leads and the others begin, a label where the
    section changes, the stories, each with its related items if it is not bare, and a rule between two of them.
    """
    picks = lineup.picks
    if not picks:
        return ("quiet",)
    names, place = list(contents_rows(picks)), NOWHERE
    for pick in picks:
        names += (*rows_before(edition, place, pick), *story_rows(edition, pick))
        place = place_of(edition, pick)
    return tuple(names)


def contents_rows(picks: Sequence[Pick]) -> tuple[str, ...]:
    """The rows of the contents list; none where there is little to list."""
    listed = picks[:CONTENTS] if len(picks) >= CONTENTS_FROM else ()
    return ("contents", *(contents_name(pick.index) for pick in listed)) if listed else ()


def place_of(edition: Edition, pick: Pick) -> tuple[str, str]:
    """The heading and the section that a story stands under."""
    return "top" if pick.form is Form.LEAD else "more", edition.bench[pick.index].section


def rows_before(edition: Edition, last: tuple[str, str], pick: Pick) -> tuple[str, ...]:
    """What stands between a story and the one before it, whose place is `last` (NOWHERE for none)."""
    return _before(*last, *place_of(edition, pick))


def story_rows(edition: Edition, pick: Pick) -> tuple[str, ...]:
    """A story, with its related items if it is not bare."""
    alone = pick.bare or not edition.bench[pick.index].related
    return (story_name(pick),) if alone else (story_name(pick), related_name(pick.index))


@lru_cache(maxsize=4096)
def _before(part: str, section: str, heading: str, wanted: str) -> tuple[str, ...]:
    """What stands before a story that comes after one of this part (none for the first) and section."""
    heads = heading != part and (bool(part) or heading == "top")
    labelled = bool(wanted) and (heads or wanted != section)
    rows = (heading, f"section/{wanted}")
    shown = tuple(row for row, there in zip(rows, (heads, labelled), strict=True) if there)
    return shown or (("rule",) if part else ())


def all_rows(edition: Edition, letterhead: Letterhead, words: Words) -> tuple[Row, ...]:
    """Every row a line-up of this edition can have, each once: the bench in every form, all labels.

    What nobody can be told as an update has no such row.
    """
    stories = [show(entry, edition, letterhead, words, index=index) for index, entry in enumerate(edition.bench)]
    sections = dict.fromkeys(entry.section for entry in edition.bench if entry.section)
    return (
        Row(name="quiet", kind="quiet", label=words("quiet")),
        Row(name="contents", kind="contents", label=words("contents")),
        *(Row(name=contents_name(index), kind="contents", story=story) for index, story in enumerate(stories)),
        Row(name="top", kind="top", label=words("top_stories")),
        Row(name="more", kind="more", label=words("more_stories")),
        Row(name="rule", kind="rule"),
        *(Row(name=f"section/{name}", kind="section", label=_short(name, NAME)) for name in sections),
        *_all_stories(edition, stories),
    )


def _all_stories(edition: Edition, stories: Sequence[ShownStory]) -> Iterator[Row]:
    for index, (entry, story) in enumerate(zip(edition.bench, stories, strict=True)):
        for form in Form:
            if form is not Form.UPDATE or _is_news(entry):
                yield Row(name=story_name(Pick(index=index, form=form)), kind=form.value, story=story)
        if story.related:
            yield Row(name=related_name(index), kind="related", story=story)


def _is_news(entry: BenchStory) -> bool:
    """Whether some reader who was told the story before may be told it again."""
    return bool(entry.news) or any(echo.material for echo in entry.echoes)


def show(entry: BenchStory, edition: Edition, letterhead: Letterhead, words: Words, *, index: int) -> ShownStory:
    """A bench story, which has this index, as the templates show it."""
    story, lead = entry.story, entry.story.lead
    others = len(story.publishers) - 1
    title, source = headline(entry), _source(lead)
    language, way = _speech(story.language, title, words)
    return ShownStory(
        anchor=f"s{index}",
        title=title,
        url=safe_url(lead.url),
        summary=_attributed(story.summary, _item(story, story.told_by), story, words),
        points=tuple(_points(story, words)),
        news=_news(entry, words),
        source=source,
        others=words.plural("others", others) if others > 0 else "",
        time=_time(lead, edition),
        age=words.ago(edition.cut_at - lead.published) if lead.published else "",
        why=_short(because(entry.score, words), HEADLINE),
        image=_picture(entry.image, letterhead, words("photo", source=source)),
        related=tuple(_related(entry.related, edition, words)),
        language=language,
        direction=way,
    )


def _points(story: Story, words: Words) -> Iterator[ShownPoint]:
    for point in story.points[:POINTS]:
        text, source = _short(point.text, SUMMARY), _source(_item(story, point.item))
        if text:
            yield ShownPoint(text=text, by=words("point_by", source=source))


def _news(entry: BenchStory, words: Words) -> ShownPoint:
    """The sentence that is new, and whose it is; else how many tell the story by now."""
    if not entry.news:
        return ShownPoint(text=words.plural("now_told", max(1, len(entry.story.publishers))), ours=True)
    said = one_line(entry.news)
    tellers = (item for item in entry.story.items if said in one_line(f"{item.title} {item.summary}"))
    return _attributed(entry.news, next(tellers, entry.story.lead), entry.story, words)


def _attributed(text: str, teller: Item, story: Story, words: Words) -> ShownPoint:
    """A text of a story, and where it is from if that is not the lead's publisher."""
    source = _source(teller)
    told_elsewhere = teller.publisher != story.lead.publisher and source != _source(story.lead)
    shown = _short(text, SUMMARY)
    return ShownPoint(text=shown, by=words("by", source=source) if shown and told_elsewhere else "")


def _item(story: Story, key: str) -> Item:
    """The item of an id, or the lead."""
    return next((item for item in story.items if item.id == key), story.lead)


def headline(entry: BenchStory) -> str:
    """A story's headline on one line; its address where the source gave it no title."""
    lead = entry.story.lead
    return _short(lead.title, HEADLINE) or _short(lead.url, HEADLINE) or _source(lead)


def _related(items: Sequence[Item], edition: Edition, words: Words) -> Iterator[ShownItem]:
    for item in items:
        title = _short(item.title, HEADLINE) or _short(item.url, HEADLINE)
        language, way = _speech(item.language, title, words)
        yield ShownItem(
            title=title,
            url=safe_url(item.url),
            source=_source(item),
            time=_time(item, edition),
            language=language,
            direction=way,
        )


def _short(text: str, limit: int) -> str:
    """A text on one line; nothing where there is nothing to see."""
    line = one_line(text)
    return shorten(line, limit) if visible(line) else ""


def _source(item: Item) -> str:
    return _short(item.source, NAME) or _short(item.publisher, NAME) or "?"


def _time(item: Item, edition: Edition) -> str:
    """The value for when it was published; what claims to be from the future was published just now."""
    return time_name(min(item.published, edition.cut_at)) if item.published else ""


def _speech(language: str, title: str, words: Words) -> tuple[str, str]:
    """Language and direction of a text where they are not those of the page."""
    known = language if _LANGUAGE.fullmatch(language) else ""
    base = known.split("-")[0].lower()
    way = strong(title) or (direction(base) if known else words.direction)
    foreign = base not in {"", "und", words.language.split("-")[0].lower()}
    return known if foreign else "", way if way != words.direction else ""


def paragraphs(text: str) -> tuple[str, ...]:
    """An editor's note as its paragraphs, which blank lines part; as much of it as is shown."""
    kept = shorten(clean(text).strip(), NOTE)
    return tuple(line for part in _BLANK_LINES.split(kept) if (line := one_line(part)))


def corrections(edition: Edition) -> tuple[ShownCorrection, ...]:
    """What the edition has to correct of earlier ones."""
    return tuple(
        ShownCorrection(edition=each.edition, time=time_name(each.at), text=_short(each.text, CORRECTION))
        for each in edition.corrections
    )


def logo(letterhead: Letterhead) -> Picture | None:
    """The logo scaled into the masthead, only where we can serve it."""
    image = letterhead.logo
    if image is None or not letterhead.public_url or min(image.width, image.height) < 1:
        return None
    return _scaled(image, letterhead, suffix="png", height=LOGO_HEIGHT, alt=letterhead.title)


def _picture(image: Image | None, letterhead: Letterhead, alt: str) -> Picture | None:
    """The image scaled into the column, only where we can serve it and it is worth looking at."""
    if image is None or not letterhead.public_url or image.width < TOO_SMALL or image.height < 1:
        return None
    return _scaled(image, letterhead, suffix="jpg", height=HEIGHT, alt=alt)


def _scaled(image: Image, letterhead: Letterhead, *, suffix: str, height: int, alt: str) -> Picture:
    scale = min(1.0, WIDTH / image.width, height / image.height)
    return Picture(
        url=f"{letterhead.public_url}/images/{image.fingerprint}.{suffix}",
        width=max(1, round(image.width * scale)),
        height=max(1, round(image.height * scale)),
        alt=alt,
    )


def minutes(stories: Iterable[BenchStory]) -> int:
    """Whole minutes to read these stories, at least one."""
    return max(1, round(sum(entry.minutes for entry in stories)))
