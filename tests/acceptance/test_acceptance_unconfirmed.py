"""What a send left open is brought to an end by hand: unanswered mails told apart, a stopped edition let go on."""

from collections import Counter

import pytest

CONNECTIONS = 4
READERS = 12
FOR_EVER = 600


def tallies(desk, now):
    return desk.digest("status", "--json", "--now", now).json["editions"][0]["mails"]


def readers(desk, count):
    desk.people(*(f"reader{number}@letterbox.example" for number in range(count)), header="email")


@pytest.fixture
def holding(mailing):
    """A newspaper that holds what is not confirmed."""
    mailing.settings |= {"UNCONFIRMED": "hold", "SMTP_CONNECTIONS": str(CONNECTIONS)}
    return mailing


@pytest.fixture
def in_doubt(holding, postbox, morning, awaited):
    """The same after a send that was killed with a mail at the relay on every connection, and one that sent the rest.

    `doubted` are the readers whose mails were never answered.
    """
    readers(holding, READERS)
    postbox.pace = FOR_EVER
    sending = holding.start("send", "--yes", "--now", morning)
    awaited(lambda: len(postbox.received) == CONNECTIONS, "a mail on every connection")
    sending.kill()
    sending.communicate()
    holding.doubted = sorted(postbox.recipients)
    postbox.pace = 0
    holding.digest("run", "--once", "--no-web", "--now", morning, code=3)
    assert tallies(holding, morning) == {"accepted": READERS - CONNECTIONS, "unconfirmed": CONNECTIONS}
    return holding


def test_each_unconfirmed_mail_is_resolved_as_the_relays_log_says(in_doubt, postbox, morning):
    one, two, three, four = in_doubt.doubted
    seen = in_doubt.digest("edition", "resolve", "1", "--sent", "--dry-run", "--now", morning)
    assert "4 mails of edition 1 would be accepted" in seen.err
    ids = {
        letter.message["Message-ID"].strip("<>") for letter in postbox.received if letter.recipient in in_doubt.doubted
    }
    assert ids <= set(seen.out.split())
    assert tallies(in_doubt, morning)["unconfirmed"] == 4

    done = in_doubt.digest("edition", "resolve", "1", "--sent", "--reader", one, "--reader", two.upper())
    assert "2 mails of edition 1 are accepted" in done.err
    assert (
        "1 mail of edition 1 is failed" in in_doubt.digest("edition", "resolve", "1", "--failed", "--reader", three).err
    )
    again = in_doubt.digest("edition", "resolve", "1", "--again", "--json", "--now", morning).json
    assert (again["resolved"], [mail["target"] for mail in again["mails"]]) == (1, [four])
    assert tallies(in_doubt, morning) == {"accepted": READERS - 2, "failed": 1, "queued": 1}
    assert "resolved by hand" in in_doubt.digest("why", one, "--now", morning).out

    in_doubt.digest("run", "--once", "--no-web", "--now", morning)
    assert tallies(in_doubt, morning) == {"accepted": READERS - 1, "failed": 1}
    assert Counter(postbox.recipients) - Counter({four: 1}) == Counter(set(postbox.recipients))
    first, second = (letter.content for letter in postbox.received if letter.recipient == four)
    assert first == second


def test_what_cannot_be_resolved_is_one_sentence(in_doubt, morning):
    for words in ((), ("--sent", "--again"), ("--sent", "--failed", "--again")):
        refused = in_doubt.digest("edition", "resolve", "1", *words, code=2)
        assert "one of --sent, --again and --failed" in refused.sentence
    words = ("edition", "resolve", "1", "--sent")
    assert "no unconfirmed mail to eve@" in in_doubt.digest(*words, "--reader", "eve@x.example", code=1).sentence
    assert "is no e-mail address" in in_doubt.digest(*words, "--reader", "eve", code=2).sentence
    in_doubt.digest("edition", "cancel", "1", "--now", morning)
    assert "edition 1 is cancelled" in in_doubt.digest("edition", "resolve", "1", "--again", code=1).sentence
    in_doubt.digest(*words)
    assert "edition 1 has no unconfirmed mail" in in_doubt.digest(*words, code=1).sentence
    assert "no edition 9" in in_doubt.digest("edition", "resolve", "9", "--sent", code=1).sentence


def test_an_edition_that_was_stopped_goes_on_when_it_is_resumed(holding, postbox, morning):
    readers(holding, 4)
    postbox.verdict = "554 5.7.1 spam"
    holding.digest("send", "--yes", "--now", morning, code=1, SMTP_CONNECTIONS="1")
    assert tallies(holding, morning) == {"failed": 3, "queued": 1}
    postbox.verdict = "250 2.0.0 kept"
    holding.digest("run", "--once", "--no-web", "--now", morning)
    assert tallies(holding, morning) == {"failed": 3, "queued": 1}

    seen = holding.digest("edition", "resume", "1", "--failed", "--dry-run")
    assert "edition 1 would go on; it was stopped: 3 messages in a row were refused" in seen.err
    assert "3 mails that failed would wait again" in seen.err
    assert tallies(holding, morning) == {"failed": 3, "queued": 1}

    assert "edition 1 goes on" in holding.digest("edition", "resume", "1", "--now", morning).err
    holding.digest("run", "--once", "--no-web", "--now", morning)
    assert tallies(holding, morning) == {"accepted": 1, "failed": 3}

    assert "edition 1 is not stopped" in holding.digest("edition", "resume", "1", code=1).sentence
    resumed = holding.digest("edition", "resume", "1", "--failed", "--json", "--now", morning).json
    assert resumed == {"edition": 1, "stopped": "", "again": 3, "dry_run": False}
    holding.digest("run", "--once", "--no-web", "--now", morning)
    assert tallies(holding, morning) == {"accepted": 4}
    assert "no edition 9" in holding.digest("edition", "resume", "9", code=1).sentence
