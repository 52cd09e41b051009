"""What every test may ask for."""

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.nameserver import NameServer

CHECKOUT = Path(__file__).resolve().parents[1]


def missing(what: str) -> None:
    """Skip for a component that is not here; where everything must be here (CI), fail instead."""
    if os.environ.get("DIGEST_TEST_ALL"):
        pytest.fail(f"{what} is missing, and DIGEST_TEST_ALL asks for everything")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="session", autouse=True)
def characters() -> None:
    """Hypothesis's table of all characters, made before any test is timed.

    In a fresh checkout it is made when a text is first drawn, which takes a second or more, and passes for the slowness
    of whichever test draws it.
    """
    st.text().validate()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of labelled data and hostile inputs beside the checkout."""
    folder = Path(os.environ.get("DIGEST_TEST_SHARED", CHECKOUT.parent / "shared"))
    if not folder.is_dir():
        missing("the shared data folder")
    return folder


@pytest.fixture(scope="session")
def templates_folder() -> Path:
    """The templates as shipped."""
    return CHECKOUT / "templates"


@pytest.fixture(scope="session")
def seeds_folder() -> Path:
    """The seeds as shipped."""
    return CHECKOUT / "seeds"


def postgres_programs():
    """The folder of PostgreSQL's programs, or None."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def as_postgres():
    """How to start its programs: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


class Postgres:
    """A server where databases may be made; each is dropped when its block ends."""

    numbers = itertools.count(1)

    def __init__(self, url):
        from sqlalchemy import make_url

        self.url = make_url(url).set(drivername="postgresql+psycopg")

    @contextmanager
    def database(self, how=""):
        name = f"digest_test_{os.getpid()}_{next(self.numbers)}"
        self.administer(f"CREATE DATABASE {name} {how}")
        yield self.url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
        self.administer(f"DROP DATABASE {name} WITH (FORCE)")

    def administer(self, statement):
        from sqlalchemy import create_engine, text

        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()


class PrivatePostgres(Postgres):
    """A server of our own on loopback, which may be stopped and started again."""

    def __init__(self, programs):
        self.programs, self.account = programs, as_postgres()
        self.folder = Path(tempfile.mkdtemp(prefix="digest-postgres-"))
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        super().__init__(f"postgresql://digest:secret@127.0.0.1:{self.port}/postgres")
        if self.account:
            os.chown(self.folder, self.account["user"], self.account["group"])
        words = self.folder / "password"
        words.write_text("secret")
        words.chmod(0o644)
        subprocess.run(
            [programs / "initdb", "-D", self.folder / "data", "-U", "digest", "-A", "scram-sha-256",
             f"--pwfile={words}", "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True, capture_output=True, cwd=self.folder, timeout=60, **self.account,
        )  # fmt: skip

    def start(self):
        self.server = subprocess.Popen(
            [self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port),
             "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off",
             "-c", "max_connections=60"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder, **self.account,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while not self.answers():
            assert self.server.poll() is None, "the server ended at once"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)

    def answers(self):
        from sqlalchemy.exc import OperationalError

        try:
            self.administer("SELECT 1")
        except OperationalError:
            return False
        return True

    def stop(self):
        """Without waiting for anybody's work."""
        self.server.send_signal(2)
        self.server.wait(30)

    def remove(self):
        if self.server.poll() is None:
            self.stop()
        shutil.rmtree(self.folder)


@contextmanager
def private_postgres():
    programs = postgres_programs()
    if programs is None:
        missing("PostgreSQL")
    server = PrivatePostgres(programs)
    server.start()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres():
    """A server where databases may be made: the one that is named, or a private one on loopback."""
    if given := os.environ.get("DIGEST_TEST_POSTGRES"):
        yield Postgres(given)
        return
    with private_postgres() as server:
        yield server


@pytest.fixture
def mortal_postgres():
    """A server of this test's own, which it may stop and start."""
    with private_postgres() as server:
        yield server


@pytest.fixture
def name_server():
    """A DNS server on loopback; its `zone` is filled by the test."""
    server = NameServer()
    yield server
    server.close()
