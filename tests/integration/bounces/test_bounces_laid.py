"""To which delivery a returned mail is laid, and what it may do there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.model.bounce import BounceKind, What
from digest.model.delivery import DeliveryState
from digest.model.subscriber import SubscriberState
from digest.newsroom.returns import count_refusals, examine, harvest

ANA, BO = "ana@quay.example", "bo@quay.example"


class Held:
    """A mailbox of mails at hand."""

    place = "here"

    def __init__(self, *contents: bytes) -> None:
        self.contents = contents
        self.away: list[str] = []
        self.stayed: list[str] = []

    def letters(self):
        for number, content in enumerate(self.contents):
            yield HeldLetter(self, str(number), content)


class HeldLetter:
    def __init__(self, box: Held, name: str, content: bytes) -> None:
        self.box, self.name, self._content = box, name, content

    def content(self) -> bytes:
        return self._content

    def put_away(self) -> None:
        self.box.away.append(self.name)

    def leave(self) -> None:
        self.box.stayed.append(self.name)


def take(papers, *contents: bytes, **how):
    box = Held(*contents)
    return harvest(papers.app, box, lambda _finding: None, **how), box


def test_the_return_path_names_the_delivery_whatever_the_mail_says(papers):
    sent = papers.send()[ANA]
    total, box = take(papers, papers.report(sent, message_id="gone@mx.example", to=papers.path(sent).upper()))
    assert (papers.reason(), papers.reason(BO)) == ("hard", "")
    assert (total.done.suppressed, box.away) == (1, ["0"])


def test_the_message_id_does_where_the_return_path_is_lost(papers):
    sent = papers.send()[ANA]
    take(papers, papers.report(sent, to="postmaster@courier.example"))
    assert papers.reason() == "hard"


def test_nobody_can_bounce_another_away(papers):
    sent = papers.send()
    forged = papers.app.return_path(sent[BO].id).replace("+", "+a")
    for mail in (
        papers.report(to=forged, address=BO),
        papers.report(address=BO),
        papers.report(address=BO, words="other"),
    ):
        take(papers, mail)
    assert papers.reason(BO) == ""
    (record, *_) = papers.store.bounces.of_address(BO, since=sent[BO].due_at - timedelta(days=100))
    assert record.kind is BounceKind.SOFT


def test_a_bounce_of_somebody_we_did_not_write_to_is_left(papers):
    papers.send()
    total, box = take(papers, papers.report(address="eve@quay.example"))
    assert (total.left, total.done.new, box.away) == (1, 0, [])


def test_a_report_on_where_mail_is_forwarded_to_is_soft(papers):
    sent = papers.send()[ANA]
    finding = examine(papers.app, "m", papers.report(sent, address="elsewhere@far.example"))
    assert [(each.address, each.kind) for each in finding.news] == [(ANA, BounceKind.SOFT)]


def test_a_report_read_twice_counts_once(papers):
    mail = papers.report(papers.send()[ANA])
    assert take(papers, mail, mail)[0].done.new == 1
    assert take(papers, mail)[0].done.new == 0


def test_a_dry_run_changes_nothing(papers):
    total, box = take(papers, papers.report(papers.send()[ANA]), dry_run=True)
    assert (total.total, total.done.new, papers.reason(), box.away) == (1, 0, "", [])


@pytest.mark.parametrize("proof", ["message-id", "link", "none"])
def test_a_complaint_needs_proof(papers, proof):
    sent = papers.send()[ANA]
    link = papers.app.links.unsubscribe_url(sent.subscriber_id)
    returned = {"message-id": f"Message-ID: <{sent.message_id}>", "link": f"List-Unsubscribe: <{link}>", "none": "X: y"}
    mail = (
        "From: feedback@provider.example\nSubject: complaint\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=edge\n\n"
        "--edge\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: ana@quay.example\n\n"
        f"--edge\nContent-Type: message/rfc822\n\nSubject: news\n{returned[proof]}\n\nnews\n--edge--\n"
    ).encode()
    total, box = take(papers, mail)
    proven = proof != "none"
    assert total.mails == {What.COMPLAINT: 1}
    assert papers.reason() == ("complaint" if proven else "")
    assert papers.state() is (SubscriberState.UNSUBSCRIBED if proven else SubscriberState.ACTIVE)
    assert box.away == (["0"] if proven else [])


@pytest.mark.parametrize(
    ("sender", "with_id", "leaves"),
    [(ANA, False, True), ("home@elsewhere.example", True, True), ("eve@elsewhere.example", False, False)],
)
def test_a_mail_that_asks_to_leave_lets_leave(papers, sender, with_id, leaves):
    sent = papers.send()[ANA]
    subject = f"unsubscribe {sent.message_id}" if with_id else "Unsubscribe"
    total, box = take(papers, f"From: {sender}\nTo: leave@courier.example\nSubject: {subject}\n\n".encode())
    assert (papers.state() is SubscriberState.UNSUBSCRIBED) is leaves
    assert (papers.reason(), papers.state(BO)) == ("", SubscriberState.ACTIVE)
    assert (total.done.left, box.away) == ((1, ["0"]) if leaves else (0, []))


def test_automatic_replies_are_put_away_and_letters_are_left(papers):
    sent = papers.send()[ANA]
    reply = (
        f"From: {ANA}\nTo: {papers.path(sent)}\nSubject: Away\nAuto-Submitted: auto-replied\n\nI am away.\n".encode()
    )
    letter = f"From: {ANA}\nTo: {papers.path(sent)}\nSubject: Thank you\n\nLovely paper.\n".encode()
    total, box = take(papers, reply, letter)
    assert (total.mails, total.done.new, box.away) == ({What.AUTOREPLY: 1, What.OTHER: 1}, 0, ["0"])


def test_a_bounce_of_a_forgotten_person_is_understood_and_does_nothing(papers):
    sent = papers.send()[ANA]
    papers.store.subscribers.forget(ANA, now=sent.due_at)
    total, box = take(papers, papers.report(sent))
    assert (total.done.new, box.away) == (0, ["0"])


def test_mailboxes_that_are_full_at_smtp_time_count_as_soft_bounces(papers):
    words = {"answer": "552 5.2.2 mailbox full", "code": 552, "enhanced": "5.2.2"}
    for day in range(3):
        papers.send(day, state=DeliveryState.FAILED, **words)
        app = replace(papers.app, clock=lambda day=day: papers.app.clock() + timedelta(days=day))
        assert count_refusals(app).new == 2
        assert count_refusals(app).new == 0
    assert (papers.reason(ANA), papers.reason(BO)) == ("soft", "soft")


def test_refusals_for_what_we_send_count_for_nothing(papers):
    papers.send(state=DeliveryState.FAILED, answer="550 5.7.1 spam", code=550, enhanced="5.7.1")
    assert count_refusals(papers.app).new == 0


def test_without_a_key_or_an_address_there_is_no_token(papers):
    without = replace(papers.app, settings=replace(papers.app.settings, bounce_address=""))
    assert without.return_path(7) == ""
    without = replace(papers.app, settings=replace(papers.app.settings, secret_key=()))
    assert without.return_path(7) == papers.app.return_path(0) == "bounces@courier.example"
