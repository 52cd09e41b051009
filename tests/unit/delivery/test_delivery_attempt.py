"""The run of a sender over a ledger in memory and a fake channel."""

import asyncio
from concurrent.futures import Future
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.attempt import drain
from digest.delivery.routes import Route
from digest.delivery.run import Report, Terms
from digest.errors import ChannelDown, MessageRefused, RecipientRefused, StoreError, TryLater, Unconfirmed
from digest.model.delivery import DeliveryState, Outcome, Receipt
from digest.model.message import Mail
from digest.model.rates import Grant, Rate
from digest.testing import FakeChannel, FakeRelays, ManualClock, MemoryLedger, claims_of

GREYLISTED = TryLater("451 4.7.1 greylisted", code=451)
DOWN = ChannelDown("mail.example:25 does not answer")
SPAM = MessageRefused("554 5.7.1 spam", code=554, enhanced="5.7.1")


def addresses(count):
    return [f"reader{number}@mail.example" for number in range(count)]


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


class NoRates:
    """A store of rates that must not be asked."""


def terms_of(**chosen):
    return Terms(**{"worker": "here:1:a", "rates": NoRates(), "relays": FakeRelays(), "rest": 0.001, **chosen})


def run(ledger, channel, *, compose=write, stop=None, clock=None, connections=4, **terms):
    routes = [Route(channel=channel, connections=connections)]

    async def main():
        event = asyncio.Event()
        if stop is not None:
            stop.append(event)
        return await drain(ledger, routes, compose, terms=terms_of(**terms), clock=clock or ManualClock(), stop=event)

    return asyncio.run(main())


def by_address(verdicts, otherwise=None):
    """Answers that are looked up by recipient; each error is given once, or always when it stands alone."""

    def answer(mail):
        prepared = verdicts.get(mail.envelope_to, otherwise)
        if isinstance(prepared, list):
            prepared = prepared.pop(0) if prepared else None
        return prepared or Receipt(text="2.0.0 kept")

    return answer


def recipients(channel):
    return sorted(mail.envelope_to for mail in channel.mails)


@pytest.mark.parametrize("count", [1, 7, 450])
def test_everybody_gets_one_mail(count):
    ledger, channel = MemoryLedger(claims_of(addresses(count))), FakeChannel()
    report = run(ledger, channel, batch=50)
    assert report == Report(accepted=count)
    assert recipients(channel) == sorted(addresses(count))
    assert ledger.states() == {DeliveryState.ACCEPTED: count}
    assert ledger.rows[1].answer == "250 2.0.0 kept"
    assert channel.open == 0


def test_nothing_due_opens_no_connection():
    channel = FakeChannel()
    assert run(MemoryLedger(), channel) == Report()
    assert channel.connects == 0


def test_each_fault_becomes_the_state_of_its_own_delivery():
    verdicts = {
        "reader0@mail.example": RecipientRefused("550 5.1.1 unknown"),
        "reader1@mail.example": GREYLISTED,
        "reader2@mail.example": MessageRefused("552 5.2.2 full", personal=True),
        "reader3@mail.example": Unconfirmed("no answer after the final dot"),
    }
    ledger, clock = MemoryLedger(claims_of(addresses(8))), ManualClock()
    report = run(ledger, FakeChannel(by_address(verdicts)), connections=2, clock=clock, monotonic=lambda: 0.0)
    assert report == Report(accepted=4, deferred=1, failed=2, suppressed=1, unconfirmed=1)
    assert ledger.suppressed == {"reader0@mail.example": "hard"}
    assert timedelta(minutes=1) < ledger.rows[2].next_at - clock.now < timedelta(minutes=3)
    assert ledger.rows[3].answer == "552 5.2.2 full"
    assert ledger.rows[4].next_at == clock.now + timedelta(minutes=30)


def test_a_deferred_mail_goes_out_in_a_later_run():
    ledger, clock = MemoryLedger(claims_of(addresses(3))), ManualClock()
    channel = FakeChannel(by_address({"reader1@mail.example": [GREYLISTED]}))
    run(ledger, channel, clock=clock)
    assert run(ledger, channel, clock=clock) == Report()
    clock.advance(timedelta(minutes=3))
    assert run(ledger, channel, clock=clock) == Report(accepted=1)
    assert recipients(channel) == addresses(3)
    assert ledger.rows[2].attempts == 2


