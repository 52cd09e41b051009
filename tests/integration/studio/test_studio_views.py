"""What the studio shows of an edition, over real HTTP."""

import re

import pytest

from digest.samples import names
from digest.shipped import shipped
from digest.web.studio.asked import Asked

READER = "leonie@atelier-du-quai.example"


def test_the_workplace_shows_the_mail_in_a_frame_that_runs_nothing(visitor):
    page = visitor.get()
    assert page.status == 200
    frame = re.search(r"<iframe[^>]*>", page.text)[0]
    assert "allow-same-origin" in frame
    assert "allow-scripts" not in frame
    assert "allow-forms" not in frame
    assert "Lower town told to leave" in page.words
    assert not re.search(r" on\w+=| style=|javascript:", page.text)


def test_the_frame_holds_the_mail_under_a_policy_of_its_own(visitor):
    answer = visitor.get("/mail.html")
    assert "<h1" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert re.search(r"sandbox (?!.*allow-scripts)", policy)
    assert "script-src" not in policy


@pytest.mark.parametrize(
    ("scheme", "applies"), [("light", "(max-width:0)"), ("dark", "(min-width:0)"), ("inverted", "(max-width:0)")]
)
def test_the_colour_scheme_is_decided_here_and_not_by_the_editors_machine(visitor, scheme, applies):
    page = visitor.get(f"/mail.html?scheme={scheme}").text
    assert "prefers-color-scheme" not in page
    assert f"@media {applies}" in page
    assert ("invert(1)" in page) is (scheme == "inverted")


def test_images_can_be_left_out(visitor):
    assert "img-src 'self'" in visitor.get("/mail.html").headers["Content-Security-Policy"]
    assert "img-src 'none'" in visitor.get("/mail.html?images=off").headers["Content-Security-Policy"]


def test_the_parts_of_the_mail_are_shown_as_they_are(visitor):
    assert "paper@daily.example" in visitor.get("/?view=headers").words
    text = visitor.get("/?view=text").text
    assert 'class="terminal"' in text
    assert "Lower town told to leave" in text
    source = visitor.get("/?view=source").text
    assert "Content-Transfer-Encoding: quoted-printable" in source
    assert "&lt;!DOCTYPE html&gt;" in source


def test_the_web_edition_is_shown_with_nobodys_own_links(visitor):
    page = visitor.get("/web.html").text
    assert "Lower town told to leave" in page
    assert "unsubscribe" not in page.lower()


def test_any_reader_can_be_looked_at_and_stays_while_views_change(visitor):
    page = visitor.get(f"/?reader={READER}&view=headers")
    assert f"&lt;{READER}&gt;" in page.text or READER in page.words
    assert f"reader={READER.replace('@', '%40')}&amp;view=text" in page.text


def test_a_reader_nobody_knows_is_said_in_words_and_stays_typed(visitor):
    page = visitor.get("/?reader=nobody@nowhere.example")
    assert page.status == 404
    assert "nobody@nowhere.example" in page.words
    assert 'value="nobody@nowhere.example"' in page.text
    assert "<iframe" not in page.text


def test_wishes_can_be_tried_out(visitor):
    plain = visitor.get("/mail.html").text
    wished = visitor.get("/mail.html?sections=Business&language=de&timezone=Asia/Tokyo").text
    assert '<html lang="de"' in wished
    assert "Asia/Tokyo" in wished
    assert wished.count("<h2") != plain.count("<h2") or wished != plain
    page = visitor.get("/?sections=Business&timezone=Asia/Tokyo")
    assert "somebody with these wishes" in page.words
    assert "There is no time zone" in visitor.get("/?timezone=Mars/Olympus").words


def test_every_edition_of_the_last_weeks_can_be_chosen(visitor):
    assert "No. 1 · Thu 12 Mar · sent" in visitor.get().words
    assert visitor.get("/?edition=1").status == 200
    missing = visitor.get("/?edition=77")
    assert missing.status == 404
    assert "no edition 77" in missing.words


@pytest.mark.parametrize(
    "query",
    ["view=nothing", "width=1", "edition=x", "edition=-1", "edition=" + "9" * 40, "panel=%00", "sections=a&" * 300],
)
def test_what_is_no_choice_is_the_first(visitor, query):
    assert visitor.get(f"/?{query}").status == 200


