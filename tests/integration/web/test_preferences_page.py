"""A reader's preferences: looking changes nothing, posting keeps all that the form says or nothing of it."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount

from digest.model.subscriber import Preferences, SubscriberState
from digest.subscribers.links import Links
from digest.web.gate import ROOMY_LIMIT
from digest.web.preferences import fields_of, in_words, zones
from digest.web.site import site

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WISHES = Preferences(
    timezone="America/Argentina/Buenos_Aires",
    send_at=390,
    days=0b0000101,
    sections=("Sport", "Abolished <b>"),
    muted_words=('the "big" one', "golf"),
    muted_sources=("Bay, Sound & Strait",),
    followed_words=("паром", "渡船"),
    followed_sources=("Herald",),
    max_stories=7,
)


class Form(HTMLParser):
    """What a browser would send of a page's form, and whether everything in it has a label."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.described: set[str] = set()
        self.named: list[str] = []
        self.links: list[str] = []
        self.area = self.select = None
        self.feed(text)

    def handle_starttag(self, tag, pairs):
        given = dict(pairs)
        self.ids += [given["id"]] if "id" in given else []
        self.labelled |= {given["for"]} if "for" in given else set()
        self.described |= set((given.get("aria-describedby") or "").split())
        self.links += [given["href"]] if tag == "a" else []
        if tag == "input" and (given["type"] not in ("radio", "checkbox") or "checked" in given):
            self.fields.append((given["name"], given.get("value", "")))
        if tag in ("textarea", "select") or (tag == "input" and given["type"] not in ("radio", "checkbox")):
            self.named.append(given["id"])
        if tag == "textarea":
            self.area, self.text = given["name"], ""
        if tag == "select":
            self.select, self.option = given["name"], None
        if tag == "option" and (self.option is None or "selected" in given):
            self.option = given["value"]

    def handle_data(self, data):
        if self.area:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.fields.append((self.area, self.text.removeprefix("\n").replace("\n", "\r\n")))
            self.area = None
        if tag == "select":
            self.fields.append((self.select, self.option))

    def body(self, **changes) -> bytes:
        """The form as it is sent, with other texts typed into some fields."""
        kept = [(name, value) for name, value in self.fields if name not in changes]
        typed = [
            (name, text) for name, texts in changes.items() for text in ([texts] if isinstance(texts, str) else texts)
        ]
        return urlencode(kept + typed).encode()


@pytest.fixture
def path(links: Links) -> str:
    return f"/preferences/{links.preferences_token(1)}"


@pytest.fixture
def wishing(people):
    """Ann, who has chosen everything there is to choose."""
    people.kept[1] = replace(people.kept[1], preferences=WISHES)
    return people


def test_looking_shows_the_form_and_changes_nothing(ask, path, people):
    answer = ask("GET", path)
    assert answer.status == 200
    assert "For a•••@example.org" in answer.text
    assert "ann.lee" not in answer.text
    assert "Leave it empty for 07:00, as the newsletter does." in answer.text
    assert "As the newsletter does: Monday to Friday" in answer.text
    assert "As the newsletter: Europe/Berlin" in answer.text
    assert "Sea &amp; Harbour" in answer.text
    assert people.writes == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_a_scanner_changes_nothing_whatever_it_tries(ask, path, people, method):
    for suffix in ("", "?send_at=01:00&days=daily", "/"):
        ask(method, path + suffix, Form(ask("GET", path).text).body(max_stories="1"))
    assert people.writes == 0


def test_what_is_shown_is_kept_as_it_was_when_it_is_sent_back(ask, path, wishing):
    answer = ask("POST", path, Form(ask("GET", path).text).body(), FORM)
    assert answer.status == 200
    assert wishing.kept[1].preferences == WISHES
    assert "Abolished &lt;b&gt;" in answer.text


