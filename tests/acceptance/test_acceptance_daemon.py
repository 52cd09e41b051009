"""`digest run`: cut at the edit time, send at each reader's own hour, catch up, never twice, end when told."""

import signal
import urllib.request

import pytest

READERS = (
    "ana@letterbox.example,Ana,Europe/London,07:00",
    "ben@letterbox.example,Ben,America/New_York,06:30",
    "chi@letterbox.example,Chi,Asia/Tokyo,15:15",
)


def beat(desk, hour, **settings):
    """What one beat at this time of 12 March says."""
    return desk.digest("run", "--once", "--no-web", "--now", f"2026-03-12T{hour}Z", **settings).err


def readers(desk):
    """Who has a mail, in any order."""
    return sorted(mail["To"].addresses[0].username for mail in desk.outbox())


@pytest.fixture
def daily(desk):
    """A newspaper that cuts at 05:30 UTC for readers in London, New York and Tokyo."""
    desk.settings["EDIT_AT"] = "05:30"
    desk.people(*READERS)
    return desk


def test_every_reader_gets_the_paper_at_their_own_hour_and_once(daily):
    beat(daily, "05:29")
    assert readers(daily) == []
    assert daily.digest("edition", "list", "--json", "--now", "2026-03-12T05:29Z").json == []
    assert "edition 1 is cut" in beat(daily, "05:30")
    assert readers(daily) == []
    beat(daily, "06:20")
    assert readers(daily) == ["chi"]
    beat(daily, "07:00")
    assert readers(daily) == ["ana", "chi"]
    beat(daily, "06:30")
    beat(daily, "07:01")
    assert readers(daily) == ["ana", "chi"]
    beat(daily, "10:30")
    assert readers(daily) == ["ana", "ben", "chi"]
    numbers = daily.digest("edition", "list", "--json", "--now", "2026-03-12T11:00Z").json
    assert [edition["number"] for edition in numbers] == [1]
    dates = {mail["To"].addresses[0].username: str(mail["Date"]) for mail in daily.outbox()}
    assert len(dates) == 3


def test_after_downtime_the_day_is_made_up_for_once(daily):
    said = beat(daily, "11:00")
    assert "edition 1 is cut" in said
    assert readers(daily) == ["ana", "ben", "chi"]
    daily.digest("send", "--yes", "--now", "2026-03-12T11:02Z", code=1)
    assert readers(daily) == ["ana", "ben", "chi"]


def test_what_was_missed_by_half_a_day_is_let_go(cut_desk):
    cut_desk.people(*READERS)
    beat(cut_desk, "21:00")
    assert readers(cut_desk) == ["ben"]


def test_an_edition_that_needs_approval_waits_and_the_operator_is_told(daily):
    assert "digest edition approve 1" in beat(daily, "06:50", APPROVAL="required")
    assert readers(daily) == []
    daily.digest("edition", "approve", "1")
    beat(daily, "07:10", APPROVAL="required")
    assert readers(daily) == ["ana", "chi"]


def test_a_quiet_day_sends_nothing_and_says_why(daily):
    said = beat(daily, "07:00", MIN_STORIES="40")
    assert "a quiet day" in said
    assert "40 are wanted" in said
    assert readers(daily) == []


def test_a_beat_ends_with_1_where_nothing_due_could_be_done_and_3_where_some_of_it_could_not(daily, newsstand):
    daily.write("mine/mail/digest.html", "{{ nobody_knows_this }}")
    words = ("run", "--once", "--no-web", "--now")
    assert "digest.html" in daily.digest(*words, "2026-03-12T07:00Z", code=1, TEMPLATES="mine").err
    assert "readers wait" in daily.digest(*words, "2026-03-12T07:00Z", code=1).err
    daily.digest("edition", "approve", "1")
    daily.digest("feeds", "add", newsstand.lay("/lost", b"", status=404))
    said = daily.digest(*words, "2026-03-12T07:01Z", code=3).err
    assert "1 failed" in said
    assert readers(daily) == ["ana", "chi"]
    daily.digest(*words, "2026-03-12T07:02Z", code=0)


def test_a_running_newspaper_answers_and_ends_when_it_is_told_to(desk, free_port, awaited):
    place = f"127.0.0.1:{free_port}"
    process = desk.start("run", LISTEN=place)

    def answers():
        try:
            with urllib.request.urlopen(f"http://{place}/healthz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    awaited(answers, "serving")
    with urllib.request.urlopen(f"http://{place}/", timeout=30) as page:
        assert page.status == 200
    process.send_signal(signal.SIGTERM)
    done = desk.end(process)
    assert done.code == 0, done.err
    assert f"serving http://{place}" in done.err


def test_a_daemon_told_to_end_in_mid_send_finishes_the_mail_in_hand(mailing, postbox, morning, awaited):
    mailing.people(*(f"reader{number}@letterbox.example,,UTC,05:30" for number in range(200)))
    postbox.pace = 0.05
    process = mailing.start("run", "--no-web", "--now", morning)
    awaited(lambda: len(postbox.received) >= 10, "the first mails")
    process.terminate()
    done = mailing.end(process)
    assert done.code == 0, done.err
    (edition,) = mailing.digest("status", "--json", "--now", morning).json["editions"]
    had = len(postbox.received)
    assert edition["mails"] == {"accepted": had, "queued": 200 - had}
    postbox.pace = 0
    mailing.digest("run", "--once", "--no-web", "--now", "2026-03-12T05:40Z")
    assert len(set(postbox.recipients)) == len(postbox.received) == 200
