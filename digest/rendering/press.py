"""A rendering made ready for joining: what many mails share is worked out once."""

from binascii import a2b_qp
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache, partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.model.edition import BenchStory, Edition, Form, LineUp
from digest.model.message import Block, Rendering
from digest.rendering.environment import format_when, plural_category
from digest.rendering.letter import constant_headers, sender_headers, subject_header
from digest.rendering.mime import quoted
from digest.rendering.page import headline, minutes, row_names
from digest.rendering.subject import Worn, preheader, subject
from digest.rendering.text import one_line

_NAMED = 4
"""How many stories a subject and a preheader are made of."""

_TOPS, _SHELVES, _TIMES, _VALUES = 4096, 32, 16384, 8192
"""How many tops of line-ups, parts in one offset, times in one offset and shared values are remembered."""

_TIME = "time/"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """A rendering by its fingerprint, which covers the edition too."""

    fingerprint: str
    rendering: Rendering = field(compare=False)
    edition: Edition = field(compare=False)


def press(rendering: Rendering, edition: Edition) -> "Press":
    """The press of a rendering; the last few are kept."""
    return _press(_Key(fingerprint=rendering.fingerprint, rendering=rendering, edition=edition))


@lru_cache(maxsize=8)
def _press(key: _Key) -> "Press":
    return Press(key.rendering, key.edition)


def plain(segments: Iterable[bytes]) -> str:
    """Quoted-printable segments as the text they stand for."""
    return a2b_qp(b"".join(segments)).decode("utf-8").replace("\r\n", "\n")


class Shelf(dict[str, bytes]):
    """The blocks of a part that no reader's value stands in, in one UTC offset, each joined when it is first asked for.

    There is nothing under the names of the others.
    """

    def __init__(self, blocks: Mapping[str, Block], time: Callable[[str], bytes]) -> None:
        super().__init__()
        self._blocks, self._time = blocks, time

    def __missing__(self, name: str) -> bytes:
        block = self._blocks[name]
        times = (self._time(value) for value in block.values)
        others = zip(times, block.pieces[1:], strict=True)
        self[name] = block.pieces[0] + b"".join(segment for pair in others for segment in pair)
        return self[name]


