"""Editions that seldom happen, made of seeds/samples, and a letter of each kind: to look at and to test with."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from digest.errors import NotFound, SampleError
from digest.model.delivery import Told
from digest.model.edition import BenchStory, Correction, Echo, Edition, Form, Hand, Image, LineUp, Pick
from digest.model.feed import Item
from digest.model.message import Letterhead, Mail, Reader
from digest.model.story import KeyPoint, Reason, Score, Story
from digest.rendering.environment import Templates
from digest.rendering.letters import Kind, letter
from digest.selection.bench import minutes
from digest.selection.lineup import Rules, Wish, lineups
from digest.shipped import shipped

T = TypeVar("T")

CUT = time(5, 30, tzinfo=UTC)
"""When a sample's edition is cut, on its own date."""

WRITTEN = date(2026, 5, 14)
"""The day of the sample letters."""

HELD = "Edition 41 has not been sent"
ALARM = (
    "The relay smtp.halmere.example refused us at 07:02: 535 5.7.8 authentication failed.",
    "212 readers are waiting for the edition of 14 May 2026; 3 have it. Nothing is lost, and nobody gets it twice.",
    "Mend the password in DIGEST_SMTP_URL; then what is left goes out by itself, or at once by hand.",
)
"""What the sample alert says."""

BEFORE = 1
"""The number of the edition that told what comes again as an update."""

REASONS = ("coverage", "velocity", "items", "recency", "source", "prominence", "seldom")
"""The kinds of reasons that the words of a mail can say."""


def names() -> tuple[str, ...]:
    """The samples there are, the ordinary day first."""
    found = sorted(path.stem for path in folder().glob("*.toml"))
    return tuple(sorted(found, key=lambda name: name != "ordinary"))


def sample(name: str) -> Edition:
    """The edition of a sample, all of its stories in the default line-up. Raises NotFound, SampleError."""
    if name not in names():
        raise NotFound(f"there is no sample {name!r}", hint=f"The samples are {', '.join(names())}")
    return read_sample(folder() / f"{name}.toml")


def read_sample(path: Path) -> Edition:
    """The edition of a file in the form of seeds/README.md; its pictures lie beside it. Raises SampleError."""
    try:
        entries = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise SampleError(f"{path} cannot be read: {fault}") from fault
    return _edition(path.stem, Table(entries, path))


def picture(fingerprint: str) -> bytes | None:
    """The JPEG of a sample's picture, by the fingerprint in its edition; None for any other."""
    return next((content for image, content in _pictures(folder()) if image == fingerprint), None)


def letter_samples(letterhead: Letterhead, templates: Templates) -> Mapping[str, Mail]:
    """One letter of each kind, by its name. Raises TemplateError."""
    made = {}
    for kind in Kind:
        reader, values = letter_values(kind, letterhead)
        made[kind.value] = letter(kind, letterhead, templates, reader, **values)
    return made


def letter_values(kind: Kind, letterhead: Letterhead) -> tuple[Reader, Mapping[str, object]]:
    """Who gets the sample letter of a kind, and what it says."""
    site = letterhead.public_url or "https://halmere.example"
    reader = Reader(
        address="ada.fenwick@halmere.example",
        name="Ada Fenwick",
        timezone="Europe/Berlin",
        message_id=f"{kind}.sample@halmere.example",
        composed_at=datetime.combine(WRITTEN, CUT),
        unsubscribe_url=f"{site}/unsubscribe/sample",
        preferences_url=f"{site}/preferences/sample",
    )
    values: Mapping[Kind, Mapping[str, object]] = {
        Kind.CONFIRM: {"confirm_url": f"{site}/confirm/sample", "hours": 48},
        Kind.WELCOME: {"send_at": 7 * 60, "days": 0b0011111, "edition_url": f"{site}/editions/41"},
        Kind.SUSPENDED: {
            "evidence": "550 5.1.1 <ada.fenwick@halmere.example>: there is no such mailbox here",
            "return_url": f"{site}/subscribe",
            "contact": letterhead.reply_to or letterhead.sender,
        },
        Kind.ALERT: {"headline": HELD, "lines": ALARM, "command": "digest send --edition 41"},
    }
    return reader, values[kind]


