"""What readers have been told: the same story in earlier editions, and what is new since then."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from digest.model.edition import BenchStory, Echo, Edition
from digest.model.feed import Item
from digest.model.story import Story
from digest.selection.score import effective_publishers
from digest.selection.voices import voice
from digest.selection.words import alike
from digest.sentences import is_closed

AGREED = 2
"""So many publishers must state what is news."""

RARE_WORDS = 3
"""So many new words are as good as a figure or a name, in scripts whose names cannot be told from other words."""

TIMES, MORE = 2.0, 5.0
"""A story whose effective publishers are so many times what they were, and so many more, is news again."""

SAME_SENTENCE = 0.6
SENTENCE = range(15, 401)
"""How long a sentence may be to stand for what is new, in characters."""

READ = 1200
"""How much of an item's text is read for news, in characters."""

UNFINISHED = ("…", "...", "[…]", "[...]", "?", "？", "؟", ":", "：", ",", ";")
COMMON = 3
"""A name in more of the day's stories than these says nothing of one of them: a news agency, a capital."""

Place = tuple[int, int]
"""A story of an earlier edition: its number, and the index on its bench."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How texts are read; the stage that knows languages hands it over.

    `facts`: the figures and names that a sentence in a language states. `words`: its words of weight where names
    cannot be told from them, else none. `said`: all that a text says, in the same form. `told`: the sentences of a text
    that tell something, given its headline and language.
    """

    facts: Callable[[str, str], frozenset[str]]
    words: Callable[[str, str], frozenset[str]]
    said: Callable[[str, str], frozenset[str]]
    told: Callable[[str, str, str], Sequence[str]]


UNREAD = Reading(
    facts=lambda _sentence, _language: frozenset(),
    words=lambda _text, _language: frozenset(),
    said=lambda _text, _language: frozenset(),
    told=lambda _text, _headline, _language: (),
)
"""Finds nothing in any text, so that only the number of publishers makes news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Novelty:
    """Where a story was told before, and what is new since it last was, in a sentence (or empty)."""

    echoes: tuple[Echo, ...] = ()
    news: str = ""


@dataclass(slots=True)
class Archive:
    """The stories of earlier editions, to be found by their items or by their own id."""

    told: dict[Place, BenchStory] = field(default_factory=dict)
    places: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))

    @staticmethod
    def of(earlier: Iterable[Edition]) -> "Archive":
        """File every bench story of these editions."""
        archive = Archive()
        for edition in earlier:
            for index, entry in enumerate(edition.bench):
                place = (edition.number, index)
                archive.told[place] = entry
                for key in (entry.story.id, *(item.id for item in entry.story.items)):
                    archive.places[key].add(place)
        return archive

    def echoes(self, story: Story) -> list[Place]:
        """Where a story was told: the stories with its id or one of its items, and what those were told as before."""
        near = set[Place]().union(*(self.places.get(key, ()) for key in (story.id, *(item.id for item in story.items))))
        before = {(echo.edition, echo.index) for place in near for echo in self.told[place].echoes}
        return sorted(near | (before & self.told.keys()))


def novelties(stories: Sequence[Story], earlier: Iterable[Edition], reading: Reading) -> tuple[Novelty, ...]:
    """For each story its places in earlier editions, which of them it has material news since, and that news.

    News is measured against all that was told of the story up to and with an edition, whoever reads it.
    """
    archive = Archive.of(earlier)
    kept = Reading(
        facts=cache(reading.facts),
        words=cache(reading.words),
        said=cache(reading.said),
        told=cache(reading.told),
    )
    places = [archive.echoes(story) for story in stories]
    everywhere = common(stories, kept) if any(places) else frozenset()
    return tuple(
        novelty(story, [(place, archive.told[place].story) for place in mine], kept, everywhere)
        for story, mine in zip(stories, places, strict=True)
    )


def common(stories: Sequence[Story], reading: Reading) -> frozenset[str]:
    """The names and words that many of the day's stories say; figures are never common."""
    told = Counter[str]()
    for story in stories:
        stated = set[str]().union(*(states(one, story, reading) for one in passages(story.lead, story, reading)))
        told.update(word for word in stated if not word[0].isdigit())
    return frozenset(word for word, count in told.items() if count > COMMON)


def states(passage: str, story: Story, reading: Reading) -> frozenset[str]:
    """All that a passage of a story states."""
    return reading.facts(passage, story.language) | reading.words(passage, story.language)


