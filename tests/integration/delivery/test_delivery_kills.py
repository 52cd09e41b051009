"""Killed with -9 at fifty random instants, one after the other: nobody is missed, and nobody gets two but those whose
mail was under way.
"""

import os
import random
import signal
import time
from collections import Counter

import pytest

KILLS = 50
READERS = 4000
CONNECTIONS = 5
MOST_EVENTS, LINE = 120, 110
"""So many lines of the relay's notebook may pass before the kill, and how long they are."""


class Nursery:
    """Senders that are forked off one after the other, to be killed."""

    def __init__(self, sender):
        self.sender = sender

    def begin(self):
        self.sender.process.stdin.write("go\n")
        self.sender.process.stdin.flush()
        return self.sender.line()["pid"]

    def end(self):
        """How the sender of the moment ended."""
        while "ended" not in (said := self.sender.line()):
            pass
        return said["ended"]


def kill_again_and_again(nursery, stage, chance):
    """Kill fifty senders, each at a random instant of its life: after so many mails, or so long after its birth."""
    for _ in range(KILLS):
        events, moment = chance.randrange(MOST_EVENTS), chance.uniform(0, 0.01)
        pid = nursery.begin()
        written = stage.notebook.stat().st_size
        if chance.random() < 0.2:
            time.sleep(chance.uniform(0, 0.15))
        else:
            deadline = time.monotonic() + 30
            while stage.notebook.stat().st_size < written + events * LINE and time.monotonic() < deadline:
                time.sleep(0.0005)
            time.sleep(moment)
        os.kill(pid, signal.SIGKILL)
        assert nursery.end() == -signal.SIGKILL, "the edition was through before the last kill"


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("policy", "wire"), [("resend", []), ("hold", ["--plain"])])
def test_after_fifty_kills_nobody_is_missed_and_only_what_was_under_way_comes_twice(set_up, url, policy, wire):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    stage = set_up(READERS, url)
    relay = stage.relay("--pace", "0.004", *wire)
    hold = ["--hold"] if policy == "hold" else []
    nursery = Nursery(stage.sender(relay, "--nursery", "--connections", CONNECTIONS, *hold))
    kill_again_and_again(nursery, stage, random.Random(seed))
    # Twice: a server may for a moment hold rows for a client that is dead already.
    for _ in range(2):
        nursery.begin()
        assert nursery.end() == 0

    crashes, came = stage.edition.crashes(), stage.came()
    assert max(Counter(found for _, found in crashes).values()) <= CONNECTIONS
    crashed = Counter(address for address, _ in crashes)
    for address in stage.repeated():
        assert came[address] <= 1 + crashed[address]
    accepted, left = stage.edition.in_state("accepted"), stage.edition.in_state("unconfirmed")
    assert len(accepted) + len(left) == READERS
    assert accepted <= stage.answered()
    if policy == "hold":
        assert max(came.values()) == 1
        assert left == set(crashed)
        assert set(stage.edition.readers) - set(came) <= left
    else:
        # Sent once more by itself, never a third time.
        assert all(crashed[address] == 2 for address in left)
        assert set(came) | left == set(stage.edition.readers)
