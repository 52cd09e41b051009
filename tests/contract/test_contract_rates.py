"""What a ports.RateStore promises, held against SQLite and PostgreSQL."""

import asyncio
from datetime import timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.delivery.pacing import Turns
from digest.model.rates import Rate, WarmUp
from digest.storage.database import open_store
from digest.testing import ManualClock

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
RELAY = "mail.example:25"


def leaving(grant):
    return [grant.start + number * grant.interval for number in range(grant.count)]


def most(times, span):
    """The most of these instants that lie in any window of a span, its end left out."""
    return max((sum(first <= each < first + span for each in times) for first in times), default=0)


def test_without_a_bound_everything_may_leave_at_once(store, now):
    grant = store.rates.take(RELAY, 500, Rate(), now=now)
    assert (grant.count, grant.start, grant.interval) == (500, now, timedelta())
    assert store.rates.used(RELAY, since=now) == 500


def test_turns_are_given_for_two_seconds_and_another_worker_gets_the_next(store, store_url, now):
    rate = Rate(per_second=5)
    with open_store(store_url) as other:
        first = store.rates.take(RELAY, 100, rate, now=now)
        second = other.rates.take(RELAY, 100, rate, now=now)
        third = store.rates.take(RELAY, 100, rate, now=now)
    assert (first.count, second.count, third.count) == (10, 10, 0)
    assert third.start == now + 4 * SECOND
    times = leaving(first) + leaving(second)
    assert all(later - earlier == SECOND / 5 for earlier, later in pairwise(times))


def test_scopes_do_not_share_their_room(store, now):
    rate = Rate(per_hour=3)
    assert store.rates.take(RELAY, 5, rate, now=now).count == 3
    assert store.rates.take("@mail.example", 5, rate, now=now).count == 3


def test_an_hour_that_is_used_up_says_when_to_ask_again_and_holds_after_a_restart(store, store_url, now):
    rate = Rate(per_hour=10)
    assert store.rates.take(RELAY, 25, rate, now=now).count == 10
    with open_store(store_url) as again:
        refused = again.rates.take(RELAY, 25, rate, now=now + MINUTE)
        assert (refused.count, refused.start) == (0, now + HOUR + 2 * MINUTE)
        assert again.rates.take(RELAY, 25, rate, now=refused.start).count == 10


def test_room_that_is_given_back_may_be_taken_again(store, now):
    rate = Rate(per_day=10, warm_up=WarmUp(start=10, growth=2))
    store.rates.take(RELAY, 10, rate, now=now)
    store.rates.give_back(RELAY, 4, now=now + SECOND)
    assert store.rates.used(RELAY, since=now) == 6
    assert store.rates.take(RELAY, 10, rate, now=now + SECOND).count == 4


def test_giving_back_more_than_was_taken_makes_no_room(store, now):
    store.rates.take(RELAY, 2, Rate(per_hour=3), now=now)
    store.rates.give_back(RELAY, 9, now=now)
    assert store.rates.take(RELAY, 9, Rate(per_hour=3), now=now).count == 3


def test_a_warm_up_grows_with_each_day_of_sending_and_not_with_days_of_rest(store, now):
    rate = Rate(warm_up=WarmUp(start=50, growth=1.5))
    allowed = [store.rates.take(RELAY, 1000, rate, now=now + days * DAY).count for days in (0, 1, 5, 5)]
    assert allowed == [50, 75, 112, 0]
    assert store.rates.take(RELAY, 1, rate, now=now + 5 * DAY).start == (now + 6 * DAY).replace(hour=0)


def test_a_clock_set_back_neither_stalls_nor_overruns(store, now):
    quick, daily = Rate(per_second=5), Rate(per_day=10)
    store.rates.take(RELAY, 10, quick, now=now)
    store.rates.take("@mail.example", 10, daily, now=now)
    back = now - 30 * DAY
    refused = store.rates.take(RELAY, 10, quick, now=back)
    assert (refused.count, refused.start) == (0, back + 4 * SECOND)
    assert store.rates.take(RELAY, 10, quick, now=refused.start).count == 10
    refused = store.rates.take("@mail.example", 10, daily, now=back)
    assert refused.count == 0
    assert store.rates.take("@mail.example", 10, daily, now=back + DAY + 2 * MINUTE).count == 10


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_window_ever_holds_more_than_the_bounds(store, store_url, now, data):
    scope = f"@{data.draw(st.uuids())}.example"
    rate = Rate(per_second=data.draw(st.sampled_from([None, 0.5, 3])), per_hour=20, per_day=35)
    waits = data.draw(st.lists(st.integers(0, 4000), min_size=1, max_size=12))
    times, at = [], now
    with open_store(store_url) as other:
        for number, wait in enumerate(waits):
            at += wait * SECOND
            times += leaving((store, other)[number % 2].rates.take(scope, 12, rate, now=at))
    assert most(times, HOUR) <= 20
    assert most(times, DAY) <= 35
    assert rate.per_second is None or all(
        b - a >= SECOND / rate.per_second - timedelta(microseconds=1) for a, b in pairwise(sorted(times))
    )