def test_what_is_chosen_is_kept_and_shown(ask, path, people):
    body = Form(ask("GET", path).text).body(
        send_at="06:45", days="chosen", day=["sat", "sun"], timezone="Europe/Lisbon", sections=["Sport", "World"],
        muted_words="golf\r\ntennis", max_stories="5", paused_until="2026-03-14",
    )  # fmt: skip
    answer = ask("POST", path, body, FORM)
    assert (answer.status, answer.headers["Location"], answer.headers["Set-Cookie"]) == (200, None, None)
    assert "<title>Saved: Your preferences" in answer.text
    assert 'role="status"' in answer.text
    assert "ann.lee" not in answer.text
    kept = people.kept[1]
    assert (kept.state, people.writes) == (SubscriberState.ACTIVE, 1)
    assert (kept.preferences.send_at, kept.preferences.days, kept.preferences.max_stories) == (405, 0b1100000, 5)
    assert (kept.preferences.sections, kept.preferences.muted_words) == (("Sport", "World"), ("golf", "tennis"))
    assert dict(Form(answer.text).fields) == dict(Form(ask("GET", path).text).fields)
    assert dict(Form(answer.text).fields)["paused_until"] == "2026-03-14"


def test_a_wrong_input_is_answered_on_the_form_with_what_was_typed_and_nothing_is_saved(ask, path, wishing):
    typed = {
        "send_at": "25:00", "max_stories": "900", "timezone": "Europe/<i>", "paused_until": "2020-01-01",
        "muted_words": '"<script>alert(1)</script>', "followed_words": "a good one",
    }  # fmt: skip
    answer = ask("POST", path, Form(ask("GET", path).text).body(**typed), FORM)
    assert answer.status == 422
    assert wishing.kept[1].preferences == WISHES
    assert "<title>To be corrected: Your preferences" in answer.text
    assert "Nothing is saved yet." in answer.text
    form = Form(answer.text)
    assert {name: dict(form.fields)[name] for name in typed} == typed
    faulty = set(typed) - {"followed_words"}
    assert {link.removeprefix("#") for link in form.links if link.startswith("#")} - {"main"} == faulty
    assert {f"{name}-fault" for name in faulty} <= form.described & set(form.ids)
    assert answer.text.count('class="fault"') == answer.text.count('aria-invalid="true"') == len(faulty)
    assert "<script" not in answer.text
    assert "<i>" not in answer.text


def test_the_mended_form_is_saved(ask, path, people):
    broken = ask("POST", path, Form(ask("GET", path).text).body(send_at="25:00", followed_words="ferry"), FORM)
    assert ask("POST", path, Form(broken.text).body(send_at="5:00"), FORM).status == 200
    assert people.kept[1].preferences == Preferences(send_at=300, followed_words=("ferry",))


@pytest.mark.parametrize("days", ["chosen", "sometimes"])
def test_days_that_are_none_are_a_fault_of_their_own(ask, path, people, days):
    answer = ask("POST", path, Form(ask("GET", path).text).body(days=days), FORM)
    assert (answer.status, people.writes) == (422, 0)
    assert "days-fault" in Form(answer.text).described


@pytest.mark.parametrize(
    "body", [b"", b"List-Unsubscribe=One-Click", b"send_at=06:00&days=daily", b"\xff\x00", b"a&" * 5000]
)
def test_what_is_not_the_whole_form_changes_nothing(ask, path, wishing, body):
    answer = ask("POST", path, body, FORM)
    assert (answer.status, wishing.writes) == (400, 0)
    assert "form" in answer.text


def test_the_longest_lists_there_can_be_are_sent_back_whole(ask, path, people):
    longest = tuple(f"{number:03}{'渡' * 197}" for number in range(100))
    names = ("muted_words", "muted_sources", "followed_words", "followed_sources")
    wishes = Preferences(**dict.fromkeys(names, longest))
    people.kept[1] = replace(people.kept[1], preferences=wishes)
    body = Form(ask("GET", path).text).body()
    assert ask("POST", path, body, FORM).status == 200
    assert people.kept[1].preferences == wishes
    assert ask("POST", path, b"x" * (ROOMY_LIMIT + 1), FORM).status == 413


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("number", [2, 77])
def test_who_has_left_or_was_forgotten_is_told_so(ask, links, people, method, number):
    body = Form(ask("GET", f"/preferences/{links.preferences_token(1)}").text).body(max_stories="1")
    answer = ask(method, f"/preferences/{links.preferences_token(number)}", body, FORM)
    assert answer.status == (200 if method == "GET" else 409)
    assert "You are off the list" in answer.text
    assert "no more mails from The Harbour Gazette" in answer.text
    assert people.writes == 0


