"""Copies of one text: the same page, the same wire report under another headline, an update by one publisher.

Two leads are one text when most of the shorter one's runs of six words stand in the other as well, or a great many do.
Runs that long are broken by every rewritten word, so that two reporters' sentences on one event stay apart, while a
dateline in front, an agency's mark or an earlier cut costs next to nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from digest.model.feed import Item
from digest.stories.anchors import Anchors, Slots, anchors, clash, differing, figures, figures_clash
from digest.stories.canonical import bare_title, canonical_url
from digest.stories.overlap import Indices, Runs, Shares, Wordings, Words, distinct, unpacked
from digest.stories.terms import content_words, jaccard, tokens, without_stop_words

LEAST_LEAD_WORDS = 8
LEAST_TITLE_WORDS = 4
LEAD_RUN = 6
TITLE_RUN = 2
LEAD_ALIKE = 0.65
LEAD_ALIKE_IF_LONG = 0.35
LEAD_ALIKE_UNDER_ONE_TITLE = 0.3
LONG = 32
TITLE_HINT = 0.1
TITLE_HINT_AT_HOME = 0.25
TITLE_IN_LEAD = 0.25
TITLE_ALIKE = 0.8
TITLE_HOURS = 48.0
MOST_TITLES_OF_A_TEXT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """What an item is recognised by; taken of the few that are compared one by one."""

    publisher: str
    at: datetime
    title: frozenset[str]
    lead: frozenset[str]
    lead_figures: frozenset[str]
    anchors: Anchors


@dataclass(frozen=True, slots=True)
class Day:
    """The items of a day as arrays: runs of words in leads and headlines, and the equal headlines.

    `leads` says whose lead tells a text: it is long enough and no boilerplate; `tongues` numbers the languages.
    """

    items: Sequence[Item]
    languages: Sequence[str]
    lead_runs: Runs
    title_runs: Runs
    titles: Runs
    leads: NDArray[np.bool_]
    tongues: Indices
    prints: dict[int, Print] = field(default_factory=dict)

    def print_of(self, index: int) -> Print:
        """An item's print, taken once."""
        if index not in self.prints:
            self.prints[index] = print_of(self.items[index], self.languages[index], told=bool(self.leads[index]))
        return self.prints[index]


def print_of(item: Item, language: str, *, told: bool) -> Print:
    """Take an item's print; `told` is whether its lead counts."""
    title = bare_title(item)
    return Print(
        publisher=item.publisher or item.source,
        at=item.published or item.seen,
        title=frozenset(content_words(title, language)),
        lead=frozenset(tokens(item.summary)) if told else frozenset(),
        lead_figures=figures(item.summary) if told else frozenset(),
        anchors=anchors(title),
    )


