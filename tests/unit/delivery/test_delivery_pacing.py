"""Turns: taken from the store in lumps, used in time, given back where they were not."""

import asyncio
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.pacing import FRESH, LUMP, Turns
from digest.model.rates import Grant, Rate
from digest.testing import NEW_YEAR, ManualClock

SECOND = timedelta(seconds=1)
RATE = Rate(per_second=4)


class Bucket:
    """A store of rates with turns a time apart, and so much room in all."""

    def __init__(self, *, interval=timedelta(), room=10**6, again=timedelta(hours=1)):
        self.interval, self.room, self.again = interval, room, again
        self.asked, self.returned = [], 0
        self.free_at = NEW_YEAR

    def take(self, scope, wanted, rate, *, now):
        self.asked.append(wanted)
        count = min(wanted, self.room)
        start = max(self.free_at, now)
        if not count:
            return Grant(count=0, start=now + self.again)
        self.room -= count
        self.free_at = start + count * self.interval
        return Grant(count=count, start=start, interval=self.interval)

    def give_back(self, scope, count, *, now):
        self.returned += count
        self.room += count


def take(turns, count, wanted=1):
    async def all_of_them():
        return [await turns.take(wanted) for _ in range(count)]

    return asyncio.run(all_of_them())


def test_without_a_bound_nobody_waits_and_the_store_is_not_asked():
    clock, bucket = ManualClock(), Bucket()
    turns = Turns(bucket, "mail.example:25", Rate(), clock)
    assert turns.take_now()
    assert take(turns, 2) == [clock.now, clock.now]
    asyncio.run(turns.close())
    assert bucket.asked == []


def test_turns_are_taken_in_lumps_and_each_has_its_own_time():
    bucket = Bucket(interval=SECOND / 4)
    turns = Turns(bucket, "mail.example:25", RATE, ManualClock())
    assert take(turns, 8, wanted=4) == [NEW_YEAR + number * SECOND / 4 for number in range(8)]
    assert bucket.asked == [4, 4]


def test_a_lump_has_a_bound():
    bucket = Bucket()
    take(Turns(bucket, "mail.example:25", RATE, ManualClock()), 1, wanted=10**6)
    assert bucket.asked == [LUMP]


def test_a_turn_whose_time_has_come_is_there_at_once():
    clock, bucket = ManualClock(), Bucket(interval=SECOND)
    turns = Turns(bucket, "mail.example:25", RATE, clock)
    assert not turns.take_now()
    take(turns, 1, wanted=3)
    assert not turns.take_now()
    clock.advance(SECOND)
    assert turns.take_now()
    assert not turns.take_now()


def test_late_turns_are_no_reason_to_hurry():
    clock = ManualClock()
    turns = Turns(Bucket(interval=SECOND), "mail.example:25", RATE, clock)
    take(turns, 1, wanted=10)
    clock.advance(8 * SECOND)
    assert take(turns, 3) == [clock.now, clock.now + SECOND, clock.now + 2 * SECOND]


def test_turns_that_are_long_over_are_given_back_and_new_ones_taken():
    clock, bucket = ManualClock(), Bucket()
    turns = Turns(bucket, "mail.example:25", RATE, clock)
    take(turns, 1, wanted=10)
    clock.advance(FRESH + SECOND)
    assert not turns.take_now()
    assert take(turns, 1, wanted=2) == [clock.now]
    assert bucket.returned == 9
    asyncio.run(turns.close())
    assert bucket.returned == 10


def test_a_turn_that_was_taken_in_vain_is_given_back():
    bucket = Bucket(room=10)
    turns = Turns(bucket, "mail.example:25", RATE, ManualClock())
    take(turns, 2, wanted=5)
    turns.give_back()
    asyncio.run(turns.close())
    assert (bucket.returned, bucket.room) == (4, 9)


def test_a_look_finds_out_whether_there_is_room_and_takes_what_it_finds():
    bucket = Bucket(room=1)
    turns = Turns(bucket, "mail.example:25", RATE, ManualClock())
    asyncio.run(turns.look())
    assert turns.full_until is None
    assert turns.take_now()
    asyncio.run(turns.look())
    assert turns.full_until == NEW_YEAR + timedelta(hours=1)


def test_where_there_is_no_room_for_long_it_says_so_and_does_not_wait():
    turns = Turns(Bucket(room=1), "mail.example:25", RATE, ManualClock())
    assert take(turns, 3, wanted=5) == [NEW_YEAR, None, None]
    assert turns.full_until == NEW_YEAR + timedelta(hours=1)


def test_room_that_comes_soon_is_waited_for():
    class Soon(Bucket):
        def take(self, scope, wanted, rate, *, now):
            self.room = len(self.asked) // 3
            return super().take(scope, wanted, rate, now=now)

    bucket = Soon(again=timedelta(milliseconds=20))
    turns = Turns(bucket, "mail.example:25", RATE, ManualClock())
    assert take(turns, 1) == [NEW_YEAR]
    assert len(bucket.asked) == 4
    assert turns.full_until is None


@given(interval=st.integers(1, 3000), gaps=st.lists(st.integers(0, 40_000), min_size=1, max_size=60))
def test_turns_are_never_closer_than_the_interval_however_late_they_are_used(interval, gaps):
    clock, interval = ManualClock(), timedelta(milliseconds=interval)
    turns = Turns(Bucket(interval=interval), "mail.example:25", RATE, clock)
    times = []
    for gap in gaps:
        clock.advance(timedelta(milliseconds=gap))
        clock.now = max([clock.now, *times])
        times += take(turns, 1, wanted=5)
    assert all(later - earlier >= interval for earlier, later in pairwise(times))
