"""An edition becomes blocks: rendered once, inlined once, cut, encoded."""

import hashlib
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from digest.errors import TemplateError
from digest.model.edition import Edition, EditionState, Form, LineUp, Pick
from digest.model.message import Block, Letterhead, Rendering
from digest.rendering.environment import Templates, Trusted, Words
from digest.rendering.mime import pieces
from digest.rendering.moulds import inlined
from digest.rendering.page import (
    CONTENTS,
    Row,
    all_rows,
    corrections,
    logo,
    paragraphs,
    related_name,
    story_name,
    time_name,
)
from digest.rendering.palette import palettes
from digest.rendering.text import wrap
from digest.rendering.tokens import Tokens

HTML, TEXT = "mail/digest.html", "mail/digest.txt"
"""The templates of an edition."""

KEPT_WORDS = ("clock", "day_clock", "day", "quiet")
KEPT_PLURALS = ("stories", "sources", "minutes")
"""What assembling a mail has to say in words; kept with the blocks as "word/…"."""

_FRAME_ROOM, _TIME_ROOM = 2500, 12
"""Octets to allow for: a reader's values in the frame, a time."""

_PUBLIC = frozenset({"browser", "footer_browser", "preferences"})
_ALWAYS = frozenset({"marker", "reason", "correction"})

_EVERYWHERE = frozenset({"preheader", "counts", "zone"})
_OWN = {
    "marker": frozenset({"marker"}),
    "browser": frozenset({"edition_url"}),
    "correction": frozenset({"correction", "corrected_at"}),
    "reason": frozenset({"address"}),
    "preferences": frozenset({"preferences_url"}),
    "unsubscribe": frozenset({"unsubscribe_url"}),
    "footer_browser": frozenset({"edition_url"}),
}
"""The values that are there for every reader, and those that are only where their block is."""

_NEEDED = ("masthead", "footer", "end")
"""The blocks of every mail."""

_OFF_FRAME = frozenset({"correction", "quiet", "rule"})
"""What stands on the web alone, in place of stories, and between any two of them."""

Lengths = tuple[int, int, int, int]


class Specimen:
    """The page of an edition before it is cut: every row it can have, with stand-ins for the readers' values."""

    def __init__(self, edition: Edition, letterhead: Letterhead, templates: Templates) -> None:
        self.words = templates.words(edition.language)
        self.rows = all_rows(edition, letterhead, self.words)
        self.parts = _optional_parts(letterhead)
        self.seed = _seed(edition, letterhead)
        self.tokens = Tokens(self.seed)
        self._edition, self._letterhead, self._templates = edition, letterhead, templates

    def page(self, *, rows: Sequence[Row], parts: Container[str], marks: bool = True) -> str:
        """The page of these rows and optional parts before inlining; `marks` shows where blocks begin."""
        light, dark = palettes(self._letterhead.accent)
        return self._templates.render(
            HTML,
            **self._values(rows, parts),
            cut=lambda name: Trusted(f"<!--{self.tokens.mark(name)}-->") if marks else "",
            light=light,
            dark=dark,
            start="right" if self.words.direction == "rtl" else "left",
        )

    def text(self, *, rows: Sequence[Row], parts: Container[str], marks: bool = True) -> str:
        """The text of these rows, in the same order and the same words."""
        return self._templates.render(
            TEXT,
            **self._values(rows, parts),
            cut=lambda name: self.tokens.mark(name) if marks else "",
            wrap=partial(wrap, measure=self.tokens.columns, parts=self.tokens.graphemes),
        )

    def _values(self, rows: Sequence[Row], parts: Container[str]) -> dict[str, object]:
        return {
            "letterhead": self._letterhead,
            "words": self.words,
            "date": self.words.date(self._edition.date, "long_date"),
            "logo": logo(self._letterhead),
            "note": paragraphs(self._edition.hand.note),
            "corrections": corrections(self._edition),
            "deadline": time_name(self._edition.cut_at),
            "rows": rows,
            "value": self._value,
            "has": lambda name: name in parts,
        }

    def _value(self, name: str) -> str:
        """The stand-in for a value. Raises TemplateError, in the template, where there is none of that name."""
        known = _EVERYWHERE.union(*_OWN.values())
        if name not in known and not name.startswith("time/"):
            raise TemplateError(f"there is no value({name!r}); there are {', '.join(sorted(known))}")
        return self.tokens(name)


def render(
    edition: Edition, letterhead: Letterhead, templates: Templates, *, inliner: Callable[[str], str] | None = None
) -> Rendering:
    """The edition as blocks: every bench story in every form, every label, and the frame, in HTML and in text.

    One HTML page, one text page and one call of the inliner, however many readers there are; it sees one block of each
    shape. Raises TemplateError.
    """
    specimen = Specimen(edition, letterhead, templates)
    tokens, rows, parts = specimen.tokens, specimen.rows, specimen.parts
    page = tokens.cut(specimen.page(rows=rows, parts=parts), template=HTML)
    html = _blocks(inlined(page, partial(_inlined, tokens=tokens, inliner=inliner or _premailer())), tokens)
    text = _blocks(tokens.cut(specimen.text(rows=rows, parts=parts), template=TEXT), tokens)
    _check(html, rows, template=HTML)
    _check(text, rows, template=TEXT)
    text |= _kept_words(edition, specimen.words)
    return Rendering(
        language=edition.language,
        fingerprint=_fingerprint(specimen.seed, (*html.values(), *text.values())),
        letterhead=letterhead,
        html=html,
        text=text,
    )