def novelty(story: Story, told: Sequence[tuple[Place, Story]], reading: Reading, everywhere: frozenset[str]) -> Novelty:
    """One story's places and news; the sentence is about the latest place that has any."""
    since: dict[int, tuple[bool, str]] = {}
    for number in sorted({edition for (edition, _), _ in told}):
        before = [earlier for (edition, _), earlier in told if edition <= number]
        fresh = news(story, before, reading, everywhere)
        text = sentence(story, before, fresh, reading) if fresh else ""
        since[number] = bool(fresh) or outgrown(story, before), text
    echoes = tuple(Echo(edition=edition, index=index, material=since[edition][0]) for (edition, index), _ in told)
    latest = max((number for number, (material, _) in since.items() if material), default=None)
    return Novelty(echoes=echoes, news="" if latest is None else since[latest][1])


def news(story: Story, told: Sequence[Story], reading: Reading, everywhere: frozenset[str]) -> frozenset[str]:
    """The figures and names (or rare words) that several publishers state now and nobody did in `told`."""
    old = said_in(told, reading) | everywhere
    facts: dict[str, set[str]] = defaultdict(set)
    rare: dict[str, set[str]] = defaultdict(set)
    for item in fresh_items(story, told):
        for passage in passages(item, story, reading):
            for fact in reading.facts(passage, story.language) - old:
                facts[fact].add(voice(item))
            for word in reading.words(passage, story.language) - old:
                rare[word].add(voice(item))
    stated, words = agreed(facts), agreed(rare)
    return stated | words if stated or len(words) >= RARE_WORDS else frozenset()


def agreed(by: Mapping[str, set[str]]) -> frozenset[str]:
    """What enough publishers say."""
    return frozenset(fact for fact, publishers in by.items() if len(publishers) >= AGREED)


def fresh_items(story: Story, told: Sequence[Story]) -> Iterator[Item]:
    """The items that are not in `told`, or whose text was another there."""
    known = {(item.id, item.title, item.summary) for earlier in told for item in earlier.items}
    return (item for item in story.items if (item.id, item.title, item.summary) not in known)


def said_in(told: Sequence[Story], reading: Reading) -> frozenset[str]:
    """All that the items of earlier stories say."""
    texts = {(text, story.language) for story in told for item in story.items for text in (item.title, item.summary)}
    return frozenset[str]().union(*(reading.said(text, language) for text, language in texts))


def passages(item: Item, story: Story, reading: Reading) -> Iterator[str]:
    """The sentences of an item of a story, its headline first."""
    yield item.title[:READ]
    yield from reading.told(item.summary[:READ], item.title[:READ], story.language)


def outgrown(story: Story, told: Sequence[Story]) -> bool:
    """Whether far more publishers tell the story than ever did."""
    before = max(map(effective_publishers, told))
    now = effective_publishers(story)
    return now >= TIMES * before and now >= before + MORE


def sentence(story: Story, told: Sequence[Story], fresh: frozenset[str], reading: Reading) -> str:
    """The sentence with most of the news, from the most trusted item, that is not the headline again; else empty.

    A headline stands in for it only where it is another item's and says something else.
    """
    found: list[tuple[int, bool, float, int, str, str]] = []
    for item in fresh_items(story, told):
        for place, passage in enumerate(passages(item, story, reading)):
            shown = " ".join(passage.split())
            if showable(shown, story.lead.title):
                count = len(states(passage, story, reading) & fresh)
                found.append((-count, place == 0, -item.weight, place, item.id, shown))
    best = min(found, default=None)
    return best[-1] if best and best[0] else ""


def showable(passage: str, headline: str) -> bool:
    """Whether a passage stands alone: whole, neither too short nor too long, and not the headline again."""
    whole = len(passage) in SENTENCE and not passage.endswith(UNFINISHED)
    return whole and is_closed(passage) and alike(passage, headline) < SAME_SENTENCE


def echo_masks(edition: Edition) -> dict[Place, tuple[int, int]]:
    """For each place of an earlier edition the bits of the bench stories it told, and of those that have news since."""
    masks: dict[Place, tuple[int, int]] = {}
    for index, entry in enumerate(edition.bench):
        for echo in entry.echoes:
            told, material = masks.get((echo.edition, echo.index), (0, 0))
            masks[echo.edition, echo.index] = told | 1 << index, material | (1 << index if echo.material else 0)
    return masks
