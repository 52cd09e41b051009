"""Three workers on one PostgreSQL: one is killed, the server goes away, and still everybody gets one mail."""

import signal

import pytest

from digest.model.delivery import DeliveryState

pytestmark = pytest.mark.postgres

CONNECTIONS = 4
READERS = 700
FEWER = 240


def test_of_three_workers_one_is_killed_and_nothing_is_lost_and_nothing_doubled(fleets, database, awaited):
    fleet = fleets(database, delay=0.05)
    fleet.planned(READERS)
    workers = [fleet.start("worker") for _ in range(3)]
    awaited(lambda: len(fleet.senders()) == 3, "all three sending")
    awaited(lambda: len(fleet.mailbox.lines) >= READERS // 4, "the first mails")
    workers[0].kill()
    states = fleet.finished(READERS)
    unconfirmed = states[DeliveryState.UNCONFIRMED]
    assert unconfirmed <= CONNECTIONS
    assert states == {DeliveryState.ACCEPTED: READERS - unconfirmed} | (
        {DeliveryState.UNCONFIRMED: unconfirmed} if unconfirmed else {}
    )
    assert max(fleet.mailbox.recipients.values()) == max(fleet.mailbox.messages.values()) == 1
    assert READERS - unconfirmed <= len(fleet.mailbox.lines) <= READERS
    assert fleet.end() == [-signal.SIGKILL, 0, 0]
    assert all("accepted" in fleet.said(number) for number in (1, 2)), "both that lived have sent"
    assert "Traceback" not in "".join(map(fleet.said, range(3)))
    assert "secret" not in "".join(map(fleet.said, range(3)))


def test_workers_that_are_told_to_end_finish_the_mails_in_hand(fleets, database, awaited):
    fleet = fleets(database, delay=0.1)
    fleet.planned(FEWER)
    for _ in range(2):
        fleet.start("worker")
    awaited(lambda: len(fleet.mailbox.lines) >= 20, "the first mails")
    assert fleet.end() == [0, 0]
    states, sent = fleet.states(), len(fleet.mailbox.lines)
    assert states == {DeliveryState.ACCEPTED: sent, DeliveryState.QUEUED: FEWER - sent}
    fleet.start("worker", "--concurrency", "2")
    assert fleet.finished(FEWER) == {DeliveryState.ACCEPTED: FEWER}
    assert max(fleet.mailbox.recipients.values()) == 1
    assert fleet.end()[-1] == 0


def test_an_outage_of_the_server_is_waited_for(fleets, mortal_postgres, awaited):
    with mortal_postgres.database() as url:
        fleet = fleets(url, delay=0.05)
        fleet.planned(FEWER)
        for _ in range(2):
            fleet.start("worker")
        awaited(lambda: len(fleet.mailbox.lines) >= FEWER // 4, "the first mails")
        mortal_postgres.stop()
        awaited(lambda: all("cannot be" in fleet.said(number) for number in (0, 1)), "noticing")
        mortal_postgres.start()
        states = fleet.finished(FEWER)
        assert states[DeliveryState.UNCONFIRMED] <= 2 * CONNECTIONS
        assert states.total() == states[DeliveryState.ACCEPTED] + states[DeliveryState.UNCONFIRMED]
        assert max(fleet.mailbox.recipients.values()) == 1
        assert fleet.end() == [0, 0]
        assert "Traceback" not in fleet.said(0) + fleet.said(1)
        assert "secret" not in fleet.said(0) + fleet.said(1)


def test_workers_share_the_room_that_a_relay_gives(fleets, database, awaited):
    fleet = fleets(database)
    fleet.settings["SMTP_URL"] += "/?hour=50"
    fleet.planned(FEWER)
    for _ in range(3):
        fleet.start("worker")

    def full():
        states = fleet.states()
        resting = not (states[DeliveryState.CLAIMED] or states[DeliveryState.SENDING] or fleet.senders())
        return states if states[DeliveryState.ACCEPTED] >= 50 and resting else None

    assert awaited(full, "fifty mails") == {DeliveryState.ACCEPTED: 50, DeliveryState.QUEUED: FEWER - 50}
    assert fleet.end() == [0, 0, 0]
    assert len(fleet.mailbox.lines) == 50
