"""The checks of an edition and its line-up, before anything is rendered.

A feed can write whatever it likes, so nothing that one story says of itself keeps a paper back: an error here is about
one story, and goes away when that story is dropped, or is that there is no story.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from urllib.parse import urlsplit

from digest.checks.found import error, excerpt, warning
from digest.model.delivery import Told
from digest.model.edition import BenchStory, Edition, Form, LineUp
from digest.model.finding import Finding
from digest.scripts import MARKS, UNSPACED

SAME_HEADLINE = 0.6
"""Headlines with so much of their words in common (Jaccard) are one headline to a reader. Of some 820 such pairs in the
labelled days 2 are of different stories, and at 0.5 not many more; but there begin the headlines of a series ("Rates
today: gold", "Rates today: silver"), which those days do not have.
"""

FEWEST_WORDS = 4
"""Headlines with fewer words are only near each other where they are the same."""

READ = 1000
"""How much of a headline is read, in characters."""

_WORD = re.compile(rf"\w[\w{MARKS}]*")


@dataclass(frozen=True, kw_only=True)
class Paper:
    """An edition as somebody gets it: the `lineup`, and the line-ups they were `told` before, of the editions `before`
    this one.
    """

    edition: Edition
    lineup: LineUp
    told: tuple[Told, ...] = ()
    before: tuple[Edition, ...] = ()

    @cached_property
    def shown(self) -> tuple[tuple[Form, BenchStory], ...]:
        """The stories in order, with the form of each."""
        return tuple((pick.form, self.edition.bench[pick.index]) for pick in self.lineup.picks)

    @cached_property
    def places(self) -> frozenset[tuple[int, int]]:
        """Where they were told something: the number of an edition and an index on its bench."""
        return frozenset((each.edition, index) for each in self.told for index in LineUp.indices(each.lineup))

    @cached_property
    def old_links(self) -> frozenset[str]:
        """What the stories that they were told linked to."""
        benches = {edition.number: edition.bench for edition in self.before}
        known = (benches[number][index] for number, index in self.places if index < len(benches.get(number, ())))
        return frozenset(entry.story.lead.url for entry in known if entry.story.lead.url)


def some_story(paper: Paper) -> Iterator[Finding]:
    """There is something to read; on a quiet day, which is held for that, there need not be."""
    if not paper.lineup.picks:
        report = warning if paper.edition.quiet else error
        yield report("no story", "the edition has no story", where="edition", hint=paper.edition.quiet)


def has_headline(paper: Paper) -> Iterator[Finding]:
    """Every story has a headline with something to read in it; signs and blanks alone are none."""
    for _, entry in paper.shown:
        if not any(unicodedata.category(char)[0] in "LNS" for char in entry.story.lead.title):
            yield error("headline", "a story has no headline", where="edition", story=entry.story.id)


def one_of_a_kind(paper: Paper) -> Iterator[Finding]:
    """No two headlines are the same, or nearly; the lower one is at fault, once."""
    read = [(entry.story, headline_words(entry.story.lead.title)) for _, entry in paper.shown]
    faulty: set[str] = set()
    for (upper, ours), (lower, theirs) in combinations(read, 2):
        if same_headline(ours, theirs) and not {upper.id, lower.id} & faulty:
            faulty.add(lower.id)
            yield error(
                "near-duplicate",
                f"“{excerpt(lower.lead.title)}” is nearly “{excerpt(upper.lead.title)}”",
                where="edition",
                story=lower.id,
                hint="drop or retitle one of them",
            )


def not_told_before(paper: Paper) -> Iterator[Finding]:
    """Nothing is told again but as an update; what an editor has pinned may be."""
    for form, entry in paper.shown:
        if form is not Form.UPDATE and _is_old(entry, paper):
            said = f"“{excerpt(entry.story.lead.title)}” was told before and does not come as an update"
            report = warning if entry.story.id in paper.edition.hand.pinned else error
            yield report("repeated", said, where="edition", story=entry.story.id)


def _is_old(entry: BenchStory, paper: Paper) -> bool:
    told = any((echo.edition, echo.index) in paper.places for echo in entry.echoes)
    return told or entry.story.lead.url in paper.old_links


def other_words_than_yesterday(paper: Paper) -> Iterator[Finding]:
    """No headline reads like one of the edition before: a column that comes every day may, so it is no error."""
    worn = [headline_words(headline) for headline in paper.edition.worn]
    for form, entry in paper.shown:
        ours = headline_words(entry.story.lead.title)
        if form is not Form.UPDATE and any(same_headline(ours, theirs) for theirs in worn):
            said = f"“{excerpt(entry.story.lead.title)}” is nearly a headline of the edition before"
            yield warning("worn headline", said, where="edition", story=entry.story.id)


def has_summary(paper: Paper) -> Iterator[Finding]:
    """Every story has a summary."""
    for form, entry in paper.shown:
        if form is not Form.UPDATE and not entry.story.summary.strip():
            said = f"“{excerpt(entry.story.lead.title)}” has no summary"
            yield warning("summary", said, where="edition", story=entry.story.id)


def has_link(paper: Paper) -> Iterator[Finding]:
    """Every story links to a page; what is no web address is left out of the mail."""
    for _, entry in paper.shown:
        url, title = entry.story.lead.url, excerpt(entry.story.lead.title)
        if not url:
            yield warning("link", f"“{title}” links to nothing", where="edition", story=entry.story.id)
        elif not is_web_address(url):
            said = f"“{title}” links to {excerpt(url)}, which is no web address; the mail shows it without a link"
            yield warning("link", said, where="edition", story=entry.story.id)


def headline_words(headline: str) -> frozenset[str]:
    """The words of a headline, folded, accents aside; pairs of letters in scripts that set no blanks."""
    folded = unicodedata.normalize("NFKD", headline[:READ].casefold())
    bare = unicodedata.normalize("NFC", "".join(char for char in folded if not _is_accent(char)))
    pieces = (_pairs(word) if UNSPACED.match(word) else (word,) for word in _WORD.findall(bare))
    return frozenset(piece for some in pieces for piece in some)


def _is_accent(char: str) -> bool:
    """Accents of European scripts only: the vowels of others are no ornaments."""
    return "\u0300" <= char <= "\u036f"


def _pairs(word: str) -> tuple[str, ...]:
    return tuple(word[at : at + 2] for at in range(max(1, len(word) - 1)))


def same_headline(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether two headlines are one to a reader."""
    if ours == theirs or min(len(ours), len(theirs)) < FEWEST_WORDS:
        return bool(ours) and ours == theirs
    common = len(ours & theirs)
    return common / (len(ours) + len(theirs) - common) >= SAME_HEADLINE


def is_web_address(url: str) -> bool:
    """Whether it is http or https, with a host."""
    try:
        parts = urlsplit(url.strip())
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


OF_PAPER: tuple[Callable[[Paper], Iterator[Finding]], ...] = (
    some_story,
    has_headline,
    one_of_a_kind,
    not_told_before,
    other_words_than_yesterday,
    has_summary,
    has_link,
)
"""Every check of an edition."""
