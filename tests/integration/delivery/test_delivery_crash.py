"""Killed in the middle of a send and run again: nobody missed, nobody twice but the mails that were under way."""

import asyncio
import json
import os
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP

from digest.delivery.plan import todays_slots
from digest.model.delivery import DeliveryState, DispatchKind, Profile
from digest.model.edition import Edition
from digest.model.subscriber import DAILY, Consent, Subscriber, SubscriberState
from digest.storage.database import open_store

READERS = 300
CONNECTIONS = 4
NOW = datetime.now(UTC)
SENDER = Path(__file__).with_name("sender.py")
CHECKOUT = Path(__file__).resolve().parents[3]


class Counting:
    """An aiosmtpd handler that counts mails by recipient, and kills the sender when so many have come."""

    def __init__(self):
        self.mails = Counter()
        self.ids = {}
        self.kill_at = None
        self.victim = None

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - named by aiosmtpd
        [address] = envelope.rcpt_tos
        self.mails[address] += 1
        self.ids.setdefault(address, set()).add(envelope.content)
        if self.mails.total() == self.kill_at:
            self.victim.kill()
        return "250 2.0.0 kept"


@pytest.fixture
def url(tmp_path):
    """A database with an edition planned for everybody."""
    url = f"sqlite:///{tmp_path / 'digest.db'}"
    profile = Profile(timezone="UTC", send_at=0, days=DAILY)
    consent = Consent(text="said yes", at=NOW, origin="test")
    people = [
        Subscriber(address=f"reader{number}@mail.example", state=SubscriberState.ACTIVE, consent=consent, joined_at=NOW)
        for number in range(READERS)
    ]
    with open_store(url) as store:
        store.subscribers.enrol(people)
        edition = store.editions.cut(Edition(date=NOW.date(), cut_at=NOW, title="The Daily"))
        dispatch = store.planner.open(DispatchKind.EDITION, edition=edition.number, now=NOW)
        slots = todays_slots([profile], now=NOW)
        assert store.planner.plan(dispatch, slots, defaults=profile, domain="digest.example", now=NOW) == READERS
    return url


async def send(url, port, policy, counting):
    """One run of the sender; its report, or None when it was killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SENDER),
        url,
        str(port),
        str(CONNECTIONS),
        policy,
        stdout=asyncio.subprocess.PIPE,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    counting.victim = process
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    return json.loads(out) if process.returncode == 0 else None


def crash_and_go_on(url, kill_at, policy):
    """Runs of the sender: killed after so many mails, then to the end."""
    counting = Counting()

    async def main():
        server = await asyncio.get_running_loop().create_server(lambda: SMTP(counting), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            counting.kill_at = kill_at
            assert await send(url, port, policy, counting) is None
            counting.kill_at = None
            report = await send(url, port, policy, counting)
            assert await send(url, port, policy, counting) == dict.fromkeys(report, 0) | {"stopped": "", "waits": ""}
            return report
        finally:
            server.close()
            await asyncio.sleep(0.01)

    return counting, asyncio.run(main())


def states(url):
    with open_store(url) as store:
        return {tally.state: tally.count for tally in store.history.tallies([1])}


@pytest.mark.parametrize("kill_at", [1, 143, READERS])
def test_with_resend_nobody_is_missed_and_only_mails_under_way_come_twice(url, kill_at):
    counting, report = crash_and_go_on(url, kill_at, "resend")
    assert len(counting.mails) == READERS
    assert counting.mails.total() - READERS <= CONNECTIONS
    assert report["doubted"] <= CONNECTIONS
    assert all(len(contents) == 1 for contents in counting.ids.values())
    assert states(url) == {DeliveryState.ACCEPTED: READERS}


def test_with_hold_nobody_gets_it_twice_and_all_missed_are_shown(url):
    counting, report = crash_and_go_on(url, 143, "hold")
    assert max(counting.mails.values()) == 1
    final = states(url)
    assert final[DeliveryState.UNCONFIRMED] == report["doubted"] <= CONNECTIONS
    assert final[DeliveryState.ACCEPTED] + final[DeliveryState.UNCONFIRMED] == READERS
    assert READERS - len(counting.mails) <= report["doubted"]
