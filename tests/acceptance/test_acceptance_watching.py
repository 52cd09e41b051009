"""`digest status` and `digest why ADDRESS`: what was sent, to whom, what was not and why, in the server's own words."""

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

DIGEST = Path(sys.executable).with_name("digest")

ANA, BO, CY, DEE = (f"{name}@quay.example" for name in ("ana", "bo", "cy", "dee"))
RUDE = "550 5.1.1 no such user \x1b[2Jhere"


def later(morning, **step):
    return (datetime.fromisoformat(morning) + timedelta(**step)).isoformat()


@pytest.fixture
def choosy(postbox):
    """A relay that refuses some recipients: answers by address, which may be changed."""
    postbox.refusals = {}

    async def handle_RCPT(server, session, envelope, address, options):  # noqa: N802 - named after the command
        if refusal := postbox.refusals.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 welcome"

    postbox.handle_RCPT = handle_RCPT
    return postbox


@pytest.fixture
def mixed(mailing, choosy, morning):
    """A newspaper whose edition went to one reader, was refused to another for good, and to a third for now."""
    mailing.people(f"{ANA},Ana,,", f"{BO},,,", f"{CY},,,")
    choosy.refusals |= {BO: RUDE, CY: "450 4.7.1 greylisted, come back"}
    mailing.digest("send", "--yes", "--now", morning, code=3)
    return mailing


def test_status_counts_what_became_of_an_edition_and_says_why(mixed, morning):
    at = later(morning, seconds=5)
    found = mixed.digest("status", "--json", "--now", at).json
    (edition,) = found["editions"]
    assert edition["mails"] == {"accepted": 1, "deferred": 1, "failed": 1}
    assert (edition["planned"], edition["stopped"], edition["cancelled_at"]) == (3, "", None)
    assert datetime.fromisoformat(edition["deferred_until"]) > datetime.fromisoformat(at)
    assert edition["domains"] == {"quay.example": {"accepted": 1, "deferred": 1, "failed": 1}}
    reasons = {reason["state"]: reason["words"] for reason in edition["reasons"]}
    assert "450 4.7.1 greylisted, come back" in reasons["deferred"]
    assert "5.1.1" in reasons["failed"]
    assert found["passed_over"] == {"hard": 1}

    said = mixed.digest("status", "--now", at).out
    assert "edition 1 of Thu 12 Mar 2026: gone out, but for those deferred" in said
    assert "3 planned: 1 accepted, 1 deferred, 1 failed" in said
    assert "deferred: tried again from 05:3" in said
    assert "greylisted, come back" in said
    assert "no paper is planned for: 1 suppressed (hard)" in said
    assert "\x1b" not in said


def test_while_a_send_is_under_way_status_says_how_fast_it_goes_and_who_sends(mailing, postbox, awaited, interrupt):
    readers = 1000
    mailing.people(*(f"reader{number}@quay.example,1" for number in range(readers)), header="email,max_stories")
    postbox.pace = 0.05
    sending = mailing.start("send", "--yes", "--edition", "1")
    awaited(lambda: len(postbox.received) > 100, "a tenth of the send")
    one = mailing.digest("status", "--edition", "1", "--json").json
    said = mailing.digest("status", "--edition", "1").out
    (worker,) = mailing.digest("status", "--json").json["workers"]
    postbox.pace = 0
    interrupt(sending)
    mailing.end(sending)
    assert one["per_second"] > 0
    assert one["seconds_left"] > 0
    assert one["mails"]["accepted"] + one["due"] <= one["planned"] == readers
    assert one["relays"][f"127.0.0.1:{postbox.port}"]["accepted"] > 50
    assert re.search(r"edition 1 of .*: going out\n.* planned: .* accepted, .* waiting", said)
    assert re.search(r"\d a (second|minute) in the last minute; what is due takes \d+ (second|minute)", said)
    assert (worker["sends"], worker["silent"]) == (1, False)


