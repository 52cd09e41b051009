"""`digest doctor` over loopback: relay, DNS, public pages, well and ill; and the log and metrics of a service."""

import json
import urllib.request

import pytest

CITY = "courier.example"


def lines(done, check):
    """The lines of one check, by what they are about."""
    return [line for line in done.json["checks"] if line["check"] == check]


def verdicts(done):
    return {(line["check"], line["verdict"]) for line in done.json["checks"]}


@pytest.fixture
def sound(desk, smtp_settings, name_server, postbox):
    """A newspaper with a relay that wants a password, keys that sign, and everything in the DNS."""
    desk.settings |= {**smtp_settings, "NAMESERVER": name_server.place, "METRICS_TOKEN": "t" * 20}
    desk.settings["SMTP_URL"] = postbox.url.replace("smtp://", "smtp://ana:right@")
    desk.settings["OPERATOR"] = f"desk@{CITY}"
    desk.digest("dkim", "new", "--selector", "spring")
    desk.digest("dkim", "new", "--ed25519", "--selector", "spring-ed")
    desk.settings["DKIM_KEY"] = "spring.pem spring-ed.pem"
    name_server.zone |= {
        f"{CITY} TXT": ["site=1", f"v=spf1 include:_spf.{CITY} -all"],
        f"_spf.{CITY} TXT": "v=spf1 ip4:127.0.0.1 -all",
        f"_dmarc.{CITY} TXT": f"v=DMARC1; p=reject; rua=mailto:dmarc@{CITY}",
        f"{CITY} MX": f"10 mx.{CITY}.",
        f"mx.{CITY} A": "192.0.2.25",
    }
    for record in desk.digest("dkim", "record", "--json").json:
        name_server.zone[f"{record['name']} TXT"] = record["value"]
    return desk


def test_all_is_well(sound, postbox, morning):
    done = sound.digest("doctor", "--json", "--now", morning)
    assert done.json["failed"] == 0
    (relay,) = lines(done, "relay")
    assert relay["verdict"] == "ok"
    assert relay["found"].startswith("answers in clear, lets ana log in, offers 8BITMIME")
    assert [line["verdict"] for line in lines(done, "DKIM")] == ["ok", "ok"]
    assert [line["about"] for line in lines(done, "DKIM")] == [
        f"{name}._domainkey.{CITY}" for name in ("spring", "spring-ed")
    ]
    (spf, *_) = lines(done, "SPF")
    assert (spf["verdict"], spf["found"]) == ("ok", "one record, 1 of 10 lookups")
    assert {("DMARC", "ok"), ("alignment", "ok"), ("MX", "ok"), ("store", "ok"), ("templates", "ok")} <= verdicts(done)
    assert postbox.received == []


def test_the_text_has_a_line_for_each_check_and_nothing_secret(sound, morning):
    done = sound.digest("doctor", "--now", morning)
    assert f"ok    DMARC             {CITY}: the policy is reject" in done.out.splitlines()
    assert done.err.splitlines()[-1].split(" checks: ")[1].startswith("0 failed, ")
    assert "right" not in done.out
    assert "t" * 20 not in done.out


def test_a_sender_that_receivers_would_refuse(sound, name_server, morning):
    records = sound.digest("dkim", "record", "--json").json
    name_server.zone |= {
        f"{CITY} TXT": f"v=spf1 include:loop.{CITY} -all",
        f"loop.{CITY} TXT": f"v=spf1 include:{CITY} -all",
        f"_dmarc.{CITY} TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
        f"{CITY} MX": "0 .",
        f"{records[0]['name']} TXT": records[1]["value"],
        f"{records[1]['name']} TXT": "SERVFAIL",
    }
    done = sound.digest("doctor", "--json", "--now", morning, code=1)
    assert {("SPF", "fail"), ("DMARC", "fail"), ("MX", "fail"), ("DKIM", "fail")} <= verdicts(done)
    assert lines(done, "SPF")[0]["found"].endswith(f"in a circle: {CITY} → loop.{CITY} → {CITY}")
    another, silent = lines(done, "DKIM")
    assert another["hint"] == f"Publish at {records[0]['name']} this TXT record: {records[0]['value']}"
    assert silent["found"] == "the DNS gave no answer (SERVFAIL)"


def test_a_dns_of_which_nothing_comes_is_told_in_bounded_time(sound, name_server, free_port, morning):
    done = sound.digest("doctor", "--json", "--now", morning, code=1, NAMESERVER=f"127.0.0.1:{free_port}")
    assert {line["verdict"] for line in lines(done, "DMARC") + lines(done, "MX")} == {"fail"}
    assert "the DNS gave no answer" in lines(done, "DMARC")[0]["found"]


def test_a_relay_that_refuses_the_password(sound, postbox, morning):
    refused = sound.digest(
        "doctor", "--json", "--now", morning, code=1, SMTP_URL=postbox.url.replace("//", "//ana:wr0ng@")
    )
    (relay,) = lines(refused, "relay")
    assert (relay["verdict"], relay["found"]) == ("fail", "refuses the login of ana: 535 5.7.8")
    assert "wr0ng" not in refused.out + refused.err


def test_a_relay_that_is_not_there_does_not_end_the_report(sound, free_port, morning):
    done = sound.digest("doctor", "--json", "--now", morning, code=1, SMTP_URL=f"smtp://127.0.0.1:{free_port}")
    (relay,) = lines(done, "relay")
    assert relay["found"] == "cannot be reached: Connection refused"
    assert lines(done, "DMARC")[0]["verdict"] == "ok"


