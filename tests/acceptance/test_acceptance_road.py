"""The road of every owner: set up, feeds, a look, a send, an unsubscribe, a second send."""

import re
import stat
import urllib.error
import urllib.request
from email import message_from_bytes
from email.policy import default as modern
from xml.etree import ElementTree as ET

import pytest

READERS = (
    "ana@letterbox.example,Ana Quill,Europe/London,07:00",
    "ben@letterbox.example,Ben Osei,America/New_York,06:30",
    "chi@letterbox.example,Chi Tanaka,Pacific/Auckland,20:15",
)


def test_init_writes_a_private_env_and_a_database_and_never_twice(empty_desk):
    empty_desk.digest("init")
    path = empty_desk.folder / ".env"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    (key,) = re.findall(r"^DIGEST_SECRET_KEY=(\w{32,})$", text, re.MULTILINE)
    assert "#DIGEST_SMTP_URL=" in text
    assert (empty_desk.folder / "digest.db").is_file()
    again = empty_desk.digest("init", code=1)
    assert ".env is here already" in again.sentence
    assert key not in again.err
    assert path.read_text() == text


def test_feeds_are_imported_changed_listed_exported_and_removed(empty_desk, newsstand, stocked_folder):
    empty_desk.digest("init")
    empty_desk.write("feeds.opml", newsstand.opml)
    dry = empty_desk.digest("feeds", "import", "feeds.opml", "--dry-run")
    assert dry.err.startswith("17 ")
    assert "would be imported" in dry.err
    assert "17 imported, 0 known" in empty_desk.digest("feeds", "import", "feeds.opml").err
    url = newsstand.url("/harbour-herald.example/rss.xml")
    wishes = ("--weight", "0.5", "--title", "The Herald", "--section", "Sea", "--header", "X-Reader: yes")
    empty_desk.digest("feeds", "set", url, *wishes)
    added = empty_desk.digest("feeds", "add", "https://new.example/feed", url, "--section", "Sea")
    assert "1 added, 1 known already" in added.err
    feeds = {feed["url"]: feed for feed in empty_desk.digest("feeds", "list", "--json").json}
    assert len(feeds) == 18
    assert (feeds[url]["title"], feeds[url]["weight"], feeds[url]["section"]) == ("The Herald", 0.5, "Sea")
    assert feeds[url]["health"] == "not read yet"
    outlines = ET.fromstring(empty_desk.digest("feeds", "export").out.encode()).iter("outline")
    assert {outline.get("xmlUrl") for outline in outlines if outline.get("xmlUrl")} == set(feeds)
    empty_desk.digest("feeds", "remove", url)
    assert url not in empty_desk.digest("feeds", "list").out
    gone = empty_desk.digest("feeds", "remove", url, code=1)
    assert url in gone.sentence


def test_feeds_are_read_once_and_not_again_before_they_are_due(stocked_folder, desk, morning):
    assert "6 feeds read" in stocked_folder.fetched.err
    assert "0 failed" in stocked_folder.fetched.err
    assert "0 feeds read, 0 new items" in desk.digest("fetch", "--now", morning).err
    feeds = desk.digest("feeds", "list", "--json", "--now", morning).json
    assert {feed["health"] for feed in feeds} == {"good"}
    assert "now" in desk.digest("feeds", "list", "--now", morning).out


def test_preview_writes_the_mail_as_it_will_be_sent_for_anybody(cut_desk, morning):
    cut_desk.people(*READERS)
    cut_desk.digest("preview", "--out", "look", "--now", morning)
    cut_desk.digest("preview", "--out", "hers", "--subscriber", "chi@letterbox.example", "--now", morning)
    for name in ("look", "hers"):
        files = {path.name: path.read_bytes() for path in (cut_desk.folder / name).iterdir()}
        assert set(files) == {"edition.html", "edition.txt", "edition.eml"}
        mail = message_from_bytes(files["edition.eml"], policy=modern)
        html, text = mail.get_body(("html",)).get_content(), mail.get_body(("plain",)).get_content()
        assert html.split() == files["edition.html"].decode().split()
        assert text.split() == files["edition.txt"].decode().split()
    nobody = cut_desk.digest(
        "preview", "--out", "look", "--subscriber", "zoe@letterbox.example", "--now", morning, code=1
    )
    assert "zoe@letterbox.example" in nobody.sentence


def test_a_test_mail_is_marked_has_dead_links_and_leaves_no_trace(mailing, postbox, morning):
    mailing.people(*READERS)
    mailing.digest("send", "--to", "editor@courier.example", "--now", morning, PUBLIC_URL="https://courier.example")
    (letter,) = postbox.received
    assert letter.recipient == "editor@courier.example"
    assert "test" in letter.message["Subject"].lower()
    assert "test." in letter.message["Message-ID"]
    assert "/unsubscribe/" not in letter.message.as_string()
    assert "List-Unsubscribe-Post" not in letter.message
    unknown = mailing.digest("why", "editor@courier.example", code=1)
    assert "editor@courier.example" in unknown.sentence


def test_a_dry_run_says_who_would_get_what_and_sends_nothing(mailing, postbox, morning):
    mailing.people(*READERS)
    rows = mailing.digest("send", "--dry-run", "--json", "--now", morning).rows
    assert {row["address"]: row["local_date"] for row in rows} == {
        f"{name}@letterbox.example": "2026-03-12" for name in ("ana", "ben", "chi")
    }
    assert all(len(row["stories"]) == 12 for row in rows)
    said = mailing.digest("send", "--dry-run", "--now", morning)
    assert "ana@letterbox.example" in said.out
    assert "3 readers would get it by smtp; nothing was sent" in said.err
    assert postbox.received == []


