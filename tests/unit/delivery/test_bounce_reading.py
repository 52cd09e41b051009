"""What mails to the return address are, and of whom they speak."""

import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.delivery.bounce import read, refusal
from digest.model.bounce import BounceKind, What
from digest.model.delivery import DeliveryState
from digest.testing import claims_of

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ANA = "ana@quay.example"
TOKEN = "abcdefghijklmnopqrstuvw2"

REPORT = """\
Return-Path: <>
Date: Tue, 10 Mar 2026 09:00:00 +0100
From: MAILER-DAEMON@mx.relay.example (Mail Delivery System)
To: bounces+abcdefghijklmnopqrstuvw2@courier.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="edge"

--edge
Content-Type: text/plain

Your message could not be delivered.

<ana@quay.example>: host mx.quay.example said: {words}

--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.relay.example

{fields}

--edge
Content-Type: text/rfc822-headers

Message-ID: <41.7.Tok-en_1@courier.example>
To: ana@quay.example
List-Unsubscribe: <https://news.courier.example/unsubscribe/5.sig-na_ture>

--edge--
"""

FIELDS = """\
Original-Recipient: rfc822;ana@quay.example
Final-Recipient: rfc822; ana@quay.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <ana@quay.example>: User unknown"""


def report(fields: str = FIELDS, words: str = "550 no") -> bytes:
    return REPORT.format(fields=fields, words=words).encode()


