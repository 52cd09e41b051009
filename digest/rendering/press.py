"""A rendering made ready for joining: what many mails share is worked out once."""

from binascii import a2b_qp
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache, partial
from itertools import chain
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.model.edition import BenchStory, Edition, Form, LineUp, Pick
from digest.model.message import Block, Rendering
from digest.rendering.environment import format_when, plural_category
from digest.rendering.letter import constant_headers, sender_headers, subject_header
from digest.rendering.mime import quoted
from digest.rendering.page import NOWHERE, contents_rows, headline, minutes, place_of, rows_before, story_rows
from digest.rendering.subject import Worn, preheader, subject
from digest.rendering.text import one_line

_NAMED = 4
"""How many stories a subject and a preheader are made of."""

_TOPS, _SHELVES, _SHEETS, _TIMES, _VALUES = 4096, 64, 512, 16384, 8192
"""How many tops of line-ups, parts in one offset, these with a frame, times in one offset, shared values are kept."""

_TIME = "time/"

_ABOVE = ("head", "marker", "browser", "masthead", "note", "corrections", "correction")
_BELOW = ("footer", "reason", "preferences", "unsubscribe", "footer_browser", "end")
FRAME = frozenset((*_ABOVE, *_BELOW))
"""The blocks that are no rows of a line-up."""


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


class Shelf(dict[tuple[str, ...], bytes]):
    """The blocks of a part in one UTC offset, joined as they stand together, when that is first asked for; nothing for
    names this part has no block for. Not for blocks that a reader's value stands in.
    """

    def __init__(self, blocks: Mapping[str, Block], time: Callable[[str], bytes]) -> None:
        super().__init__()
        self._blocks, self._time = blocks, time

    def __missing__(self, names: tuple[str, ...]) -> bytes:
        (whole,), _ = merged(self._blocks, names, self._time)
        self[names] = whole
        return whole


Blanks = tuple[tuple[bytes, ...], tuple[str, ...]]
"""Pieces, and the names of the readers' values that stand between them."""


def merged(blocks: Mapping[str, Block], names: Iterable[str], time: Callable[[str], bytes]) -> Blanks:
    """The blocks of these names as one, with the times filled in; a name there is no block for is left out."""
    pieces, values = [b""], list[str]()
    for block in (blocks[name] for name in names if name in blocks):
        pieces[-1] += block.pieces[0]
        for value, piece in zip(block.values, block.pieces[1:], strict=True):
            if value.startswith(_TIME):
                pieces[-1] += time(value) + piece
            else:
                values.append(value)
                pieces.append(piece)
    return tuple(pieces), tuple(values)


_Rows = tuple[tuple[str, ...], tuple[str, ...], tuple[str, str]]
"""What stands before a story, the story, and the place it stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One part of all mails with the same frame, in one UTC offset; only rows and values are missing.

    `shelf` holds the rows; it is None where readers' values stand in some.
    """

    before: Blanks
    shelf: Shelf | None
    after: Blanks
    blocks: Mapping[str, Block]
    time: Callable[[str], bytes]

    def filled(self, groups: Sequence[tuple[str, ...]], values: Mapping[str, bytes]) -> list[bytes]:
        """The part with these rows and values."""
        if self.shelf is not None:
            rows = list(map(self.shelf.__getitem__, groups))
        else:
            rows = filled(merged(self.blocks, chain.from_iterable(groups), self.time), values)
        return [*filled(self.before, values), *rows, *filled(self.after, values)]