def _premailer() -> Callable[[str], str]:
    from digest.rendering.inline import inline

    return inline


def sizes(rendering: Rendering) -> tuple[int, tuple[Lengths, ...]]:
    """What a line-up may count on, in octets of decoded HTML: the frame with a reader's values, both headings and a
    contents list; and for each bench story its lead, its compact and its update form, each with its times and what can
    stand before it, a section's label or a rule, and then its related items, which none of these counts.

    A story that is nobody's update counts as its compact form there.
    """
    blocks = rendering.html
    before = max([*_lengths(blocks, "section/"), *_lengths(blocks, "rule")], default=0)
    count = sum(name.startswith("compact/") for name in blocks)
    contents = sorted(_lengths(blocks, "contents/"), reverse=True)[:CONTENTS]
    frame = sum(_length(block) for name, block in blocks.items() if "/" not in name and name not in _OFF_FRAME)
    return frame + sum(contents) + _FRAME_ROOM, tuple(_story_sizes(blocks, index, before) for index in range(count))


def _story_sizes(blocks: Mapping[str, Block], index: int, before: int) -> Lengths:
    lead, compact = (blocks[story_name(Pick(index=index, form=form))] for form in (Form.LEAD, Form.COMPACT))
    update = blocks.get(story_name(Pick(index=index, form=Form.UPDATE)), compact)
    related = blocks.get(related_name(index))
    return (
        _length(lead) + before,
        _length(compact) + before,
        _length(update) + before,
        _length(related) if related else 0,
    )


def _lengths(blocks: Mapping[str, Block], prefix: str) -> list[int]:
    return [block.length for name, block in blocks.items() if name.startswith(prefix)]


def _length(block: Block) -> int:
    return block.length + _TIME_ROOM * sum(name.startswith("time/") for name in block.values)


def _optional_parts(letterhead: Letterhead) -> frozenset[str]:
    """The parts of the frame that some reader's mail can have; what has nothing to link to is not rendered."""
    parts = _ALWAYS | _PUBLIC if letterhead.public_url else _ALWAYS
    return parts | {"unsubscribe"} if letterhead.public_url or letterhead.unsubscribe_address else parts


def _seed(edition: Edition, letterhead: Letterhead) -> str:
    """A hash of all that is shown: no text in the edition can contain it."""
    shown = replace(edition, state=EditionState.DRAFT, lineup=LineUp())
    return hashlib.sha256(repr((shown, letterhead)).encode("utf-8", "backslashreplace")).hexdigest()


def _fingerprint(seed: str, blocks: Iterable[Block]) -> str:
    state = hashlib.sha256(seed.encode())
    for block in blocks:
        state.update(repr((block.name, block.pieces, block.values)).encode())
    return state.hexdigest()


def _inlined(blocks: Mapping[str, str], *, tokens: Tokens, inliner: Callable[[str], str]) -> dict[str, str]:
    """The page of these blocks inlined and cut again."""
    page = tokens.join(blocks)
    done = inliner(page)
    tokens.check(page, done)
    return tokens.cut(done, template=HTML)


def _blocks(cut: Mapping[str, str], tokens: Tokens) -> dict[str, Block]:
    return {name: _block(name, *tokens.split(text)) for name, text in cut.items()}


def _check(blocks: Mapping[str, Block], rows: Sequence[Row], *, template: str) -> None:
    """Raise TemplateError where a block is missing that mails are made of, or has a value that may not be there."""
    stories = (row.name for row in rows if row.kind in tuple(Form))
    for name in (*_NEEDED, *stories):
        if name not in blocks:
            raise TemplateError(f"{template} begins no block {name!r}", hint="Use cut(…) once for each name")
    for name, block in blocks.items():
        values = {value for value in block.values if not value.startswith("time/")}
        if strange := values - _EVERYWHERE - _OWN.get(name, frozenset()):
            raise TemplateError(
                f"{template} uses value({min(strange)!r}) in the block {name!r}, where not every mail has it",
                hint="What only some readers have stands in a block of its own, as templates/mail/_base.html shows",
            )


def _block(name: str, texts: tuple[str, ...], values: tuple[str, ...]) -> Block:
    length = sum(len(text.encode()) + text.count("\n") for text in texts)
    return Block(name=name, pieces=pieces(texts), values=values, length=length)


def _kept_words(edition: Edition, words: Words) -> dict[str, Block]:
    """The words that are said only once the line-up and the reader are known."""
    kept = {f"word/{name}": words(name) for name in KEPT_WORDS}
    for name in KEPT_PLURALS:
        kept |= {f"word/{name}/{category}": form for category, form in words.forms(name).items()}
    kept["word/date"] = words.date(edition.date, "short_date")
    return {name: _block(name, (text,), ()) for name, text in kept.items()}
