"""What an error means for its delivery."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.retry import decide
from digest.errors import ChannelDown, MessageRefused, RecipientRefused, TryLater, Unconfirmed
from digest.model.delivery import DeliveryState, Outcome
from digest.testing import NEW_YEAR

DUE = NEW_YEAR
LATER = TryLater("451 4.7.1 greylisted, come back", code=451, enhanced="4.7.1")


def after(error, *, attempts=1, late=timedelta(0), key="1.1@digest.example", hold=False):
    return decide(error, attempts=attempts, first_due=DUE, now=DUE + late, key=key, hold=hold)


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60)])
def test_a_deferred_mail_waits_longer_each_time(attempts, minutes):
    outcome = after(LATER, attempts=attempts)
    assert outcome.state is DeliveryState.DEFERRED
    assert outcome.next_at == DUE + timedelta(minutes=minutes)
    assert outcome.answer == LATER.message


@given(attempts=st.integers(5, 24), key=st.text(max_size=20))
def test_then_it_is_tried_about_hourly_at_a_time_of_its_own(attempts, key):
    outcome = after(LATER, attempts=attempts, key=key)
    assert abs(outcome.next_at - DUE - timedelta(hours=1)) <= timedelta(minutes=10)
    assert outcome == after(LATER, attempts=attempts, key=key)


def test_different_mails_are_spread_over_the_hour():
    times = {after(LATER, attempts=7, key=f"1.{number}@digest.example").next_at for number in range(50)}
    assert len(times) == 50


def test_after_twenty_hours_it_has_failed():
    outcome = after(LATER, attempts=22, late=timedelta(hours=19, minutes=45))
    assert outcome == Outcome(
        state=DeliveryState.FAILED, answer="given up, the last answer was: 451 4.7.1 greylisted, come back"
    )


@given(late=st.integers(0, 40 * 60))
def test_nothing_is_ever_tried_later_than_twenty_hours_after_it_was_due(late):
    outcome = after(LATER, attempts=9, late=timedelta(minutes=late))
    assert outcome.state is DeliveryState.FAILED or outcome.next_at <= DUE + timedelta(hours=20)


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