def test_a_draft_is_what_would_be_sent_now_and_is_not_written(room):
    visitor = room.enter()
    assert "Lower town told to leave" in visitor.get("/mail.html").text
    assert room.app.store.editions.latest() is None


def test_images_come_from_the_store_of_this_machine(room):
    png = b"\x89PNG\r\n\x1a\n and so on"
    room.app.store.images.keep("0123456789abcdef", png, now=room.app.clock())
    visitor = room.enter()
    answer = visitor.get("/images/0123456789abcdef.png")
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, png, "image/png")
    for path in ("ffffffffffffffff.png", "0123456789abcdef.svg", "x.png", "0123456789abcdef"):
        assert visitor.get(f"/images/{path}").status == 404


def test_a_fault_in_a_template_is_shown_with_its_place_until_it_is_mended(room):
    visitor = room.enter()
    mine = room.templates / "mail" / "_story.html"
    mine.parent.mkdir()
    mine.write_text("<tr>\n{{ stroy.title }}</tr>")
    page = visitor.get()
    assert page.status == 503
    assert re.search(r"_story\.html, line 2: 'stroy' is undefined", page.words)
    mine.unlink()
    assert visitor.get().status == 200


def test_a_template_of_ones_own_is_shown_when_it_is_written(room):
    visitor = room.enter()
    before = re.search(r'data-stamp="([^"]*)"', visitor.get().text)[1]
    mine = room.templates / "words" / "en.toml"
    mine.parent.mkdir()
    mine.write_text((shipped("templates") / "words" / "en.toml").read_text().replace("Top stories", "Above the fold"))
    assert visitor.get(f"/changes?since={before}").text != f'{{"stamp": "{before}"}}'
    assert "Above the fold" in visitor.get("/mail.html").text


def test_settings_are_read_again_and_a_fault_is_said_on_the_page(room):
    visitor = room.enter()
    room.env.write_text('DIGEST_TITLE="The Evening Owl"\n')
    assert "The Evening Owl" in visitor.get("/mail.html").text
    room.env.write_text("DIGEST_TITLE=The Evening Owl\nDIGEST_ACCENT=reddish\n")
    page = visitor.get()
    assert page.status == 200
    assert "DIGEST_ACCENT" in page.words
    assert "The Evening Owl" in page.words
    room.env.unlink()
    assert "DIGEST_ACCENT" not in visitor.get().words


def test_a_logo_that_is_none_is_said_in_the_place_of_the_mail(room):
    visitor = room.enter()
    (room.folder / "logo.png").write_text("not a picture")
    room.env.write_text(f"DIGEST_LOGO={room.folder / 'logo.png'}\n")
    page = visitor.get()
    assert page.status == 503
    assert "DIGEST_LOGO" in page.words
    assert "Studio" in page.words


def test_a_notification_is_shown_as_on_a_phone_and_its_faults_too(room):
    visitor = room.enter()
    page = visitor.get("/?view=push")
    assert 'class="push-title">Lower town told to leave' in page.text
    own = room.templates / "push" / "digest.txt"
    own.parent.mkdir()
    own.write_text("{{ nothing }}")
    page = visitor.get("/?view=push")
    assert page.status == 503
    assert "'nothing' is undefined" in page.words


@pytest.mark.parametrize("name", names())
def test_every_sample_is_shown(visitor, name):
    page = visitor.get(f"/?edition=sample:{name}&panel=checks")
    assert page.status == 200
    assert "<iframe" in page.text
    assert visitor.get(f"/mail.html?edition=sample:{name}").status == 200


def test_a_picture_of_a_sample_is_shown_without_a_store_that_has_it(visitor):
    pictures = re.findall(r'src="(/images/[^"]+)"', visitor.get("/mail.html?edition=sample:ordinary").text)
    assert pictures
    assert {visitor.get(path).headers["Content-Type"] for path in pictures} == {"image/jpeg"}


def test_a_question_for_changes_is_answered_when_something_changes(room):
    visitor = room.enter()
    stamp = re.search(r'data-stamp="([^"]*)"', visitor.get().text)[1]
    room.cut()
    assert visitor.get(f"/changes?since={stamp}").text != f'{{"stamp": "{stamp}"}}'
    assert visitor.get("/changes?since=another").status == 200


def test_the_studio_opens_with_what_was_asked_for(room):
    visitor, path = room.serve(Asked(reader=READER, view="text"))
    assert visitor.open(path).headers["Location"] == f"/?reader={READER.replace('@', '%40')}&view=text"
