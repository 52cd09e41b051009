"""A newspaper in PostgreSQL, real `digest worker` processes on it, and a mail server that writes down what it gets."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from string import ascii_lowercase

import pytest

from digest.app import App, templates_for
from digest.model.delivery import DeliveryState
from digest.model.feed import Feed, FeedState, Fetched, Item
from digest.model.subscriber import Subscriber, SubscriberState
from digest.newsroom import dispatch, editions
from digest.settings.read import read_settings
from digest.storage.database import open_store

DIGEST = Path(sys.executable).with_name("digest")
SINK = Path(__file__).with_name("sink.py")
NEVER = datetime.fromisoformat("2200-01-01T00:00:00+00:00")
CONNECTIONS = 4
PATIENCE = 60
OVER = {DeliveryState.ACCEPTED, DeliveryState.UNCONFIRMED, DeliveryState.FAILED, DeliveryState.SUPPRESSED}


def wait_until(condition, what, *, seconds=PATIENCE):
    """The first true answer of a condition."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def midday_zone():
    """A zone whose clocks show about noon, so that no test runs into midnight."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def article(number, now):
    """An article that shares no word of weight with one of another number."""
    invent = Random(number)  # the same number makes the same words
    words = ["".join(invent.choices(ascii_lowercase, k=7)) for _ in range(16)]
    return Item(
        id=f"item{number}",
        title=" ".join(words[:6]).capitalize(),
        summary=f"{' '.join(words[6:]).capitalize()}.",
        url=f"https://press{number}.example/{number}",
        publisher=f"press{number}.example",
        source=f"Press {number}",
        language="en",
        published=now - timedelta(hours=2),
        seen=now - timedelta(hours=1),
    )


class Mailbox:
    """The mail server's process, and what it wrote down."""

    def __init__(self, folder, delay):
        self.path = folder / f"mails-{delay}.txt"
        self.process = subprocess.Popen(
            [sys.executable, str(SINK), str(self.path), str(delay)], stdout=subprocess.PIPE, text=True
        )
        self.port = int(self.process.stdout.readline())

    @property
    def lines(self):
        return self.path.read_text("utf-8").splitlines() if self.path.exists() else []

    @property
    def recipients(self):
        return Counter(line.split()[1] for line in self.lines)

    @property
    def messages(self):
        return Counter(line.split()[0] for line in self.lines)

    def close(self):
        self.process.kill()
        self.process.communicate()


@dataclass
class Fleet:
    """A newspaper's folder and settings, and the commands that run there."""

    folder: Path
    url: str
    mailbox: Mailbox
    settings: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen] = field(default_factory=list)

    def __post_init__(self):
        self.settings = {
            "DATABASE_URL": self.url,
            "SMTP_URL": f"smtp://127.0.0.1:{self.mailbox.port}",
            "SMTP_CONNECTIONS": str(CONNECTIONS),
            "FROM": "The Harbour Gazette <paper@harbour.example>",
            "POSTAL_ADDRESS": "1 Quay Street, Port Sallow",
            "UNSUBSCRIBE_ADDRESS": "leave@harbour.example",
            "TIMEZONE": midday_zone(),
            "EDIT_AT": "23:59",
            "RATE": "100000",
            "UNCONFIRMED": "hold",
            "MIN_STORIES": "1",
            **self.settings,
        }

    def app(self, store):
        """The application over an open store, by the real clock."""
        settings = read_settings(self.environment, dotenv=self.folder / "none.env")
        return App(settings=settings, store=store, templates=templates_for(settings), clock=lambda: datetime.now(UTC))

    @property
    def environment(self):
        return {f"DIGEST_{name}": text for name, text in self.settings.items()}

    def now_in_zone(self, back=0):
        """The newsletter's own time as HH:MM, so many minutes ago."""
        app_zone = read_settings(self.environment, dotenv=self.folder / "none.env").timezone
        from zoneinfo import ZoneInfo

        return (datetime.now(ZoneInfo(app_zone)) - timedelta(minutes=back)).strftime("%H:%M")

    def people(self, store, count, **wishes):
        """So many active readers, and news to tell them."""
        readers = [Subscriber(address=f"r{n}@quay.example", state=SubscriberState.ACTIVE) for n in range(count)]
        assert store.subscribers.enrol(readers) == ()
        now = datetime.now(UTC)
        (feed,) = store.feeds.add([Feed(url="https://wire.harbour.example/feed", title="Wire")])
        items = tuple(article(number, now) for number in range(6))
        store.items.record(Fetched(feed=replace(feed, state=FeedState(next_at=NEVER)), items=items))

    def planned(self, count):
        """An edition that is due to so many readers now."""
        with open_store(self.url) as store:
            self.people(store, count)
            app = self.app(store)
            paper = asyncio.run(editions.cut(app))
            assert dispatch.plan_now(app, editions.freeze(app, paper.number)) == count

    def command(self, *words):
        """The command, where it runs and with which settings: nothing of the test's own environment."""
        around = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "OPENBLAS_NUM_THREADS": "1"}
        return {"args": [str(DIGEST), *words], "cwd": self.folder, "env": around | self.environment}

    def told(self, *words, code=0):
        """The command, to its end, and what it says."""
        heard = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(check=False, timeout=PATIENCE, **self.command(*words), **heard)
        assert done.returncode == code, done.stdout
        return done.stdout

    def start(self, *words):
        """The command, begun; what it says goes to a file."""
        log = (self.folder / f"log{len(self.running)}.txt").open("w", encoding="utf-8")
        process = subprocess.Popen(**self.command(*words), stdout=log, stderr=log)
        log.close()
        self.running.append(process)
        return process

    def said(self, number):
        return (self.folder / f"log{number}.txt").read_text("utf-8")

    def states(self):
        """How many deliveries are in each state."""
        with open_store(self.url) as store:
            numbers = [edition.number for edition in store.editions.since(datetime.now(UTC) - timedelta(days=1))]
            return Counter({tally.state: tally.count for tally in store.history.tallies(numbers)})

    def senders(self):
        """The names of those who send at this moment."""
        with open_store(self.url) as store:
            return [each.name for each in store.workers.all() if each.doing == "sends"]

    def finished(self, count):
        """Wait until so many deliveries are over; how many are in each state."""

        def over():
            states = self.states()
            return states if sum(states[state] for state in OVER) == count == states.total() else None

        return wait_until(over, f"the end of {count} mails")

    def end(self):
        """Have all that run end in good order; returns their exit codes."""
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        return [process.wait(PATIENCE) for process in self.running]

    def close(self):
        for process in self.running:
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def awaited():
    return wait_until


@pytest.fixture
def mailboxes(tmp_path):
    """Starts mail servers that answer after a delay."""
    started = []

    def start(delay):
        started.append(Mailbox(tmp_path, delay))
        return started[-1]

    yield start
    for mailbox in started:
        mailbox.close()


@pytest.fixture
def fleets(tmp_path, mailboxes):
    """Starts newspapers on a database, whose mail server takes its time."""
    started = []

    def start(url, *, delay=0.0, **settings):
        started.append(Fleet(tmp_path, url, mailboxes(delay), settings))
        return started[-1]

    yield start
    for fleet in started:
        fleet.close()


@pytest.fixture
def database(postgres):
    """The URL of a database that holds nothing."""
    with postgres.database() as url:
        yield url
