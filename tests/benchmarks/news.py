"""Days of news nobody wrote: Zipf words, planted stories told by several publishers, and readers with wishes."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from xml.sax.saxutils import escape

from digest.model.feed import Item
from digest.model.subscriber import Consent, Preferences, Subscriber, SubscriberState

MORNING = datetime(2026, 5, 14, 5, 0, tzinfo=UTC)
SECTIONS = ("World", "Region", "Business", "Science", "Sport", "Culture", "Technology")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC", "Africa/Nairobi")
SYLLABLES = tuple(a + b for a in ("b", "d", "f", "gr", "k", "l", "m", "n", "p", "st", "tr", "v") for b in "aeiou")
WORDS = 12_000
PUBLISHERS = 80
PER_STORY = 4
"""How many items a planted story has, on average."""


class Press:
    """A seeded source of words, stories and items."""

    def __init__(self, seed: int = 7) -> None:
        self.random = random.Random(seed)
        self.words = self._vocabulary()
        self.weights = tuple(accumulate(1 / rank for rank in range(1, WORDS + 1)))
        self.publishers = tuple(f"{self._word()}-{number}.example" for number in range(PUBLISHERS))

    def _vocabulary(self) -> tuple[str, ...]:
        """Different words, the short ones first, as the common ones are."""
        found: dict[str, None] = {}
        while len(found) < WORDS:
            found[self._word()] = None
        return tuple(sorted(found, key=len))

    def _word(self) -> str:
        return "".join(self.random.choices(SYLLABLES, k=self.random.choice((1, 2, 2, 3, 3, 4))))

    def text(self, count: int) -> list[str]:
        """So many words, the common ones often."""
        return self.random.choices(self.words, cum_weights=self.weights, k=count)

    def rare(self, count: int) -> list[str]:
        """So many words that hardly anything else will have: the names in a story."""
        return [word.capitalize() for word in self.random.choices(self.words[WORDS // 10 :], k=count)]

    def items(self, count: int) -> tuple[Item, ...]:
        """A day of so many items: stories of different size, each told in its publishers' own words."""
        made = [item for told in self.stories(count) for item in told]
        self.random.shuffle(made)
        return tuple(made)

    def stories(self, count: int) -> tuple[tuple[Item, ...], ...]:
        """So many items, by the story they tell."""
        made: list[tuple[Item, ...]] = []
        while left := count - sum(map(len, made)):
            made.append(tuple(self._story(min(left, 1 + int(self.random.expovariate(1 / (PER_STORY - 1)))))))
        return tuple(made)

    def _story(self, size: int) -> Iterator[Item]:
        names, core = self.rare(4), self.text(14)
        section = self.random.choice(SECTIONS)
        begun = MORNING - timedelta(minutes=self.random.randint(60, 22 * 60))
        for publisher in self.random.sample(self.publishers, min(size, PUBLISHERS)):
            when = min(begun + timedelta(minutes=self.random.randint(0, 240)), MORNING)
            yield self._item(names, core, section, publisher, when)

    def _item(self, names: list[str], core: list[str], section: str, publisher: str, when: datetime) -> Item:
        title = [*self.random.sample(names, 3), *self.random.sample(core, 4), *self.text(2)]
        body = [*names, *self.random.sample(core, 10), *self.text(22)]
        self.random.shuffle(body)
        key = f"{self.random.getrandbits(64):016x}"
        return Item(
            id=key,
            title=" ".join(title),
            url=f"https://{publisher}/{key}",
            summary=f"{' '.join(body[:18]).capitalize()}. {' '.join(body[18:]).capitalize()}.",
            publisher=publisher,
            source=publisher.partition(".")[0].capitalize(),
            section=section,
            language="en",
            position=self.random.random(),
            published=when,
            seen=when,
        )

    def feeds(self, count: int, *, size: int = 25) -> tuple[bytes, ...]:
        """So many RSS documents of `size` items each."""
        return tuple(rss(f"Feed {number}", self.items(size)) for number in range(count))

    def readers(self, count: int, *, stories: tuple[int, int] = (5, 20)) -> tuple[Subscriber, ...]:
        """So many active people, no two with the same wishes, who ask for so many stories, at least and at most."""
        return tuple(self._reader(number, stories) for number in range(count))

    def _reader(self, number: int, stories: tuple[int, int]) -> Subscriber:
        sections = self.random.sample(SECTIONS, self.random.randint(0, 4))
        wishes = Preferences(
            timezone=self.random.choice(ZONES),
            sections=tuple(sections),
            muted_words=(self.random.choice(self.words), f"word{number}"),
            muted_sources=tuple(self.random.sample(self.publishers, 2)),
            max_stories=self.random.randint(*stories),
        )
        return Subscriber(
            address=f"reader{number}@readers.example",
            name=f"Reader {number}",
            state=SubscriberState.ACTIVE,
            preferences=wishes,
            consent=Consent(text="invented for a benchmark", at=MORNING, origin="tests/benchmarks"),
            joined_at=MORNING - timedelta(days=1),
        )


def rss(title: str, items: Sequence[Item]) -> bytes:
    """An RSS 2.0 document of these items, with a little mark-up in each description."""
    entries = "".join(
        f"<item><title>{escape(item.title)}</title><link>{escape(item.url)}</link><guid>{item.id}</guid>"
        f"<pubDate>{item.published:%a, %d %b %Y %H:%M:%S} GMT</pubDate><description>"
        f"{escape(f'<p>{item.summary}</p><p><a href={item.url!r}>Read more</a></p>')}</description></item>"
        for item in items
    )
    head = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{title}</title>'
    return f"{head}<link>https://{title.replace(' ', '')}.example/</link>{entries}</channel></rss>".encode()