def copies(items: Sequence[Item], languages: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Partition the indices of the items into texts, in the order of their first members.

    The order of the items does not matter. Candidates come from equal links, equal headlines and shared runs of words;
    the cost is close to linear in the items.
    """
    order = sorted(range(len(items)), key=lambda index: identity(items[index]))
    day = day_of([items[index] for index in order], [languages[index] for index in order])
    texts = Texts(day)
    for left, right in same_page(day):
        texts.join(left, right)
    for left, right in candidates(day):
        if texts.may_join(left, right) and same_text(day.print_of(left), day.print_of(right)):
            texts.join(left, right)
    return tuple(sorted(tuple(sorted(order[index] for index in group)) for group in texts.members.values()))


def identity(item: Item) -> tuple[str, str, str, str, str, datetime]:
    """Sorts items in one way, whatever order they came in."""
    return item.id, item.title, item.summary, item.url, item.publisher, item.published or item.seen


def day_of(items: Sequence[Item], languages: Sequence[str]) -> Day:
    """Turn the items' words into arrays."""
    words = Words()
    leads, titles, keys = Wordings(words), Wordings(words), Wordings(words)
    told = np.zeros(len(items), dtype=bool)
    boiler = set(boilerplate(items, languages))
    for index, (item, language) in enumerate(zip(items, languages, strict=True)):
        words_of_title = tokens(bare_title(item))
        content = without_stop_words(words_of_title, language)
        lead = tokens(item.summary)
        told[index] = len(lead) >= LEAST_LEAD_WORDS and index not in boiler
        leads.add(lead if told[index] else ())
        titles.add(content if len(content) >= LEAST_TITLE_WORDS else ())
        keys.add((" ".join(words_of_title),) if len(content) >= LEAST_TITLE_WORDS else ())
    tongues = np.unique(np.asarray(languages, dtype=object), return_inverse=True)[1] if items else np.zeros(0, int)
    return Day(items, languages, leads.runs(LEAD_RUN), titles.runs(TITLE_RUN), keys.runs(1), told, tongues)


def boilerplate(items: Sequence[Item], languages: Sequence[str]) -> Iterator[int]:
    """The items whose lead stands under several headlines of their publisher that have no word in common."""
    under: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        if item.publisher and item.summary:
            under[item.publisher, item.summary].append(index)
    for members in under.values():
        if len(members) > MOST_TITLES_OF_A_TEXT:
            headlines = {frozenset(content_words(bare_title(items[index]), languages[index])) for index in members}
            if len(headlines) > MOST_TITLES_OF_A_TEXT and not frozenset.intersection(*headlines):
                yield from members


class Texts:
    """A growing partition in which no two members of one text name different slots of a series.

    Leads are heard before headlines. When headlines have their turn, two texts that both have a lead have been found
    different; an item without one may go with either, but does not make one of both.
    """

    def __init__(self, day: Day) -> None:
        self.day = day
        self.told = day.leads.tolist()
        self.root = list(range(len(day.items)))
        self.members = {index: [index] for index in self.root}
        self.slots: dict[int, set[Slots]] = {}

    def join(self, left: int, right: int) -> None:
        """Make one text of two, unless members of theirs clash."""
        less, more = sorted({self.root[left], self.root[right]}, key=lambda root: (len(self.members[root]), root))
        named, added = self.named(more), self.named(less)
        if any(clash(here, there) for here in named for there in added):
            return
        moved = self.members.pop(less)
        self.members[more].extend(moved)
        self.slots[more] = named | added
        self.told[more] |= self.told[less]
        for index in moved:
            self.root[index] = more

    def named(self, root: int) -> set[Slots]:
        """The slots that the members of a text name, each combination once."""
        return self.slots[root] if root in self.slots else {self.day.print_of(root).anchors.slots}

    def may_join(self, left: int, right: int) -> bool:
        """Whether two items are not one text yet, and their texts' leads do not stand against it."""
        first, second = self.root[left], self.root[right]
        by_leads = self.day.leads[left] and self.day.leads[right]
        return first != second and bool(by_leads or not (self.told[first] and self.told[second]))


def same_page(day: Day) -> Iterator[tuple[int, int]]:
    """Pairs of items that link to one page; a page many headlines of one feed lead to is no article."""
    pages: dict[str, list[int]] = defaultdict(list)
    for index, item in enumerate(day.items):
        if url := canonical_url(item.url):
            pages[url].append(index)
    for members in pages.values():
        if len(members) > 1 and not front_page(day, members):
            yield from ((members[0], index) for index in members[1:])


def front_page(day: Day, members: Sequence[int]) -> bool:
    """Whether one feed links to a page from too many headlines."""
    headlines = {(day.items[index].feed_id, day.print_of(index).anchors.words) for index in members}
    return max(Counter(feed for feed, _ in headlines).values()) > MOST_TITLES_OF_A_TEXT


def candidates(day: Day) -> Iterator[tuple[int, int]]:
    """Pairs that may be copies by their words alone, the most alike first."""
    found = [runs.pairs() for runs in (day.lead_runs, day.title_runs, day.titles)]
    left, right = unpacked(distinct(np.concatenate(found)), len(day.items))
    one_tongue = day.tongues[left] == day.tongues[right]
    left, right = left[one_tongue], right[one_tongue]
    alike = strength(day, left, right)
    kept = np.flatnonzero(alike)
    kept = kept[np.lexsort((right[kept], left[kept], -alike[kept]))]
    yield from zip(left[kept].tolist(), right[kept].tolist(), strict=True)


def strength(day: Day, left: Indices, right: Indices) -> Shares:
    """How alike two items' words are, where enough to be copies; else 0.

    Leads decide where both items have one, headlines where not. Less is asked under one headline, and of leads that
    have as much in common as a short one holds.
    """
    told = day.leads[left] & day.leads[right]
    one_title = day.titles.common(left, right) > 0
    long = day.lead_runs.common(left, right) >= LONG
    bar = np.where(one_title, LEAD_ALIKE_UNDER_ONE_TITLE, np.where(long, LEAD_ALIKE_IF_LONG, LEAD_ALIKE))
    leads = day.lead_runs.containment(left, right)
    titles = np.maximum(one_title, day.title_runs.likeness(left, right))
    enough = np.where(told, leads >= bar, titles >= TITLE_ALIKE)
    return np.where(enough, np.where(told, 1 + leads, titles), 0).astype(np.float32)


def same_text(left: Print, right: Print) -> bool:
    """Whether two items of like words carry one text. Headlines of a template never do, whatever else they share.

    Other figures in like leads are another report, unless one publisher has put them under a new headline: an update.
    """
    if clash(left.anchors.slots, right.anchors.slots) or template(left, right):
        return False
    home = at_home(left, right)
    if left.lead and right.lead:
        if home and left.anchors.words != right.anchors.words:
            return titles_meet(left, right)
        return titles_meet(left, right) and not other_figures(left, right)
    return titles_agree(left, right) and (not home or not (left.lead or right.lead))


def other_figures(left: Print, right: Print) -> bool:
    """Whether each item has a figure in its lead, or in its headline, that the other has not there."""
    return figures_clash(left.lead_figures, right.lead_figures) or figures_clash(
        left.anchors.figures, right.anchors.figures
    )


def at_home(left: Print, right: Print) -> bool:
    """Whether both items are one publisher's."""
    return bool(left.publisher) and left.publisher == right.publisher


def titles_meet(left: Print, right: Print) -> bool:
    """Whether the headlines have words in common, or each has a good part of its own in the other's lead.

    Boilerplate leads stand under headlines that have neither.
    """
    if jaccard(left.title, right.title) >= (TITLE_HINT_AT_HOME if at_home(left, right) else TITLE_HINT):
        return True
    least = TITLE_IN_LEAD if at_home(left, right) else 0
    ways = ((left.title, right.lead), (right.title, left.lead))
    return all(len(title & lead) > least * len(title) for title, lead in ways)


def titles_agree(left: Print, right: Print) -> bool:
    """Whether headlines that are alike say it is one text: they have equal figures and are close in time."""
    near = abs((left.at - right.at).total_seconds()) <= TITLE_HOURS * 3600
    return near and left.anchors.figures == right.anchors.figures


def template(left: Print, right: Print) -> bool:
    """Whether two headlines differ only in the words that fill a slot.

    A word that the other item's lead knows as well was only chosen differently. One that only its own lead knows is
    another event's name; and so is one that no lead knows, under one publisher or where there is no lead to ask.
    """
    here, there = differing(left.anchors, right.anchors)
    if not here or not there:
        return False
    if figures(" ".join(here)) and figures(" ".join(there)):
        return True
    if here & left.lead - right.lead and there & right.lead - left.lead:
        return True
    return (at_home(left, right) or not (left.lead and right.lead)) and not (here & right.lead or there & left.lead)
