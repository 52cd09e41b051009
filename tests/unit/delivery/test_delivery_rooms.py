"""The room of recipient domains: who may leave, who waits and until when; and the line that keeps their turns."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.attempt import drain
from digest.delivery.backlog import Backlog, Job
from digest.delivery.pacing import FRESH
from digest.delivery.rooms import Rooms, Turn
from digest.delivery.routes import Route
from digest.delivery.run import Report, Terms
from digest.model.delivery import DeliveryState, Receipt
from digest.model.message import Mail
from digest.model.rates import DomainRates, Grant, Rate
from digest.testing import NEW_YEAR, FakeChannel, FakeRelays, ManualClock, MemoryLedger, claims_of

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
FIVE = Rate(per_second=5)
DOMAINS = DomainRates(named={"big.example": ("@big.example", FIVE), "other-big.example": ("@big.example", FIVE)})


class Bucket:
    """A store with turns a time apart for each scope, up to two seconds ahead, and so much room in all."""

    def __init__(self, room=10**6, interval=SECOND / 5):
        self.room, self.interval = room, interval
        self.free_at, self.asked, self.returned = {}, [], {}

    def take_each(self, asked, *, now):
        self.asked.append({scope: wanted for scope, (wanted, _rate) in asked.items()})
        return {scope: tuple(self.grants(scope, wanted, now)) for scope, (wanted, _rate) in asked.items()}

    def grants(self, scope, wanted, now):
        free_at = max(self.free_at.get(scope, now), now)
        count = min(wanted, self.room, max(0, (now + 2 * SECOND - free_at) // self.interval))
        self.room -= count
        self.free_at[scope] = free_at + count * self.interval
        if count:
            yield Grant(count=count, start=free_at, interval=self.interval)
        if count < wanted:
            yield Grant(count=0, start=self.free_at[scope] if self.room else now + HOUR)

    def give_back(self, scope, count, *, now):
        self.returned[scope] = self.returned.get(scope, 0) + count


def claims(*addresses):
    return claims_of(addresses)


def readers(count, domain="big.example"):
    return [f"reader{number}@{domain}" for number in range(count)]


def test_where_no_domain_has_a_rate_the_store_is_not_asked():
    bucket = Bucket()
    rooms = Rooms(bucket, DomainRates())
    assert not rooms.bounded
    given_ = claims(*readers(3))
    assert rooms.sort(given_, NEW_YEAR).going == tuple((claim, None) for claim in given_)
    assert bucket.asked == []


def test_domains_named_together_share_their_turns_and_are_asked_for_once_for_a_batch():
    bucket = Bucket()
    sorted_ = Rooms(bucket, DOMAINS).sort(claims("a@big.example", "b@small.example", "c@Other-Big.example"), NEW_YEAR)
    turns = [turn for _claim, turn in sorted_.going]
    assert turns == [
        Turn(scope="@big.example", at=NEW_YEAR, interval=SECOND / 5),
        None,
        Turn(scope="@big.example", at=NEW_YEAR + SECOND / 5, interval=SECOND / 5),
    ]
    assert bucket.asked == [{"@big.example": 2}]


def test_what_has_no_turn_comes_back_one_after_another_at_the_pace_of_the_rate():
    sorted_ = Rooms(Bucket(), DOMAINS).sort(claims(*readers(25)), NEW_YEAR)
    assert len(sorted_.going) == 10
    times = [until for _claim, until in sorted_.waiting]
    assert times == [NEW_YEAR + 2 * SECOND + number * SECOND / 5 for number in range(15)]


def test_those_of_the_next_batch_line_up_behind_them():
    rooms = Rooms(Bucket(), DOMAINS)
    rooms.sort(claims(*readers(25)), NEW_YEAR)
    sorted_ = rooms.sort(claims(*readers(5)), NEW_YEAR)
    assert [until - NEW_YEAR for _claim, until in sorted_.waiting] == [5 * SECOND + n * SECOND / 5 for n in range(5)]
    assert rooms.soonest(NEW_YEAR) == NEW_YEAR + 2 * SECOND
    assert rooms.soonest(NEW_YEAR + 3 * SECOND) == NEW_YEAR + 3.5 * SECOND
    assert rooms.soonest(NEW_YEAR + 9 * SECOND) is None


def test_a_domain_that_is_full_for_long_is_not_asked_for_again_until_then():
    bucket = Bucket(room=3)
    rooms = Rooms(bucket, DOMAINS)
    assert len(rooms.sort(claims(*readers(5)), NEW_YEAR).going) == 3
    later = rooms.sort(claims(*readers(5)), NEW_YEAR + 9 * SECOND)
    assert (len(later.going), len(bucket.asked)) == (0, 1)
    assert min(until for _claim, until in later.waiting) >= NEW_YEAR + HOUR
    bucket.room = 5
    assert len(rooms.sort(claims(*readers(5)), NEW_YEAR + HOUR).going) == 5


def test_turns_that_were_not_used_go_back_with_the_next_batch_or_at_the_end():
    bucket = Bucket()
    rooms = Rooms(bucket, DOMAINS)
    rooms.unused("@big.example")
    rooms.sort(claims(*readers(1)), NEW_YEAR)
    assert bucket.returned == {"@big.example": 1}
    rooms.unused("@big.example")
    rooms.close(NEW_YEAR)
    rooms.close(NEW_YEAR)
    assert bucket.returned == {"@big.example": 2}


def job(number, turn=None):
    (claim,) = claims_of([f"reader{number}@mail.example"])
    claim = replace(claim, delivery=replace(claim.delivery, id=number))
    mail = Mail(envelope_from="", envelope_to=claim.delivery.target, message_id=str(number), content=b"")
    return Job(claim=claim, mail=mail, leased_until=NEW_YEAR + HOUR, turn=turn)


def turn(scope, seconds, interval=0.0):
    return Turn(scope=scope, at=NEW_YEAR + seconds * SECOND, interval=interval * SECOND)


def taken(line, seconds):
    found = line.take(NEW_YEAR + seconds * SECOND)
    return found and found.claim.delivery.id


def test_a_mail_that_waits_for_its_turn_holds_up_nobody():
    async def main():
        line = Backlog(low=1)
        line.put([job(1, turn("@a", 5)), job(2, turn("@a", 6)), job(3, turn("@b", 1)), job(4), job(5)])
        assert [taken(line, 0), taken(line, 0), taken(line, 0)] == [4, 5, None]
        assert line.until_turn(NEW_YEAR, 9.0) == pytest.approx(1.0)
        assert [taken(line, 1), taken(line, 1), taken(line, 7), taken(line, 7)] == [3, None, 1, 2]
        assert (line.waiting, line.idle) == (0, False)

    asyncio.run(main())


def test_between_two_mails_to_a_domain_the_interval_stays_though_both_are_late():
    async def main():
        line = Backlog(low=1)
        line.put([job(number, turn("@a", number, interval=1.0)) for number in range(3)])
        assert [taken(line, 10), taken(line, 10), taken(line, 10.5), taken(line, 11), taken(line, 11)] == [
            0, None, None, 1, None,
        ]  # fmt: skip

    asyncio.run(main())


def test_a_turn_that_is_long_over_is_not_used():
    async def main():
        line = Backlog(low=1)
        line.put([job(1, turn("@a", 0)), job(2, turn("@a", 20))])
        assert taken(line, FRESH.total_seconds() + 1) == 2
        assert [late.claim.delivery.id for late in line.late] == [1]

    asyncio.run(main())


def test_what_waits_is_handed_out_when_the_line_is_closed_and_nothing_is_taken_after():
    async def main():
        line = Backlog(low=1)
        line.put([job(1), job(2, turn("@a", 0))])
        assert [each.claim.delivery.id for each in line.close()] == [1, 2]
        line.put([job(3)])
        assert (taken(line, 9), line.waiting) == (None, 0)

    asyncio.run(main())


def write(those):
    return [
        Mail(envelope_from="", envelope_to=each.delivery.target, message_id=each.delivery.message_id, content=b"\r\n")
        for each in those
    ]


def run(ledger, channel, bucket, connections=5, **terms):
    terms = {"worker": "here:1:a", "rates": bucket, "relays": FakeRelays(), "domains": DOMAINS, **terms}
    routes = [Route(channel=channel, connections=connections)]

    async def main():
        return await drain(ledger, routes, write, terms=Terms(**terms), clock=ManualClock(), stop=asyncio.Event())

    return asyncio.run(main())


def test_mails_whose_turn_was_missed_get_another_and_nobody_two():
    bucket, passed = Bucket(interval=SECOND / 1000), []

    def answer(mail):
        if mail.envelope_to == "reader0@big.example":
            passed.append(FRESH.total_seconds() + 1)
        return Receipt()

    ledger, channel = MemoryLedger(claims_of(readers(12))), FakeChannel(answer)
    later = lambda: time.monotonic() + sum(passed)  # noqa: E731 - a clock is a function
    assert run(ledger, channel, bucket, connections=1, monotonic=later) == Report(accepted=12)
    assert sorted(mail.envelope_to for mail in channel.mails) == sorted(readers(12))
    assert {row.attempts for row in ledger.rows.values()} == {1}
    assert bucket.returned["@big.example"] >= 10


def test_mails_without_room_wait_in_the_ledger_uncounted_and_do_not_hold_up_others():
    people = [*readers(20), *readers(30, "small.example")]
    ledger, channel = MemoryLedger(claims_of(people)), FakeChannel()
    assert run(ledger, channel, Bucket(room=5, interval=timedelta() + SECOND / 1000), batch=10) == Report(accepted=35)
    assert ledger.states() == {DeliveryState.ACCEPTED: 35, DeliveryState.QUEUED: 15}
    waiting = [row for row in ledger.rows.values() if row.state is DeliveryState.QUEUED]
    assert {row.attempts for row in waiting} == {0}
    assert {row.answer for row in waiting} == {""}
    assert all(row.next_at >= NEW_YEAR + HOUR for row in waiting)
    assert ledger.attempts == []


def test_a_run_goes_on_while_a_domain_takes_mail_at_its_pace():
    ledger, channel = MemoryLedger(claims_of(readers(40))), FakeChannel()
    assert run(ledger, channel, Bucket(interval=SECOND / 20)) == Report(accepted=40)
    assert sorted(mail.envelope_to for mail in channel.mails) == sorted(readers(40))


def test_what_would_be_stale_before_it_has_room_fails_and_says_so():
    slow = DomainRates(named={"big.example": ("@big.example", Rate(per_hour=1))})
    ledger = MemoryLedger(claims_of(readers(30)))
    report = run(ledger, FakeChannel(), Bucket(room=1), domains=slow)
    assert (report.accepted, report.failed) == (1, 10)
    assert ledger.rows[30].answer == "given up: the rate of big.example leaves no room in time"


@given(
    jobs=st.lists(st.tuples(st.sampled_from([None, "@a", "@b"]), st.floats(0, 20)), max_size=20),
    steps=st.lists(st.floats(0, 3), max_size=40),
)
def test_every_mail_is_taken_once_and_never_before_its_turn(jobs, steps):
    async def main():
        line, at, out = Backlog(low=1), 0.0, []
        line.put(
            job(number, scope and turn(scope, seconds, interval=0.5))
            for number, (scope, seconds) in enumerate(sorted(jobs, key=lambda each: each[1]))
        )
        left_at = {}
        for step in [*steps, *[1.0] * 60]:
            at += step
            found = line.take(NEW_YEAR + at * SECOND)
            if found is None:
                continue
            out.append(found.claim.delivery.id)
            if found.turn is not None:
                assert found.turn.at <= NEW_YEAR + at * SECOND
                assert at - left_at.get(found.turn.scope, -1) >= 0.499
                left_at[found.turn.scope] = at
        out += [late.claim.delivery.id for late in line.late]
        assert sorted(out) == list(range(len(jobs)))

    asyncio.run(main())