class Press:
    """One rendering's blocks, with the times of a UTC offset filled in and the words of a line-up's top kept."""

    def __init__(self, rendering: Rendering, edition: Edition) -> None:
        self.parts: Mapping[str, Mapping[str, Block]] = {"html": rendering.html, "text": rendering.text}
        self.boundary = f"=_{rendering.fingerprint[:40]}"
        self.sender_headers = sender_headers(rendering.letterhead)
        self.constant_headers = constant_headers(rendering.letterhead, edition, boundary=self.boundary)
        self._language = rendering.language
        self._edition = edition
        self.letterhead = rendering.letterhead
        self._worn = Worn(map(one_line, edition.worn))
        self._words = {
            name.removeprefix("word/"): plain(block.pieces)
            for name, block in rendering.text.items()
            if name.startswith("word/")
        }
        self._plain_rows = {part: FRAME.issuperset(_personal(blocks)) for part, blocks in self.parts.items()}
        self._rows: dict[tuple[tuple[str, str], Pick], _Rows] = {}
        self._told_by = tuple(_as_bits(entry.story.publishers for entry in edition.bench))
        self._offsets: dict[str, timedelta | None] = {}
        self._time = lru_cache(maxsize=_TIMES)(self._encoded_time)
        self._shelf = lru_cache(maxsize=_SHELVES)(self._empty_shelf)
        self.sheet = lru_cache(maxsize=_SHEETS)(self._ruled_sheet)
        self._counted = lru_cache(maxsize=_VALUES)(self._said_counts)
        self._top = lru_cache(maxsize=_TOPS)(self._composed_top)

    def rows(self, lineup: LineUp) -> list[tuple[str, ...]]:
        """The names of the blocks of a line-up, without the frame, in groups that many line-ups have."""
        picks = lineup.picks
        if not picks:
            return [("quiet",)]
        groups: list[tuple[str, ...]] = [(name,) for name in contents_rows(picks)]
        place = NOWHERE
        for pick in picks:
            before, story, place = self._rows.get((place, pick)) or self._found_rows(place, pick)
            groups += (before, story)
        return groups

    def _found_rows(self, last: tuple[str, str], pick: Pick) -> "_Rows":
        edition = self._edition
        found = rows_before(edition, last, pick), story_rows(edition, pick), place_of(edition, pick)
        self._rows[last, pick] = found
        return found

    def clock(self, zone: str) -> tuple[timedelta, str]:
        """The offset from UTC in a time zone when the edition was cut, and what to call it; UTC for no zone."""
        if zone not in self._offsets:
            self._offsets[zone] = _offset(zone, self._edition.cut_at)
        offset = self._offsets[zone]
        return (timedelta(), "UTC") if offset is None else (offset, zone)

    def fill(self, part: str, names: Iterable[str], values: Mapping[str, bytes], offset: timedelta) -> list[bytes]:
        """The encoded blocks of these names with their values; a name this part has no block for is left out."""
        return filled(merged(self.parts[part], names, partial(self._time, offset=offset)), values)

    def counts(self, lineup: LineUp) -> str:
        """Say of this line-up, in the edition's language: "12 stories · 9 sources · 8 minutes to read"; of an empty
        one only that it has no stories.
        """
        sources, bench, shown = 0, self._edition.bench, [pick.index for pick in lineup.picks]
        for index in shown:
            sources |= self._told_by[index]
        return self._counted(len(shown), sources.bit_count(), minutes([bench[index] for index in shown]))

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
            title=self.letterhead.title,
            date=self._words.get("date", self._edition.date.isoformat()),
            pattern=self.letterhead.subject,
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

    def _ruled_sheet(self, part: str, before: tuple[str, ...], after: tuple[str, ...], offset: timedelta) -> Sheet:
        """A part of the mails that have these blocks before and after their rows."""
        blocks, time = self.parts[part], partial(self._time, offset=offset)
        return Sheet(
            before=merged(blocks, before, time),
            shelf=self._shelf(part, offset) if self._plain_rows[part] else None,
            after=merged(blocks, after, time),
            blocks=blocks,
            time=time,
        )

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


def filled(blanks: Blanks, values: Mapping[str, bytes]) -> list[bytes]:
    """Pieces with the values between them."""
    pieces, names = blanks
    segments = [b""] * (2 * len(names) + 1)
    segments[::2] = pieces
    segments[1::2] = map(values.__getitem__, names)
    return segments


def _personal(blocks: Mapping[str, Block]) -> Iterator[str]:
    """The names of the blocks that a reader's own values stand in."""
    for name, block in blocks.items():
        if not all(value.startswith(_TIME) for value in block.values):
            yield name


def _as_bits(sets: Iterable[Iterable[str]]) -> Iterator[int]:
    """Sets of names as bits, of which each name has its own."""
    known: dict[str, int] = {}
    for names in sets:
        yield sum({1 << known.setdefault(name, len(known)) for name in names})


def _told(entry: BenchStory, form: Form) -> str:
    """What a form says of a story below its headline."""
    return entry.news if form is Form.UPDATE and entry.news else entry.story.summary


def _offset(zone: str, when: datetime) -> timedelta | None:
    try:
        return ZoneInfo(zone).utcoffset(when.astimezone(ZoneInfo(zone)))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
