"""One dated, numbered cut of the news, and what one reader gets from it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from digest.model.feed import Item
from digest.model.story import Score, Story

BENCH_SIZE = 96
"""The most stories an edition holds; line-ups are encoded in seven bits per story because of it."""


class Form(StrEnum):
    """How a story is shown in one line-up."""

    LEAD = "lead"
    COMPACT = "compact"
    UPDATE = "update"

    # An enumeration's own hash is slow, and picks are looked up by the thousand.
    __hash__ = str.__hash__


class EditionState(StrEnum):
    """draft → held | approved → frozen, or cancelled at any point before its last mail."""

    DRAFT = "draft"
    HELD = "held"
    APPROVED = "approved"
    FROZEN = "frozen"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A lead image as we serve it ourselves: its fingerprint names the bytes, width and height are in pixels."""

    fingerprint: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """The same story in an earlier edition: a reader who was told that one has been told this.

    `material` where so much has happened since then that it may come again, as an update.
    """

    edition: int
    index: int
    material: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchStory:
    """A scored story with everything that is shown of it. `minutes` is its reading time.

    `news` is what is new since it was last told, in a sentence; empty where it was never told or nothing is.
    """

    story: Story
    score: Score
    section: str = ""
    related: tuple[Item, ...] = ()
    echoes: tuple[Echo, ...] = ()
    news: str = ""
    image: Image | None = None
    minutes: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One story of a line-up: its index on the bench and its form; a `bare` one is shown without its related items."""

    index: int
    form: Form
    bare: bool = False


UPDATE_MARK, BARE_MARK = 0x7F, 0x7E
"""Stand before the index of an update, of a story without its related items; no bench is so long that they are an
index themselves.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineUp:
    """The stories one reader gets, in order.

    Stored as one byte a story: bit 7 set for a lead, the rest the index; an update has UPDATE_MARK before it, a bare
    story BARE_MARK before everything else.
    """

    picks: tuple[Pick, ...] = ()

    def encode(self) -> bytes:
        """The line-up as bytes, some fifteen of them."""
        return b"".join(_encoded(pick) for pick in self.picks)

    @staticmethod
    def indices(code: bytes) -> list[int]:
        """The indices of the stories in what `encode` made, without their forms."""
        return [byte & 0x7F for byte in code if byte not in _MARKS]

    @staticmethod
    def decode(code: bytes) -> "LineUp":
        """The line-up that `encode` made `code` of."""
        picks: list[Pick] = []
        marks: set[int] = set()
        for byte in code:
            if byte in _MARKS:
                marks.add(byte)
                continue
            full = Form.LEAD if byte & 0x80 else Form.COMPACT
            form = Form.UPDATE if UPDATE_MARK in marks else full
            picks.append(_pick(byte & 0x7F, form, BARE_MARK in marks))
            marks.clear()
        return LineUp(picks=tuple(picks))


@lru_cache(maxsize=6 * BENCH_SIZE)
def _pick(index: int, form: Form, bare: bool) -> Pick:  # noqa: FBT001 as its field
    """A pick, made once."""
    return Pick(index=index, form=form, bare=bare)


_MARKS = frozenset((UPDATE_MARK, BARE_MARK))


def _encoded(pick: Pick) -> bytes:
    bare = bytes((BARE_MARK,)) if pick.bare else b""
    update = bytes((UPDATE_MARK,)) if pick.form is Form.UPDATE else b""
    return bare + update + bytes((pick.index | (0x80 if pick.form is Form.LEAD else 0),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was wrong in edition `edition`, which had gone out, in the editor's words."""

    edition: int
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """What the editor did to an edition beyond its texts, for every reader.

    Stories by id: `pinned` ones come before all others, `dropped` ones to nobody; `order` puts those it names in this
    order, before the others. `note` is the editor's own word on top of the paper. `edits` counts the changes in force,
    those of texts included: an edition that somebody has worked on is not cut anew.
    """

    pinned: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    note: str = ""
    edits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A cut of the news. `number` 0 is a preview that was never written.

    `bench` is best first, at most BENCH_SIZE; `likeness` holds for each pair of bench stories how alike they are,
    row by row, one byte a pair (0 unlike … 255 the same; shape len(bench) x len(bench)). `sections` is the order of
    the sections. `interest` is what a story that a reader follows is worth more to them, on the scale of the scores.
    `quiet` says why there is nothing worth sending, or is empty. `considered` counts items, sources
    and stories it was cut from. `corrections` are those no edition has carried yet. `worn` are the headlines of the
    edition before, which no subject begins with again. `held` says why a check keeps it back, or is empty;
    `passed` is what an editor who approved it has let pass of that.
    """

    number: int = 0
    date: date
    cut_at: datetime
    title: str
    language: str = "en"
    bench: tuple[BenchStory, ...] = ()
    likeness: bytes = b""
    sections: tuple[str, ...] = ()
    interest: float = 0.0
    lineup: LineUp = LineUp()
    state: EditionState = EditionState.DRAFT
    quiet: str = ""
    considered: tuple[int, int, int] = (0, 0, 0)
    hand: Hand = Hand()
    corrections: tuple[Correction, ...] = ()
    worn: tuple[str, ...] = ()
    held: str = ""
    passed: str = ""
