"""The checks of what both parts say: the text is worth as much as the HTML, and both tell who writes and how to go."""

import re
from collections.abc import Callable, Iterator

from digest.checks.found import error, excerpt, warning
from digest.checks.headers import unsubscribe_uris
from digest.checks.page import Page
from digest.model.finding import Finding

COLUMNS = 78
"""The longest line of the text part (RFC 5322 section 2.1.1); an address may take more."""

_MARKUP = re.compile(r"</?[a-z][^<>\n]*>|&(?:[a-z]+|#\d+|#x[0-9a-f]+);", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_ADDRESS = ("http://", "https://", "mailto:")


def same_headlines(page: Page) -> Iterator[Finding]:
    """The text has the headlines of the HTML, in their order."""
    text, place = _squeezed(page.sent.text), 0
    for number, headline in enumerate(page.headlines):
        found = text.find(_squeezed(headline), place)
        if found < 0:
            where = "at its place in" if _squeezed(headline) in text else "in"
            said = f"“{excerpt(headline)}” is not {where} the text"
            yield error("text headlines", said, where="text", story=page.story_of(page.named("h2")[number]))
        else:
            place = found + len(_squeezed(headline))


def same_links(page: Page) -> Iterator[Finding]:
    """Every address that the HTML links to stands in the text, on a line by itself; those of the stories must."""
    alone = {line.strip() for line in page.sent.text.splitlines()}
    told: set[str] = set()
    for link in page.named("a"):
        url = link.get("href", "").strip()
        if url.startswith(("http://", "https://")) and not page.sent.is_own(url) and url not in alone | told:
            told.add(url)
            story = page.story_of(link)
            said = f"{excerpt(url)} is not on a line by itself in the text"
            yield (error if story else warning)("text links", said, where="text", story=story)


def no_markup(page: Page) -> Iterator[Finding]:
    """The text is text: a tag or an entity in it is one that the HTML shows too, as some headline's own words."""
    shown = _squeezed(page.root.text_content()).casefold()
    for mark in dict.fromkeys(_MARKUP.findall(page.sent.text)):
        if _squeezed(mark).casefold() not in shown:
            yield error("text markup", f"the text part has markup: {excerpt(mark)}", where="text")


def line_lengths(page: Page) -> Iterator[Finding]:
    """The lines fit a terminal, addresses aside."""
    for number, line in enumerate(page.sent.text.splitlines(), start=1):
        if not any(word.startswith(_ADDRESS) for word in line.split()) and page.sent.columns(line) > COLUMNS:
            said = f"line {number} of the text takes {page.sent.columns(line)} columns, more than {COLUMNS}"
            yield warning("text lines", said, where="text")


def says_how_to_leave(page: Page) -> Iterator[Finding]:
    """One of the ways to leave that the headers name stands in both parts, to be seen."""
    uris = unsubscribe_uris(page.sent)
    report = error if page.sent.outward else warning
    linked = {link.get("href", "").strip() for link in page.named("a") if link.text_content().strip()}
    if uris and not linked & set(uris):
        yield report("unsubscribe", "the page has no link to leave", where="html", hint="the law wants one to be seen")
    if uris and not any(line.strip() in uris for line in page.sent.text.splitlines()):
        yield report("unsubscribe", "the text has no line with the link to leave", where="text")


def says_who_writes(page: Page) -> Iterator[Finding]:
    """The postal address, which the law of many countries wants, stands in both parts."""
    address = page.sent.letterhead.postal_address
    if not address:
        hint = "set DIGEST_POSTAL_ADDRESS; the law of many countries wants it"
        yield warning("postal address", "no postal address is set", where="mail", hint=hint)
        return
    words = _WORD.findall(address)
    for part, said in (("html", page.root.text_content()), ("text", page.sent.text)):
        if " ".join(words) not in " ".join(_WORD.findall(said)):
            yield warning("postal address", f"the postal address is not in the {part}", where=part)


def _squeezed(text: str) -> str:
    """A text without blanks, so that it does not matter where lines are broken."""
    return "".join(text.split())


OF_WORDING: tuple[Callable[[Page], Iterator[Finding]], ...] = (
    same_headlines,
    same_links,
    no_markup,
    line_lengths,
    says_how_to_leave,
    says_who_writes,
)
"""Every check of what the two parts say."""
