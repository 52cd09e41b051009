"""What happens to a send when its store does not play along: two senders at once, a lock, a full disk, a long sleep."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

READERS = 200
CONNECTIONS = 4
HOLD_IT = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
"""


@pytest.fixture
def stage(set_up):
    return set_up(READERS)


def send(stage, relay, *words):
    return stage.sender(relay, "--connections", CONNECTIONS, "--hold", *words)


class Lock:
    """Another process that has the file to itself."""

    def __init__(self, stage):
        command = [sys.executable, "-c", HOLD_IT, stage.url.removeprefix("sqlite:///")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "held\n"

    def open(self):
        self.process.communicate()


def everybody_once(stage):
    """Nobody has two; who has none, or may have none, is unconfirmed, and those are few."""
    states = stage.edition.states()
    assert states.get("unconfirmed", 0) <= CONNECTIONS
    assert states["accepted"] + states.get("unconfirmed", 0) == READERS
    assert max(stage.came().values()) == 1
    assert stage.edition.in_state("accepted") <= stage.answered()
    assert set(stage.edition.readers) - set(stage.came()) <= stage.edition.in_state("unconfirmed")


def fall_asleep(stage, process):
    """Stop a process at a moment when it does not hold the file, as all processes do when a machine sleeps."""
    with contextlib.closing(sqlite3.connect(stage.url.removeprefix("sqlite:///"), timeout=0)) as other:
        other.isolation_level = None
        while True:
            process.send_signal(signal.SIGSTOP)
            # It is not asleep before the system says so: until then it may still take the file.
            os.waitid(os.P_PID, process.pid, os.WSTOPPED)
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                process.send_signal(signal.SIGCONT)
            else:
                other.execute("ROLLBACK")
                return


def test_two_senders_at_once_share_the_work(set_up, url):
    stage = set_up(READERS, url)
    relay = stage.relay("--pace", "0.01")
    both = [send(stage, relay, "--batch", "10") for _ in range(2)]
    reports = [sender.ended() for sender in both]
    assert [code for code, _ in reports] == [0, 0]
    assert sum(report["accepted"] for _, report in reports) == READERS
    assert all(report["accepted"] for _, report in reports)
    assert stage.edition.states() == {"accepted": READERS}
    assert stage.came() == dict.fromkeys(stage.edition.readers, 1)


def test_a_file_that_is_locked_for_a_while_is_waited_for(stage):
    relay = stage.relay("--pace", "0.01")
    sender = send(stage, relay)
    stage.wait_until(lambda: len(stage.came()) > READERS // 10, "the first mails")
    lock = Lock(stage)
    time.sleep(0.5)
    taken = len(stage.came())
    time.sleep(0.5)
    assert len(stage.came()) == taken < READERS
    lock.open()
    code, report = sender.ended()
    assert (code, report["accepted"]) == (0, READERS)
    assert stage.came() == dict.fromkeys(stage.edition.readers, 1)


def test_a_file_that_stays_locked_is_a_clear_error_and_nothing_is_lost(stage):
    relay = stage.relay("--pace", "0.01")
    sender = send(stage, relay, "--busy", "0.3")
    stage.wait_until(lambda: len(stage.came()) > READERS // 10, "the first mails")
    lock = Lock(stage)
    code, said = sender.ended()
    assert code == 1
    assert "is locked by another process" in said["error"]
    assert said["hint"]
    lock.open()
    assert send(stage, relay).ended()[0] == 0
    everybody_once(stage)


def test_a_full_disk_is_a_clear_error_and_what_was_accepted_is_not_sent_twice(stage):
    relay = stage.relay("--pace", "0.01")
    code, said = send(stage, relay, "--pages", "2").ended()
    assert code == 1
    assert "cannot grow: the disk is full" in said["error"]
    assert "Free some space" in said["hint"]
    assert 0 < len(stage.came()) < READERS
    assert send(stage, relay).ended()[0] == 0
    everybody_once(stage)


def test_who_slept_longer_than_its_lease_doubles_nothing_when_it_wakes(stage):
    relay = stage.relay("--pace", "0.01")
    sleeper = send(stage, relay)
    stage.wait_until(lambda: len(stage.came()) > READERS // 10, "the first mails")
    fall_asleep(stage, sleeper.process)
    half_an_hour = 1800
    other = send(stage, relay, "--ahead", half_an_hour)
    in_doubt = other.line()["doubted"]
    assert 0 < in_doubt <= CONNECTIONS
    assert other.ended()[0] == 0
    assert stage.edition.states() == {"accepted": READERS - in_doubt, "unconfirmed": in_doubt}
    sleeper.process.send_signal(signal.SIGCONT)
    assert sleeper.ended()[0] == 0
    # What it had begun it has finished, and says so.
    assert stage.edition.states() == {"accepted": READERS}
    assert stage.came() == dict.fromkeys(stage.edition.readers, 1)
