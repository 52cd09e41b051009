"""A store of either kind for every contract, and a newsroom to fill it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from digest.model.delivery import DeliveryState, Dispatch, DispatchKind, Outcome, Profile, Slot
from digest.model.edition import Edition, EditionState
from digest.model.message import Block, Letterhead, Rendering
from digest.model.subscriber import Preferences, Subscriber, SubscriberState
from digest.ports import Claim
from digest.storage.database import Store, open_store

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TODAY = NOW.date()
DEFAULTS = Profile(timezone="UTC", send_at=360, days=0b1111111)
LEASE = timedelta(minutes=10)


@pytest.fixture(scope="session")
def postgres_template(postgres) -> Iterator[str]:
    """The name of a database with an empty store, to be copied for each test."""
    with postgres.database() as url:
        open_store(url).close()
        yield make_url(url).database


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with an empty store, to be copied for each test."""
    path = tmp_path_factory.mktemp("store") / "template.db"
    open_store(f"sqlite:///{path}").close()
    return path


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an up-to-date, empty store of its own."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "digest.db")
        yield f"sqlite:///{tmp_path / 'digest.db'}"
        return
    yield request.getfixturevalue("postgres_store_url")


@pytest.fixture
def postgres_store_url(postgres, postgres_template: str) -> Iterator[str]:
    """The same, always in PostgreSQL."""
    with postgres.database(f"TEMPLATE {postgres_template}") as url:
        yield url


@pytest.fixture(params=BOTH)
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that holds nothing at all."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'digest.db'}"
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open, empty store."""
    with open_store(store_url, busy_seconds=10) as opened:
        yield opened


@pytest.fixture
def now() -> datetime:
    """A Monday morning."""
    return NOW


class Newsroom:
    """A store with what a test of the ledger needs: readers, editions, plans."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.defaults = DEFAULTS

    def enrol(self, *addresses: str, state: SubscriberState = SubscriberState.ACTIVE, **wishes: object) -> None:
        preferences = Preferences(**wishes)
        people = [Subscriber(address=address, state=state, preferences=preferences) for address in addresses]
        assert self.store.subscribers.enrol(people) == ()

    def cut(self, *, day: date = TODAY, cut_at: datetime = NOW) -> Edition:
        return self.store.editions.cut(Edition(date=day, cut_at=cut_at, title="The Harbour Courier"))

    def freeze(self, *, day: date = TODAY) -> Edition:
        number = self.cut(day=day).number
        self.store.editions.move(number, EditionState.APPROVED)
        return self.store.editions.freeze(number, self.rendering())

    def rendering(self, language: str = "en", fingerprint: str = "f1") -> Rendering:
        block = Block(name="frame", pieces=(b"Dear ", b"=20\r\n"), values=("name",), length=9)
        return Rendering(
            language=language,
            fingerprint=fingerprint,
            letterhead=Letterhead(title="The Harbour Courier"),
            html={"frame": block},
            text={"frame": block},
        )

    def slot(self, *, day: date = TODAY, due_at: datetime = NOW, profile: Profile = DEFAULTS) -> Slot:
        return Slot(profile=profile, local_date=day, due_at=due_at)

    def open(self, edition: Edition) -> Dispatch:
        return self.store.planner.open(DispatchKind.EDITION, edition=edition.number, now=NOW)

    def plan(self, edition: Edition, *slots: Slot, now: datetime = NOW) -> int:
        return self.store.planner.plan(
            self.open(edition), slots or (self.slot(),), defaults=DEFAULTS, domain="news.example", now=now
        )

    def claim(self, *, worker: str = "desk", limit: int = 100, now: datetime = NOW) -> tuple[Claim, ...]:
        return self.store.ledger.claim(worker=worker, limit=limit, lease=LEASE, now=now)

    def begin(self, claim: Claim, *, worker: str = "desk", now: datetime = NOW) -> bool:
        return self.store.ledger.sending(claim.delivery.id, worker=worker, until=now + LEASE, now=now).result(10)

    def settle(
        self,
        claim: Claim,
        state: DeliveryState = DeliveryState.ACCEPTED,
        *,
        worker: str = "desk",
        now: datetime = NOW,
        **more: object,
    ) -> bool:
        outcome = Outcome(state=state, **more)
        return self.store.ledger.settle(claim.delivery.id, outcome, worker=worker, now=now).result(10)

    def states(self, edition: Edition) -> dict[str, int]:
        return {str(tally.state): tally.count for tally in self.store.history.tallies([edition.number])}

    def recover(self, *, alive: bool = False, resend_at: datetime | None = None, now: datetime = NOW) -> int:
        return self.store.ledger.recover(alive=lambda _worker: alive, resend_at=resend_at, now=now)


@pytest.fixture
def newsroom(store: Store) -> Newsroom:
    """The store, with hands to work it."""
    return Newsroom(store)