def test_a_terminal_shows_a_bar_with_the_speed_and_what_is_left(mailing, postbox, morning):
    readers = 200
    mailing.people(*(f"reader{number}@quay.example,1" for number in range(readers)), header="email,max_stories")
    postbox.pace = 0.1
    mine, theirs = pty.openpty()
    sending = subprocess.Popen(
        [DIGEST, "send", "--yes", "--now", morning],
        cwd=mailing.folder,
        env=mailing.environment({"SMTP_CONNECTIONS": "5"}) | {"TERM": "xterm", "COLUMNS": "100"},
        stderr=theirs,
    )
    os.close(theirs)
    drawn = b""
    with suppress(OSError):  # the terminal's end, when the command ends
        while more := os.read(mine, 10_000):
            drawn += more
    os.close(mine)
    assert sending.wait(60) == 0
    assert re.search(rf"sending .*[1-9]\d*/{readers} .*\d a second, \d+ seconds? left", drawn.decode())


def test_status_of_one_edition_shows_where_its_mail_went(mixed, morning):
    one = mixed.digest("status", "--edition", "1", "--json", "--now", morning).json
    assert one == mixed.digest("status", "--json", "--now", morning).json["editions"][0]
    said = mixed.digest("status", "--edition", "1", "--now", morning).out
    assert re.search(r"by domain +accepted +deferred +failed\n +quay\.example +1 +1 +1\n", said)
    assert "no edition 7" in mixed.digest("status", "--edition", "7", "--now", morning, code=1).sentence


def test_a_cancelled_edition_shows_cancelled_apart_from_failed(mixed, morning):
    mixed.digest("edition", "cancel", "1", "--now", later(morning, minutes=1))
    (edition,) = mixed.digest("status", "--json", "--now", later(morning, minutes=2)).json["editions"]
    assert edition["mails"] == {"accepted": 1, "failed": 1, "cancelled": 1}
    said = mixed.digest("status", "--now", later(morning, minutes=2)).out
    assert "edition 1 of Thu 12 Mar 2026: cancelled at 05:31Z" in said
    assert "1 failed, 1 cancelled" in said


def test_a_stopped_edition_says_why_and_how_it_goes_on(mailing, choosy, morning):
    people = [f"reader{number}@quay.example" for number in range(12)]
    mailing.people(*people, header="email")
    choosy.refusals |= dict.fromkeys(people, "554 5.7.1 not from you")
    mailing.digest("send", "--yes", "--now", morning, code=1)
    said = mailing.digest("status", "--now", morning).out
    assert "stopped at 05:30Z" in said
    assert "not from you" in said
    assert "digest edition resume 1" in said
    (edition,) = mailing.digest("status", "--json", "--now", morning).json["editions"]
    assert "messages in a row were refused" in edition["stopped"]
    assert "next: it waits until this is resumed: digest edition resume 1" in mailing.digest("why", people[-1]).out


def test_why_tells_the_whole_story_of_one_that_was_accepted(mixed, choosy, morning):
    said = mixed.digest("why", ANA, "--now", morning).out
    assert f"{ANA} is active, joined 2" in said
    assert "sign-up sheet of 2 March" in said
    assert "their hour is 07:00 in UTC, daily; the next paper is due on Thu 12 Mar (07:00Z)" in said
    assert "edition 1 of Thu 12 Mar 2026: accepted" in said
    assert "stories for them; the first: " in said
    assert re.search(r"Message-ID 1\.\d+\.[0-9a-f]+@courier\.example", said)
    assert re.search(r"05:30Z: accepted .*250 2\.0\.0 kept", said)
    found = mixed.digest("why", ANA, "--json", "--now", morning).json
    assert (found["address"], found["state"], found["suppressed"]) == (ANA, "active", None)
    assert found["hour"]["send_at"] == "07:00"
    assert found["paper"]["message_id"] == choosy.received[0].message["Message-ID"].strip("<>")
    assert [each["state"] for each in found["paper"]["attempts"]] == ["accepted"]
    assert len(found["paper"]["stories"]) > 3


def test_why_tells_what_a_server_refused_and_what_is_next(mixed, choosy, morning):
    said = mixed.digest("why", CY, "--now", later(morning, seconds=5)).out
    assert "edition 1 of Thu 12 Mar 2026: deferred" in said
    assert "450 4.7.1 greylisted, come back" in said
    assert "next: tried again from 05:3" in said
    choosy.refusals.clear()
    mixed.digest("send", "--yes", "--now", later(morning, minutes=3))
    found = mixed.digest("why", CY, "--json", "--now", later(morning, minutes=4)).json
    assert found["paper"]["attempts"][-1]["state"] == "accepted"
    assert found["paper"]["next"] == ""


