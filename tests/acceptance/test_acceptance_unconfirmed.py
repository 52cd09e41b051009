"""What a send left open is brought to an end by hand: unanswered mails told apart, a stopped edition let go on."""

from collections import Counter

import pytest

PEOPLE = ("ana", "bo", "cy", "di")
ANA, BO, CY, DI = (f"{name}@letterbox.example" for name in PEOPLE)
FOR_EVER = 600


def tallies(desk, now):
    return desk.digest("status", "--json", "--now", now).json["editions"][0]["mails"]


@pytest.fixture
def crowd(mailing):
    """A newspaper with four readers that holds what is not confirmed."""
    mailing.settings |= {"UNCONFIRMED": "hold", "SMTP_CONNECTIONS": str(len(PEOPLE))}
    mailing.people(*(f"{name}@letterbox.example" for name in PEOPLE), header="email")
    return mailing


@pytest.fixture
def in_doubt(crowd, postbox, morning, awaited):
    """The same after a send that was killed with everybody's mail at the relay, and none answered."""
    postbox.pace = FOR_EVER
    sending = crowd.start("send", "--yes", "--now", morning)
    awaited(lambda: len(postbox.received) == len(PEOPLE), "all mails at the relay")
    sending.kill()
    sending.communicate()
    postbox.pace = 0
    crowd.digest("run", "--once", "--no-web", "--now", morning, code=3)
    assert tallies(crowd, morning) == {"unconfirmed": len(PEOPLE)}
    assert len(postbox.received) == len(PEOPLE)
    return crowd


def test_each_unconfirmed_mail_is_resolved_as_the_relays_log_says(in_doubt, postbox, morning):
    seen = in_doubt.digest("edition", "resolve", "1", "--sent", "--dry-run", "--now", morning)
    assert "4 mails of edition 1 would be accepted" in seen.err
    assert {letter.message["Message-ID"].strip("<>") for letter in postbox.received} <= set(seen.out.split())
    assert tallies(in_doubt, morning) == {"unconfirmed": 4}

    done = in_doubt.digest("edition", "resolve", "1", "--sent", "--reader", ANA, "--reader", "Bo@Letterbox.example")
    assert "2 mails of edition 1 are accepted" in done.err
    assert "1 mail of edition 1 is failed" in in_doubt.digest("edition", "resolve", "1", "--failed", "--reader", CY).err
    again = in_doubt.digest("edition", "resolve", "1", "--again", "--json", "--now", morning).json
    assert (again["resolved"], [mail["target"] for mail in again["mails"]]) == (1, [DI])
    assert tallies(in_doubt, morning) == {"accepted": 2, "failed": 1, "queued": 1}
    assert "resolved by hand" in in_doubt.digest("why", ANA).out

    in_doubt.digest("run", "--once", "--no-web", "--now", morning)
    assert tallies(in_doubt, morning) == {"accepted": 3, "failed": 1}
    assert Counter(postbox.recipients) == {ANA: 1, BO: 1, CY: 1, DI: 2}
    first, second = (letter.content for letter in postbox.received if letter.recipient == DI)
    assert first == second


def test_without_a_choice_nothing_is_resolved(in_doubt, morning):
    for words in ((), ("--sent", "--again"), ("--sent", "--failed", "--again")):
        assert (
            "one of --sent, --again and --failed" in in_doubt.digest("edition", "resolve", "1", *words, code=2).sentence
        )
    assert tallies(in_doubt, morning) == {"unconfirmed": 4}


def test_what_is_not_unconfirmed_cannot_be_resolved(in_doubt, crowd, morning):
    words = ("edition", "resolve", "1", "--sent")
    assert "no unconfirmed mail to eve@" in in_doubt.digest(*words, "--reader", "eve@x.example", code=1).sentence
    assert "is no e-mail address" in in_doubt.digest(*words, "--reader", "eve", code=2).sentence
    in_doubt.digest(*words)
    assert "edition 1 has no unconfirmed mail" in in_doubt.digest(*words, code=1).sentence
    assert "no edition 9" in in_doubt.digest("edition", "resolve", "9", "--sent", code=1).sentence


def test_an_edition_that_was_stopped_goes_on_when_it_is_resumed(crowd, postbox, morning):
    postbox.verdict = "554 5.7.1 spam"
    crowd.digest("send", "--yes", "--now", morning, code=1, SMTP_CONNECTIONS="1")
    assert tallies(crowd, morning) == {"failed": 3, "queued": 1}
    postbox.verdict = "250 2.0.0 kept"
    crowd.digest("run", "--once", "--no-web", "--now", morning)
    assert tallies(crowd, morning) == {"failed": 3, "queued": 1}

    seen = crowd.digest("edition", "resume", "1", "--failed", "--dry-run")
    assert "edition 1 would go on; it was stopped: 3 messages in a row were refused" in seen.err
    assert "3 mails that failed would wait again" in seen.err
    assert tallies(crowd, morning) == {"failed": 3, "queued": 1}

    assert "edition 1 goes on" in crowd.digest("edition", "resume", "1", "--now", morning).err
    crowd.digest("run", "--once", "--no-web", "--now", morning)
    assert tallies(crowd, morning) == {"accepted": 1, "failed": 3}

    assert "edition 1 is not stopped" in crowd.digest("edition", "resume", "1", code=1).sentence
    resumed = crowd.digest("edition", "resume", "1", "--failed", "--json", "--now", morning).json
    assert resumed == {"edition": 1, "stopped": "", "again": 3, "dry_run": False}
    crowd.digest("run", "--once", "--no-web", "--now", morning)
    assert tallies(crowd, morning) == {"accepted": 4}
    assert "no edition 9" in crowd.digest("edition", "resume", "9", code=1).sentence
