"""Mail that comes back: from the envelope of a paper to a suppression, and back again."""

import pytest

ANA, BO = "ana@quay.example", "bo@quay.example"
LATER = "2026-03-12T12:00:00+00:00"

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.relay.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="edge"

--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.relay.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 {address}: User unknown

--edge--
"""


@pytest.fixture
def sent(mailing, morning, postbox):
    """A newspaper whose paper went to two readers; the return paths by reader."""
    mailing.settings["BOUNCE_ADDRESS"] = "bounces@courier.example"
    mailing.people(f"{ANA},,,", f"{BO},,,")
    mailing.digest("send", "--yes", "--now", morning)
    for part in ("new", "cur", "tmp"):
        (mailing.folder / "Bounces" / part).mkdir(parents=True)
    mailing.paths = {letter.recipient: letter.sender for letter in postbox.received}
    mailing.letters = {letter.recipient: letter.message for letter in postbox.received}
    return mailing


def reasons(desk):
    return {each["address"]: each["reason"] for each in desk.digest("suppressions", "list", "--json").json}


def test_every_paper_has_a_return_path_of_its_own(sent):
    assert set(sent.paths) == {ANA, BO}
    assert len(set(sent.paths.values())) == 2
    assert all(path.startswith("bounces+") and path.endswith("@courier.example") for path in sent.paths.values())


def test_a_dead_address_is_suppressed_shown_and_lifted(sent):
    report = sent.write("Bounces/new/1.x.host", REPORT.format(to=sent.paths[ANA], address=ANA))
    foretold = sent.digest("bounces", "Bounces", "--dry-run", "--now", LATER)
    assert (ANA in foretold.out, "nothing was changed" in foretold.err, reasons(sent)) == (True, True, {})

    done = sent.digest("bounces", "Bounces", "--json", "--now", LATER)
    (found,) = done.rows
    assert (found["what"], found["news"][0]["address"], found["news"][0]["kind"]) == ("bounce", ANA, "hard")
    assert "suppressed: 1" in done.err
    assert (report.exists(), reasons(sent)) == (False, {ANA: "hard"})
    assert (sent.folder / "Bounces" / ".Processed" / "cur" / "1.x.host:2,S").exists()

    shown = sent.digest("suppressions", "show", ANA, "--now", LATER)
    assert "550 5.1.1" in shown.out
    assert sent.digest("suppressions", "show", ANA, "--json", "--now", LATER).json["suppressed"]["reason"] == "hard"
    assert "would be lifted" in sent.digest("suppressions", "lift", ANA, "--dry-run").err
    assert (
        "lifted: ana@quay.example: hard, since 2026-03-12 12:00 UTC: 5.1.1 550"
        in sent.digest("suppressions", "lift", ANA).err
    )
    assert reasons(sent) == {}
    assert "not suppressed" in sent.digest("suppressions", "lift", ANA, code=1).sentence


def test_a_forged_bounce_suppresses_nobody(sent):
    forged = REPORT.format(to=f"bounces+{'a' * 24}@courier.example", address=BO)
    sent.write("forged.eml", forged)
    sent.digest("bounces", "forged.eml", "--now", LATER)
    assert reasons(sent) == {}


def test_the_mail_that_our_header_makes_lets_its_reader_leave(sent):
    header = sent.letters[ANA]["List-Unsubscribe"]
    subject = header.partition("subject=")[2].partition(">")[0].replace("%20", " ")
    sent.write("leave.eml", f"From: another@home.example\nTo: leave@courier.example\nSubject: {subject}\n\n")
    assert "unsubscribed: 1" in sent.digest("bounces", "leave.eml", "--now", LATER).err
    assert sent.digest("subscribers", "show", ANA).json["state"] == "unsubscribed"
    assert sent.digest("subscribers", "show", BO).json["state"] == "active"


def test_the_daemon_reads_the_maildir_of_the_settings(sent):
    sent.write("Bounces/new/1.x.host", REPORT.format(to=sent.paths[BO], address=BO))
    sent.digest("run", "--once", "--no-web", "--now", LATER, BOUNCES="Bounces")
    assert reasons(sent) == {BO: "hard"}


def test_an_address_can_be_suppressed_by_hand(sent):
    sent.digest("suppressions", "add", "eve@quay.example", "--because", "asked by telephone", "--now", LATER)
    (found,) = sent.digest("suppressions", "list", "--json").json
    assert (found["reason"], found["evidence"]) == ("manual", "asked by telephone")
    assert "suppressed already" in sent.digest("suppressions", "add", "eve@quay.example", code=1).sentence


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["bounces"], 2, "there is nothing to read"),
        (["bounces", "--imap"], 2, "there is no IMAP folder to read"),
        (["bounces", "nowhere.eml"], 1, "nowhere.eml cannot be read"),
        (["bounces", "."], 1, "is no Maildir"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(sent, words, code, said):
    assert said in sent.digest(*words, code=code).sentence


def test_a_server_that_does_not_answer_is_a_failure_of_its_own_code(sent, free_port):
    done = sent.digest("bounces", code=3, IMAP_URL=f"imaps://ana:hunter2@127.0.0.1:{free_port}/INBOX")
    assert "could not be read or moved: 127.0.0.1/INBOX" in done.err
    assert "hunter2" not in done.err