def test_a_channel_that_is_down_keeps_the_queue_and_is_tried_once():
    ledger = MemoryLedger(claims_of(addresses(30)))
    channel = FakeChannel(refusals=[DOWN] * 50)
    report = run(ledger, channel, connections=10)
    assert report == Report(stopped=f"{DOWN.message} (tried again at 06:01 UTC)")
    assert ledger.states() == {DeliveryState.QUEUED: 30}
    assert {row.attempts for row in ledger.rows.values()} == {0}
    assert channel.connects == 1


def test_the_other_connections_go_on_where_one_more_is_refused():
    ledger = MemoryLedger(claims_of(addresses(60)))

    class OneOnly(FakeChannel):
        def connect(self):
            if self.open:
                self._refusals = [ChannelDown("too many connections")]
            return super().connect()

    channel = OneOnly()
    assert run(ledger, channel, connections=4) == Report(accepted=60)
    assert recipients(channel) == sorted(addresses(60))


def test_a_connection_that_breaks_is_opened_again():
    ledger = MemoryLedger(claims_of(addresses(5)))
    channel = FakeChannel(by_address({"reader2@mail.example": [DOWN]}))
    assert run(ledger, channel, connections=1) == Report(accepted=5)
    assert channel.connects == 2
    assert recipients(channel) == addresses(5)


def test_after_421_the_connection_is_left_and_the_mail_deferred():
    ledger = MemoryLedger(claims_of(addresses(5)))
    channel = FakeChannel(by_address({"reader2@mail.example": [TryLater("421 4.7.0 slow down", code=421)]}))
    assert run(ledger, channel, connections=1) == Report(accepted=4, deferred=1)
    assert channel.connects == 2


def test_connections_that_keep_breaking_are_given_up():
    ledger = MemoryLedger(claims_of(addresses(40)))
    channel = FakeChannel(lambda _mail: DOWN)
    report = run(ledger, channel, connections=3)
    assert report == Report(stopped=f"{DOWN.message} (tried again at 06:01 UTC)")
    assert ledger.states() == {DeliveryState.QUEUED: 40}
    assert channel.connects <= 9


def test_three_refusals_of_content_in_a_row_stop_the_channel():
    ledger = MemoryLedger(claims_of(addresses(100)))
    report = run(ledger, FakeChannel(lambda _mail: SPAM), connections=1)
    assert (report.failed, report.accepted) == (3, 0)
    assert report.stopped == "3 messages in a row were refused, the last with: 554 5.7.1 spam"
    assert ledger.states() == {DeliveryState.FAILED: 3, DeliveryState.QUEUED: 97}
    assert not ledger.suppressed


def test_what_was_stopped_is_left_alone_by_later_runs():
    ledger, channel = MemoryLedger(claims_of(addresses(100))), FakeChannel(lambda _mail: SPAM)
    stopped = run(ledger, channel, connections=1).stopped
    assert ledger.halted == {1: stopped}
    assert run(ledger, channel, connections=1) == Report()
    assert ledger.states() == {DeliveryState.FAILED: 3, DeliveryState.QUEUED: 97}


def test_the_next_mail_is_announced_with_each_where_nothing_holds_it_back():
    channel = FakeChannel()
    run(MemoryLedger(claims_of(addresses(3))), channel, connections=1)
    assert channel.announced == [*channel.mails[1:], None]


class Turnstile(NoRates):
    """A store of rates that gives turns one by one, a time apart, and counts what comes back."""

    def __init__(self, interval):
        self.interval = interval
        self.taken = self.given_back = 0

    def take(self, scope, wanted, rate, *, now):
        self.taken += wanted
        return Grant(count=wanted, start=now, interval=self.interval)

    def give_back(self, scope, count, *, now):
        self.given_back += count


def test_nothing_is_announced_where_turns_must_be_waited_for():
    rates = Turnstile(timedelta(seconds=30))
    stop = []
    channel = FakeChannel(lambda _mail: stop[0].set() or Receipt())
    run(MemoryLedger(claims_of(addresses(3))), channel, connections=1, stop=stop, rates=rates, rate=Rate(per_second=1))
    assert channel.announced == [None]