def test_several_scopes_are_asked_at_once_and_say_when_to_ask_again(store, now):
    asked = {"@a.example": (25, Rate(per_second=5)), "@b.example": (3, Rate(per_hour=9)), "@c.example": (0, Rate())}
    grants = store.rates.take_each(asked, now=now)
    assert [grant.count for grant in grants["@a.example"]] == [10, 10, 0]
    assert grants["@a.example"][-1].start == now + 4 * SECOND
    assert [grant.count for grant in grants["@b.example"]] == [3]
    assert grants["@c.example"] == ()


def test_a_day_that_was_used_evenly_frees_itself_evenly_after_the_clock_was_set_far_back(store, now):
    rate = Rate(per_day=24)
    ahead = now + 40 * DAY
    for hour in range(24):
        assert store.rates.take(RELAY, 1, rate, now=ahead + hour * HOUR).count == 1
    back = now
    assert store.rates.take(RELAY, 24, rate, now=back).count == 0
    freed = [store.rates.take(RELAY, 24, rate, now=back + hour * HOUR + 3 * MINUTE).count for hour in (1, 2, 5)]
    assert freed == [1, 1, 3]


def test_a_warm_up_does_not_stand_still_after_the_clock_was_set_far_back(store, now):
    rate = Rate(warm_up=WarmUp(start=10, growth=2))
    ahead = now + 40 * DAY
    assert [store.rates.take(RELAY, 99, rate, now=ahead + days * DAY).count for days in range(3)] == [10, 20, 40]
    assert store.rates.take(RELAY, 99, rate, now=now).count == 0
    assert store.rates.take(RELAY, 99, rate, now=now + DAY).count == 80


def test_the_room_there_is_may_be_asked_for_without_taking_it(store, now):
    assert store.rates.room(RELAY, Rate(per_second=5), now=now) is None
    rate = Rate(per_hour=10, per_day=100, warm_up=WarmUp(start=50, growth=2))
    assert store.rates.room(RELAY, rate, now=now).count == 10
    assert store.rates.room(RELAY, rate, now=now).count == 10
    store.rates.take(RELAY, 4, rate, now=now)
    left = store.rates.room(RELAY, rate, now=now)
    assert (left.count, left.start) == (6, now)
    store.rates.take(RELAY, 25, rate, now=now)
    full = store.rates.room(RELAY, rate, now=now)
    assert (full.count, full.start) == (0, store.rates.take(RELAY, 1, rate, now=now).start)
    tomorrow = now + DAY + MINUTE
    assert store.rates.room(RELAY, Rate(warm_up=WarmUp(start=4, growth=2)), now=tomorrow).count == 8


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_two_workers_with_lumps_of_turns_that_end_and_crash_never_exceed_the_bounds(store, store_url, now, data):
    scope, clock = f"@{data.draw(st.uuids())}.example", ManualClock(now)
    rate = Rate(per_hour=20, per_day=35)
    steps = data.draw(
        st.lists(st.tuples(st.integers(0, 1), st.integers(0, 900), st.sampled_from("ttttec")), max_size=40)
    )
    times = []
    with open_store(store_url) as other:
        stores = (store, other)
        workers = [Turns(each.rates, scope, rate, clock) for each in stores]
        for number, seconds, what in steps:
            clock.advance(seconds * SECOND)
            if what == "t":
                asyncio.run(workers[number].look(8))
                times += [clock()] if workers[number].take_now() else []
                continue
            if what == "e":
                asyncio.run(workers[number].close())
            workers[number] = Turns(stores[number].rates, scope, rate, clock)
    assert most(times, HOUR) <= 20
    assert most(times, DAY) <= 35
