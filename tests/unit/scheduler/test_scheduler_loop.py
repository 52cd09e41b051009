"""The loop around the beats: it outlives faults, and ends when it is told to."""

import asyncio
import logging
import os
import signal
from datetime import datetime, timedelta

import pytest
import schedule

from digest.errors import StoreError
from digest.newsroom.beat import Went, guarded, together
from digest.newsroom.stopping import stoppable
from digest.scheduler import BEAT, beat_until, overslept, pause, run, started


async def until_set(beats: list[str], fault: Exception | None, *, turns: int | None) -> None:
    """A loop whose beats write their name, raise, and after a moment are stopped."""
    stop = asyncio.Event()

    async def beat(_stop: asyncio.Event) -> None:
        beats.append("beat")
        asyncio.get_running_loop().call_later(0.05, stop.set)
        if fault:
            raise fault

    await asyncio.wait_for(beat_until(stop, beat, turns), 10)


def test_it_beats_at_once_and_so_often_as_it_is_asked():
    beats: list[str] = []
    asyncio.run(until_set(beats, None, turns=1))
    assert beats == ["beat"]


def test_no_turns_are_no_beats():
    beats: list[str] = []
    asyncio.run(until_set(beats, None, turns=0))
    assert beats == []


@pytest.mark.parametrize("fault", [StoreError("the disk is full"), ValueError("a fault of ours"), OSError(28, "full")])
def test_a_fault_in_a_beat_does_not_end_the_loop(fault, caplog):
    beats: list[str] = []
    asyncio.run(until_set(beats, fault, turns=None))
    assert beats == ["beat"]
    assert len(caplog.records) == 1


def test_an_expected_fault_is_one_line_with_its_hint(caplog):
    async def beat(_stop: asyncio.Event) -> None:
        raise StoreError("the disk is full", hint="free some space")

    asyncio.run(guarded(beat, asyncio.Event()))
    (record,) = caplog.records
    assert (record.getMessage(), record.levelno) == ("the disk is full (free some space)", logging.ERROR)
    assert record.exc_info is None


def test_an_unexpected_fault_keeps_its_traceback(caplog):
    async def beat(_stop: asyncio.Event) -> None:
        raise ZeroDivisionError

    asyncio.run(guarded(beat, asyncio.Event()))
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


def test_being_cancelled_is_no_fault():
    async def cancelled() -> None:
        async def beat(_stop: asyncio.Event) -> None:
            raise asyncio.CancelledError

        await guarded(beat, asyncio.Event())

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())


@pytest.mark.parametrize("fault", [StoreError("the disk is full"), ValueError("a fault of ours")])
def test_how_the_last_beat_went_is_told(fault):
    async def fails(_stop: asyncio.Event) -> Went:
        raise fault

    async def works(_stop: asyncio.Event) -> Went:
        return Went.WELL

    async def last_of(beat) -> Went:
        return await beat_until(asyncio.Event(), beat, 1)

    assert asyncio.run(last_of(fails)) is Went.NOT
    assert asyncio.run(last_of(works)) is Went.WELL


@pytest.mark.parametrize(
    ("steps", "whole"),
    [
        ((), Went.IDLE),
        ((Went.IDLE, Went.IDLE), Went.IDLE),
        ((Went.IDLE, Went.WELL, Went.WELL), Went.WELL),
        ((Went.IDLE, Went.NOT), Went.NOT),
        ((Went.NOT, Went.NOT), Went.NOT),
        ((Went.WELL, Went.NOT), Went.PARTLY),
        ((Went.PARTLY, Went.WELL), Went.PARTLY),
        ((Went.PARTLY, Went.NOT), Went.PARTLY),
    ],
)
def test_a_beat_went_as_those_of_its_steps_that_were_due(steps, whole):
    assert together(steps) is whole


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_beat_finish_and_ends_the_loop(sign):
    done: list[bool] = []

    async def beat(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), sign)
        await asyncio.wait_for(stop.wait(), 10)
        done.append(True)

    before = signal.getsignal(sign)
    asyncio.run(asyncio.wait_for(run(beat), 20))
    assert done == [True]
    assert signal.getsignal(sign) == before


def test_the_signals_are_given_back():
    async def enter() -> bool:
        async with stoppable() as stop:
            return stop.is_set()

    before = signal.getsignal(signal.SIGTERM)
    assert asyncio.run(enter()) is False
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_pause_ends_early_when_it_is_time_to_stop():
    async def stopped() -> None:
        stop = asyncio.Event()
        stop.set()
        await asyncio.wait_for(pause(stop), 0.5)

    asyncio.run(stopped())


def test_the_heart_sets_the_pulse_again_and_again():
    pulse = asyncio.Event()
    heart = started(pulse)
    heart.run_pending()
    assert not pulse.is_set()
    for _ in range(3):
        (job,) = heart.jobs
        job.next_run = datetime.now() - timedelta(seconds=1)  # noqa: DTZ005 - schedule keeps local times
        heart.run_pending()
        assert pulse.is_set()
        pulse.clear()
        assert not overslept(heart)


@pytest.mark.parametrize(
    ("ahead", "is_overslept"),
    [(timedelta(seconds=BEAT - 1), False), (-timedelta(hours=3), False), (timedelta(hours=1), True)],
)
def test_a_clock_set_back_is_noticed_by_a_beat_too_far_away(ahead, is_overslept):
    heart = started(asyncio.Event())
    (job,) = heart.jobs
    job.next_run = datetime.now() + ahead  # noqa: DTZ005
    assert overslept(heart) is is_overslept


def test_a_heart_without_a_beat_is_started_anew():
    assert overslept(schedule.Scheduler())