class Press:
    """One rendering's blocks, with the times of a UTC offset filled in and the words of a line-up's top kept."""

    def __init__(self, rendering: Rendering, edition: Edition) -> None:
        self.parts: Mapping[str, Mapping[str, Block]] = {"html": rendering.html, "text": rendering.text}
        self.boundary = f"=_{rendering.fingerprint[:40]}"
        self.sender_headers = sender_headers(rendering.letterhead)
        self.constant_headers = constant_headers(rendering.letterhead, edition, boundary=self.boundary)
        self._language = rendering.language
        self._edition = edition
        self._letterhead = rendering.letterhead
        self._worn = Worn(map(one_line, edition.worn))
        self._words = {
            name.removeprefix("word/"): plain(block.pieces)
            for name, block in rendering.text.items()
            if name.startswith("word/")
        }
        self._personal = {part: frozenset(_personal(blocks)) for part, blocks in self.parts.items()}
        self._told_by = [frozenset(entry.story.publishers) for entry in edition.bench]
        self._offsets: dict[str, timedelta | None] = {}
        self._time = lru_cache(maxsize=_TIMES)(self._encoded_time)
        self._shelf = lru_cache(maxsize=_SHELVES)(self._empty_shelf)
        self._counted = lru_cache(maxsize=_VALUES)(self._said_counts)
        self._top = lru_cache(maxsize=_TOPS)(self._composed_top)

    def rows(self, lineup: LineUp) -> tuple[str, ...]:
        """The names of the blocks of a line-up, without the frame."""
        return row_names(self._edition, lineup)

    def clock(self, zone: str) -> tuple[timedelta, str]:
        """The offset from UTC in a time zone when the edition was cut, and what to call it; UTC for no zone."""
        if zone not in self._offsets:
            self._offsets[zone] = _offset(zone, self._edition.cut_at)
        offset = self._offsets[zone]
        return (timedelta(), "UTC") if offset is None else (offset, zone)

    def fill(self, part: str, names: Iterable[str], values: Mapping[str, bytes], offset: timedelta) -> list[bytes]:
        """The encoded blocks of these names with their values; a name this part has no block for is left out."""
        blocks, personal, shelf = self.parts[part], self._personal[part], self._shelf(part, offset)
        segments = list[bytes]()
        for name in names:
            if name in personal:
                segments += self._filled(blocks[name], values, offset)
            elif name in blocks:
                segments.append(shelf[name])
        return segments

    def counts(self, lineup: LineUp) -> str:
        """Say of this line-up, in the edition's language: "12 stories · 9 sources · 8 minutes to read"; of an empty
        one only that it has no stories.
        """
        shown = [pick.index for pick in lineup.picks]
        sources = frozenset[str]().union(*[self._told_by[index] for index in shown])
        return self._counted(len(shown), len(sources), minutes([self._edition.bench[index] for index in shown]))

    def top(self, lineup: LineUp, marker: str) -> tuple[bytes, str]:
        """The Subject header and the preheader that a line-up's first stories make."""
        line, beside = self._top(LineUp(picks=lineup.picks[:_NAMED]).encode(), marker)
        return line, beside or ("" if lineup.picks else self._words.get("quiet", ""))

    def _composed_top(self, first: bytes, marker: str) -> tuple[bytes, str]:
        entries = [(self._edition.bench[pick.index], pick.form) for pick in LineUp.decode(first).picks]
        told = {headline(entry): _told(entry, form) for entry, form in entries}
        lines = self._worn.last(told)
        line = subject(
            lines,
            title=self._letterhead.title,
            date=self._words.get("date", self._edition.date.isoformat()),
            pattern=self._letterhead.subject,
            marker=marker,
            worn=self._worn,
        )
        return subject_header(line), preheader(lines, told[lines[0]] if lines else "")

    def _plural(self, name: str, count: int) -> str:
        form = self._words[f"{name}/{plural_category(self._language, count)}"]
        return form.replace("{count}", str(count))

    def _said_counts(self, stories: int, sources: int, reading: int) -> str:
        counted = [("stories", stories)]
        if stories:
            counted += [("sources", sources), ("minutes", reading)]
        return " · ".join(self._plural(name, count) for name, count in counted)

    def _empty_shelf(self, part: str, offset: timedelta) -> Shelf:
        return Shelf(self.parts[part], partial(self._time, offset=offset))

    def _filled(self, block: Block, values: Mapping[str, bytes], offset: timedelta) -> Iterator[bytes]:
        yield block.pieces[0]
        for name, piece in zip(block.values, block.pieces[1:], strict=True):
            yield self._time(name, offset) if name.startswith(_TIME) else values[name]
            yield piece

    def when(self, at: datetime, offset: timedelta) -> str:
        """An instant as a clock shows it: the time alone today, with the weekday this week, else the date."""
        zone = timezone(offset)
        local = at.astimezone(zone)
        days = (self._edition.cut_at.astimezone(zone).date() - local.date()).days
        pattern = "clock" if days == 0 else "day_clock" if 0 < days < 7 else "day"  # noqa: PLR2004 - a week
        return format_when(self._language, self._words[pattern], local)

    def _encoded_time(self, name: str, offset: timedelta) -> bytes:
        seconds = int(name.removeprefix(_TIME))
        return quoted(self.when(datetime.fromtimestamp(seconds, UTC), offset))


def _personal(blocks: Mapping[str, Block]) -> Iterator[str]:
    """The names of the blocks that a reader's own values stand in."""
    for name, block in blocks.items():
        if not all(value.startswith(_TIME) for value in block.values):
            yield name


def _told(entry: BenchStory, form: Form) -> str:
    """What a form says of a story below its headline."""
    return entry.news if form is Form.UPDATE and entry.news else entry.story.summary


def _offset(zone: str, when: datetime) -> timedelta | None:
    try:
        return ZoneInfo(zone).utcoffset(when.astimezone(ZoneInfo(zone)))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
