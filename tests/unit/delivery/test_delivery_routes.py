"""Relays side by side: their shares, who is left alone and for how long, how many connections each bears."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.attempt import drain
from digest.delivery.routes import LONGEST, Ease, Route, Ways
from digest.delivery.run import Report, Terms
from digest.errors import ChannelDown, MessageRefused, RecipientRefused, TryLater, Unconfirmed
from digest.model.delivery import DeliveryState, Receipt
from digest.model.message import Mail
from digest.model.rates import Grant, Rate
from digest.ports.sending import RelayHealth
from digest.testing import NEW_YEAR, FakeChannel, FakeRelays, ManualClock, MemoryLedger, claims_of

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NO_ANSWER = ChannelDown("b.example:25 does not answer.")


class Room:
    """A store of rates with so much room in all for each scope."""

    def __init__(self, **room):
        self.room = room

    def take(self, scope, wanted, rate, *, now):
        count = min(wanted, self.room.get(scope, 10**6))
        self.room[scope] = self.room.get(scope, 10**6) - count
        return Grant(count=count, start=now if count else now + HOUR)

    def give_back(self, scope, count, *, now):
        self.room[scope] += count


def ways_of(*routes, relays=None, clock=None, at_once=False):
    return Ways(routes, rates=Room(), relays=relays or FakeRelays(), clock=clock or ManualClock(), at_once=at_once)


def route(place, weight=1, channel=None, **chosen):
    return Route(channel=channel or FakeChannel(place=place), weight=weight, **chosen)


def write(claims):
    return [
        Mail(
            envelope_from="bounces@digest.example",
            envelope_to=claim.delivery.target,
            message_id=claim.delivery.message_id,
            content=b"Subject: news\r\n\r\nbody\r\n",
        )
        for claim in claims
    ]


def addresses(count):
    return [f"reader{number}@mail.example" for number in range(count)]


def run(ledger, *routes, rates=None, relays=None, clock=None, **terms):
    terms = {"worker": "here:1:a", "rates": rates or Room(), "relays": relays or FakeRelays(), "rest": 0.001, **terms}

    async def main():
        return await drain(
            ledger, routes, write, terms=Terms(**terms), clock=clock or ManualClock(), stop=asyncio.Event()
        )

    return asyncio.run(main())


def carried(*channels):
    return [len(channel.mails) for channel in channels]


def everybody(*channels):
    return sorted(mail.envelope_to for channel in channels for mail in channel.mails)


@given(weights=st.lists(st.integers(1, 20), min_size=2, max_size=4), order=st.randoms(), count=st.integers(1, 300))
def test_no_relay_is_ever_ahead_of_its_share_by_more_than_a_mail_for_each_unit_of_weight(weights, order, count):
    ways = ways_of(*(route(f"{number}.example", weight) for number, weight in enumerate(weights)))
    taken = dict.fromkeys(ways.all, 0)
    for way in ways.all:
        ways.joined(way, NEW_YEAR)
    for _ in range(count):
        willing = [way for way in ways.all if ways.may_take(way, NEW_YEAR)]
        assert willing
        way = order.choice(willing)
        ways.took(way, NEW_YEAR)
        taken[way] += 1
        shares = [taken[each] / each.route.weight for each in ways.all]
        assert max(shares) - min(shares) <= 2


def test_a_relay_that_comes_late_need_not_catch_up():
    early, late = (ways := ways_of(route("a.example"), route("b.example"))).all
    ways.joined(early, NEW_YEAR)
    for _ in range(50):
        assert ways.may_take(early, NEW_YEAR)
        ways.took(early, NEW_YEAR)
    ways.joined(late, NEW_YEAR)
    ways.took(late, NEW_YEAR)
    assert not ways.may_take(late, NEW_YEAR)
    assert ways.may_take(early, NEW_YEAR)


def test_a_relay_that_takes_nothing_for_seconds_is_not_waited_for():
    quick, stuck = (ways := ways_of(route("a.example"), route("b.example"))).all
    for way in (quick, stuck):
        ways.joined(way, NEW_YEAR)
    ways.took(quick, NEW_YEAR)
    assert not ways.may_take(quick, NEW_YEAR)
    assert ways.may_take(quick, NEW_YEAR + 6 * SECOND)


def test_a_relay_that_waits_for_its_own_rate_is_not_waited_for():
    quick, bounded = (ways := ways_of(route("a.example"), route("b.example"))).all
    for way in (quick, bounded):
        ways.joined(way, NEW_YEAR)
    ways.took(quick, NEW_YEAR)
    bounded.held = 1
    assert ways.may_take(quick, NEW_YEAR)


def test_who_stands_by_is_used_only_while_no_other_is_up():
    main, spare = (ways := ways_of(route("a.example"), route("b.example", weight=0))).all
    assert list(ways.usable(NEW_YEAR)) == [main]
    ways.failed(main, NO_ANSWER, NEW_YEAR)
    assert list(ways.usable(NEW_YEAR)) == [spare]
    assert list(ways.usable(NEW_YEAR + MINUTE)) == [main, spare]
    ways.well(main, NEW_YEAR + MINUTE)
    assert list(ways.usable(NEW_YEAR + MINUTE)) == [main]


def test_a_relay_with_faults_is_left_alone_longer_each_time_and_well_again_with_one_mail():
    relays = FakeRelays()
    (way,) = (ways := ways_of(route("b.example"), relays=relays)).all
    times = []
    for _ in range(9):
        ways.failed(way, NO_ANSWER, NEW_YEAR)()
        times.append((way.health.down_until - NEW_YEAR) / MINUTE)
    assert times == [1, 2, 4, 8, 16, 30, 30, 30, 30]
    assert LONGEST == 30 * MINUTE
    assert relays.health() == (
        RelayHealth(place="b.example", faults=9, down_until=NEW_YEAR + LONGEST, because="b.example:25 does not answer"),
    )
    ways.well(way, NEW_YEAR)()
    assert relays.health() == (RelayHealth(place="b.example"),)
    assert ways.well(way, NEW_YEAR) is None


def test_what_other_workers_know_of_a_relay_is_heeded_unless_somebody_wants_it_tried():
    relays = FakeRelays()
    relays.record(RelayHealth(place="b.example", faults=3, down_until=NEW_YEAR + MINUTE, because="no"), now=NEW_YEAR)
    (heeded,) = ways_of(route("b.example"), relays=relays).all
    (tried,) = ways_of(route("b.example"), relays=relays, at_once=True).all
    assert not heeded.up(NEW_YEAR)
    assert heeded.up(NEW_YEAR + MINUTE)
    assert tried.up(NEW_YEAR)
    assert tried.allowed(NEW_YEAR) == 1


def test_connections_are_halved_and_come_back_one_a_minute():
    ease = Ease()
    assert ease.allowed(10, NEW_YEAR) == 10
    for _ in range(5):
        ease.halve(10, NEW_YEAR)
    assert [ease.allowed(10, NEW_YEAR + minutes * MINUTE) for minutes in (0, 1, 2.5, 5, 60)] == [5, 6, 7, 10, 10]
    later = NEW_YEAR + 2 * MINUTE
    ease.halve(10, later)
    assert ease.allowed(10, later) == 3


def test_a_clock_that_is_set_back_neither_keeps_connections_few_nor_a_relay_alone():
    ease, day = Ease(), 24 * HOUR
    ease.halve(10, NEW_YEAR + day)
    assert [ease.allowed(10, NEW_YEAR + minutes * MINUTE) for minutes in (0, 1, 5)] == [5, 6, 10]
    relays = FakeRelays()
    relays.record(RelayHealth(place="b.example", faults=1, down_until=NEW_YEAR + day), now=NEW_YEAR + day)
    (way,) = ways_of(route("b.example"), relays=relays).all
    assert way.up(NEW_YEAR)


@given(st.lists(st.integers(0, 300), max_size=12), st.integers(1, 50))
def test_at_least_one_connection_and_never_too_many_are_allowed(gaps, most):
    ease, now = Ease(), NEW_YEAR
    for gap in gaps:
        now += gap * SECOND
        ease.halve(most, now)
        assert 1 <= ease.allowed(most, now) <= most


def test_mails_are_spread_by_weight():
    ledger, one, two = MemoryLedger(claims_of(addresses(400))), FakeChannel(place="a"), FakeChannel(place="b")
    report = run(ledger, route("a", 3, one), route("b", 1, two))
    assert report == Report(accepted=400)
    assert everybody(one, two) == sorted(addresses(400))
    assert abs(len(one.mails) - 300) <= 12


def test_the_mails_of_a_relay_that_cannot_be_reached_go_over_the_others():
    ledger, relays = MemoryLedger(claims_of(addresses(60))), FakeRelays()
    dead, well = FakeChannel(refusals=[NO_ANSWER] * 99, place="b.example"), FakeChannel(place="a.example")
    assert run(ledger, route("b.example", 5, dead), route("a.example", 1, well), relays=relays) == Report(accepted=60)
    assert everybody(well) == sorted(addresses(60))
    assert dead.connects == 1
    assert [health.place for health in relays.health()] == ["b.example"]


def test_with_all_relays_down_the_run_ends_and_says_which_and_why():
    ledger, relays = MemoryLedger(claims_of(addresses(9))), FakeRelays()
    a = FakeChannel(refusals=[ChannelDown("a.example:25 refuses us: 554 no")] * 9, place="a.example")
    b = FakeChannel(refusals=[NO_ANSWER] * 9, place="b.example")
    report = run(ledger, route("a.example", 1, a), route("b.example", 0, b), relays=relays)
    again = "(tried again at 06:01 UTC)"
    assert report.stopped == f"a.example:25 refuses us: 554 no {again}; b.example:25 does not answer {again}"
    assert ledger.states() == {DeliveryState.QUEUED: 9}
    assert run(ledger, route("a.example", 1, a), route("b.example", 0, b), relays=relays).stopped == report.stopped
    assert (a.connects, b.connects) == (1, 1)


def test_a_relay_that_was_down_is_used_again_in_the_same_run():
    clock, relays = ManualClock(), FakeRelays()

    class Recovering(FakeChannel):
        def connect(self):
            if self.connects == 1:
                assert clock() >= NEW_YEAR + MINUTE
            return super().connect()

    def advance(_mail):
        clock.advance(SECOND)
        return Receipt()

    back, well = Recovering(refusals=[NO_ANSWER], place="b.example"), FakeChannel(advance, place="a.example")
    ledger = MemoryLedger(claims_of(addresses(2000)))
    report = run(
        ledger, route("b.example", 1, back), route("a.example", 1, well, connections=2), relays=relays, clock=clock
    )
    assert report == Report(accepted=2000)
    assert everybody(back, well) == sorted(addresses(2000))
    assert len(back.mails) > 100
    assert relays.health() == (RelayHealth(place="b.example"),)


def test_a_mail_deferred_for_its_own_sake_is_no_fault_of_the_relay():
    ledger, relays = MemoryLedger(claims_of(addresses(50))), FakeRelays()
    channel = FakeChannel(lambda _mail: TryLater("450 4.2.1 busy", code=450, enhanced="4.2.1"), place="a.example")
    assert run(ledger, route("a.example", 1, channel), relays=relays) == Report(deferred=50)
    assert relays.health() == ()


def test_what_a_broken_connection_failed_goes_over_another_at_once_and_not_for_ever():
    broke = TryLater("a.example:25 closed the connection after RCPT")
    ledger = MemoryLedger(claims_of(addresses(20)))
    channel = FakeChannel(lambda mail: broke if mail.envelope_to == "reader7@mail.example" else Receipt())
    assert run(ledger, route("a.example", 1, channel)) == Report(accepted=19, deferred=1)
    assert ledger.rows[8].attempts == 3
    assert ledger.rows[8].state is DeliveryState.DEFERRED


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Unconfirmed("a.example:25 did not answer in time after the final dot"), DeliveryState.UNCONFIRMED),
        (TryLater("a.example:25 closed the connection after RCPT"), DeliveryState.QUEUED),
    ],
)
def test_a_relay_whose_connections_all_break_is_left_alone_before_many_mails_are_in_doubt(fault, state):
    ledger = MemoryLedger(claims_of(addresses(200)))
    channel = FakeChannel(lambda _mail: fault, place="a.example")
    report = run(ledger, route("a.example", 1, channel, connections=4))
    assert report.stopped == f"{fault.message} (tried again at 06:01 UTC)"
    assert ledger.states().get(DeliveryState.UNCONFIRMED, 0) == report.unconfirmed <= 8
    assert ledger.states()[DeliveryState.QUEUED] >= 192
    assert state in ledger.states()
    assert not channel.mails


def test_a_relay_without_room_is_not_used_and_the_others_carry_on():
    ledger, relays = MemoryLedger(claims_of(addresses(100))), FakeRelays()
    bounded, free = FakeChannel(place="a.example"), FakeChannel(place="b.example")
    rate = Rate(per_day=30)
    routes = (route("a.example", 1, bounded, rate=rate), route("b.example", 1, free))
    assert run(ledger, *routes, rates=Room(**{"a.example": 30}), relays=relays) == Report(accepted=100)
    assert 0 < len(bounded.mails) <= 30
    assert everybody(bounded, free) == sorted(addresses(100))
    assert relays.health() == ()


def test_without_room_anywhere_the_run_ends_says_until_when_and_is_not_stopped():
    ledger, channel = MemoryLedger(claims_of(addresses(100))), FakeChannel(place="a.example")
    rates = Room(**{"a.example": 30})
    report = run(ledger, route("a.example", 1, channel, rate=Rate(per_day=30)), rates=rates)
    assert report == Report(accepted=30, waits="the rates leave no room before 2026-01-01 07:00 UTC")
    assert ledger.states() == {DeliveryState.ACCEPTED: 30, DeliveryState.QUEUED: 70}
    assert {row.attempts for row in ledger.rows.values()} == {0, 1}
    assert rates.room["a.example"] == 0


def test_turns_that_were_taken_and_not_used_are_given_back():
    ledger, rates = MemoryLedger(claims_of(addresses(100))), Room(**{"a.example": 500})
    run(ledger, route("a.example", 1, rate=Rate(per_day=500)), rates=rates)
    assert rates.room["a.example"] == 400


@pytest.mark.parametrize("connections", [1, 8])
def test_too_many_connections_halve_them_and_no_mail_is_lost(connections):
    slow = TryLater("421 4.7.0 too many connections", code=421, enhanced="4.7.0")
    said = {"reader3@mail.example": [slow]}
    channel = FakeChannel(
        lambda mail: said[mail.envelope_to].pop() if said.get(mail.envelope_to) else Receipt(), place="a.example"
    )
    crowded = route("a.example", 1, channel, connections=connections)
    report = run(MemoryLedger(claims_of(addresses(60))), crowded)
    assert report == Report(accepted=59, deferred=1)
    assert crowded.ease.allowed(connections, NEW_YEAR + SECOND) == max(connections // 2, 1)


def test_a_relay_that_refuses_what_another_accepts_is_left_alone_and_no_address_is_suppressed():
    ledger, relays = MemoryLedger(claims_of(addresses(200))), FakeRelays()
    wrong = FakeChannel(lambda _mail: RecipientRefused("550 relaying unknown", code=550), place="b.example")
    right = FakeChannel(place="a.example")
    report = run(ledger, route("b.example", 1, wrong), route("a.example", 1, right), relays=relays)
    assert report == Report(accepted=200)
    assert everybody(right) == sorted(addresses(200))
    assert not ledger.suppressed
    (health,) = relays.health()
    assert health.because == "b.example: 10 addresses in a row were refused, the last with: 550 relaying unknown"


def test_what_all_relays_refuse_stops_the_dispatch():
    ledger, spam = MemoryLedger(claims_of(addresses(200))), MessageRefused("554 5.7.1 spam", code=554, enhanced="5.7.1")
    routes = [route(place, 1, FakeChannel(lambda _mail: spam, place=place), connections=1) for place in "ab"]
    report = run(ledger, *routes)
    assert report.stopped == "3 messages in a row were refused, the last with: 554 5.7.1 spam"
    assert ledger.halted == {1: report.stopped}
    assert 3 <= report.failed <= 6


def test_a_relay_that_refuses_content_another_accepts_is_left_alone():
    ledger, relays = MemoryLedger(claims_of(addresses(200))), FakeRelays()
    wrong = FakeChannel(lambda _mail: MessageRefused("554 5.7.1 spam", code=554, enhanced="5.7.1"), place="b.example")
    right = FakeChannel(place="a.example")
    routes = (route("b.example", 1, wrong, connections=1), route("a.example", 3, right))
    report = run(ledger, *routes, relays=relays)
    assert report == Report(accepted=197, failed=3)
    assert not ledger.halted


REFUSALS = st.sampled_from(
    [None, TryLater("451 4.3.0 busy", code=451), NO_ANSWER, TryLater("b closed the connection"), "down"]
)


@given(
    faults=st.lists(st.lists(REFUSALS, max_size=2), max_size=30),
    weights=st.lists(st.integers(0, 3), min_size=1, max_size=3),
    connections=st.integers(1, 4),
)
def test_whatever_the_relays_say_everybody_is_in_one_honest_state_and_nobody_gets_two(faults, weights, connections):
    readers = addresses(len(faults))
    said = {address: list(each) for address, each in zip(readers, faults, strict=True)}

    def answer(mail):
        fault = said[mail.envelope_to].pop() if said[mail.envelope_to] else None
        return NO_ANSWER if fault == "down" else fault or Receipt()

    channels = [FakeChannel(answer, place=str(number)) for number in range(len(weights))]
    routes = [
        route(channel.place, weight, channel, connections=connections)
        for channel, weight in zip(channels, weights, strict=True)
    ]
    ledger = MemoryLedger(claims_of(readers))
    report = run(ledger, *routes, rest=0.0, batch=5)
    states = ledger.states()
    assert not ledger.owners
    assert len(set(everybody(*channels))) == sum(carried(*channels)) == report.accepted
    assert states.get(DeliveryState.ACCEPTED, 0) == report.accepted
    assert report.stopped or DeliveryState.QUEUED not in states
