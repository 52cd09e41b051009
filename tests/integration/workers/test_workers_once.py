"""However many schedulers there are: one edition, planned once, told once."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.errors import Conflict
from digest.model.delivery import DeliveryState
from digest.model.subscriber import Subscriber, SubscriberState
from digest.storage.database import open_store
from digest.workers import check_clock

SCHEDULER = Path(__file__).with_name("scheduler.py")
NOW = datetime(2026, 3, 2, 7, 0, 5, tzinfo=UTC)
DUE = NOW - timedelta(seconds=5)
READERS = 3000


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request, tmp_path):
    """A database of either kind."""
    on_server = request.param == "postgresql"
    return request.getfixturevalue("database") if on_server else f"sqlite:///{tmp_path / 'digest.db'}"


def at_once(url, count):
    """So many schedulers begin at the same moment; what each says."""
    words = [sys.executable, str(SCHEDULER), url, NOW.isoformat(), DUE.isoformat()]
    running = [subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0] * count
    return [json.loads(each) for each in said]


def test_several_processes_cut_one_edition_and_plan_every_reader_once(url):
    with open_store(url) as store:
        readers = [Subscriber(address=f"r{n}@quay.example", state=SubscriberState.ACTIVE) for n in range(READERS)]
        store.subscribers.enrol(readers)
    said = at_once(url, 3)
    assert sorted(each["cut"] for each in said) == [False, False, True]
    assert len({each["dispatch"] for each in said}) == 1
    assert sum(each["added"] for each in said) == READERS
    with open_store(url) as store:
        assert [edition.number for edition in store.editions.since(DUE)] == [1]
        (tally,) = store.history.tallies([1])
        assert (tally.state, tally.count) == (DeliveryState.QUEUED, READERS)


@pytest.mark.postgres
def test_three_workers_and_a_daemon_at_the_hour_send_one_edition(fleets, database):
    fleet = fleets(database, APPROVAL="auto")
    fleet.settings |= {"EDIT_AT": fleet.now_in_zone(back=2), "SEND_AT": fleet.now_in_zone(back=1)}
    with open_store(database) as store:
        fleet.people(store, 60)
    for _ in range(3):
        fleet.start("worker")
    fleet.start("run", "--no-web")
    assert fleet.finished(60) == {DeliveryState.ACCEPTED: 60}
    assert fleet.end() == [0, 0, 0, 0]
    assert max(fleet.mailbox.recipients.values()) == 1
    with open_store(database) as store:
        assert len(store.editions.since(datetime.now(UTC) - timedelta(days=1))) == 1
        assert store.workers.all() == ()
    said = "".join(map(fleet.said, range(4)))
    assert said.count("edition 1 is cut") == 1
    assert "ERROR" not in said


@pytest.mark.postgres
def test_three_workers_and_a_daemon_tell_the_operator_once(fleets, database, awaited):
    fleet = fleets(database, delay=0.5, APPROVAL="required", OPERATOR="chief@harbour.example")
    fleet.settings |= {"EDIT_AT": fleet.now_in_zone(back=2), "SEND_AT": fleet.now_in_zone(back=1)}
    with open_store(database) as store:
        fleet.people(store, 5)
    for _ in range(3):
        fleet.start("worker")
    fleet.start("run", "--no-web")
    awaited(lambda: fleet.mailbox.lines, "the alert")
    awaited(lambda: sum(fleet.said(number).count("readers wait") for number in range(4)) > 1, "a second look")
    assert fleet.end() == [0, 0, 0, 0]
    assert fleet.mailbox.recipients == {"chief@harbour.example": 1}


@pytest.mark.postgres
@pytest.mark.parametrize("off", [timedelta(minutes=3), -timedelta(minutes=3)])
def test_a_worker_whose_clock_is_wrong_does_not_begin(fleets, database, off):
    fleet = fleets(database)
    with open_store(database) as store:
        app = fleet.app(store)
        check_clock(app)
        wrong = type(app)(
            settings=app.settings, store=store, templates=app.templates, clock=lambda: datetime.now(UTC) + off
        )
        with pytest.raises(Conflict, match=r"(180|179) seconds (ahead of|behind) the database"):
            check_clock(wrong)