def test_every_fault_of_the_settings_at_once_and_the_rest_looked_at(sound, morning):
    done = sound.digest(
        "doctor", "--json", "--now", morning, code=1, RATE="fast", TIMEZOEN="UTC", SMTP_URL="gopher://x"
    )
    found = [line["found"] for line in lines(done, "settings")]
    assert found[0] == "DIGEST_TIMEZOEN is no setting; did you mean DIGEST_TIMEZONE?"
    assert [each.partition(":")[0] for each in found[1:]] == ["DIGEST_SMTP_URL", "DIGEST_RATE"]
    assert lines(done, "relay")[0]["found"] == "not asked: DIGEST_SMTP_URL has to be mended first"
    assert lines(done, "DMARC")[0]["verdict"] == "ok"


def test_files_that_everybody_may_read(sound, morning):
    (sound.folder / ".env").chmod(0o644)
    (sound.folder / "digest.db").chmod(0o644)
    done = sound.digest("doctor", "--json", "--now", morning, code=1)
    assert [(line["about"], line["verdict"]) for line in lines(done, "secrets")] == [(".env", "fail")]
    assert any("people's addresses" in line["found"] for line in lines(done, "store"))


def test_a_key_that_cannot_sign_is_a_line(sound, morning):
    sound.write("broken.pem", "no key")
    done = sound.digest("doctor", "--json", "--now", morning, code=1, DKIM_KEY="broken.pem")
    (line,) = lines(done, "DKIM")
    assert (line["verdict"], "holds no private key in PEM" in line["found"]) == ("fail", True)


def test_a_template_that_cannot_be_rendered(sound, morning):
    sound.write("mine/mail/digest.html", "{{ nothing.like.this }}")
    done = sound.digest("doctor", "--json", "--now", morning, code=1, TEMPLATES="mine")
    (line,) = lines(done, "templates")
    assert line["verdict"] == "fail"
    assert "digest.html" in line["found"]


def test_without_a_newspaper_there_is_a_report_all_the_same(empty_desk):
    done = empty_desk.digest("doctor", "--offline", "--json", code=1)
    assert lines(done, "store")[0]["found"].startswith("There is no newspaper here")
    assert {("templates", "skip"), ("relay", "skip"), ("DNS", "skip")} <= verdicts(done)
    assert list(empty_desk.folder.iterdir()) == []


def test_offline_asks_nobody(sound, name_server, morning):
    notes = sound.watched()
    sound.digest("doctor", "--offline", "--now", morning)
    assert not notes.exists()
    assert name_server.asked == []


def test_the_public_pages_are_asked_for_their_sign_of_life(sound, free_port, morning, awaited):
    pages = {"LISTEN": f"127.0.0.1:{free_port}", "PUBLIC_URL": f"http://127.0.0.1:{free_port}"}
    (dead,) = lines(sound.digest("doctor", "--json", "--now", morning, code=1, **pages), "public address")
    assert dead["found"].startswith("readers cannot leave by it: 127.0.0.1: the server cannot be reached")
    serving = sound.start("serve", LOG="json", **pages)
    awaited(lambda: answers(f"{pages['PUBLIC_URL']}/healthz"), "the pages")
    (alive,) = lines(sound.digest("doctor", "--json", "--now", morning, **pages), "public address")
    assert json.loads(serving.stderr.readline())["event"].startswith("serving http://127.0.0.1:")
    assert (alive["verdict"], alive["found"]) == ("warn", "it answers, but only in this machine's own network")
    request = urllib.request.Request(f"{pages['PUBLIC_URL']}/metrics", headers={"Authorization": f"Bearer {'t' * 20}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert "digest_feeds 6.0" in answer.read().decode().splitlines()


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_a_service_logs_json_without_addresses(sound, morning):
    sound.people("ana@letterbox.example")
    said = sound.digest("run", "--once", "--no-web", "--now", morning, LOG="json", EDIT_AT="05:30", SEND_AT="05:30").err
    entries = [json.loads(line) for line in said.splitlines()]
    assert {"time", "level", "event"} <= set.intersection(*map(set, entries))
    events = " ".join(entry["event"] for entry in entries)
    assert "edition 1 is cut" in events
    assert "sent: 1 accepted" in events
    assert "ana@" not in said


def test_a_relay_that_fails_is_in_the_log_and_in_the_report(sound, postbox, free_port, morning):
    sound.people("ana@letterbox.example", "bo@letterbox.example")
    dead = f"127.0.0.1:{free_port}"
    relays = {"SMTP_URL": f"smtp://{dead} {sound.settings['SMTP_URL']}"}
    times = {"EDIT_AT": "05:30", "SEND_AT": "05:30"}
    said = sound.digest("run", "--once", "--no-web", "--now", morning, LOG="json", **relays, **times).err
    entries = [json.loads(line) for line in said.splitlines()]
    (away,) = [entry for entry in entries if entry.get("relay") == dead]
    assert (away["level"], away["faults"]) == ("warning", 1)
    assert away["event"] == f"relay {dead} is left alone until 05:31 UTC: {dead} cannot be reached: Connection refused"
    assert sorted(postbox.recipients) == ["ana@letterbox.example", "bo@letterbox.example"]
    done = sound.digest("doctor", "--offline", "--json", "--now", morning, **relays)
    (line,) = [line for line in lines(done, "relay") if line["about"] == dead]
    assert (line["verdict"], line["found"].startswith("sending leaves it alone until 05:31 UTC: ")) == ("warn", True)