def test_who_leaves_while_the_form_is_on_its_way_has_left(desk, stage, path, people, links):
    class Leaving(type(people)):
        def choose(self, subscriber_id, preferences):
            self.kept[1] = replace(self.kept[1], state=SubscriberState.UNSUBSCRIBED)
            return super().choose(subscriber_id, preferences)

    leaving = Leaving(kept=people.kept)
    ask = stage.show(site(replace(desk, subscribers=leaving)))
    answer = ask("POST", path, Form(ask("GET", path).text).body(), FORM)
    assert (answer.status, leaving.kept[1].state) == (409, SubscriberState.UNSUBSCRIBED)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_for_leaving_or_for_nothing_does_not_choose(ask, links, people, method):
    for token in (links.unsubscribe_token(1), "1", "1.AAAAAAAAAAAAAAAAAAAAAA", "x" * 4000):
        answer = ask(method, f"/preferences/{token}", b"days=", FORM)
        assert (answer.status, people.writes) == (400, 0)
        assert "not complete" in answer.text
    assert ask(method, f"/unsubscribe/{links.preferences_token(1)}").status == 400
    assert people.kept[1].state is SubscriberState.ACTIVE


def test_a_link_of_a_retired_key_still_opens(ask, letterhead):
    token = Links(["a-retired-key"], letterhead.public_url).preferences_token(1)
    assert ask("GET", f"/preferences/{token}").status == 200


def test_the_page_is_nobody_elses_business(ask, path):
    for answer in (ask("GET", path), ask("POST", path, Form(ask("GET", path).text).body(), FORM)):
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]


def test_every_field_has_its_label_and_its_hint(ask, path, wishing):
    form = Form(ask("GET", path).text)
    assert set(form.named) <= form.labelled
    assert form.described <= set(form.ids)
    assert len(form.ids) == len(set(form.ids))


def test_the_page_leads_out_below_any_path(desk, stage, path, links):
    ask = stage.show(Starlette(routes=[Mount("/paper", site(desk))]))
    form = Form(ask("GET", f"/paper{path}").text)
    assert f"/paper/unsubscribe/{links.unsubscribe_token(1)}" in form.links
    assert ask("POST", f"/paper{path}", form.body(muted_words="ferry, " * 9_000), FORM).status == 200


@pytest.mark.shared
def test_no_hostile_string_comes_back_as_markup(ask, path, shared_data):
    items = json.loads((shared_data / "hostile" / "xss_more.json").read_text("utf-8"))["items"]
    form = Form(ask("GET", path).text)
    for item in items[::8]:
        hostile = item["value"].encode("utf-8", "replace").decode()
        answer = ask("POST", path, form.body(muted_words=hostile, send_at=hostile, timezone=hostile), FORM)
        assert answer.status == 422
        assert {"script", "svg", "img", "iframe"} & {
            part.split()[0] for part in answer.text.split("<")[1:] if part.strip()
        } == set()


@given(st.binary(max_size=400))
def test_any_octets_are_fields_or_none(body):
    fields = fields_of(body)
    assert all(isinstance(text, str) for texts in fields.values() for text in texts)


def test_days_are_said_in_words():
    assert [in_words(mask) for mask in (0b1111111, 0b0011111)] == ["every day", "Monday to Friday"]
    assert in_words(0b1000001) == "Monday, Sunday"


def test_time_zones_stand_by_region_and_what_was_chosen_among_them():
    assert [box.label for box in zones("Asia/Tokyo")["Asia"] if box.ticked] == ["Tokyo"]
    assert [box.label for box in zones("US/Eastern")["Other"]] == ["UTC", "US/Eastern"]
    assert "Argentina/Buenos Aires" in [box.label for box in zones("")["America"]]
