"""The editor's hand on the command line: a morning's changes, what is refused, and what readers get."""

import getpass

import pytest

READER = "Ana Quill <ana@letterbox.example>"
PAGE = """<!doctype html><html lang="en"><head><title>Otters return to the Wend</title>
<meta property="article:published_time" content="2026-03-12T04:00:00+00:00">
<meta property="og:image" content="{picture}"></head><body><article><h1>Otters return to the Wend</h1>
<p>Two otters were seen at the old lock on Monday, the first in the river for forty years, the warden says.</p>
<p>They came up from the estuary after the weir was taken down, and have been fishing there every night since.</p>
</article></body></html>"""


@pytest.fixture
def edit(cut_desk):
    """A command of the editor's on edition 1: `edit("pin", "harbour")`."""

    def run(act, *words, code=0, **settings):
        return cut_desk.digest("edition", act, "1", *words, code=code, **settings)

    return run


@pytest.fixture
def show(cut_desk):
    """What is in edition 1 now."""
    return lambda: cut_desk.digest("edition", "show", "1", "--json").json


def test_a_morning_of_an_editor(edit, show, cut_desk, morning):
    before = show()["stories"]
    third, fifth = before[2], before[4]
    assert f"edition 1: pinned “{fifth}”" in edit("pin", "5", "--by", "Mia").err
    assert show()["stories"][0] == fifth
    assert f"dropped “{third}”" in edit("drop", third, "--by", "Mia").err
    assert third not in show()["stories"]
    assert f"moved “{fifth}” to place 2" in edit("move", "1", "2").err
    assert show()["stories"][1] == fifth
    edit("retitle", "2", "What happened\r\nat <b>night</b>")
    edit("summary", "2", "It was <script>alert(1)</script> quiet.")
    edit("note", "Good morning from the desk.")
    now = show()
    assert (now["stories"][1], now["note"]) == ("What happened at night", "Good morning from the desk.")
    text = cut_desk.digest("edition", "show", "1").out
    assert "Note: Good morning from the desk." in text
    assert "pinned by the editor" in text
    assert "wrote a note: “Good morning from the desk.”" in text
    log = edit("log", "--json").json
    assert [entry["by"] for entry in log] == ["Mia", "Mia", *[getpass.getuser()] * 4]
    assert log == now["record"]
    assert "by" in edit("log").out
    cut_desk.digest("preview", "--edition", "1", "--out", "look", "--now", morning)
    page = (cut_desk.folder / "look" / "edition.html").read_text()
    assert "What happened at night" in page
    assert "It was quiet." in page
    assert "Good morning from the desk." in page
    for _ in log:
        edit("undo")
    assert show()["stories"] == before
    assert "no change of edition 1" in edit("undo", code=1).sentence
    assert all(entry["undone"] for entry in edit("log", "--json").json[: len(log)])


def test_why_names_the_editor(edit, show, cut_desk, morning):
    first, *_, last = show()["stories"]
    edit("pin", last)
    edit("drop", first)
    asked = ("--edition", "1", "--now", morning)
    assert "pinned by the editor" in cut_desk.digest("why", last, *asked).out
    assert "not in the paper: dropped by the editor" in cut_desk.digest("why", first, *asked).out
    (found,) = cut_desk.digest("why", first, *asked, "--json").json
    assert found["left_out"]["rule"] == "dropped"
    (pinned,) = cut_desk.digest("why", last, *asked, "--json").json
    assert (pinned["pinned"], pinned["place"]) == (True, 1)
    edit("retitle", "1", "Renamed")
    (renamed,) = cut_desk.digest("why", last, *asked, "--json").json
    assert (renamed["headline"], renamed["place"]) == ("Renamed", 1)


def test_explained_a_try_says_what_is_pinned(desk, morning):
    last = desk.digest("select", "--json", "--now", morning).json["top"][-1]
    assert "pinned by the editor" in desk.digest("select", "--explain", "--pin", last, "--now", morning).out


def test_a_story_from_elsewhere_is_fetched_and_pinned(edit, show, cut_desk, newsstand, morning):
    page = PAGE.format(picture=newsstand.url("/picture.jpg")).encode()
    url = newsstand.url("/otters.html")
    asked = newsstand.lay("/otters.html?utm_source=mail", page, "text/html; charset=utf-8")
    shown = {"PUBLIC_URL": "https://paper.example"}
    assert "added “Otters return to the Wend”" in edit("add", asked, **shown).err
    assert show()["stories"][0] == "Otters return to the Wend"
    table = cut_desk.digest("edition", "show", "1").out
    assert "pinned by the editor; chosen by the editor" in table
    cut_desk.digest("preview", "--edition", "1", "--out", "look", "--now", morning, **shown)
    html = (cut_desk.folder / "look" / "edition.html").read_text()
    assert f'href="{url}"' in html
    assert "https://paper.example/images/" in html
    assert "Two otters were seen at the old lock" in html
    assert "chosen by the editor" in html
    assert "is in edition 1 already" in edit("add", asked, code=1).sentence


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.org/x", "is no http or https address"),
        ("otters", "is no http or https address"),
        ("http://127.0.0.1:9/x", "DIGEST_ALLOW_HOSTS does not name 127.0.0.1:9"),
        ("http://[::1]/x", "DIGEST_ALLOW_HOSTS does not name"),
    ],
)
def test_a_page_that_cannot_be_reached_is_refused_in_a_sentence(edit, show, url, words):
    before = show()
    assert words in edit("add", url, code=1).sentence
    assert show() == before


