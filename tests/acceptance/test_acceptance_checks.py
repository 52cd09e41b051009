"""`digest check`, and what it stops: an edition with a fault goes to nobody, and says why."""

import pytest


@pytest.fixture
def no_way_out(templates_folder):
    """Writes templates of one's own in which the link to leave leads elsewhere; returns the setting for them."""

    def write(desk):
        base = (templates_folder / "mail" / "_base.html").read_text(encoding="utf-8")
        bare = base.replace('href="{{ value("unsubscribe_url") }}"', 'href="https://courier.example/"')
        assert bare != base
        desk.write("mine/mail/_base.html", bare)
        return {"TEMPLATES": "mine"}

    return write


def test_a_paper_that_is_ready_passes_every_check(mailing, morning):
    done = mailing.digest("check", "--now", morning)
    assert done.out.endswith("checks, nothing found\n")
    assert mailing.digest("check", "--json", "--now", morning).json["findings"] == []


def test_what_is_missing_for_a_real_send_is_warned_of(cut_desk, morning):
    done = cut_desk.digest("check", "--edition", "1", "--now", morning)
    assert "DIGEST_POSTAL_ADDRESS" in done.out
    assert "0 errors, " in done.err
    found = cut_desk.digest("check", "--edition", "1", "--json", "--now", morning).json
    assert (found["edition"], found["date"]) == (1, "2026-03-12")
    assert found["checks"] > 40
    assert {one["level"] for one in found["findings"]} == {"warning"}
    assert set(found["findings"][0]) == {"check", "level", "message", "where", "story", "hint"}


def test_an_edition_is_checked_before_it_is_cut_and_as_a_reader_gets_it(desk, smtp_settings, morning):
    desk.people("ana@letterbox.example,Ana,Asia/Tokyo,07:00")
    desk.settings |= smtp_settings
    assert "nothing found" in desk.digest("check", "--subscriber", "ana@letterbox.example", "--now", morning).out
    assert desk.digest("edition", "list", "--json", "--now", morning).json == []
    nobody = desk.digest("check", "--subscriber", "nobody@letterbox.example", "--now", morning, code=1)
    assert "nobody@letterbox.example" in nobody.sentence


def test_an_error_ends_with_one_and_names_file_and_line(mailing, morning):
    mailing.write("mine/mail/digest.html", "<!DOCTYPE html>\n{{ nothing_of_that_name }}\n")
    done = mailing.digest("check", "--json", "--now", morning, code=1, TEMPLATES="mine")
    (found,) = (one for one in done.json["findings"] if one["level"] == "error")
    assert found["check"] == "rendering"
    assert "mine/mail/digest.html, line 2" in found["message"]


def test_a_send_with_errors_is_refused_and_a_test_is_not(mailing, postbox, morning, no_way_out):
    mailing.people("ana@letterbox.example,Ana,,")
    faulty = no_way_out(mailing)
    assert "no link to leave" in mailing.digest("check", "--now", morning, code=1, **faulty).out
    refused = mailing.digest("send", "--yes", "--now", morning, code=1, **faulty)
    assert "nothing is sent: the page has no link to leave" in refused.sentence
    assert "--despite-errors" in refused.err
    mailing.digest("send", "--dry-run", "--now", morning, **faulty)
    mailing.digest("send", "--to", "me@courier.example", "--now", morning, **faulty)
    assert postbox.recipients == ["me@courier.example"]
    mailing.digest("send", "--yes", "--despite-errors", "--now", morning, **faulty)
    assert postbox.recipients == ["me@courier.example", "ana@letterbox.example"]


def test_the_daemon_holds_what_has_errors_says_why_and_tells_the_operator_once(mailing, postbox, no_way_out):
    mailing.people("ana@letterbox.example,Ana,,07:00")
    mailing.settings |= {**no_way_out(mailing), "OPERATOR": "desk@courier.example"}
    for minute in ("07:00", "07:05", "07:10"):
        said = mailing.digest("run", "--once", "--no-web", "--now", f"2026-03-12T{minute}Z", code=1).err
        assert "digest edition approve 1" in said
    assert postbox.recipients == ["desk@courier.example"]
    assert "no link to leave" in postbox.received[0].message.get_body(("plain",)).get_content()
    at = ("--now", "2026-03-12T07:10Z")
    assert "no link to leave" in mailing.digest("edition", "list", *at).out
    assert "no link to leave" in mailing.digest("status", *at).out
    assert "no link to leave" in mailing.digest("edition", "show", "1").err
    assert mailing.digest("status", "--json", *at).json["editions"][0]["held"] == "the page has no link to leave"
    mailing.digest("edition", "approve", "1")
    mailing.digest("run", "--once", "--no-web", "--now", "2026-03-12T07:15Z")
    assert postbox.recipients == ["desk@courier.example", "ana@letterbox.example"]
