"""Sends that are killed, interrupted, cancelled or refused: nobody twice, nobody missed."""

import time
from collections import Counter
from datetime import datetime, timedelta

import pytest

CROWD = 2000
CONNECTIONS = 5
FOR_EVER = 600
SLOWLY = 0.02
"""Seconds for each content, where a send must still be running when something happens to it."""


def crowd(desk, count):
    """So many readers who want one story each."""
    rows = (f"reader{number}@letterbox.example,1" for number in range(count))
    return desk.people(*rows, header="email,max_stories")


def addresses(count):
    return {f"reader{number}@letterbox.example" for number in range(count)}


def tallies(desk, now):
    """The newest edition's deliveries by state."""
    return desk.digest("status", "--json", "--now", now).json["editions"][0]["mails"]


@pytest.fixture
def killed(mailing, postbox, morning, awaited):
    """A newspaper whose send to a crowd was killed after a quarter of it, with a mail in hand on every connection."""
    assert f"{CROWD} imported" in crowd(mailing, CROWD).err
    mailing.settings["SMTP_CONNECTIONS"] = str(CONNECTIONS)
    sending = mailing.start("send", "--yes", "--now", morning)
    awaited(lambda: len(postbox.received) >= CROWD // 4, "a quarter of the send")
    postbox.pace = FOR_EVER
    awaited(lambda: postbox.in_hand == CONNECTIONS, "a mail on every connection")
    sending.kill()
    sending.communicate()
    postbox.pace = 0
    assert len(postbox.received) < CROWD
    return mailing


def test_a_send_that_is_killed_goes_on_without_giving_anybody_two_or_none(killed, postbox, morning):
    answered = {letter.recipient for letter in postbox.answered}
    in_hand = set(postbox.recipients) - answered
    second = killed.digest("send", "--yes", "--now", morning, code=3)
    assert tallies(killed, morning) == {"accepted": CROWD - CONNECTIONS, "unconfirmed": CONNECTIONS}
    assert Counter(postbox.recipients) == Counter(addresses(CROWD))
    assert f"{CONNECTIONS} unconfirmed" in second.err
    assert "the next mail waits until 2026-03-12 06:00Z" in second.err
    assert "nobody is waiting" in killed.digest("send", "--yes", "--now", morning, code=1).sentence

    later = (datetime.fromisoformat(morning) + timedelta(minutes=31)).isoformat()
    killed.digest("send", "--yes", "--now", later)
    assert tallies(killed, later) == {"accepted": CROWD}
    again = Counter(postbox.recipients) - Counter(addresses(CROWD))
    assert again == Counter(in_hand)
    for address in again:
        one, two = (letter.content for letter in postbox.received if letter.recipient == address)
        assert one == two


def test_ctrl_c_finishes_the_mail_in_hand_and_the_next_run_the_rest(mailing, postbox, morning, awaited, interrupt):
    crowd(mailing, 150)
    postbox.pace = SLOWLY
    first = mailing.start("send", "--yes", "--now", morning)
    awaited(lambda: len(postbox.received) >= 30, "a fifth of the send")
    interrupt(first)
    stopped = mailing.end(first)
    assert stopped.code == 1
    assert "finishing the mails in hand; Ctrl-C again ends at once, and leaves them unconfirmed\n" in stopped.err
    assert "stopped: interrupted\nhint: what is left stays in the queue; digest send goes on with it\n" in stopped.err
    states = tallies(mailing, morning)
    assert states == {"accepted": len(postbox.received), "queued": 150 - len(postbox.received)}
    postbox.pace = 0
    assert f"{states['queued']} accepted" in mailing.digest("send", "--yes", "--now", morning).err
    assert Counter(postbox.recipients) == Counter(addresses(150))


def test_ctrl_c_twice_ends_at_once_and_leaves_honest_states(mailing, postbox, morning, awaited, interrupt):
    crowd(mailing, 60)
    mailing.settings["SMTP_CONNECTIONS"] = str(CONNECTIONS)
    sending = mailing.start("send", "--yes", "--edition", "1", "--now", morning)
    awaited(lambda: len(postbox.received) >= 20, "a third of the send")
    postbox.pace = FOR_EVER
    awaited(lambda: postbox.in_hand == CONNECTIONS, "a mail on every connection")
    interrupt(sending)
    awaited(lambda: "finishing" in sending.stderr.readline(), "the word that it is heard")
    interrupt(sending)
    ended = mailing.end(sending)
    assert ended.code == 1
    assert "ended at once: mails that were on the wire are unconfirmed, and digest status shows them\n" in ended.err
    assert "hint: what is left stays in the queue; digest send goes on with it\n" in ended.err
    answered = len(postbox.answered)
    left = 60 - answered - CONNECTIONS
    assert tallies(mailing, morning) == {"accepted": answered, "unconfirmed": CONNECTIONS, "queued": left}
    postbox.pace = 0
    mailing.digest("send", "--yes", "--now", morning)
    assert Counter(postbox.recipients) == Counter(addresses(60))


def test_a_second_process_stops_a_send_within_seconds_though_the_server_is_slow_at_every_command(
    mailing, postbox, morning, awaited
):
    crowd(mailing, 600)
    mailing.settings["SMTP_CONNECTIONS"] = str(CONNECTIONS)
    postbox.hesitation = 0.3
    sending = mailing.start("send", "--yes", "--now", morning)
    awaited(lambda: len(postbox.received) >= CONNECTIONS, "the first mails")
    mailing.digest("edition", "cancel", "1", "--now", morning)
    began = time.monotonic()
    mailing.end(sending)
    assert time.monotonic() - began < 10
    states = tallies(mailing, morning)
    assert states["accepted"] == len(postbox.received) < 60
    assert states == {"accepted": states["accepted"], "cancelled": 600 - states["accepted"]}


def test_cancelling_stops_a_running_send_and_says_who_has_it(mailing, postbox, morning, awaited):
    crowd(mailing, 400)
    postbox.pace = SLOWLY * 10
    sending = mailing.start("send", "--yes", "--now", morning)
    awaited(lambda: len(postbox.received) >= 10, "the first mails")
    said = mailing.digest("edition", "cancel", "1", "--now", morning, "--json").json
    at_once = len(postbox.received)
    postbox.pace = 0
    mailing.end(sending)
    assert len(postbox.received) <= at_once + 2 * CONNECTIONS < 400
    assert set(said["accepted"]) <= set(postbox.recipients)
    states = tallies(mailing, morning)
    assert states["accepted"] == len(postbox.received)
    assert sum(states.values()) == 400
    assert set(states) == {"accepted", "cancelled"}
    refused = mailing.digest("send", "--yes", "--edition", "1", "--now", morning, code=1)
    assert "cancelled" in refused.sentence


def test_a_relay_that_is_down_keeps_the_queue(mailing, postbox, morning, free_port):
    crowd(mailing, 5)
    down = mailing.digest("send", "--yes", "--now", morning, code=1, SMTP_URL=f"smtp://127.0.0.1:{free_port}")
    assert f"127.0.0.1:{free_port}" in down.err
    assert "stays in the queue" in down.err
    assert sum(tallies(mailing, morning).values()) == 5
    assert "accepted" not in tallies(mailing, morning)
    later = (datetime.fromisoformat(morning) + timedelta(minutes=15)).isoformat()
    mailing.digest("send", "--yes", "--now", later)
    assert Counter(postbox.recipients) == Counter(addresses(5))


def test_a_wrong_password_is_said_and_never_shown(mailing, postbox, morning):
    crowd(mailing, 2)
    relay = postbox.url.replace("//", "//ana:opensesame@")
    words = ("send", "--yes", "--now", morning)
    done = mailing.digest("-v", *words, code=1, SMTP_URL=relay)
    assert "opensesame" not in done.out + done.err
    assert "refuses the login of ana: 535" in done.err
    assert postbox.received == []
    later = (datetime.fromisoformat(morning) + timedelta(minutes=15)).isoformat()
    right = postbox.url.replace("//", "//ana:right@")
    assert "2 accepted" in mailing.digest("send", "--yes", "--now", later, SMTP_URL=right).err


def test_nothing_goes_out_by_smtp_before_readers_can_see_who_writes_and_can_leave(desk, postbox, morning):
    desk.people("ana@letterbox.example,Ana,,")
    bare = desk.digest("send", "--yes", "--now", morning, code=2, SMTP_URL=postbox.url)
    for name in ("DIGEST_PUBLIC_URL", "DIGEST_UNSUBSCRIBE_ADDRESS", "DIGEST_FROM", "DIGEST_POSTAL_ADDRESS"):
        assert name in bare.err
    daemon = desk.digest("run", "--once", "--no-web", "--now", morning, code=2, SMTP_URL=postbox.url)
    assert "DIGEST_POSTAL_ADDRESS" in daemon.err
    assert postbox.received == []
    assert desk.digest("edition", "list", "--json", "--now", morning).json == []
    desk.digest("send", "--to", "me@courier.example", "--now", morning, SMTP_URL=postbox.url)
    assert postbox.recipients == ["me@courier.example"]


def test_without_subscribers_there_is_nobody_to_send_to(desk, morning):
    pending = desk.write("people.csv", "email\nana@letterbox.example\n")
    assert "they are pending" in desk.digest("subscribers", "import", pending).err
    assert "nobody is waiting" in desk.digest("send", "--yes", "--now", morning, code=1).sentence
    assert desk.digest("edition", "list", "--json", "--now", morning).json == []
    assert desk.outbox() == []


def test_a_quiet_day_is_not_sent_and_says_why(desk, morning):
    desk.people("ana@letterbox.example,Ana,,")
    done = desk.digest("send", "--yes", "--now", morning, code=1, MIN_STORIES="40")
    assert "40 are wanted" in done.err
    assert "a quiet day" in desk.digest("select", "--now", morning, MIN_STORIES="40").err
    assert desk.outbox() == []


def test_a_template_with_an_error_stops_everything_before_the_first_mail(cut_desk, templates_folder, morning):
    cut_desk.people("ana@letterbox.example,Ana,,", "ben@letterbox.example,Ben,,")
    lines = (templates_folder / "mail" / "_story.html").read_text(encoding="utf-8").splitlines()
    wrong = [*lines[:5], "{{ story.nothing_of_that_name }}", *lines[5:]]
    cut_desk.write("mine/mail/_story.html", "\n".join(wrong))
    done = cut_desk.digest("send", "--yes", "--now", morning, code=1, TEMPLATES="mine")
    assert "mine/mail/_story.html, line 6" in done.sentence
    assert cut_desk.outbox() == []
    assert "2 accepted" in cut_desk.digest("send", "--yes", "--now", morning).err
    assert len(cut_desk.outbox()) == 2


def test_a_store_that_is_full_stops_the_send_in_one_sentence_and_nobody_gets_two(mailing, postbox, morning):
    mailing.settings |= {"SMTP_CONNECTIONS": str(CONNECTIONS), "UNCONFIRMED": "hold"}
    crowd(mailing, 600)
    mailing.digest("status", "--now", morning)
    most = (mailing.folder / "digest.db").stat().st_size // 512 + 200
    mailing.prefix = ("sh", "-c", f'ulimit -f {most}; exec "$@"', "sh")
    full = mailing.digest("send", "--yes", "--now", morning, code=1)
    assert "digest.db cannot be read or written" in full.sentence
    assert "nothing that was reported as done is lost" in full.err
    assert 0 < len(postbox.received) < 600

    mailing.prefix = ()
    mailing.digest("send", "--yes", "--now", morning, code=3)
    assert max(Counter(postbox.recipients).values()) == 1
    states = tallies(mailing, morning)
    assert 1 <= states["unconfirmed"] <= CONNECTIONS
    assert states["accepted"] + states["unconfirmed"] == 600
    missed = addresses(600) - set(postbox.recipients)
    assert len(missed) <= states["unconfirmed"]