def test_a_turn_that_is_free_is_taken_with_the_announcement_and_once_only():
    channel, rates = FakeChannel(), Turnstile(timedelta())
    run(MemoryLedger(claims_of(addresses(3))), channel, connections=1, rates=rates, rate=Rate(per_hour=9))
    assert channel.announced == [*channel.mails[1:], None]
    assert rates.taken - rates.given_back == 3


def test_every_outcome_names_the_relay_and_what_it_said():
    refused = RecipientRefused("550 5.1.1 unknown", code=550, enhanced="5.1.1")
    ledger = MemoryLedger(claims_of(addresses(2)))
    run(ledger, FakeChannel(by_address({"reader0@mail.example": refused}), place="mail.example:25"))
    assert [(row.relay, row.code, row.enhanced) for row in ledger.rows.values()] == [
        ("mail.example:25", 550, "5.1.1"),
        ("mail.example:25", 250, ""),
    ]


def test_refusals_with_acceptances_between_them_stop_nothing():
    every_other = dict.fromkeys(addresses(40)[::2], SPAM)
    report = run(MemoryLedger(claims_of(addresses(40))), FakeChannel(by_address(every_other)), connections=1)
    assert report == Report(accepted=20, failed=20)


def test_full_mailboxes_in_a_row_stop_nothing():
    full = MessageRefused("552 5.2.2 full", personal=True)
    report = run(MemoryLedger(claims_of(addresses(20))), FakeChannel(lambda _mail: full))
    assert report == Report(failed=20)


def test_a_relay_that_knows_nobody_does_not_suppress_the_list():
    ledger = MemoryLedger(claims_of(addresses(100)))
    report = run(ledger, FakeChannel(lambda _mail: RecipientRefused("550 unknown")), connections=1)
    assert report.stopped == "10 addresses in a row were refused, the last with: 550 unknown"
    assert not ledger.suppressed
    assert ledger.states() == {DeliveryState.FAILED: 10, DeliveryState.QUEUED: 90}


def test_asked_to_stop_it_finishes_the_mail_in_hand_and_gives_back_the_rest():
    ledger, stop = MemoryLedger(claims_of(addresses(100))), []

    def answer(mail):
        if mail.envelope_to == "reader9@mail.example":
            stop[0].set()
        return Receipt()

    channel = FakeChannel(answer)
    report = run(ledger, channel, connections=2, stop=stop)
    assert report.stopped == "interrupted"
    assert 10 <= report.accepted < 20
    assert ledger.states() == {DeliveryState.ACCEPTED: report.accepted, DeliveryState.QUEUED: 100 - report.accepted}
    assert not ledger.owners
    assert run(ledger, channel).accepted == 100 - report.accepted
    assert recipients(channel) == sorted(addresses(100))


def test_asked_to_stop_it_does_not_wait_for_its_turn():
    stop = []

    def answer(mail):
        stop[0].set()
        return Receipt()

    slow = Turnstile(timedelta(seconds=50))
    terms = {"rates": slow, "rate": Rate(per_second=0.02)}
    report = run(MemoryLedger(claims_of(addresses(5))), FakeChannel(answer), stop=stop, **terms)
    assert report == Report(accepted=1, stopped="interrupted")
    assert slow.given_back


def test_who_left_while_in_the_line_is_not_written_to():
    ledger, channel = MemoryLedger(claims_of(addresses(4))), FakeChannel()
    ledger.forbidden = {3}
    assert run(ledger, channel) == Report(accepted=3)
    assert "reader2@mail.example" not in recipients(channel)


def test_a_reader_without_a_mail_gets_the_outcome_that_was_composed():
    nothing_new = Outcome(state=DeliveryState.SUPPRESSED, answer="nothing new for this reader")

    def compose(claims):
        return [
            nothing_new if claim.delivery.id % 2 else mail for claim, mail in zip(claims, write(claims), strict=True)
        ]

    ledger, channel = MemoryLedger(claims_of(addresses(6))), FakeChannel()
    assert run(ledger, channel, compose=compose) == Report(accepted=3, left_out=3)
    assert ledger.states() == {DeliveryState.SUPPRESSED: 3, DeliveryState.ACCEPTED: 3}


def test_a_fault_in_composing_sends_nothing_and_gives_everything_back():
    def broken(claims):
        raise StoreError("the database is locked")

    ledger, channel = MemoryLedger(claims_of(addresses(6))), FakeChannel()
    with pytest.raises(StoreError, match="locked"):
        run(ledger, channel, compose=broken)
    assert ledger.states() == {DeliveryState.QUEUED: 6}
    assert not channel.mails


