"""A store of either kind for every contract, and a newsroom to fill it."""

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

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


def absent(what: str) -> None:
    if os.environ.get("DIGEST_TEST_ALL"):
        pytest.fail(f"{what} is missing, and DIGEST_TEST_ALL asks for everything")
    pytest.skip(f"{what} is not on this machine")


def postgres_programs() -> Path | None:
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def as_postgres() -> dict[str, object]:
    """How to start its programs: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def answering(url: str) -> bool:
    engine = create_engine(url)
    try:
        with engine.connect():
            return True
    except Exception:  # noqa: BLE001 - any refusal means not yet
        return False
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server where databases may be created: the one that is named, or a private one on loopback."""
    if given := os.environ.get("DIGEST_TEST_POSTGRES"):
        yield make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        return
    programs = postgres_programs()
    if programs is None:
        absent("PostgreSQL")
    folder = Path(tempfile.mkdtemp(prefix="digest-postgres-"))
    account = as_postgres()
    if account:
        os.chown(folder, account["user"], account["group"])
    words = folder / "password"
    words.write_text("secret")
    words.chmod(0o644)
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", "digest", "-A", "scram-sha-256", f"--pwfile={words}",
         "-E", "UTF8", "--locale=C", "--no-sync"],
        check=True, capture_output=True, cwd=folder, timeout=60, **account,
    )  # fmt: skip
    port = free_port()
    server = subprocess.Popen(
        [programs / "postgres", "-D", folder / "data", "-p", str(port), "-c", "listen_addresses=127.0.0.1",
         "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=60"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **account,
    )  # fmt: skip
    url = f"postgresql+psycopg://digest:secret@127.0.0.1:{port}/postgres"
    try:
        deadline = time.monotonic() + 30
        while not answering(url):
            assert server.poll() is None, "the server ended at once"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)
        yield url
    finally:
        server.send_signal(2)
        server.wait(30)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def database_names() -> Iterator[str]:
    return (f"digest_test_{os.getpid()}_{number}" for number in itertools.count(1))


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, database_names: Iterator[str]) -> Iterator[str]:
    """The name of a database with an empty store, to be copied for each test."""
    name = next(database_names)
    administer(postgres_server, f"CREATE DATABASE {name}")
    open_store(at(postgres_server, name)).close()
    yield name
    administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with an empty store, to be copied for each test."""
    path = tmp_path_factory.mktemp("store") / "template.db"
    open_store(f"sqlite:///{path}").close()
    return path


def administer(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def at(server: str, name: str) -> str:
    return make_url(server).set(database=name, drivername="postgresql").render_as_string(hide_password=False)


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an up-to-date, empty store of its own."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "digest.db")
        yield f"sqlite:///{tmp_path / 'digest.db'}"
        return
    template = request.getfixturevalue("postgres_template")
    yield from fresh_database(request, f"TEMPLATE {template}")


@pytest.fixture
def postgres_store_url(request: pytest.FixtureRequest, postgres_template: str) -> Iterator[str]:
    """The same, always in PostgreSQL."""
    yield from fresh_database(request, f"TEMPLATE {postgres_template}")


@pytest.fixture(params=BOTH)
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that holds nothing at all."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'digest.db'}"
        return
    yield from fresh_database(request, "")


def fresh_database(request: pytest.FixtureRequest, how: str) -> Iterator[str]:
    server = request.getfixturevalue("postgres_server")
    name = next(request.getfixturevalue("database_names"))
    administer(server, f"CREATE DATABASE {name} {how}")
    yield at(server, name)
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


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
