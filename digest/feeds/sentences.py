"""Where sentences end, and the beginning of a text cut there."""

import re
from collections.abc import Iterator

from digest.feeds.characters import whole

ENDINGS = re.compile("[.!?…]+[\"'”’“»)\\]]*(?=\\s|$)|[。！？｡]+[」』”’）]*|\n")
CUT_OFF = re.compile(r"\s*(?:[\[(](?:…|\.\.\.|more…|more\.\.\.)[\])]|…|\.\.\.)\s*$")
DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")

ABBREVIATION_NAMES = """
adm al approx apr aug ave bros capt cf cmdr co col corp ct dec dept dr ed eds est etc feb fig fr ft gen gov hon inc
jan jr lt ltd maj mar messrs mr mrs ms mt no nos nov oct op pp pres prof rep rev rt sen sens sep sept sgt sq sr st ste
supt vol vs
abs art aufl bd bspw bzgl bzw ca dgl dipl einschl evtl fa frl ggf hl hr hrsg ing inkl insb jh kap lfd mind mio mrd nr
okt rd sog std str tel usw vgl zb zzgl
av bd boul cie éd env janv févr avr juil sept déc m me mgr mlle mm mme réf chap
aprox art av avda cap cía dra dto ej excma excmo gral ing lic núm pág pdte sra sres srta
"""
ABBREVIATIONS = frozenset(ABBREVIATION_NAMES.split())
LONGEST_WORD = 24


def lead(text: str, *, limit: int) -> str:
    """The beginning of a text of one paragraph a line, on one line and of at most `limit` characters.

    It ends with a whole sentence; only a first sentence that is longer than `limit` by itself is cut after a word,
    with an ellipsis. A last sentence that the feed itself cut off is left out where there is another.
    """
    text = one_line(without_cut_off(text))
    if len(text) <= limit:
        return text
    ends = [end for end in borders(text[: limit + LONGEST_WORD]) if end <= limit]
    return text[: ends[-1]].rstrip() if ends else shortened(text, limit=limit)


def shortened(text: str, *, limit: int) -> str:
    """The text in at most `limit` characters, cut after a word and with an ellipsis where it is longer."""
    if len(text) <= limit:
        return text
    kept = text[: whole(text, limit - 1)]
    words, blank, _ = kept.rpartition(" ")
    if blank and len(words) * 2 > len(kept) and not text[len(kept)].isspace():
        kept = words
    return kept.rstrip(" ,;:–—-") + "…"


def without_cut_off(text: str) -> str:
    """The text without a last sentence that was cut off, where another one stands before it."""
    found = CUT_OFF.search(text, max(0, len(text) - 20))
    if not found:
        return text
    kept = text[: found.start()]
    *_, last = [0, *borders(kept)]
    return kept[:last].rstrip() if last else f"{kept}…" if kept else ""


def one_line(text: str) -> str:
    """Paragraphs run on; one that ends without a mark, as items of a list do, gets its full stop."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return " ".join(
        [*(f"{line}." if line[-1].isalnum() and line[-1] < "\u2e80" else line for line in lines[:-1]), *lines[-1:]]
    )


def borders(text: str) -> Iterator[int]:
    """The places right after each sentence."""
    for found in ENDINGS.finditer(text):
        if is_border(text, found):
            yield found.end()


def is_border(text: str, found: re.Match[str]) -> bool:
    """Whether a mark ends its sentence: not after an abbreviation or an initial, nor before a small letter."""
    mark = found[0]
    if mark[0] in "\n。！？｡":
        return True
    following = text[found.end() : found.end() + 3].lstrip()[:1]
    if following.islower():
        return False
    return (
        mark[0] != "."
        or mark.startswith("..")
        or not is_abbreviation(text[max(0, found.start() - LONGEST_WORD) : found.start()])
    )


def is_abbreviation(before: str) -> bool:
    """Whether the full stop after these characters belongs to their last word."""
    word = re.split(r"[\s(\[\"'“„«-]", before)[-1]
    initial = len(word) == 1 and word.isalpha()
    ordinal = word.isdecimal() and len(word) < 3  # noqa: PLR2004 -- days and centuries
    return initial or ordinal or word.casefold() in ABBREVIATIONS or bool(DOTTED.fullmatch(word))