def test_what_is_no_article_is_refused_in_a_sentence(edit, newsstand):
    feed = newsstand.lay("/some.xml", b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>')
    bare = newsstand.lay("/bare.html", b"<html><body>Log in</body></html>", "text/html")
    image = newsstand.lay("/only.jpg", b"\xff\xd8\xff\xe0", "image/jpeg")
    assert "is no web page (application/xml)" in edit("add", feed, code=1).sentence
    assert "without an article" in edit("add", bare, code=1).sentence
    assert "is no web page (image/jpeg)" in edit("add", image, code=1).sentence
    assert "the page is not there (404)" in edit("add", newsstand.url("/nowhere"), code=1).sentence


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("pin", "nosuchstory"), 1, "has no story 'nosuchstory'"),
        (("pin", ""), 1, "has no story ''"),
        (("pin", "e"), 1, "stories of edition 1"),
        (("move", "1", "99"), 2, "no place 99"),
        (("move", "1", "1"), 1, "stands at place 1 already"),
        (("retitle", "1", ""), 2, "the headline is empty"),
        (("retitle", "1", "\u202e\u200b"), 2, "the headline is empty"),
        (("retitle", "1", "x" * 241), 2, "241 characters; at most 240"),
        (("summary", "1", "x" * 5000), 2, "5000 characters"),
        (("correct", "Wrong."), 1, "is approved; only one that went out"),
        (("undo",), 1, "no change of edition 1"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_in_a_sentence(edit, show, words, code, said):
    before = show()
    assert said in edit(*words, code=code).sentence
    assert show() == before


def test_an_unknown_edition_is_named(cut_desk):
    for words in (("pin", "9", "1"), ("undo", "9"), ("log", "9"), ("note", "9", "Hello"), ("correct", "9", "Wrong.")):
        assert "no edition 9" in cut_desk.digest("edition", *words, code=1).sentence


@pytest.mark.parametrize("number", ["9" * 20, "-1", "two"])
def test_what_is_no_number_of_an_edition_is_refused_in_a_sentence(cut_desk, number):
    for words in (("edition", "show", "--", number), ("check", f"--edition={number}")):
        assert "is no number" in cut_desk.digest(*words, code=2).err


def test_who_works_on_an_edition_that_a_newer_one_stands_in_place_of_is_told(edit, cut_desk):
    assert "hint" not in edit("note", "First.").err
    later = "2026-03-12T07:10Z"
    edit("undo")
    cut_desk.digest("edition", "cut", "--now", later)
    newer = "hint: edition 2 (held) of the same day is newer and stands in its place, unless: digest edition cancel 2"
    assert newer in edit("note", "Second.").err
    assert newer in edit("approve").err
    cut_desk.digest("edition", "cancel", "2")
    assert "hint" not in edit("note", "Third.").err


def test_what_went_out_is_corrected_and_not_changed(edit, cut_desk, morning):
    cut_desk.people("ana@letterbox.example,Ana Quill,UTC,06:00")
    edit("hold", "--by", "Mia")
    edit("approve", "--by", "Leo")
    cut_desk.digest("send", "--yes", "--now", morning)
    refused = edit("retitle", "1", "Better late", code=1)
    assert "is frozen, and cannot be changed any more" in refused.sentence
    assert "digest edition correct 1 TEXT" in refused.err
    assert "correction: The bridge is 40 m long." in edit("correct", "The bridge is <b>40 m</b> long.").err
    assert "has that correction already" in edit("correct", "The bridge is 40 m long.", code=1).sentence
    said = [(entry["by"], entry["what"]) for entry in edit("log", "--json").json]
    assert said[:2] == [("Mia", "held"), ("Leo", "approved")]
    assert said[2][1] == "correction: The bridge is 40 m long."


def test_an_early_edition_is_held_and_not_cut_over_once_it_is_changed(desk, morning):
    early = desk.digest("edition", "cut", "--by", "Mia", "--now", "2026-03-12T05:00Z")
    assert "edition 1: cut by hand, held" in early.err
    assert "digest edition approve 1" in early.err
    desk.digest("edition", "note", "1", "Started early.")
    again = desk.digest("edition", "cut", "--now", "2026-03-12T05:10Z", code=1)
    assert "edition 1 of today has changes" in again.sentence
    desk.digest("run", "--once", "--no-web", "--now", morning, EDIT_AT="05:30")
    (only,) = desk.digest("edition", "list", "--json", "--now", morning).json
    assert (only["number"], only["state"], only["note"]) == (1, "held", "Started early.")