def plain(
    subject: str, body: str, sender: str = "Mail Delivery System <mailer-daemon@mx.example>", **more: str
) -> bytes:
    lines = [f"From: {sender}", "To: paper@courier.example", f"Subject: {subject}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return ("\n".join(lines) + "\n\n" + body).encode()


def only(content: bytes):
    returned = read(content, now=NOW)
    (bounce,) = returned.bounces
    return returned, bounce


def test_a_report_says_who_what_why_and_about_which_mail():
    returned, bounce = only(report())
    assert returned.what is What.BOUNCE
    assert (bounce.address, bounce.kind, bounce.enhanced) == (ANA, BounceKind.HARD, "5.1.1")
    assert bounce.words == "550 5.1.1 <ana@quay.example>: User unknown"
    assert bounce.at == datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
    assert returned.sent_to == (f"bounces+{TOKEN}@courier.example",)
    assert returned.message_ids == ("41.7.Tok-en_1@courier.example",)
    assert returned.left == ("5.sig-na_ture",)


def test_the_same_mail_has_the_same_source_whatever_its_line_ends():
    assert read(report(), now=NOW).source == read(report().replace(b"\n", b"\r\n"), now=NOW).source
    assert read(report(), now=NOW).source != read(report(words="551"), now=NOW).source


def test_a_report_that_is_still_trying_is_no_bounce():
    _, bounce = only(report(FIELDS.replace("failed", "delayed").replace("5.1.1", "4.4.1")))
    assert bounce.kind is BounceKind.DELAYED


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_report_that_all_went_well_says_nothing(action):
    returned = read(report(FIELDS.replace("failed", action).replace("5.1.1", "2.0.0")), now=NOW)
    assert (returned.what, returned.bounces) == (What.OTHER, ())


def test_every_recipient_of_a_report_is_told_apart():
    other = FIELDS.replace("ana@", "bo@").replace("5.1.1", "5.2.2").replace("User unknown", "mailbox full")
    for between in ("\n\n", "\n"):
        returned = read(report(FIELDS + between + other), now=NOW)
        found = [(each.address, each.kind) for each in returned.bounces]
        assert found == [(ANA, BounceKind.HARD), ("bo@quay.example", BounceKind.SOFT)]


def test_the_address_we_wrote_to_comes_before_the_one_it_was_forwarded_to():
    _, bounce = only(
        report(FIELDS.replace("Final-Recipient: rfc822; ana@quay.example", "Final-Recipient: rfc822; a@b.example"))
    )
    assert (bounce.address, bounce.also) == (ANA, ("a@b.example",))


def test_a_report_without_its_type_is_a_report():
    content = report().replace(b"multipart/report; report-type=delivery-status", b"multipart/mixed")
    assert only(content)[1].kind is BounceKind.HARD


def test_a_report_whose_borders_are_lost_is_read_from_its_text():
    content = report().replace(b'multipart/report; report-type=delivery-status; boundary="edge"', b"text/plain")
    assert (only(content)[1].address, only(content)[1].kind) == (ANA, BounceKind.HARD)


def test_a_report_without_a_reason_takes_it_from_the_text():
    fields = "Final-Recipient: rfc822; ana@quay.example\nAction: failed\nStatus: 5.0.0"
    assert only(report(fields, words="550 No such user"))[1].kind is BounceKind.HARD
    assert only(report(fields, words="552 mailbox full"))[1].kind is BounceKind.SOFT


EXIM = """\
This message was created automatically by mail delivery software.
A message that you sent could not be delivered to one or more of its
recipients. The following address(es) failed:

  ana@quay.example
    550 unknown user

------ This is a copy of the message ------

To: ana@quay.example
"""
QMAIL = """\
Hi. I'm afraid I wasn't able to deliver your message to the following addresses.

<ana@quay.example>:
550 unknown user

--- Below this line is a copy of the message.

Return-Path: <paper@courier.example>
"""
EXCHANGE = """\
Your message

  To: ana@quay.example

did not reach the following recipient(s):

ana@quay.example on Tuesday
    The recipient name is not recognized
"""
SENDMAIL = """\
   ----- The following addresses had permanent fatal errors -----
<ana@quay.example>
    (reason: 550 User unknown)
"""
GERMAN = "Die Nachricht konnte nicht zugestellt werden.\n\nana@quay.example: Empfänger unbekannt\n"


@pytest.mark.parametrize("body", [EXIM, QMAIL, EXCHANGE, SENDMAIL, GERMAN])
def test_a_bounce_in_plain_words_is_read(body):
    returned, bounce = only(plain("Mail delivery failed: returning message to sender", body))
    assert (returned.what, bounce.address, bounce.kind) == (What.BOUNCE, ANA, BounceKind.HARD)


def test_a_warning_in_plain_words_is_no_bounce():
    body = "THIS IS A WARNING MESSAGE ONLY.\nDelivery to the following has been delayed:\n\n   ana@quay.example\n"
    assert only(plain("Delivery Status Notification (Delay)", body))[1].kind is BounceKind.DELAYED


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("Re: the news", {"Auto_Submitted": "auto-replied"}),
        ("Out of office: Re: the news", {}),
        ("Automatic reply: the news", {"X_Auto_Response_Suppress": "All"}),
        ("Abwesenheitsnotiz", {}),
        ("Re: the news", {"X_Autoreply": "yes"}),
        ("Re: the news", {"Precedence": "auto_reply"}),
        ("[Automatyczna =?iso-8859-2?Q?odpowied=BC?=] the news", {}),
    ],
)
def test_an_automatic_reply_is_no_bounce(subject, headers):
    returned = read(
        plain(subject, "I am away, my message could not be delivered earlier.", sender=ANA, **headers), now=NOW
    )
    assert (returned.what, returned.bounces) == (What.AUTOREPLY, ())


@pytest.mark.parametrize("subject", ["Thank you", "Re: undeliverable promises", "Delivery of flowers", ""])
def test_a_letter_from_a_person_is_nothing_of_this(subject):
    body = "Dear editor,\n\nyesterday I wrote to bo@quay.example, and it was returned: user unknown.\n"
    assert read(plain(subject, body, sender="Ana <ana@quay.example>"), now=NOW).what is What.OTHER


def test_a_letter_that_quotes_a_report_is_no_report():
    body = f"Look what I got:\n\n{FIELDS}\n"
    assert read(plain("Fwd: news", body, sender="Ana <ana@quay.example>"), now=NOW).what is What.OTHER


