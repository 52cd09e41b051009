"""One of several schedulers, as a process of its own: scheduler.py DATABASE_URL INSTANT DUE READERS.

When it is told to go, it cuts the edition that was due and plans it, and prints whether it was the one that cut and how
many deliveries it added.
"""

import json
import sys
from datetime import datetime

from digest.model.delivery import DispatchKind, Profile, Slot
from digest.model.edition import Edition
from digest.storage.database import open_store

PROFILE = Profile(timezone="UTC", send_at=420, days=127)


def main(url, instant, due):
    now = datetime.fromisoformat(instant)
    with open_store(url) as store:
        store.editions.latest()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        edition = Edition(date=now.date(), cut_at=now, title="The Harbour Gazette")
        cut = store.editions.cut_once(edition, due=datetime.fromisoformat(due))
        dispatch = store.planner.open(DispatchKind.EDITION, edition=store.editions.latest().number, now=now)
        slot = Slot(profile=PROFILE, local_date=now.date(), due_at=now)
        added = store.planner.plan(dispatch, [slot], defaults=PROFILE, domain="harbour.example", now=now)
    sys.stdout.write(json.dumps({"cut": cut is not None, "dispatch": dispatch.id, "added": added}))


main(*sys.argv[1:])
