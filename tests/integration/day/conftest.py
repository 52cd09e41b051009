"""A newspaper with real parts in a folder of its own, whose clock is turned by hand."""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from random import Random
from string import ascii_lowercase

import pytest

from digest.app import App
from digest.delivery.run import Report
from digest.model.delivery import DeliveryState
from digest.model.edition import Edition, LineUp
from digest.model.feed import Feed, FeedState, Fetched, Item
from digest.model.subscriber import Preferences, Subscriber, SubscriberState
from digest.newsroom import dispatch, editions
from digest.newsroom.beat import beat
from digest.rendering.environment import Templates
from digest.settings.read import read_settings
from digest.shipped import shipped
from digest.storage.database import Store, open_store
from digest.testing import ManualClock

NEVER = datetime.fromisoformat("2200-01-01T00:00:00+00:00")
DAY = timedelta(days=1)


@dataclass(kw_only=True)
class Newsroom:
    """The application, its clock, and short words for what a day brings."""

    app: App
    clock: ManualClock
    feed: Feed
    serial: Iterator[int] = field(default_factory=count)

    @property
    def store(self) -> Store:
        return self.app.store

    def at(self, moment: str) -> None:
        """Turn the clock to a UTC time."""
        self.clock.now = datetime.fromisoformat(f"{moment}+00:00")

    def chosen(self, **changes: object) -> None:
        """Other settings, from now on."""
        self.app = replace(self.app, settings=replace(self.app.settings, **changes))

    def news(self, count: int = 4, *, age: timedelta = timedelta(hours=2), section: str = "") -> tuple[str, ...]:
        """So many unlike stories appear in the feed; returns their headlines."""
        numbers = [next(self.serial) for _ in range(count)]
        items = tuple(item(number, published=self.clock() - age, now=self.clock()) for number in numbers)
        self.publish(items, section=section)
        return tuple(each.title for each in items)

    def publish(self, items: Sequence[Item], *, section: str = "") -> None:
        """These items appear in the feed, or in one of that section."""
        feed = self.feed
        if section:
            url = f"https://{section.lower()}.harbour.example/feed"
            self.store.feeds.add([Feed(url=url, title=section, section=section)])
            feed = next(each for each in self.store.feeds.all() if each.url == url)
        self.store.items.record(Fetched(feed=replace(feed, state=FeedState(next_at=NEVER)), items=tuple(items)))

    def reader(self, address: str, **wishes: object) -> Subscriber:
        """An active reader with wishes."""
        preferences = Preferences(**wishes)  # type: ignore[arg-type]
        person = Subscriber(address=address, state=SubscriberState.ACTIVE, preferences=preferences)
        assert self.store.subscribers.enrol([person]) == ()
        return self.store.subscribers.find(address)

    def wish(self, address: str, **changes: object) -> None:
        """A reader changes their mind."""
        person = self.store.subscribers.find(address)
        self.store.subscribers.change(replace(person, preferences=replace(person.preferences, **changes)))

    def beat(self) -> None:
        """One beat of the scheduler."""
        asyncio.run(beat(self.app, asyncio.Event()))

    def live(self, until: str, *, every: timedelta = timedelta(minutes=30)) -> None:
        """Beat until a UTC time, with fresh news each time the newsletter's day is young."""
        end = datetime.fromisoformat(f"{until}+00:00")
        while self.clock() < end:
            if self.clock().hour == 5 and self.clock().minute < every.seconds // 60:
                self.news()
            self.beat()
            self.clock.advance(every)

    def cut(self) -> Edition:
        """An edition of what there is now."""
        return asyncio.run(editions.cut(self.app))

    def send(self, number: int) -> Report:
        """The manual send."""
        dispatch.plan_now(self.app, editions.freeze(self.app, number))
        return self.drain()

    def drain(self) -> Report:
        """Carry what is due."""
        return asyncio.run(dispatch.drain(self.app, asyncio.Event(), lambda _report: None))

    def papers(self, address: str, *states: DeliveryState) -> list[tuple[date, int]]:
        """The papers an address got (or those in other states): the reader's date and the edition, oldest first."""
        wanted = states or (DeliveryState.ACCEPTED,)
        rows = self.store.history.of_address(address, limit=500)
        return sorted((row.local_date, row.edition or 0) for row in rows if row.state in wanted)

    def headlines(self, address: str) -> list[tuple[str, ...]]:
        """The headlines of each paper an address got, oldest first."""
        rows = sorted(self.store.history.of_address(address, limit=500), key=lambda row: row.id)
        got = [row for row in rows if row.state is DeliveryState.ACCEPTED and row.lineup is not None]
        benches = [self.store.editions.get(row.edition or 0).bench for row in got]
        return [
            tuple(bench[index].story.lead.title for index in LineUp.indices(row.lineup or b""))
            for row, bench in zip(got, benches, strict=True)
        ]

    def mails(self) -> list[EmailMessage]:
        """Every mail in the outbox, in the order they were written."""
        folder = self.app.settings.outbox / "new"
        files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns) if folder.is_dir() else []
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]


def item(number: int, *, published: datetime, now: datetime, said: str = "") -> Item:
    """An article that shares no word of weight with one of another number; `said` is added to its summary."""
    invent = Random(number)  # the same number makes the same words
    words = ["".join(invent.choices(ascii_lowercase, k=7)) for _ in range(16)]
    return Item(
        id=f"item{number:04d}",
        title=" ".join(words[:6]).capitalize(),
        summary=f"{' '.join(words[6:]).capitalize()}. {said}".strip(),
        url=f"https://press{number % 7}.example/{number}",
        publisher=f"press{number % 7}.example",
        source=f"Press {number % 7}",
        language="en",
        published=published,
        seen=now,
    )


@pytest.fixture
def unlike_item():
    """`item`, for tests that make their own."""
    return item


@pytest.fixture(scope="session")
def templates() -> Templates:
    """The shipped templates, compiled once."""
    return Templates((shipped("templates"),))


@pytest.fixture(scope="session")
def blank_store_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with an empty store, to be copied."""
    path = tmp_path_factory.mktemp("store") / "template.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def newsroom(tmp_path: Path, blank_store_file: Path, templates: Templates) -> Iterator[Newsroom]:
    """A newspaper of the twelfth of March at five in the morning; its one feed is read by hand."""
    file = shutil.copy(blank_store_file, tmp_path / "digest.db")
    chosen = {
        "DIGEST_DATABASE_URL": f"sqlite:///{file}",
        "DIGEST_OUTBOX": str(tmp_path / "outbox"),
        "DIGEST_FROM": "The Harbour Gazette <paper@harbour.example>",
        "DIGEST_PUBLIC_URL": "http://127.0.0.1:8025",
        "DIGEST_SECRET_KEY": "0123456789abcdef" * 4,
        "DIGEST_RATE": "100000",
    }
    clock = ManualClock(datetime.fromisoformat("2026-03-12T05:00:00+00:00"))
    with open_store(f"sqlite:///{file}") as store:
        settings = read_settings(chosen, dotenv=tmp_path / "none.env")
        (feed,) = store.feeds.add([Feed(url="https://wire.harbour.example/feed", title="Wire")])
        app = App(settings=settings, store=store, templates=templates, clock=clock, seeds=shipped("seeds") / "feeds")
        room = Newsroom(app=app, clock=clock, feed=feed)
        room.publish(())
        yield room
