"""A planned edition, senders and a relay in processes of their own, and the notebook of what the relay took."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.delivery.plan import todays_slots
from digest.model.delivery import DeliveryState, DispatchKind, Profile
from digest.model.edition import Edition
from digest.model.subscriber import DAILY, Consent, Subscriber, SubscriberState
from digest.storage.database import open_store
from digest.storage.ledger import CRASHED

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[2]
PATIENCE = 120
"""Seconds after which something that should have happened has failed to."""


def program(name, *words):
    """One of the programs of this folder, begun."""
    return subprocess.Popen(
        [sys.executable, str(HERE / name), *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        text=True,
    )


class Relay:
    """A relay in a process of its own."""

    def __init__(self, notebook, *words):
        self.process = program("relayd.py", notebook, *words)
        self.port = int(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


class Sender:
    """A sender in a process of its own."""

    def __init__(self, url, relay, *words):
        self.process = program("sender.py", url, relay.port, *words)

    def line(self):
        """The next thing it says."""
        return json.loads(self.process.stdout.readline())

    def ended(self):
        """How it ended: the exit code, and the last thing it said, if any."""
        out, _ = self.process.communicate(timeout=PATIENCE)
        said = [json.loads(line) for line in out.splitlines()]
        return self.process.returncode, said[-1] if said else {}

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class Edition1:
    """An edition that is planned for so many readers, and what became of it."""

    def __init__(self, url, readers):
        self.url = url
        self.readers = [f"reader{number}@mail.example" for number in range(readers)]
        plan(url, self.readers)

    def states(self):
        with open_store(self.url) as store:
            return {str(tally.state): tally.count for tally in store.history.tallies([1])}

    def in_state(self, state):
        """The addresses of the deliveries in one state."""
        with open_store(self.url) as store:
            found = store.history.in_state(1, DeliveryState(state), limit=len(self.readers))
        return {delivery.target for delivery in found}

    def crashes(self):
        """The address and the time, once for each mail that a process left without an answer and another found."""
        with open_store(self.url) as store:
            by_id = {
                delivery.id: delivery.target
                for state in DeliveryState
                for delivery in store.history.in_state(1, state, limit=len(self.readers))
            }
            attempts = store.answers.attempts(list(by_id))
        return [(by_id[attempt.delivery_id], attempt.at) for attempt in attempts if attempt.answer == CRASHED]


def plan(url, readers):
    now = datetime.now(UTC)
    profile = Profile(timezone="UTC", send_at=0, days=DAILY)
    consent = Consent(text="said yes", at=now, origin="test")
    people = [
        Subscriber(address=address, state=SubscriberState.ACTIVE, consent=consent, joined_at=now) for address in readers
    ]
    with open_store(url) as store:
        store.subscribers.enrol(people)
        edition = store.editions.cut(Edition(date=now.date(), cut_at=now, title="The Daily"))
        dispatch = store.planner.open(DispatchKind.EDITION, edition=edition.number, now=now)
        slots = todays_slots([profile], now=now)
        assert store.planner.plan(dispatch, slots, defaults=profile, domain="digest.example", now=now) == len(readers)


class Stage:
    """A database with an edition that is planned for so many readers, and the programs that work on it."""

    def __init__(self, url, folder, ends, readers):
        self.url = url
        self.edition = Edition1(url, readers)
        self.notebook = folder / "notebook"
        self.notebook.touch()
        self._ends = ends

    def relay(self, *words):
        """A relay; all of a test share one notebook."""
        started = Relay(self.notebook, *words)
        self._ends.callback(started.close)
        return started

    def sender(self, relay, *words):
        """A sender, begun."""
        started = Sender(self.url, relay, *words)
        self._ends.callback(started.close)
        return started

    def came(self):
        """How often each address's mail came to a relay with its last dot."""
        return Counter(event["to"] for event in self.events("dot"))

    def answered(self):
        """The addresses whose mail was answered 250."""
        return {event["to"] for event in self.events("250")}

    def events(self, kind):
        """What happened, of one kind, in order."""
        lines = self.notebook.read_text().splitlines()
        return [event for event in map(json.loads, lines) if event["event"] == kind]

    def repeated(self):
        """The addresses whose mail came more than once; fails where anybody's were not the same bytes."""
        contents = defaultdict(set)
        for event in self.events("dot"):
            contents[event["to"]].add((event["id"], event["sha"]))
        assert all(len(versions) == 1 for versions in contents.values())
        return {address for address, times in self.came().items() if times > 1}

    @staticmethod
    def wait_until(condition, what):
        """The first true answer of a condition."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(0.002)
        raise AssertionError(f"{what} did not happen within {PATIENCE} s")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request, tmp_path):
    """An empty database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'digest.db'}"
        return
    with request.getfixturevalue("postgres").database() as made:
        yield made


@pytest.fixture
def set_up(tmp_path):
    """Sets a stage for so many readers; in a file, where no URL is given."""
    with contextlib.ExitStack() as ends:
        yield lambda readers, url=f"sqlite:///{tmp_path / 'digest.db'}": Stage(url, tmp_path, ends, readers)
