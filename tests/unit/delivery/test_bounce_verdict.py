"""What refusals mean for an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.bounce_verdict import is_of_the_mailbox, judge, most_precise
from digest.model.bounce import BounceKind

DEAD = [
    ("5.1.1", ""),
    ("5.1.10", "Recipient not found by lookup"),
    ("5.0.0", "550 No such user here"),
    ("5.0.0", "550 5.1.1 <ana@quay.example>: Recipient address rejected: User unknown in virtual mailbox table"),
    ("5.7.1", "550 5.7.1 the user ana@quay.example does not exist"),
    ("", "554 delivery error: This account has been closed"),
    ("", "550 Requested action not taken: mailbox unavailable"),
    ("5.4.4", "Host or domain name not found. Name service error for name=gone.example"),
    ("5.1.2", ""),
    ("", "Empfänger unbekannt"),
    ("", "L'utilisateur est inconnu"),
    ("", "宛先が存在しません"),
    ("5.2.1", "the account is disabled"),
    ("5.1.1", "mailbox currently suspended"),
    ("", "550 Invalid recipient"),
    ("", "550 The address ana@quay.example is no longer valid"),
    ("", "551 User not local; ana is not a known user"),
    ("5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable"),
    ("", "Domain gone.example not found"),
    ("", "Message returned to sender because the user is unknown"),
    ("", "550 user account is expired"),
]

PASSES = [
    ("5.2.2", ""),
    ("4.2.2", "The email account that you tried to reach is over quota"),
    ("5.0.0", "552 5.2.2 mailbox is full"),
    ("", "452 insufficient disk space"),
    ("", "Das Postfach ist voll"),
    ("4.4.1", "connect to mx.quay.example: Connection timed out"),
    ("4.4.7", ""),
    ("5.4.6", "mail loop: too many hops"),
    ("", "450 4.7.1 greylisted, try again in five minutes"),
    ("", "550 Mailbox is frozen"),
    ("", "retry timeout exceeded"),
    ("5.2.0", "550 Unknown user"),
    ("5.2.1", "550 5.2.1 The user is receiving mail too quickly"),
    ("", ""),
]

ABOUT_US = [
    ("5.7.1", ""),
    ("5.7.26", "unauthenticated mail is refused by DMARC"),
    ("5.1.1", "550 Message rejected as spam by content filtering"),
    ("5.0.0", "554 Service refused: client host [192.0.2.1] blocked using a DNSBL"),
    ("5.1.8", "553 5.1.8 Domain of sender address paper@courier.example does not exist"),
    ("5.1.0", "550 5.1.0 sender rejected"),
    ("", "550 relaying denied"),
    ("5.1.1", "550 max message size exceeded"),
    ("5.3.4", ""),
    ("", "550 Sender address rejected: user unknown in local table"),
    ("", "550 Verification failed for <paper@courier.example>: unknown user"),
    ("", "554 virus detected in the attachment"),
    ("", "550 the sending IP has a poor reputation"),
]


@pytest.mark.parametrize(("status", "words"), DEAD)
def test_a_dead_address_is_dead_by_whatever_code(status, words):
    assert judge(status, words) is BounceKind.HARD


@pytest.mark.parametrize(("status", "words"), PASSES)
def test_trouble_that_may_pass_is_soft(status, words):
    assert judge(status, words) is BounceKind.SOFT


@pytest.mark.parametrize(("status", "words"), ABOUT_US)
def test_what_is_about_us_drops_no_reader(status, words):
    assert judge(status, words) is BounceKind.POLICY


def test_words_within_an_address_count_for_nothing():
    assert judge("5.1.1", "<spam.blocked@policy.example>") is BounceKind.HARD
    assert judge("5.7.1", "for user.unknown@nosuchuser.example") is BounceKind.POLICY


@pytest.mark.parametrize(
    ("status", "words", "precise"),
    [
        ("5.0.0", "550 5.1.1 no", "5.1.1"),
        ("5.2.2", "550-5.0.0 no", "5.2.2"),
        ("5.0.0", "", "5.0.0"),
        ("", "from [10.5.1.1] 192.5.2.2", ""),
        ("", "", ""),
    ],
)
def test_the_most_precise_status_is_taken(status, words, precise):
    assert most_precise(status, words) == precise


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        ("5.2.2", "552 5.2.2 full", True),
        ("", "552 mailbox full", True),
        ("4.4.1", "connection timed out", False),
        ("5.7.1", "550 5.7.1 spam", False),
        ("5.1.1", "550 5.1.1 user unknown", False),
        ("", "the relay is out of reach", False),
    ],
)
def test_only_what_is_of_the_mailbox_counts_at_smtp_time(status, words, expected):
    assert is_of_the_mailbox(status, words) is expected


@given(st.text(max_size=300), st.text(max_size=300))
def test_every_refusal_has_one_of_three_verdicts(status, words):
    assert judge(status, words) in {BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY}