def test_why_tells_of_a_suppression_and_its_evidence_safely(mixed, morning):
    said = mixed.digest("why", BO, "--now", morning).out
    assert "edition 1 of Thu 12 Mar 2026: failed" in said
    assert "suppressed since 2026-03-12 05:30Z (hard)" in said
    assert f"digest suppressions lift {BO}" in said
    assert "no such user" in said
    assert "\x1b" not in said
    assert "the next paper is due" not in said


def test_why_tells_why_nothing_was_planned(mailing, morning):
    def joins(address, hour, at=morning):
        mailing.digest("subscribers", "add", address, "--hour", hour, "--consent", "yes", "--now", at)

    for address, hour in ((ANA, "05:30"), (BO, "05:30"), (CY, "16:00")):
        joins(address, hour)
    mailing.digest("subscribers", "set", BO, "--pause-until", "2026-03-20", "--now", morning)
    mailing.digest("run", "--once", "--no-web", "--now", morning)
    evening = later(morning, hours=13)
    joins(DEE, "05:30", evening)
    at = later(morning, hours=4)

    def reason(address, now=at):
        return mailing.digest("why", address, "--json", "--now", now).json["paper"]["not_planned"]

    assert reason(ANA) is None
    assert reason(BO) == {"rule": "paused", "because": "they are paused until 2026-03-20 00:00Z"}
    assert reason(CY)["rule"] == "not_yet"
    assert reason(DEE, evening)["rule"] == "joined_later"
    said = mailing.digest("why", CY, "--now", at).out
    assert "not planned for them: their hour has not come: 2026-03-12 16:00Z" in said
    assert "stories would be for them; the first: " in said


def test_why_of_an_address_that_nobody_has_is_one_sentence(mixed):
    assert "no subscriber zoe@quay.example" in mixed.digest("why", "zoe@quay.example", code=1).sentence
    assert "is no e-mail address" in mixed.digest("why", "zoe@", code=2).sentence
    assert "no edition 9" in mixed.digest("why", ANA, "--edition", "9", code=1).sentence


def test_who_was_forgotten_is_known_by_the_suppression_alone(mixed, morning):
    mixed.digest("subscribers", "forget", ANA, "--yes", "--now", morning)
    said = mixed.digest("why", ANA, "--now", morning).out
    assert f"{ANA} is no subscriber" in said
    assert "suppressed since" in said
    assert mixed.digest("why", ANA, "--json", "--now", morning).json["paper"] is None


def test_without_an_edition_there_is_still_something_to_say(desk, morning):
    assert "no edition was cut in the last 7 days" in desk.digest("status", "--now", morning).out
    desk.people(f"{ANA},,,")
    assert "no edition was cut yet" in desk.digest("why", ANA, "--now", morning).out


def test_a_switch_elsewhere_and_the_operator_hear_of_a_late_edition(mailing, postbox, newsstand, free_port):
    switch = newsstand.lay("/switch/0815", b"OK", "text/plain")
    newsstand.lay("/switch/0815/fail", b"OK", "text/plain")
    mailing.settings |= {"PING_URL": switch, "OPERATOR": "desk@courier.example"}
    mailing.people(f"{ANA},,UTC,07:00")

    def beat(minute, code=0, **settings):
        said = mailing.digest("run", "--once", "--no-web", "--now", f"2026-03-12T{minute}Z", code=code, **settings).err
        return said, [path for path in newsstand.asked if path.startswith("/switch")]

    down = {"SMTP_URL": f"smtp://127.0.0.1:{free_port}"}
    assert beat("07:00", 3, **down)[1] == []
    said, asked = beat("07:31", 3, **down)
    assert "late: Edition 1 has not gone out: " in said
    assert asked == ["/switch/0815/fail"]
    said, asked = beat("09:00")
    assert "edition 1 has gone out after all" in said
    assert asked == ["/switch/0815/fail", "/switch/0815"]
    assert postbox.recipients == [ANA, "desk@courier.example"]
    assert "Edition 1 has gone out after all" in postbox.received[1].message["Subject"]
    assert beat("09:01")[1] == asked
