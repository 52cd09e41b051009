"""What an SMTP answer means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.channels.answers import Answer, Stage, fault, one_line
from digest.errors import ChannelDown, DeliveryError, MessageRefused, RecipientRefused, TryLater, Unconfirmed

CASES = [
    (Stage.MAIL, "421 4.7.0 too many connections", ChannelDown),
    (Stage.MAIL, "451 4.3.0 try again", TryLater),
    (Stage.MAIL, "530 5.7.0 log in first", ChannelDown),
    (Stage.MAIL, "553 5.1.8 sender domain does not exist", ChannelDown),
    (Stage.MAIL, "552 5.3.4 too big", MessageRefused),
    (Stage.MAIL, "554 5.3.4 too big", MessageRefused),
    (Stage.MAIL, "354 what", ChannelDown),
    (Stage.RCPT, "550 5.1.1 no such user", RecipientRefused),
    (Stage.RCPT, "550 5.1.10 null MX", RecipientRefused),
    (Stage.RCPT, "501 5.1.3 bad syntax", RecipientRefused),
    (Stage.RCPT, "550 5.2.1 account disabled", RecipientRefused),
    (Stage.RCPT, "550 5.1.0 address rejected", RecipientRefused),
    (Stage.RCPT, "550 User unknown", RecipientRefused),
    (Stage.RCPT, "551 user not local", RecipientRefused),
    (Stage.RCPT, "553 mailbox name not allowed", RecipientRefused),
    (Stage.RCPT, "550 relay not permitted", MessageRefused),
    (Stage.RCPT, "550 blocked, see our list", MessageRefused),
    (Stage.RCPT, "550 5.1.0 sender denied", MessageRefused),
    (Stage.RCPT, "550 5.1.8 bad sender", MessageRefused),
    (Stage.RCPT, "550 5.7.1 relaying denied", MessageRefused),
    (Stage.RCPT, "552 5.2.2 mailbox full", MessageRefused),
    (Stage.RCPT, "552 mailbox full", MessageRefused),
    (Stage.RCPT, "554 5.4.4 no route", MessageRefused),
    (Stage.RCPT, "450 4.2.0 greylisted", TryLater),
    (Stage.RCPT, "452 4.2.2 mailbox full", TryLater),
    (Stage.RCPT, "421 4.4.2 closing", TryLater),
    (Stage.RCPT, "503 5.5.1 nested MAIL", TryLater),
    (Stage.RCPT, "199 odd", TryLater),
    (Stage.DATA, "451 later", TryLater),
    (Stage.DATA, "554 5.7.1 no", MessageRefused),
    (Stage.DATA, "550 no valid recipients", MessageRefused),
    (Stage.DATA, "503 5.5.1 need RCPT", TryLater),
    (Stage.DATA, "250 ok", TryLater),
    (Stage.CONTENT, "421 4.3.0 closing", TryLater),
    (Stage.CONTENT, "451 4.7.1 greylisted", TryLater),
    (Stage.CONTENT, "550 5.1.1 no such user", RecipientRefused),
    (Stage.CONTENT, "550 rejected", MessageRefused),
    (Stage.CONTENT, "552 5.2.2 mailbox full", MessageRefused),
    (Stage.CONTENT, "554 5.7.1 looks like spam", MessageRefused),
    (Stage.CONTENT, "552 5.3.4 too big", MessageRefused),
    (Stage.CONTENT, "354 go on", Unconfirmed),
    (Stage.CONTENT, "999 odd", Unconfirmed),
]
PERSONAL = {
    (Stage.RCPT, "552 5.2.2 mailbox full"),
    (Stage.RCPT, "552 mailbox full"),
    (Stage.RCPT, "554 5.4.4 no route"),
    (Stage.CONTENT, "552 5.2.2 mailbox full"),
}


def answer(line):
    code, text = line.split(" ", 1)
    return Answer(code=int(code), text=text)


@pytest.mark.parametrize(("stage", "line", "kind"), CASES)
def test_an_answer_means_this(stage, line, kind):
    error = fault(stage, answer(line))
    assert type(error) is kind
    assert (error.message, error.code) == (line, int(line[:3]))
    assert error.enhanced == (line.split()[1] if line[4:7].count(".") else "")


@pytest.mark.parametrize(("stage", "line"), [(stage, line) for stage, line, kind in CASES if kind is MessageRefused])
def test_only_a_mailboxs_own_trouble_is_personal(stage, line):
    error = fault(stage, answer(line))
    assert isinstance(error, MessageRefused)
    assert error.personal == ((stage, line) in PERSONAL)


def test_what_is_no_reply_is_said_to_be_none():
    error = fault(Stage.CONTENT, Answer(code=0, text="HTTP/1.1 400 Bad Request"))
    assert isinstance(error, Unconfirmed)
    assert error.message == "not an SMTP reply: HTTP/1.1 400 Bad Request"
    assert error.code is None


@given(stage=st.sampled_from(Stage), code=st.integers(0, 999), text=st.text(max_size=60))
def test_every_answer_has_a_meaning_and_unconfirmed_only_after_the_content(stage, code, text):
    error = fault(stage, Answer(code=code, text=text))
    assert isinstance(error, DeliveryError)
    assert stage is Stage.CONTENT or not isinstance(error, Unconfirmed)
    assert stage is not Stage.MAIL or not isinstance(error, RecipientRefused)


@given(words=st.text(st.characters(categories=None), max_size=800))
def test_a_servers_words_become_one_bounded_printable_line(words):
    line = one_line(words)
    assert line.isprintable()
    assert len(line) <= 300
    assert line.encode().decode() == line
