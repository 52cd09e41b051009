"""Bad input of every kind: one sentence, the right exit code, no traceback, nothing lost."""

import gzip
import os
import shutil
import sqlite3
import stat

import pytest


@pytest.mark.parametrize(
    "words",
    [("bogus",), ("feeds", "bogus"), ("send", "--bogus"), ("select", "--now", "tomorrow"), ("edition", "hold", "N")],
    ids=" ".join,
)
def test_what_is_no_command_option_or_value_is_a_usage_error(empty_desk, words):
    done = empty_desk.digest(*words, code=2)
    assert done.out == ""
    assert words[-1] in done.err
    assert "Usage: digest" in done.err
    assert list(empty_desk.folder.iterdir()) == []


def test_help_and_version_are_no_errors(empty_desk):
    assert "Today's edition" in empty_desk.digest("--help").out
    assert empty_desk.digest("--version").out.startswith("digest ")
    assert "--consent" in empty_desk.digest("subscribers", "import", "-h").out


def test_all_bad_settings_are_listed_at_once_and_no_secret_is_shown(empty_desk):
    empty_desk.write(".env", "DIGEST_TIMEZON=Europe/Berlin\nDIGEST_ACCENT=red\n")
    done = empty_desk.digest(
        "status",
        code=2,
        SMTP_URL="smpt://ana:opensesame@relay.example",
        SECRET_KEY="tooshort",
        RATE="fast",
        EDIT_AT="25:00",
        MAX_STORIES="0",
        DATABASE_URL_FILE="/nowhere/secret",
        APPROVAL="maybe",
    )
    for name in ("SMTP_URL", "SECRET_KEY", "RATE", "EDIT_AT", "MAX_STORIES", "DATABASE_URL", "APPROVAL", "ACCENT"):
        assert f"DIGEST_{name}: " in done.err
    assert "DIGEST_TIMEZON is no setting; did you mean DIGEST_TIMEZONE?" in done.err
    assert "9 setting(s)" in done.sentence
    assert "opensesame" not in done.err
    assert "tooshort" not in done.err
    assert not (empty_desk.folder / "digest.db").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("feeds", "add", "https://new.example/feed"), ("feeds", "list"), ("fetch",), ("select",), ("preview",),
        ("edition", "list"), ("send", "--yes"), ("run", "--once"), ("run",), ("serve",), ("status",), ("why", "ferry"),
        ("subscribers", "list"), ("suppressions", "list"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_where_there_is_no_newspaper_no_command_leaves_one(empty_desk, words):
    done = empty_desk.digest(*words, code=2)
    assert done.sentence.startswith("error: there is no newspaper here")
    assert "hint: digest init makes one" in done.err
    assert done.out == ""
    assert list(empty_desk.folder.iterdir()) == []


def test_init_makes_the_database_that_a_settings_file_of_ones_own_names(empty_desk):
    settings = empty_desk.write(".env", "DIGEST_TITLE=The Averil Courier\nDIGEST_DATABASE_URL=sqlite:///paper.db\n")
    before = settings.read_text()
    assert empty_desk.digest("status", code=2).sentence.endswith("paper.db")
    assert ".env is left as it is, the database is ready" in empty_desk.digest("init").err
    assert settings.read_text() == before
    empty_desk.digest("status")
    assert "is here already" in empty_desk.digest("init", code=1).sentence


def test_an_unreadable_file_is_one_sentence(desk):
    for words in (("feeds", "import", "nowhere.opml"), ("subscribers", "import", "nowhere.csv")):
        assert f"{words[-1]} cannot be read" in desk.digest(*words, code=2).sentence
    assert "cannot be read" in desk.digest("feeds", "import", ".", code=2).sentence
    desk.write("people.csv", "this is no list of people\nat all\n")
    assert "addresses" in desk.digest("subscribers", "import", "people.csv", code=2).sentence
    desk.write("feeds.opml", "this is no outline")
    assert "feeds.opml" in desk.digest("feeds", "import", "feeds.opml", code=2).sentence


def test_what_is_no_address_of_a_feed_is_refused_when_it_is_added(desk):
    for url in ("nonsense", "ftp://files.example/feed", "file:///etc/passwd"):
        done = desk.digest("feeds", "add", url, code=2)
        assert url in done.sentence


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    + "]><rss version='2.0'><channel><title>Boom</title><item><title>&a8;</title></item></channel></rss>"
).encode()
"""A feed whose one headline would be 200 MB, were its entities written out."""


