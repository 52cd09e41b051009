"""Refusals in a row: counted for each dispatch, and no address suppressed on the word of a relay that may be wrong."""

import asyncio
from dataclasses import replace

from digest.delivery.attempt import drain
from digest.delivery.routes import Route
from digest.delivery.run import Report, Terms
from digest.errors import MessageRefused, RecipientRefused
from digest.model.delivery import DeliveryState, Receipt
from digest.model.message import Mail
from digest.testing import FakeChannel, FakeRelays, ManualClock, MemoryLedger, claims_of

DEAD = RecipientRefused("550 5.1.1 no such user", code=550, enhanced="5.1.1")
SPAM = MessageRefused("554 5.7.1 spam", code=554, enhanced="5.7.1")


def address(number):
    return f"reader{number}@mail.example"


def ledger_of(*dispatches):
    """A delivery for each of these dispatches, in their order."""
    claims = claims_of([address(number) for number in range(len(dispatches))])
    return MemoryLedger(
        [
            replace(claim, delivery=replace(claim.delivery, dispatch_id=dispatch))
            for claim, dispatch in zip(claims, dispatches, strict=True)
        ]
    )


def run(ledger, answer, connections=1):
    def write(claims):
        return [
            Mail(envelope_from="", envelope_to=each.delivery.target, message_id=str(each.delivery.id), content=b"\r\n")
            for each in claims
        ]

    terms = Terms(worker="here:1:a", rates=None, relays=FakeRelays(), rest=0.001)
    route = Route(channel=FakeChannel(answer), connections=connections)

    async def main():
        return await drain(ledger, [route], write, terms=terms, clock=ManualClock(), stop=asyncio.Event())

    return asyncio.run(main())


def only(numbers, error):
    refused = {address(number) for number in numbers}
    return lambda mail: error if mail.envelope_to in refused else Receipt()


def test_a_dead_address_is_suppressed_when_the_relay_accepts_the_next():
    ledger = ledger_of(1, 1, 1)
    assert run(ledger, only([0], DEAD)) == Report(accepted=2, failed=1, suppressed=1)
    assert ledger.suppressed == {address(0): "hard"}
    assert (ledger.rows[1].state, ledger.rows[1].attempts) == (DeliveryState.FAILED, 1)


def test_a_dead_address_at_the_end_is_suppressed_on_the_word_of_a_relay_that_accepted_before():
    ledger = ledger_of(1, 1, 1)
    assert run(ledger, only([1, 2], DEAD)) == Report(accepted=1, failed=2, suppressed=2)


def test_a_relay_that_accepts_nothing_suppresses_nobody():
    ledger = ledger_of(1, 1, 1)
    assert run(ledger, lambda _mail: DEAD) == Report(failed=3)
    assert not ledger.suppressed
    assert ledger.states() == {DeliveryState.FAILED: 3}
    assert ledger.rows[1].answer == "550 5.1.1 no such user"


def test_ten_dead_addresses_in_a_row_stop_the_dispatch_and_suppress_nobody_however_much_went_before():
    ledger = ledger_of(*[1] * 60)
    report = run(ledger, only(range(20, 60), DEAD))
    assert report.stopped == "10 addresses in a row were refused, the last with: 550 5.1.1 no such user"
    assert (report.accepted, report.suppressed) == (20, 0)
    assert 10 <= report.failed <= 11
    assert ledger.states()[DeliveryState.QUEUED] == 40 - report.failed
    assert not ledger.suppressed
    assert not ledger.owners


def test_one_dead_address_in_ten_is_no_row():
    ledger = ledger_of(*[1] * 200)
    report = run(ledger, only(range(0, 200, 10), DEAD), connections=4)
    assert report == Report(accepted=180, failed=20, suppressed=20)


def test_refusals_are_counted_for_each_dispatch_and_the_others_go_on():
    ledger = ledger_of(*[1, 2] * 30)
    second = range(1, 60, 2)
    report = run(ledger, only(second, SPAM))
    assert report.accepted == 30
    assert 3 <= report.failed <= 4
    assert report.stopped == "3 messages in a row were refused, the last with: 554 5.7.1 spam"
    assert ledger.halted == {2: report.stopped}
    assert ledger.states()[DeliveryState.QUEUED] == 30 - report.failed


def test_many_dispatches_of_one_mail_each_are_no_row():
    ledger = ledger_of(*range(1, 41))
    assert run(ledger, only(range(1, 40), DEAD)) == Report(accepted=1, failed=39, suppressed=39)
    assert not ledger.halted


def test_two_who_may_not_be_written_to_any_more_have_the_line_looked_at_again():
    ledger = ledger_of(*[1] * 300)
    released = []

    def release(*, worker):
        released.append(worker)
        return MemoryLedger.release(ledger, worker=worker)

    def answer(mail):
        if mail.envelope_to == address(20):
            ledger.halted[1] = "cancelled"
        return Receipt()

    ledger.release = release
    report = run(ledger, answer, connections=3)
    assert 20 <= report.accepted < 30
    assert len(released) >= 2
    assert ledger.states() == {DeliveryState.ACCEPTED: report.accepted, DeliveryState.QUEUED: 300 - report.accepted}