@pytest.mark.parametrize(
    ("subject", "message_ids"),
    [
        ("unsubscribe 41.7.Tok-en_1@courier.example", ("41.7.Tok-en_1@courier.example",)),
        ("Unsubscribe <41.7.Tok-en_1@courier.example>", ("41.7.Tok-en_1@courier.example",)),
        ("unsubscribe", ()),
        ("Re: Unsubscribe me.", ()),
    ],
)
@pytest.mark.parametrize("submitted", ["no", "auto-replied"])
def test_a_mail_that_asks_to_leave(subject, message_ids, submitted):
    returned, bounce = only(plain(subject, "", sender="Ana <ana@quay.example>", Auto_Submitted=submitted))
    assert (returned.what, returned.message_ids) == (What.UNSUBSCRIBE, message_ids)
    assert (bounce.kind, bounce.address, returned.author) == (BounceKind.UNSUBSCRIBE, ANA, ANA)


@pytest.mark.parametrize(
    "subject", ["How do I unsubscribe my neighbour?", "unsubscribe everybody", "Please do not unsubscribe"]
)
def test_a_letter_about_leaving_is_no_wish_to_leave(subject):
    assert read(plain(subject, "Hello", sender=ANA), now=NOW).what is What.OTHER


def feedback(kind: str, recipient: str = "") -> bytes:
    fields = f"Feedback-Type: {kind}\nUser-Agent: Feedback/1.0\nVersion: 1\n{recipient}"
    content = report().replace(b"report-type=delivery-status", b"report-type=feedback-report")
    start, end = (
        content.index(b"Content-Type: message/delivery-status"),
        content.index(b"--edge\nContent-Type: text/rfc822"),
    )
    return content[:start] + f"Content-Type: message/feedback-report\n\n{fields}\n\n".encode() + content[end:]


def test_a_complaint_names_its_reader_or_the_mail_does():
    returned, bounce = only(feedback("abuse", "Original-Rcpt-To: <ana@quay.example>\n"))
    assert (returned.what, bounce.kind, bounce.address) == (What.COMPLAINT, BounceKind.COMPLAINT, ANA)
    redacted, bounce = only(feedback("abuse"))
    assert (redacted.what, bounce.address) == (What.COMPLAINT, "")
    assert (redacted.message_ids, redacted.left) == (("41.7.Tok-en_1@courier.example",), ("5.sig-na_ture",))


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_praise_and_reports_on_signatures_are_no_complaints(kind):
    assert read(feedback(kind), now=NOW).what is not What.COMPLAINT


@pytest.mark.parametrize("date", ["", "nonsense", "Tue, 10 Mar 2099 09:00:00 +0000", "Tue, 10 Mar 1999 09:00:00 +0000"])
def test_a_date_that_cannot_be_believed_is_the_time_of_reading(date):
    assert only(report().replace(b"Tue, 10 Mar 2026 09:00:00 +0100", date.encode()))[1].at == NOW


def test_words_are_one_line_and_bounded():
    _, bounce = only(report(FIELDS.replace("User unknown", "User\x1b[2J\0 unknown" + "x" * 9000)))
    assert len(bounce.words) <= 300
    assert bounce.words.isprintable()


def nested(depth: int) -> bytes:
    opening = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
    return f"From: mailer-daemon@x\nSubject: failure notice\n{opening}".encode()


