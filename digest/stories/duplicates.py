"""Copies of one text: the same page, the same wire report under another headline, an update by one publisher."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from digest.model.feed import Item
from digest.stories.anchors import Anchors, anchors, clash, figures_clash, swapped
from digest.stories.canonical import bare_title, canonical_url
from digest.stories.terms import content_words, jaccard, shingles, tokens

LEAST_LEAD_WORDS = 8
LEAST_TITLE_WORDS = 4
LEAD_ALIKE = 0.45
LEAD_ALIKE_AT_HOME = 0.6
LEAD_AGAINST = 0.3
TITLE_HINT = 0.1
TITLE_ALIKE = 0.8
TITLE_HOURS = 48.0
RARE = 6
BLOCK = 40
MOST_TITLES_OF_A_PAGE = 3
MEMBERS_CHECKED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """What an item is recognised by."""

    publisher: str
    at: datetime
    url: str
    key: str
    title: frozenset[str]
    title_shingles: frozenset[str]
    lead: frozenset[str]
    lead_words: frozenset[str]
    anchors: Anchors


def print_of(item: Item, language: str) -> Print:
    """Take an item's prints once; every comparison is between these."""
    title = bare_title(item)
    words = content_words(title, language)
    lead = tokens(item.summary)
    long_enough = len(lead) >= LEAST_LEAD_WORDS
    return Print(
        publisher=item.publisher or item.source,
        at=item.published or item.seen,
        url=canonical_url(item.url),
        key=" ".join(tokens(title)) if len(words) >= LEAST_TITLE_WORDS else "",
        title=frozenset(words),
        title_shingles=frozenset(map(" ".join, pairwise(words))) if len(words) >= LEAST_TITLE_WORDS else frozenset(),
        lead=shingles(lead) if long_enough else frozenset(),
        lead_words=frozenset(lead) if long_enough else frozenset(),
        anchors=anchors(title),
    )


def copies(items: Sequence[Item], languages: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Partition the indices of the items into texts, in the order of their first members.

    Candidates come from equal links, equal headlines and rare shingles; the cost is linear in the items.
    """
    prints = [print_of(item, language) for item, language in zip(items, languages, strict=True)]
    texts = Texts(prints)
    for left, right in same_page(items, prints):
        texts.join(left, right)
    for left, right in sorted(set(candidates(prints))):
        if languages[left] == languages[right] and same_text(prints[left], prints[right]):
            texts.join(left, right)
    return texts.groups()


class Texts:
    """A growing partition in which no two members of one text may name different slots of a series."""

    def __init__(self, prints: Sequence[Print]) -> None:
        self.prints = prints
        self.root = list(range(len(prints)))
        self.members = {index: [index] for index in self.root}

    def join(self, left: int, right: int) -> None:
        """Make one text of two, unless members of theirs clash."""
        first, second = sorted((self.root[left], self.root[right]))
        if first == second or self.clashing(first, second):
            return
        moved = self.members.pop(second)
        self.members[first].extend(moved)
        for index in moved:
            self.root[index] = first

    def clashing(self, first: int, second: int) -> bool:
        """Whether some member of one text contradicts some member of the other."""
        return any(
            clash(self.prints[here].anchors, self.prints[there].anchors)
            for here in self.members[first][:MEMBERS_CHECKED]
            for there in self.members[second][:MEMBERS_CHECKED]
        )

    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The texts."""
        return tuple(tuple(sorted(self.members[root])) for root in sorted(self.members))


def same_page(items: Sequence[Item], prints: Sequence[Print]) -> Iterator[tuple[int, int]]:
    """Pairs of items that link to one page; a page many headlines of one feed lead to is no article."""
    pages: dict[str, list[int]] = defaultdict(list)
    for index, taken in enumerate(prints):
        if taken.url:
            pages[taken.url].append(index)
    for members in pages.values():
        titles = Counter(feed for feed, _ in {(items[index].feed_id, prints[index].anchors.words) for index in members})
        if max(titles.values()) <= MOST_TITLES_OF_A_PAGE:
            yield from ((members[0], index) for index in members[1:])


def candidates(prints: Sequence[Print]) -> Iterator[tuple[int, int]]:
    """Pairs that are worth a look: equal headlines, or the same rare shingle of lead or headline."""
    blocks: dict[object, list[int]] = defaultdict(list)
    counts = Counter(shingle for taken in prints for shingle in taken.lead)
    counts.update(shingle for taken in prints for shingle in taken.title_shingles)
    for index, taken in enumerate(prints):
        if taken.key:
            blocks[taken.key, "headline"].append(index)
        for shingle in {*rarest(taken.lead, counts), *rarest(taken.title_shingles, counts)}:
            blocks[shingle].append(index)
    for members in blocks.values():
        yield from pairs(members)


def rarest(found: frozenset[str], counts: Counter[str]) -> list[str]:
    """The rarest of an item's shingles that another item has as well."""
    shared = [shingle for shingle in found if counts[shingle] > 1]
    return sorted(shared, key=lambda shingle: (counts[shingle], shingle))[:RARE]


def pairs(members: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Every pair of a small block; of a large one each member with the first few and with the one before."""
    for place, right in enumerate(members):
        near = members[:place] if place < BLOCK else [*members[: BLOCK // 8], members[place - 1]]
        yield from ((left, right) for left in near)


def same_text(left: Print, right: Print) -> bool:
    """Whether two items carry one text. Headlines of a template never do, whatever else they share."""
    if clash(left.anchors, right.anchors) or template(left, right):
        return False
    at_home = bool(left.publisher) and left.publisher == right.publisher
    if left.lead and right.lead:
        alike = jaccard(left.lead, right.lead)
        if at_home:
            return alike >= LEAD_ALIKE_AT_HOME and titles_meet(left, right)
        if figures_clash(left.anchors, right.anchors):
            return False
        return (alike >= LEAD_ALIKE and titles_meet(left, right)) or (
            bool(left.key) and left.key == right.key and alike >= LEAD_AGAINST
        )
    return titles_agree(left, right) and (not at_home or not (left.lead or right.lead))


def titles_meet(left: Print, right: Print) -> bool:
    """Whether the headlines have words in common, or each has words of the other's lead.

    Boilerplate leads stand under headlines that have neither.
    """
    if jaccard(left.title, right.title) >= TITLE_HINT:
        return True
    return bool(left.title & right.lead_words) and bool(right.title & left.lead_words)


def titles_agree(left: Print, right: Print) -> bool:
    """Whether the headlines alone say it is one text: equal, or nearly so with equal figures, and close in time."""
    if abs((left.at - right.at).total_seconds()) > TITLE_HOURS * 3600:
        return False
    if left.key and left.key == right.key:
        return True
    return (
        left.anchors.figures == right.anchors.figures
        and jaccard(left.title_shingles, right.title_shingles) >= TITLE_ALIKE
        and bool(left.publisher)
        and left.publisher != right.publisher
    )


def template(left: Print, right: Print) -> bool:
    """Whether two headlines differ only in the words that fill a slot.

    A word that the other item's lead knows as well was only chosen differently; one that it does not know is another
    event's name.
    """
    differing = swapped(left.anchors, right.anchors)
    if not differing:
        return False
    known_there = any(here in right.lead_words for here, _ in differing)
    known_here = any(there in left.lead_words for _, there in differing)
    return not (known_there or known_here) or any(here[0].isdigit() and there[0].isdigit() for here, there in differing)
