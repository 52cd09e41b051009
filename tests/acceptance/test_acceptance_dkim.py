"""Keys made by `digest dkim`, and the mail that is signed with them, through the installed command."""

import json
import os
import signal
import stat

import dkim
import pytest

KEYS = "keys/spring2026.pem"


@pytest.fixture
def signing(mailing):
    """A newspaper whose mail is signed with a key it has made."""
    mailing.made = mailing.digest("dkim", "new", "--selector", "spring2026", "--out", "keys", "--json")
    mailing.settings["DKIM_KEY"] = KEYS
    return mailing


def published(made):
    """A function that looks keys up among the records that were printed."""
    records = {record["name"]: record["value"].encode() for record in json.loads(made.out)}
    return lambda name, timeout=5: records[name.decode().rstrip(".")]


def test_a_key_is_made_once_and_only_its_owner_may_read_it(signing):
    path = signing.folder / KEYS
    before = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (record,) = signing.made.json
    assert record["name"] == "spring2026._domainkey.courier.example"
    assert record["value"].startswith("v=DKIM1; k=rsa; p=")
    again = signing.digest("dkim", "new", "--selector", "spring2026", "--out", "keys", code=1)
    assert "is here already" in again.sentence
    assert path.read_bytes() == before


def test_the_record_is_shown_for_the_zone_and_for_scripts(signing):
    line = signing.digest("dkim", "record").out
    assert line.startswith('spring2026._domainkey.courier.example. IN TXT ( "v=DKIM1; k=rsa; p=')
    assert signing.digest("dkim", "record", "--json").json == signing.made.json


def test_without_a_sender_or_a_key_there_is_nothing_to_show(empty_desk):
    assert "domain that signs is not known" in empty_desk.digest("dkim", "new", code=2).sentence
    assert "no key signs the mail" in empty_desk.digest("dkim", "record", code=2).sentence
    assert list(empty_desk.folder.iterdir()) == []
    wrong = empty_desk.digest("dkim", "new", "--selector", "a_b", FROM="paper@courier.example", code=2)
    assert "'a_b' is no selector" in wrong.sentence


def test_every_paper_and_every_test_is_signed(signing, postbox, morning):
    signing.people(*(f"reader{number}@letterbox.example,Reader {number},," for number in range(5)))
    signing.digest("send", "--to", "editor@courier.example", "--now", morning)
    signing.digest("send", "--yes", "--now", morning)
    assert len(postbox.received) == 6
    assert all(dkim.verify(letter.content, dnsfunc=published(signing.made)) for letter in postbox.received)
    assert len({letter.message["DKIM-Signature"] for letter in postbox.received}) == 6
    assert not dkim.verify(postbox.received[0].content + b"More.\r\n", dnsfunc=published(signing.made))


def test_two_keys_sign_twice(signing, postbox, morning):
    small = signing.digest("dkim", "new", "--ed25519", "--out", "keys", "--json")
    signing.settings["DKIM_KEY"] = f"{KEYS} keys/digest-ed25519.pem"
    signing.people("ana@letterbox.example,Ana,,")
    signing.digest("send", "--yes", "--now", morning)
    (letter,) = postbox.received
    signatures = letter.message.get_all("DKIM-Signature")
    assert ["a=rsa-sha256" in signatures[0], "a=ed25519-sha256" in signatures[1]] == [True, True]
    assert dkim.verify(letter.content, dnsfunc=published(signing.made))
    assert small.json[0]["value"].startswith("v=DKIM1; k=ed25519; p=")


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("DKIM_KEY", "keys/none.pem", "keys/none.pem cannot be read: No such file or directory"),
        ("DKIM_DOMAIN", "other.example", "other.example is neither the domain of DIGEST_FROM, courier.example, nor"),
        ("DKIM_SELECTOR", "one two", "2 selector(s) for 1 key(s)"),
        ("DKIM_SELECTOR", "one_", "expected as many names as there are keys"),
    ],
)
def test_a_key_that_cannot_sign_stops_a_send_before_the_first_mail(signing, postbox, morning, setting, value, said):
    signing.people("ana@letterbox.example,Ana,,")
    signing.settings[setting] = value
    done = signing.digest("send", "--yes", "--now", morning, code=2)
    assert said in done.err
    assert postbox.received == []


def test_a_key_everybody_can_read_signs_with_a_warning(signing, postbox, morning):
    os.chmod(signing.folder / KEYS, 0o644)  # noqa: PTH101 a plain path
    signing.people("ana@letterbox.example,Ana,,")
    done = signing.digest("send", "--yes", "--now", morning)
    assert f"chmod 600 {KEYS}" in done.err
    assert len(postbox.received) == 1


def test_a_large_send_is_signed_by_processes_and_leaves_none(signing, postbox, morning):
    count = 1500
    rows = (f"reader{number}@letterbox.example,1" for number in range(count))
    signing.people(*rows, header="email,max_stories")
    signing.digest("send", "--yes", "--now", morning)
    assert len({letter.recipient for letter in postbox.answered}) == len(postbox.answered) == count
    assert all(dkim.verify(letter.content, dnsfunc=published(signing.made)) for letter in postbox.received[::50])


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_send_ended_with_all_its_processes_leaves_none_and_goes_on_later(signing, postbox, morning, awaited, name):
    count = 2500
    rows = (f"reader{number}@letterbox.example,1" for number in range(count))
    signing.people(*rows, header="email,max_stories")
    signing.prefix = ("setsid",)  # a group of its own, as a terminal's command is
    sending = signing.start("send", "--yes", "--now", morning)
    awaited(lambda: len(postbox.received) >= count // 2, "half of the send")
    os.killpg(sending.pid, getattr(signal, name))
    done = signing.end(sending)
    assert "stopped: interrupted" in done.err
    awaited(lambda: not group_runs(sending.pid), "the end of all its processes")
    assert len(postbox.answered) < count
    signing.digest("send", "--yes", "--now", morning)
    assert len({letter.recipient for letter in postbox.answered}) == len(postbox.answered) == count
    assert all(dkim.verify(letter.content, dnsfunc=published(signing.made)) for letter in postbox.received[::100])


def group_runs(group):
    """Whether a group still has a process."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
