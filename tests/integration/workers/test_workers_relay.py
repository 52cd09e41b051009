"""A worker whose relay is down, and what the status shows of workers and queue."""

import asyncio
import json
import socket

import pytest

from digest.model.delivery import DeliveryState
from digest.storage.database import open_store
from digest.workers import Worker

pytestmark = pytest.mark.postgres


class Unused:
    """A queue that must not be asked for anything."""

    def configure_task(self, *given, **named):
        raise AssertionError("somebody was called while nothing can be sent")


def test_while_the_relay_is_down_nobody_is_called_and_the_send_ends(fleets, database):
    fleet = fleets(database)
    fleet.planned(20)
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        fleet.settings["SMTP_URL"] = f"smtp://127.0.0.1:{unheard.getsockname()[1]}"
        with open_store(database) as store:

            async def drain():
                await Worker(fleet.app(store), asyncio.Event())._drain(Unused(), 1)

            asyncio.run(asyncio.wait_for(drain(), 60))
    assert fleet.states() == {DeliveryState.QUEUED: 20}


def test_the_status_shows_workers_and_queue(fleets, database, awaited):
    fleet = fleets(database, delay=0.3)
    fleet.planned(400)
    fleet.start("worker")
    awaited(lambda: len(fleet.mailbox.lines) >= 4, "the first mails")
    shown = json.loads(fleet.told("status", "--json"))
    (hand,) = shown["workers"]
    assert (hand["doing"], hand["sends"], hand["silent"]) == ("sends", 1, False)
    assert {(job["what"], job["edition"]) for job in shown["queue"]} >= {("drain", 1)}
    said = fleet.told("status")
    assert "workers: 1, 1 sending" in said
    assert "drain edition 1" in said
    assert fleet.end() == [0]
    shown = json.loads(fleet.told("status", "--json"))
    assert shown["workers"] == []


def test_without_postgresql_there_are_no_workers(fleets, tmp_path):
    fleet = fleets(f"sqlite:///{tmp_path / 'digest.db'}")
    open_store(fleet.url).close()
    said = fleet.told("worker", code=2)
    assert "only one machine" in said
    assert "digest run" in said


def test_a_worker_that_finds_no_server_says_so_and_ends(fleets, mortal_postgres):
    fleet = fleets(mortal_postgres.url.set(drivername="postgresql").render_as_string(hide_password=False))
    mortal_postgres.stop()
    said = fleet.told("worker", code=1)
    assert "cannot be reached" in said
    assert "secret" not in said
    assert "Traceback" not in said
