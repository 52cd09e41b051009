"""The editor's preview, over real HTTP."""

import json
import re
from urllib.parse import quote

import pytest

from digest.errors import NotFound, TemplateError
from digest.web.preview import Looks
from digest.web.preview import preview as preview_app

LOOKS = Looks(
    subject="Council votes on the new pier",
    html='<!DOCTYPE html><html><body style="color:#111"><h1>The paper</h1></body></html>',
    text="THE PAPER\n\nCouncil votes on the new pier\n",
    headers=(
        ("From", "The Harbour Gazette <paper@example.org>"),
        ("List-Unsubscribe", "<https://news.example.org/u/1>"),
    ),
    size=61_440,
)

SECRET = "nobody-can-guess"
OUR_TAGS = {
     "html", "head", "meta", "title", "link", "body", "a", "header", "p", "small", "main", "div", "h1", "form", "input",
     "label", "button", "meter", "span", "nav", "iframe", "pre", "table", "caption", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


class Studio:
    """What the preview shows: the mail of whoever is asked for, or a fault."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        self.fault: Exception | None = None
        self.looks = LOOKS

    def look(self, address: str | None) -> Looks:
        self.asked.append(address)
        if self.fault:
            raise self.fault
        return self.looks


@pytest.fixture
def studio() -> Studio:
    return Studio()


@pytest.fixture
def preview(studio, letterhead, templates, stage):
    ask = stage.show(preview_app(studio.look, secret=SECRET, letterhead=letterhead, render=templates.render))
    return lambda rest="", headers=None: ask("GET", f"/{SECRET}/{rest}", headers=headers)


def test_the_first_view_is_the_html_in_a_frame_that_runs_nothing(preview, studio):
    answer = preview()
    assert answer.status == 200
    frame = re.search(r"<iframe[^>]*>", answer.text)[0]
    assert " sandbox " in frame
    assert 'src="edition.html?subscriber="' in frame
    assert "allow-" not in frame
    assert "60.0 KB of 102 KB" in answer.text
    assert studio.asked == [None]
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_frame_holds_the_html_byte_for_byte_and_only_our_page_may_hold_it(preview):
    answer = preview("edition.html")
    assert answer.text == LOOKS.html
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy


def test_text_and_headers_are_shown_as_they_are(preview):
    assert "Council votes on the new pier\n" in preview("?view=text").text
    assert "&lt;https://news.example.org/u/1&gt;" in preview("?view=headers").text
    assert "<iframe" not in preview("?view=text").text


def test_any_reader_can_be_looked_at_and_stays_while_views_change(preview, studio):
    answer = preview("?view=text&subscriber=ann%40example.org")
    assert studio.asked == ["ann@example.org"]
    assert "As ann@example.org will get it" in answer.text
    assert "?view=headers&amp;width=600&amp;subscriber=ann%40example.org" in answer.text


def test_a_mail_that_is_too_long_is_marked(preview, studio):
    studio.looks = Looks(subject="", html="", text="", headers=(), size=200_000)
    assert "Gmail will cut this mail" in preview().text


def test_a_reader_nobody_knows_is_named(preview, studio):
    studio.fault = NotFound("There is no subscriber x@example.org.", hint="See digest subscribers list.")
    answer = preview("?subscriber=x@example.org")
    assert answer.status == 404
    assert "There is no subscriber x@example.org." in answer.text


def test_a_fault_in_a_template_is_shown_with_its_place(preview, studio):
    studio.fault = TemplateError("mail/digest.html, line 12: 'stroy' is undefined")
    answer = preview()
    assert answer.status == 503
    assert "mail/digest.html, line 12" in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "192.168.1.4", ""])
def test_a_page_elsewhere_cannot_reach_it_by_a_name_of_its_own(preview, studio, host):
    assert preview(headers={"Host": host}).status == 400
    assert studio.asked == []


@pytest.mark.parametrize("host", ["localhost:1234", "127.0.0.1"])
def test_the_names_of_this_machine_are_good(preview, host):
    assert preview(headers={"Host": host}).status == 200


@pytest.mark.parametrize("path", ["/", "/x/", "/x/edition.html", "/%C3%A9/", "/" + "x" * 3000 + "/"])
def test_without_the_secret_there_is_nothing(studio, letterhead, templates, stage, path):
    app = preview_app(studio.look, secret=SECRET, letterhead=letterhead, render=templates.render)
    assert stage.show(app)("GET", path).status == 404
    assert studio.asked == []


@pytest.mark.shared
def test_hostile_strings_in_every_field_come_back_as_text(preview, studio, shared_data):
    values = [
        item["value"] for item in json.loads((shared_data / "hostile" / "xss_more.json").read_text("utf-8"))["items"]
    ]
    hostile = " ".join(values)
    studio.looks = Looks(subject=hostile, html="", text=hostile, headers=((hostile, hostile),), size=1)
    for view in ("html", "text", "headers"):
        plain = preview(f"?view={view}").text
        answer = preview(f"?view={view}&subscriber={quote(' '.join(values[::40]))}").text
        assert set(re.findall(r"<(\w+)", answer)) == set(re.findall(r"<(\w+)", plain)) <= OUR_TAGS