def folder() -> Path:
    """Where the samples are."""
    return shipped("seeds") / "samples"


@cache
def _pictures(place: Path) -> tuple[tuple[str, bytes], ...]:
    contents = [path.read_bytes() for path in sorted(place.glob("*.jpg"))]
    return tuple((sha256(content).hexdigest(), content) for content in contents)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a sample's file; whatever is wrong in it is a SampleError that names the file, the table and the key.

    `path` is the file, `where` the way to the table in it, `asked` are the keys that were read.
    """

    entries: Mapping[str, object]
    path: Path
    where: str = ""
    asked: set[str] = field(default_factory=set)

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without a default there must be one."""
        return self._value(key, str, "a text", default)

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number from 0."""
        number = self._value(key, int, "a whole number", default)
        if number < 0 or isinstance(number, bool):
            raise self.fault(key, "must be a whole number from 0")
        return number

    def day(self, key: str) -> date:
        """A date."""
        when = self._value(key, date, "a date", None)
        if isinstance(when, datetime):
            raise self.fault(key, "must be a date without a time")
        return when

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; none where there is no such key."""
        found = self._value(key, list, "a list of texts", [])
        if not all(isinstance(each, str) for each in found):
            raise self.fault(key, "must be a list of texts")
        return tuple(found)

    def tables(self, key: str) -> tuple["Table", ...]:
        """A list of tables; none where there is no such key."""
        found = self._value(key, list, "a list of tables", [])
        if not all(isinstance(each, dict) for each in found):
            raise self.fault(key, "must be a list of tables")
        return tuple(self._inner(each, f"{key} {count}") for count, each in enumerate(found, start=1))

    def table(self, key: str) -> "Table | None":
        """A table; None where there is no such key."""
        if key not in self.entries:
            return None
        return self._inner(self._value(key, dict, "a table", None), key)

    def done(self) -> None:
        """Refuse what nobody asked for: a key that is mistyped."""
        for key in self.entries:
            if key not in self.asked:
                raise self.fault(key, f"is not known; known are {', '.join(sorted(self.asked))}")

    def fault(self, key: str, wrong: str) -> SampleError:
        """The error to raise for what is wrong with a key."""
        return SampleError(
            f"{self.path}{self.where}: {key} {wrong}", hint="seeds/README.md says how a sample is written"
        )

    def _inner(self, entries: Mapping[str, object], name: str) -> "Table":
        return Table(entries, self.path, f"{self.where}, {name}")

    def _value(self, key: str, kind: type[T], called: str, default: T | None) -> T:
        self.asked.add(key)
        value = self.entries.get(key, default)
        if value is None:
            raise self.fault(key, "is missing")
        if not isinstance(value, kind):
            raise self.fault(key, f"must be {called}")
        return value


def _edition(name: str, table: Table) -> Edition:
    day = table.day("date")
    cut_at, language = datetime.combine(day, CUT), table.text("language", "en")
    stories = table.tables("story")
    bench = tuple(_bench_story(f"{name}-{number}", each, cut_at, number) for number, each in enumerate(stories))
    edition = Edition(
        date=day,
        cut_at=cut_at,
        title=table.text("title"),
        language=language,
        bench=bench,
        likeness=bytes(len(bench) ** 2),
        sections=tuple(dict.fromkeys(entry.section for entry in bench if entry.section)),
        quiet=table.text("quiet", ""),
        considered=_considered(bench),
        hand=Hand(note=table.text("note", "")),
        corrections=tuple(_correction(each, cut_at) for each in table.tables("corrections")),
    )
    table.done()
    return replace(edition, lineup=_lineup(edition))


def _considered(bench: Sequence[BenchStory]) -> tuple[int, int, int]:
    """What a paper is cut from, items, sources and stories: here, all of it is in the paper."""
    publishers = {item.publisher for entry in bench for item in entry.story.items}
    return sum(len(entry.story.items) for entry in bench), len(publishers), len(bench)