def test_bad_feeds_are_named_with_their_reason_and_the_good_one_is_read(desk, newsstand, morning, free_port):
    round_and_round = newsstand.url("/round")
    bad = {
        newsstand.lay("/garbage", os.urandom(4000), "application/rss+xml"): "",
        newsstand.lay("/deep", b"<div>" * 20_000, "text/html"): "",
        newsstand.lay("/gzip", gzip.compress(b" " * 30_000_000), Content_Encoding="gzip"): "",
        newsstand.lay("/round", b"", status=302, Location=round_and_round): "redirect",
        newsstand.lay("/gone", b"", status=410): "410",
        newsstand.lay("/away", b"", status=302, Location="http://169.254.169.254/latest/meta-data"): "",
        f"http://127.0.0.1:{free_port}/feed": "",
        "http://10.0.0.1/feed": "",
        "http://[::ffff:c0a8:1]/feed": "",
    }
    harmless = newsstand.lay("/entities", BOMB)
    good = next(newsstand.url(path) for path in newsstand.documents if path.startswith("/tidewrack.example"))
    desk.digest("feeds", "add", good, harmless, *bad)
    done = desk.digest("fetch", "--now", morning, code=3)
    assert f"{len(bad) + 2} feeds read" in done.err
    feeds = {feed["url"]: feed for feed in desk.digest("feeds", "list", "--json", "--now", morning).json}
    assert feeds[good]["health"] == "good"
    for url, reason in bad.items():
        health = feeds[url]["health"]
        assert health.startswith(("failing since 2026-03-12 05:30Z", "off: ")), (url, health)
        assert reason in health, (url, health)
        assert url in done.err
    report = desk.digest("status", "--json", "--now", morning).json
    assert {url for url, _ in report["failing"]} == set(bad)


def test_a_list_with_rubbish_in_every_tenth_line_is_imported_without_it(desk):
    rubbish = ("no address at all", "two@signs@letterbox.example", "@letterbox.example", '"=1+1"', "x@")
    lines = [
        rubbish[(number // 10) % len(rubbish)] if number % 10 == 9 else f"reader{number}@letterbox.example"
        for number in range(100)
    ]
    desk.write("people.csv", "\n".join(["E-mail", *lines]) + "\n")
    done = desk.digest("subscribers", "import", "people.csv", "--consent", "on paper", code=3)
    assert "90 imported" in done.err
    assert "10 rows with a fault" in done.err
    for number in range(11, 102, 10):
        assert f"line {number}: " in done.err
    assert len(desk.digest("subscribers", "list", "--json").rows) == 90


def test_cells_that_look_like_formulas_are_made_harmless_in_an_export(desk):
    desk.digest("subscribers", "add", "ana@letterbox.example", "--name", "=cmd|' /C calc'!A0", "--consent", "yes")
    exported = desk.digest("subscribers", "export").out
    assert ",=cmd" not in exported
    assert "cmd|" in exported
    desk.digest("subscribers", "forget", "ana@letterbox.example", "--yes")
    assert "ana" not in desk.digest("subscribers", "export").out


def test_a_file_that_is_no_database_is_left_alone(empty_desk):
    path = empty_desk.write("digest.db", "Dear diary, this is no database. " * 100)
    before = path.read_bytes()
    done = empty_desk.digest("status", code=1)
    assert "digest.db" in done.sentence
    assert path.read_bytes() == before


def test_a_database_in_a_folder_that_is_not_there_is_one_sentence(empty_desk):
    done = empty_desk.digest("status", code=1, DATABASE_URL="sqlite:///nowhere/digest.db")
    assert "nowhere for the database" in done.sentence
    unknown = empty_desk.digest("status", code=2, DATABASE_URL="mysql://ana:opensesame@db.example/x")
    assert "opensesame" not in unknown.err


def test_a_newer_schema_is_refused(desk):
    with sqlite3.connect(desk.folder / "digest.db") as database:
        database.execute("UPDATE digest_schema SET version_num = '9999'")
    database.close()
    done = desk.digest("status", code=1)
    assert "newer" in done.sentence


def test_a_command_waits_for_another_program_that_writes(desk, awaited):
    held = sqlite3.connect(desk.folder / "digest.db", isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    adding = desk.start("feeds", "add", "https://new.example/feed")
    assert "https://new.example/feed" not in desk.digest("feeds", "list").out
    assert adding.poll() is None
    held.rollback()
    held.close()
    assert "1 added" in desk.end(adding).err
    assert "https://new.example/feed" in desk.digest("feeds", "list").out


def test_a_read_only_database_is_said(desk):
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root writes whatever the rights say, and setpriv is not here to take that away")
        desk.prefix = ("setpriv", "--bounding-set=-dac_override")
    path = desk.folder / "digest.db"
    path.chmod(stat.S_IRUSR)
    desk.folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        done = desk.digest("feeds", "add", "https://new.example/feed", code=1)
    finally:
        desk.folder.chmod(stat.S_IRWXU)
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert "digest.db" in done.sentence
    assert "read-only" in done.sentence
    desk.digest("feeds", "add", "https://new.example/feed")