BOMBS = {
    "deeply nested": nested(5000),
    "nested in the same border": b"From: mailer-daemon@x\n"
    + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 20000,
    "a hundred thousand parts": nested(1) + b"--b0\n\nx\n" * 100_000,
    "a very long line": report() + b"x" * 30_000_000,
    "a very long header": b"Subject: " + b"=?utf-8?b?" * 100_000 + b"\n\n",
    "many headers": b"X-A: b\n" * 200_000,
    "folded for ever": b"Subject: a\n" + b" b\n" * 200_000,
    "many recipients": report("\n\n".join([FIELDS] * 5000)),
    "many addresses": plain("failure notice", "could not be delivered\n" + "a@b.example\n" * 50_000),
    "one long address": plain("failure notice", "could not be delivered\n" + "a" * 200_000 + "@" + "b" * 200_000),
    "plus signs": plain("failure notice", "+" * 300_000 + "@"),
    "dots and digits": plain("failure notice", "1.1." * 100_000 + "@"),
    "spaces": plain("failure notice", "message" + " " * 300_000 + "rejected"),
    "words without an end": plain("failure notice", "user " * 80_000),
    "base64": b"From: mailer-daemon@x\nSubject: failure notice\nContent-Transfer-Encoding: base64\n\n"
    + b"QUJD" * 300_000,
    "an odd charset": report().replace(b"text/plain", b"text/plain; charset=zip"),
    "a slow charset": b"From: mailer-daemon@x\nContent-Type: text/plain; charset=punycode\n\n" + b"a-" * 200_000,
    "unclosed words": plain("=?utf-8?q?=?=?=?utf-8?b?!!!?=", ""),
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_no_bomb_takes_much_memory(content):
    tracemalloc.start()
    try:
        read(content, now=NOW)
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024 * 1024
    finally:
        tracemalloc.stop()


@settings(max_examples=200)
@given(st.binary(max_size=2000))
def test_no_bytes_make_it_fail(content):
    assert read(content, now=NOW).what in What


@settings(max_examples=300)
@given(st.data())
def test_no_damage_to_a_real_report_makes_it_fail(data):
    content = bytearray(report())
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=8))
    for bounce in read(bytes(content), now=NOW).bounces:
        assert bounce.words.isprintable()
        assert NOW - timedelta(days=60) <= bounce.at <= NOW


def test_a_refusal_of_a_full_mailbox_is_a_soft_bounce_and_others_are_none():
    (claim,) = claims_of([ANA], now=NOW)
    failed = replace(claim.delivery, state=DeliveryState.FAILED, enhanced="5.2.2", answer="552 5.2.2 mailbox full")
    bounce = refusal(failed)
    assert (bounce.address, bounce.kind, bounce.source, bounce.delivery_id) == (ANA, BounceKind.SOFT, "refused 1", 1)
    assert refusal(replace(failed, enhanced="5.7.1", answer="550 5.7.1 spam")) is None
    assert refusal(replace(failed, enhanced="", answer="given up after five days: connection refused")) is None


def test_the_labelled_mails_are_read_right(shared_data):
    """Whom a mail is about, and whether that address is dead, on mails of many systems."""
    folder = shared_data / "bounces"
    labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    found = [(label, read((folder / label["file"]).read_bytes(), now=NOW)) for label in labels]
    bounces = [(label, returned) for label, returned in found if label["kind"] == "bounce"]
    named = [(label, returned) for label, returned in bounces if label["addresses"]]
    judged = [(label, returned) for label, returned in bounces if label["verdict"] in {"hard", "soft"}]

    def right_address(label, returned) -> bool:
        given = {each.address.lower() for each in returned.bounces}
        return all({spelling.lower() for spelling in spellings} & given for spellings in label["addresses"])

    def is_hard(returned) -> bool:
        return any(each.kind is BounceKind.HARD for each in returned.bounces)

    assert sum(returned.what is What.BOUNCE for _, returned in bounces) >= 0.97 * len(bounces)
    assert sum(right_address(*pair) for pair in named) >= 0.97 * len(named)
    assert sum(is_hard(returned) is (label["verdict"] == "hard") for label, returned in judged) >= 0.88 * len(judged)
    assert all(is_hard(returned) for label, returned in judged if label["verdict"] == "hard")
    assert not any(returned.what is What.BOUNCE for label, returned in found if label["kind"] == "autoreply")