def _lineup(edition: Edition) -> LineUp:
    """Every story, for a reader who was told before what there is news of."""
    earlier = (Pick(index=echo.index, form=Form.COMPACT) for entry in edition.bench for echo in entry.echoes)
    told = Told(edition=BEFORE, lineup=LineUp(picks=tuple(earlier)).encode())
    (lineup,) = lineups(edition, (Wish(told=(told,)),), Rules(max_stories=max(1, len(edition.bench))))
    return lineup


def _correction(table: Table, cut_at: datetime) -> Correction:
    correction = Correction(
        edition=table.whole("edition", BEFORE), at=cut_at - timedelta(days=1), text=table.text("text")
    )
    table.done()
    return correction


def _bench_story(key: str, table: Table, cut_at: datetime, place: int) -> BenchStory:
    story, news = _story(key, table, cut_at), table.text("news", "")
    entry = BenchStory(
        story=story,
        score=Score(total=1 - place / 100, terms=(), why="", reasons=tuple(map(_reason, table.tables("why")))),
        section=table.text("section", ""),
        related=tuple(
            _related(f"{key}-r{number}", each, cut_at) for number, each in enumerate(table.tables("related"))
        ),
        echoes=(Echo(edition=BEFORE, index=place, material=True),) if news else (),
        news=news,
        image=_image(table.table("image")),
        minutes=minutes(story),
    )
    table.done()
    return entry


def _story(key: str, table: Table, cut_at: datetime) -> Story:
    lead = _item(key, table, cut_at)
    others = tuple(
        replace(lead, id=f"{key}-{number}", url="", source=name, publisher=name)
        for number, name in enumerate(table.texts("others"), start=1)
    )
    sources = {item.source: item.id for item in (lead, *others)}
    return Story(
        id=key,
        items=(lead, *others),
        texts=tuple((item.id,) for item in (lead, *others)),
        summary=table.text("summary", ""),
        told_by=_teller(table, "told_by", sources),
        points=tuple(_point(each, sources) for each in table.tables("points")),
        language=lead.language,
    )


def _item(key: str, table: Table, cut_at: datetime) -> Item:
    source = table.text("source")
    dated = "age" in table.entries
    return Item(
        id=key,
        title=table.text("headline"),
        url=table.text("url", ""),
        source=source,
        publisher=source,
        language=table.text("language", ""),
        published=cut_at - timedelta(minutes=table.whole("age")) if dated else None,
        seen=cut_at,
    )


def _related(key: str, table: Table, cut_at: datetime) -> Item:
    item = _item(key, table, cut_at)
    table.done()
    return item


def _point(table: Table, sources: Mapping[str, str]) -> KeyPoint:
    point = KeyPoint(text=table.text("text"), item=_teller(table, "source", sources))
    table.done()
    return point


def _teller(table: Table, key: str, sources: Mapping[str, str]) -> str:
    """The id of the item of a source that a key names; empty where it names none."""
    name = table.text(key, "")
    if name and name not in sources:
        raise table.fault(key, f"names {name!r}, which is neither the story's source nor one of its others")
    return sources.get(name, "")


def _reason(table: Table) -> Reason:
    kind = table.text("kind")
    if kind not in REASONS:
        raise table.fault("kind", f"must be one of {', '.join(REASONS)}")
    reason = Reason(
        kind=kind,
        count=table.whole("count", 0),
        texts=table.whole("texts", 0),
        name=table.text("name", ""),
        minutes=table.whole("minutes", 0),
    )
    table.done()
    return reason


def _image(table: Table | None) -> Image | None:
    if table is None:
        return None
    path = table.path.with_name(f"{table.text('name')}.jpg")
    if not path.is_file():
        raise table.fault("name", f"names {path}, which is not there")
    fingerprint = sha256(path.read_bytes()).hexdigest()
    image = Image(fingerprint=fingerprint, width=table.whole("width"), height=table.whole("height"))
    table.done()
    return image
