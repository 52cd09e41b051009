"""Where the sentences of a plain text end, in many languages.

A room of its own below the stages of the day, so that those that cut texts cut them alike. What the splitter does not
know is mended one way only, by joining: two sentences taken for one are read, half a sentence is not.
"""

import re

import sentencex

from digest.scripts import MARKS

INITIAL = re.compile(rf"(?:^|[\s(«„“\"'])[^\W\d_](?:(?!\w)[{MARKS}])*\.$")
ORDINAL = re.compile(r"\s\d{1,2}\.$")
LETTER = re.compile(r"[^\W\d_]")
QUOTED = ("」", "』")
SET_SOLID = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
"""A sign before which no blank parts sentences: of scripts without blanks, Thai has one there."""

PAIRED = ("„“”", "«»", "「」", "『』", "()", "（）", '"')
"""Signs that come in pairs, whichever of a group a language opens with and closes with."""

HIRAGANA = re.compile(r"[\u3041-\u309f]")
INITIALS_KNOWN = "en"
"""The language whose initials the splitter tells from the end of "plan B."."""
ORDINAL_LANGUAGES = "bs cs da de et eu fi hr hu is lt lv nb nn no pl sk sl sr tr"
ORDINALS = frozenset(ORDINAL_LANGUAGES.split())
"""The languages that write "3." for "third"."""


def sentences(text: str, language: str = "") -> list[str]:
    """The sentences of a text, blanks settled; `joined` they are the text again.

    `language` is a primary subtag (BCP 47), or empty; full stops of abbreviations, figures and initials end nothing.
    Thai and Lao write no full stops: there a paragraph is one sentence.
    """
    found: list[str] = []
    for piece in pieces(settled(text), language):
        if found and goes_on(found[-1], piece, language):
            found[-1] = joined(found[-1], piece)
        else:
            found.append(piece)
    return found


def joined(before: str, after: str) -> str:
    """Two sentences in a row, with a blank between them where their script has blanks."""
    return f"{before}{after}" if SET_SOLID.match(after) else f"{before} {after}"


def settled(text: str) -> str:
    """The text with single blanks and without lone surrogates, which the splitter does not take."""
    readable = text if text.isascii() else text.encode("utf-8", "ignore").decode("utf-8")
    return " ".join(readable.split())


def pieces(text: str, language: str) -> list[str]:
    """What the splitter takes for the sentences of a settled text."""
    found: list[str] = sentencex.segment(language or INITIALS_KNOWN, text)
    return [bare for piece in found if (bare := piece.strip())]


def goes_on(before: str, piece: str, language: str) -> bool:
    """Whether a piece belongs to the one before it, which ended at an abbreviation, a figure or a quotation."""
    if not before.endswith("."):
        return before.endswith(QUOTED) and bool(HIRAGANA.match(piece))
    if begins_small(piece) or not LETTER.search(before):
        return True
    if INITIAL.search(before) and language != INITIALS_KNOWN:
        return True
    return language in ORDINALS and bool(ORDINAL.search(before))


def begins_small(piece: str) -> bool:
    """Whether a piece begins with a letter that sentences begin with as a capital; in Georgian they do not."""
    return piece[0].islower() and piece[0].title() != piece[0]


def is_closed(sentence: str) -> bool:
    """Whether every quotation and bracket in a sentence has its end there."""
    return all(sum(map(sentence.count, signs)) % 2 == 0 for signs in PAIRED)
