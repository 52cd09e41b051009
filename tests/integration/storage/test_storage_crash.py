"""A process that is killed in the middle of a send leaves rows that say honestly how far it came."""

import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

from digest.model.delivery import Dispatch, DispatchKind, Profile, Slot
from digest.model.edition import Edition
from digest.model.subscriber import Subscriber, SubscriberState
from digest.storage.database import open_store

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
PROFILE = Profile(timezone="UTC", send_at=360, days=127)
READERS = 300

SEND = """
import sys, threading
from datetime import UTC, datetime, timedelta
from digest.model.delivery import DeliveryState, Outcome
from digest.storage.database import open_store

now = datetime(2026, 3, 2, 6, tzinfo=UTC)
ledger = open_store(sys.argv[1]).ledger
done = Outcome(state=DeliveryState.ACCEPTED, answer="250 kept")
say = threading.Lock()

def carry(claims):
    for claim in claims:
        going = ledger.sending(claim.delivery.id, worker="dead", until=now + timedelta(minutes=20), now=now)
        assert going.result()
        with say:
            print(claim.delivery.id, flush=True)
        assert ledger.settle(claim.delivery.id, done, worker="dead", now=now).result()

claims = ledger.claim(worker="dead", limit=250, lease=timedelta(minutes=10), now=now)
threads = [threading.Thread(target=carry, args=(claims[start::4],)) for start in range(4)]
for thread in threads:
    thread.start()
"""


def planned(store) -> Dispatch:
    store.subscribers.enrol(
        [Subscriber(address=f"r{n}@quay.example", state=SubscriberState.ACTIVE) for n in range(READERS)]
    )
    edition = store.editions.cut(Edition(date=date(2026, 3, 2), cut_at=NOW, title="The Harbour Courier"))
    dispatch = store.planner.open(DispatchKind.EDITION, edition=edition.number, now=NOW)
    slot = Slot(profile=PROFILE, local_date=edition.date, due_at=NOW)
    assert store.planner.plan(dispatch, [slot], defaults=PROFILE, domain="news.example", now=NOW) == READERS
    return dispatch


def counts(store) -> dict[str, int]:
    return {str(tally.state): tally.count for tally in store.history.tallies([1])}


def test_a_killed_send_leaves_nobody_out_and_doubts_at_most_one_mail_a_connection(store_file):
    url = f"sqlite:///{store_file}"
    with open_store(url) as store:
        planned(store)
    sender = subprocess.Popen([sys.executable, "-c", SEND, url], stdout=subprocess.PIPE, text=True)
    carried = [int(sender.stdout.readline()) for _ in range(60)]
    sender.send_signal(signal.SIGKILL)
    carried += [int(line) for line in sender.stdout if line.endswith("\n")]
    sender.stdout.close()
    assert sender.wait(30) == -signal.SIGKILL

    with open_store(url) as store:
        before = counts(store)
        assert sum(before.values()) == READERS
        assert before.get("sending", 0) <= 4
        assert len(carried) - 4 <= before["accepted"] <= len(carried)
        doubted = store.ledger.recover(alive=lambda _worker: False, resend_at=NOW + timedelta(minutes=30), now=NOW)
        after = counts(store)
        assert after.get("unconfirmed", 0) == doubted == before.get("sending", 0)
        assert after["accepted"] == before["accepted"]
        assert after["queued"] == before["queued"] + before["claimed"]
        left = store.ledger.claim(worker="next", limit=READERS, lease=timedelta(minutes=10), now=NOW)
        assert len(left) == after["queued"]
        assert not {claim.delivery.id for claim in left} & set(carried)