PUBLIC = "https://courier.example"
"""Where readers think it is; a web server with TLS would stand there."""


def get(url, data=None, *, binary=False):
    """The status and body of an answer."""
    request = urllib.request.Request(url, data=data)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read() if binary else answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def public(desk, smtp_settings, free_port):
    """A newspaper behind a public address, and three readers in three time zones."""
    desk.settings |= {**smtp_settings, "PUBLIC_URL": PUBLIC, "LISTEN": f"127.0.0.1:{free_port}"}
    desk.people(*READERS)
    return desk


def test_a_send_asks_once_reaches_everybody_and_nobody_twice(mailing, postbox, morning):
    mailing.people(*READERS)
    asked = mailing.digest("send", "--now", morning, code=1, said="n\n")
    assert "to 3 readers by smtp?" in asked.err
    assert postbox.received == []
    sent = mailing.digest("send", "--now", morning, said="y\n")
    assert "3 accepted" in sent.err
    assert sorted(postbox.recipients) == [f"{name}@letterbox.example" for name in ("ana", "ben", "chi")]
    assert len({letter.message["Message-ID"] for letter in postbox.received}) == 3
    status = mailing.digest("status", "--now", morning)
    assert "3 accepted" in status.out
    assert "3 active" in status.out
    why = mailing.digest("why", "ana@letterbox.example", "--now", morning)
    assert "accepted" in why.out
    assert "250 2.0.0 kept" in why.out
    nobody = mailing.digest("send", "--yes", "--now", morning, code=1)
    assert "nobody is waiting" in nobody.sentence
    assert len(postbox.received) == 3


@pytest.fixture
def posted(public, postbox, morning):
    """Ana's mail, as it came over the wire."""
    public.digest("send", "--yes", "--now", morning)
    (mail,) = (letter.message for letter in postbox.received if letter.recipient.startswith("ana@"))
    return mail


@pytest.fixture
def home(public, posted, awaited):
    """The address of `digest serve`, running."""
    server = public.start("serve")
    place = f"http://{public.settings['LISTEN']}"
    awaited(lambda: answers(place), "serving")
    yield place
    server.terminate()
    assert public.end(server).code == 0


def test_the_edition_and_its_pictures_are_on_the_web(public, posted, home):
    headline = public.digest("edition", "show", "1", "--json").json["stories"][0]
    assert headline in " ".join(posted.get_body(("plain",)).get_content().split())
    status, page = get(f"{home}/editions/1")
    assert (status, headline.split()[0] in page) == (200, True)
    images = set(re.findall(rf"{PUBLIC}/images/\S+?\.jpg", posted.get_body(("html",)).get_content()))
    assert images
    for image in images:
        assert get(image.replace(PUBLIC, home), binary=True)[1].startswith(b"\xff\xd8")
    assert get(f"{home}/editions/99")[0] == 404


def test_a_link_is_only_looked_at_by_get_and_leaves_by_one_post(public, posted, home, morning):
    assert posted["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.findall(r"<(http\S+)>", posted["List-Unsubscribe"])[0].replace(PUBLIC, home)
    assert get(link)[0] == 200
    assert get(f"{link}x", data=b"List-Unsubscribe=One-Click")[0] in {400, 404}
    assert "3 active" in public.digest("status", "--now", morning).out
    assert get(link, data=b"List-Unsubscribe=One-Click")[0] == 200
    assert "2 active" in public.digest("status", "--now", morning).out
    back = public.digest("subscribers", "import", "people.csv", "--consent", "again")
    assert "0 imported, 3 known" in back.err
    assert public.digest("subscribers", "show", "ana@letterbox.example").json["state"] == "unsubscribed"


def answers(home):
    """Whether the server answers."""
    try:
        return get(f"{home}/healthz")[0] == 200
    except OSError:
        return False


def test_an_edition_waits_for_approval_and_can_be_held(desk, morning):
    desk.people(*READERS)
    waits = desk.digest("send", "--yes", "--now", morning, APPROVAL="required", code=1)
    assert "edition 1 is held" in waits.sentence
    assert "digest edition approve 1" in waits.err
    desk.digest("edition", "approve", "1")
    desk.digest("edition", "hold", "1")
    assert "held" in desk.digest("edition", "list", "--now", morning).out
    assert desk.outbox() == []
    desk.digest("edition", "approve", "1")
    assert "3 accepted" in desk.digest("send", "--yes", "--now", morning, APPROVAL="required").err
    (edition,) = desk.digest("edition", "list", "--json", "--now", morning).json
    assert edition["state"] == "frozen"
    assert {mail["To"].addresses[0].addr_spec[:3] for mail in desk.outbox()} == {"ana", "ben", "chi"}


def test_a_look_at_what_today_would_bring_takes_no_number(desk, morning):
    found = desk.digest("why", "barrier", "--json", "--now", morning).json
    assert found
    assert {"headline", "place", "left_out", "bench", "score", "why", "terms"} <= set(found[0])
    desk.digest("preview", "--out", "look", "--now", morning)
    assert desk.digest("edition", "list", "--json", "--now", morning).json == []
    none = desk.digest("why", "zeppelin race", "--now", morning, code=1)
    assert "zeppelin race" in none.sentence
