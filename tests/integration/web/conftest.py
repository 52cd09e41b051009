"""The public pages of a small newsletter, served on loopback with stores in memory."""

import http.client
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from digest.errors import NotFound, StoreError
from digest.model.delivery import Profile
from digest.model.edition import BenchStory, Edition, EditionState, Form, LineUp, Pick
from digest.model.feed import Item
from digest.model.message import Letterhead
from digest.model.story import Score, Story
from digest.model.subscriber import Preferences, Subscriber, SubscriberState
from digest.rendering.environment import Templates
from digest.subscribers.choosing import Offer
from digest.subscribers.links import Links
from digest.testing import ManualClock
from digest.web.server import in_thread
from digest.web.site import Desk, site

NOW = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
FINGERPRINT = "0123456789abcdef0123456789abcdef"
JPEG = b"\xff\xd8\xff\xe0 not much of a picture \xff\xd9"
OFFER = Offer(
    sections=("World", "Sea & Harbour", "Sport"),
    defaults=Profile(timezone="Europe/Berlin", send_at=420, days=0b0011111),
    max_stories=12,
)
PAGE = "<!DOCTYPE html><html><head><title>No. {0}</title></head><body style='color:#111'>Edition {0}</body></html>"


@dataclass
class Editions:
    """Of ports.EditionStore what the pages ask."""

    kept: list[Edition] = field(default_factory=list)
    broken: bool = False

    def latest(self, *states: EditionState) -> Edition | None:
        if self.broken:
            raise StoreError("The database digest.db is locked.")
        return next((edition for edition in reversed(self.kept) if not states or edition.state in states), None)

    def since(self, start: datetime) -> tuple[Edition, ...]:
        return tuple(edition for edition in reversed(self.kept) if edition.cut_at >= start)

    def page(self, number: int) -> str | None:
        frozen = {edition.number for edition in self.kept if edition.state is EditionState.FROZEN}
        return PAGE.format(number) if number in frozen else None


@dataclass
class People:
    """Of ports.SubscriberStore what the pages ask; `writes` counts changes."""

    kept: dict[int, Subscriber]
    writes: int = 0

    def get(self, subscriber_id: int) -> Subscriber:
        if subscriber_id not in self.kept:
            raise NotFound(f"There is no subscriber {subscriber_id}.")
        return self.kept[subscriber_id]

    def change(self, subscriber: Subscriber) -> None:
        self.writes += 1
        self.kept[subscriber.id] = subscriber

    def choose(self, subscriber_id: int, preferences: Preferences) -> bool:
        if self.kept[subscriber_id].state is SubscriberState.UNSUBSCRIBED:
            return False
        self.writes += 1
        self.kept[subscriber_id] = replace(self.kept[subscriber_id], preferences=preferences)
        return True


def story(headline: str) -> BenchStory:
    item = Item(id=headline, title=headline, seen=NOW)
    return BenchStory(
        story=Story(id=headline, items=(item,), texts=((headline,),)), score=Score(total=1.0, terms=(), why="")
    )


def edition(number: int, *headlines: str, state: EditionState = EditionState.FROZEN) -> Edition:
    return Edition(
        number=number,
        date=date(2026, 2, 20) + timedelta(days=number),
        cut_at=NOW - timedelta(days=10 - number),
        title="The Harbour Gazette",
        bench=tuple(story(headline) for headline in headlines),
        lineup=LineUp(picks=tuple(Pick(index=index, form=Form.LEAD) for index in range(len(headlines)))),
        state=state,
    )


@pytest.fixture
def letterhead() -> Letterhead:
    return Letterhead(title="The Harbour Gazette", public_url="https://news.example.org", postal_address="1 Quay, Port")


@pytest.fixture
def editions() -> Editions:
    return Editions(
        kept=[
            edition(7, "Ferry timetable changes from Monday", "Lighthouse to be repainted"),
            edition(8, "Council votes on the new pier", "Seal pups counted", "Bakery turns ninety", "A fourth story"),
            edition(9, "Not out yet", state=EditionState.APPROVED),
        ]
    )


@pytest.fixture
def people() -> People:
    return People(
        kept={
            1: Subscriber(id=1, address="ann.lee@example.org", state=SubscriberState.ACTIVE, joined_at=NOW),
            2: Subscriber(id=2, address="bob@example.org", state=SubscriberState.UNSUBSCRIBED, left_at=NOW),
        }
    )


@pytest.fixture
def links(letterhead: Letterhead) -> Links:
    return Links(["a-secret-key", "a-retired-key"], letterhead.public_url)


@pytest.fixture
def templates(templates_folder: Path) -> Templates:
    return Templates([templates_folder])


@pytest.fixture
def desk(letterhead, editions, people, links, templates) -> Desk:
    class Images:
        def get(self, fingerprint: str) -> bytes | None:
            return JPEG if fingerprint == FINGERPRINT else None

    return Desk(
        letterhead=letterhead,
        editions=editions,
        images=Images(),
        subscribers=people,
        links=links,
        clock=ManualClock(NOW),
        render=templates.render,
        edition_page=editions.page,
        offer=lambda: OFFER,
    )


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


Ask = Callable[..., Answer]
"""ask(method, path, body=None, headers={}): one request on a connection of its own, redirects not followed."""


def asking(url: str) -> Ask:
    host = url.removeprefix("http://")

    def ask(method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection(host, timeout=10)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    return ask


class Stage:
    """One server for all tests: each puts its own application on it."""

    url = ""
    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    def show(self, app: ASGIApp) -> Ask:
        self.app = app
        return asking(self.url)

    @property
    def line(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", int(self.url.rpartition(":")[2])), timeout=10)


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    stage = Stage()
    with in_thread(stage, "127.0.0.1", 0) as stage.url:
        yield stage


@pytest.fixture
def ask(stage: Stage, desk: Desk) -> Ask:
    return stage.show(site(desk))


@pytest.fixture
def empty_desk(desk: Desk) -> Desk:
    return replace(desk, editions=Editions())
