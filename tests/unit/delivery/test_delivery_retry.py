"""What an error means for its delivery."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.retry import JITTER, STEPS, Trouble, about_rate, decide, pause, trouble_of
from digest.errors import ChannelDown, MessageRefused, RecipientRefused, TryLater, Unconfirmed
from digest.model.delivery import DeliveryState, Outcome
from digest.testing import NEW_YEAR

DUE = NEW_YEAR
KEY = "1.1@digest.example"
LATER = TryLater("451 4.7.1 greylisted, come back", code=451, enhanced="4.7.1")


def after(error, *, attempts=1, late=timedelta(0), key=KEY, hold=False, at_once=False):
    return decide(error, attempts=attempts, first_due=DUE, now=DUE + late, key=key, hold=hold, at_once=at_once)


@pytest.mark.parametrize(
    ("words", "trouble"),
    [
        ("450 4.2.0 <ana@mail.example>: Recipient address rejected: Greylisted, see postgrey", Trouble.GREYLISTED),
        ("451 4.7.1 Greylisting in action, please come back in 00:04:59", Trouble.GREYLISTED),
        ("451 4.7.0 temporarily deferred", Trouble.GREYLISTED),
        ("450 mailbox busy", Trouble.GREYLISTED),
        ("421 4.7.0 gray-listed", Trouble.GREYLISTED),
        ("452 4.2.2 The email account that you tried to reach is over quota", Trouble.FULL),
        ("452 mailbox full", Trouble.FULL),
        ("421 4.7.28 unusual rate of mail", Trouble.RATE),
        ("450 4.7.28 unusual amount of mail", Trouble.RATE),
        ("421 too many connections", Trouble.RATE),
        ("451 4.7.500 Server busy, too many messages", Trouble.RATE),
        ("421 closing transmission channel", Trouble.RATE),
        ("451 4.3.0 local error in processing", Trouble.SYSTEM),
        ("452 4.3.1 Insufficient system storage", Trouble.SYSTEM),
        ("451 local error in processing", Trouble.SYSTEM),
        ("454 4.4.3 name service trouble", Trouble.SYSTEM),
        ("mail.example:25 closed the connection after RCPT", Trouble.CONNECTION),
    ],
)
def test_what_a_refusal_is_about_is_known_by_its_words_and_status(words, trouble):
    code, _, rest = words.partition(" ")
    status = rest.partition(" ")[0]
    enhanced = status if status[:2] == "4." else ""
    error = TryLater(words, code=int(code) if code.isdigit() else None, enhanced=enhanced)
    assert trouble_of(error) is trouble


@pytest.mark.parametrize("trouble", Trouble)
def test_each_trouble_waits_by_its_own_steps_the_last_again_and_again(trouble):
    steps = [*STEPS[trouble], STEPS[trouble][-1], STEPS[trouble][-1]]
    for attempts, step in enumerate(steps, start=1):
        assert abs(pause(trouble, attempts, KEY) - step) <= step * JITTER
    assert pause(trouble, 0, KEY) <= steps[0] * (1 + JITTER)


def test_greylisting_waits_minutes_and_a_full_mailbox_hours():
    full = TryLater("452 4.2.2 over quota", code=452, enhanced="4.2.2")
    assert after(LATER).state is after(full).state is DeliveryState.DEFERRED
    assert after(LATER).next_at - DUE < timedelta(minutes=3)
    assert after(full).next_at - DUE > timedelta(hours=1)
    assert after(full).answer == "452 4.2.2 over quota"


@given(trouble=st.sampled_from(Trouble), attempts=st.integers(0, 40), key=st.text(max_size=20))
def test_a_wait_is_the_same_each_time_it_is_asked_for(trouble, attempts, key):
    assert pause(trouble, attempts, key) == pause(trouble, attempts, key) > timedelta()


def test_what_failed_together_does_not_come_back_together():
    times = {after(LATER, key=f"1.{number}@digest.example").next_at for number in range(50)}
    assert len(times) == 50
    assert max(times) - min(times) > timedelta(seconds=20)


def test_after_twenty_hours_it_has_failed():
    outcome = after(LATER, attempts=22, late=timedelta(hours=19, minutes=45))
    assert outcome == Outcome(
        state=DeliveryState.FAILED, answer="given up, the last answer was: 451 4.7.1 greylisted, come back"
    )


@given(late=st.integers(0, 40 * 60))
def test_nothing_is_ever_tried_later_than_twenty_hours_after_it_was_due(late):
    outcome = after(LATER, attempts=9, late=timedelta(minutes=late))
    assert outcome.state is DeliveryState.FAILED or outcome.next_at <= DUE + timedelta(hours=20)


def test_what_a_broken_connection_failed_is_tried_at_once_where_that_is_wanted():
    broke = TryLater("mail.example:25 closed the connection after RCPT")
    assert after(broke, at_once=True) == Outcome(state=DeliveryState.QUEUED, answer=broke.message)
    assert after(broke).state is DeliveryState.DEFERRED
    assert after(LATER, at_once=True).state is DeliveryState.DEFERRED


@pytest.mark.parametrize(
    ("error", "slower"),
    [
        (TryLater("421 4.7.0 Too many connections from your host", code=421, enhanced="4.7.0"), True),
        (ChannelDown("mail.example:25 refuses us: 421 too many connections", code=421), True),
        (TryLater("450 4.7.28 unusual mail", code=450, enhanced="4.7.28"), True),
        (TryLater("421 4.3.2 closing after 100 mails", code=421, enhanced="4.3.2"), False),
        (LATER, False),
        (ChannelDown("mail.example:25 does not answer"), False),
        (MessageRefused("554 5.7.1 rate of spam too high", code=554, enhanced="5.7.1"), False),
    ],
)
def test_only_who_asks_for_less_at_a_time_gets_less(error, slower):
    assert about_rate(error) is slower


def test_a_dead_address_fails_and_is_suppressed():
    outcome = after(RecipientRefused("550 5.1.1 no such user", code=550, enhanced="5.1.1"))
    assert outcome == Outcome(state=DeliveryState.FAILED, answer="550 5.1.1 no such user", suppress="hard")


def test_a_refused_message_fails_and_its_address_stays():
    assert after(MessageRefused("554 5.7.1 spam")) == Outcome(state=DeliveryState.FAILED, answer="554 5.7.1 spam")


def test_a_channel_that_is_down_leaves_the_mail_in_the_queue():
    outcome = after(ChannelDown("mail.example:25 does not answer"), attempts=9, late=timedelta(days=3))
    assert outcome == Outcome(state=DeliveryState.QUEUED, answer="mail.example:25 does not answer")


def test_an_unconfirmed_mail_is_sent_again_after_half_an_hour():
    outcome = after(Unconfirmed("no answer"), attempts=3)
    assert (outcome.state, outcome.next_at) == (DeliveryState.UNCONFIRMED, DUE + timedelta(minutes=30))


def test_an_unconfirmed_mail_is_held_where_the_owner_wants_it():
    outcome = after(Unconfirmed("no answer"), hold=True)
    assert (outcome.state, outcome.next_at) == (DeliveryState.UNCONFIRMED, None)