def test_progress_is_told_with_the_first_mail_ten_times_a_second_and_at_the_end():
    heard, ticks = [], iter(range(100_000))
    run(
        MemoryLedger(claims_of(addresses(50))),
        FakeChannel(),
        progress=heard.append,
        monotonic=lambda: next(ticks) / 1000,
    )
    accepted = [report.accepted for report in heard]
    assert accepted == sorted(accepted)
    assert accepted[0] == 1
    assert accepted[-1] == 50
    assert 2 < len(accepted) < 50


def test_a_lease_that_ran_out_in_the_line_is_given_back():
    ledger, clock = MemoryLedger(claims_of(addresses(10))), ManualClock()
    slept = [*addresses(1)]

    def answer(mail):
        if mail.envelope_to in slept:
            slept.remove(mail.envelope_to)
            clock.advance(timedelta(minutes=11))
        return Receipt()

    channel = FakeChannel(answer)
    assert run(ledger, channel, connections=1, clock=clock) == Report(accepted=10)
    assert recipients(channel) == sorted(addresses(10))
    assert {row.attempts for row in ledger.rows.values()} == {1}


class BrokenLedger(MemoryLedger):
    """Cannot record any more after so many outcomes."""

    def __init__(self, claims, left):
        super().__init__(claims)
        self._left = left

    def settle(self, delivery_id, outcome, *, worker, now):
        if self._left <= 0:
            failed = Future()
            failed.set_exception(StoreError("the disk is full"))
            return failed
        self._left -= 1
        return super().settle(delivery_id, outcome, worker=worker, now=now)


def test_a_store_that_fails_ends_the_run_with_at_most_one_mail_a_connection_in_doubt():
    ledger, channel = BrokenLedger(claims_of(addresses(50)), left=12), FakeChannel()
    with pytest.raises(StoreError, match="full"):
        run(ledger, channel, connections=3)
    states = ledger.states()
    assert states[DeliveryState.ACCEPTED] == 12
    assert states[DeliveryState.SENDING] <= 6
    assert len(channel.mails) <= 12 + 3
    assert sum(states.values()) == 50


class StuckChannel(FakeChannel):
    """Takes content and never answers; `stuck` is set when so many connections wait."""

    def __init__(self, connections):
        super().__init__()
        self.stuck = asyncio.Event()
        self.left = connections

    @asynccontextmanager
    async def connect(self):
        yield self

    async def send(self, mail, *, starting, following=None):
        await starting()
        self.left -= 1
        if not self.left:
            self.stuck.set()
        await asyncio.Event().wait()


def test_cancelled_during_the_content_the_mail_is_unconfirmed_and_the_rest_given_back():
    ledger = MemoryLedger(claims_of(addresses(20)))

    async def main():
        channel = StuckChannel(3)
        routes = [Route(channel=channel, connections=3)]
        running = drain(ledger, routes, write, terms=terms_of(), clock=ManualClock(), stop=asyncio.Event())
        task = asyncio.create_task(running)
        await channel.stuck.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert ledger.states() == {DeliveryState.UNCONFIRMED: 3, DeliveryState.QUEUED: 17}
    assert not ledger.owners


FAULTS = st.sampled_from([None, GREYLISTED, DOWN, SPAM, Unconfirmed("silence"), RecipientRefused("550 5.1.1 gone")])


@given(
    faults=st.lists(st.lists(FAULTS, max_size=3), max_size=30),
    connections=st.integers(1, 5),
    batch=st.integers(1, 9),
)
def test_whatever_the_channel_says_every_delivery_ends_in_one_honest_state(faults, connections, batch):
    readers = addresses(len(faults))
    ledger = MemoryLedger(claims_of(readers))
    channel = FakeChannel(by_address({address: list(said) for address, said in zip(readers, faults, strict=True)}))
    report = run(ledger, channel, connections=connections, batch=batch, rest=0.0)
    states = ledger.states()
    assert sum(states.values()) == len(readers)
    assert not ledger.owners
    assert states.get(DeliveryState.ACCEPTED, 0) == report.accepted == len(channel.mails)
    assert len(set(recipients(channel))) == len(channel.mails)
    assert report.stopped or DeliveryState.QUEUED not in states
