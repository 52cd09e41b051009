"""Leaving: looking changes nothing, posting acts at once."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from digest.model.subscriber import SubscriberState
from digest.subscribers.links import Links

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_CLICK = b"List-Unsubscribe=One-Click"


@pytest.fixture
def path(links: Links) -> str:
    return f"/unsubscribe/{links.unsubscribe_token(1)}"


def test_looking_shows_one_button_and_changes_nothing(ask, path, people):
    answer = ask("GET", path)
    assert answer.status == 200
    assert answer.text.count("<button") == 1
    assert '<form method="post">' in answer.text
    assert "a•••@example.org" in answer.text
    assert "ann.lee" not in answer.text
    assert people.writes == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_a_scanner_changes_nothing_whatever_it_tries(ask, path, people, method):
    for suffix in ("", "?List-Unsubscribe=One-Click", "/", "%20"):
        ask(method, path + suffix, headers={"User-Agent": "LinkScanner/1.0"})
    assert people.writes == 0
    assert people.kept[1].state is SubscriberState.ACTIVE


def test_one_click_as_mail_programs_do_it_acts_at_once(ask, path, people):
    answer = ask("POST", path, ONE_CLICK, FORM)
    assert answer.status == 200
    assert answer.headers["Set-Cookie"] is None
    assert answer.headers["Location"] is None
    assert "you are off the list" in answer.text
    assert people.kept[1].state is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (
            b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
            {"Content-Type": "multipart/form-data; boundary=x"},
        ),
        (ONE_CLICK, {**FORM, "Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site", "Cookie": "a=b"}),
        (b"", {}),
    ],
)
def test_one_click_works_in_every_form_the_standard_allows(ask, path, people, body, headers):
    assert ask("POST", path, body, headers).status == 200
    assert people.kept[1].state is SubscriberState.UNSUBSCRIBED


def test_leaving_again_is_fine_and_keeps_the_first_time(ask, path, people):
    ask("POST", path, ONE_CLICK, FORM)
    left = people.kept[1]
    assert ask("POST", path, ONE_CLICK, FORM).status == 200
    assert people.kept[1] == left
    assert "nothing else to do" in ask("GET", path).text


def test_a_person_who_was_forgotten_has_left(ask, path, people):
    del people.kept[1]
    assert ask("GET", path).status == 200
    assert ask("POST", path, ONE_CLICK, FORM).status == 200
    assert people.writes == 0


def test_a_link_of_a_retired_key_still_works(ask, letterhead, people):
    token = Links(["a-retired-key"], letterhead.public_url).unsubscribe_token(1)
    assert ask("POST", f"/unsubscribe/{token}", ONE_CLICK, FORM).status == 200
    assert people.kept[1].state is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "token", ["1", "1.AAAAAAAAAAAAAAAAAAAAAA", "x" * 4000, "%00", "%ED%A0%80", "1%0D%0ASet-Cookie:a=b"]
)
def test_a_token_that_is_not_ours_does_nothing_and_says_so(ask, people, method, token):
    answer = ask(method, f"/unsubscribe/{token}")
    assert answer.status == 400
    assert "not complete" in answer.text
    assert answer.headers["Set-Cookie"] is None
    assert people.writes == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_token_pages_are_nobody_elses_business(ask, path, method):
    answer = ask(method, path)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_a_body_that_is_too_long_does_nothing(ask, path, people):
    answer = ask("POST", path, b"x" * 20_000, FORM)
    assert (answer.status, answer.headers["Connection"]) == (413, "close")
    assert people.kept[1].state is SubscriberState.ACTIVE


def test_a_body_whose_length_is_not_said_is_limited_too(ask, stage, path, people):
    with stage.line as line:
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        line.sendall(b"5000\r\n" + b"x" * 0x5000 + b"\r\n")
        assert line.recv(64).startswith(b"HTTP/1.1 413")
    assert people.kept[1].state is SubscriberState.ACTIVE


def test_a_person_who_hangs_up_before_the_end_has_not_left(ask, stage, path, people):
    with stage.line as line:
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\nList".encode())
    assert ask("GET", "/healthz").status == 200
    assert people.kept[1].state is SubscriberState.ACTIVE


class Crawler(HTMLParser):
    """Collects every address a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.found |= {value for name, value in attrs if name in ("href", "src", "action") and value}


def test_a_crawler_that_follows_every_link_of_every_page_changes_nothing(ask, path, people):
    seen, waiting = set(), {"/", "/editions", path}
    while waiting:
        address = waiting.pop()
        seen.add(address)
        crawler = Crawler()
        crawler.feed(ask("GET", address).text)
        waiting |= {found for found in crawler.found if found.startswith("/")} - seen
    assert len(seen) >= 5
    assert people.writes == 0


@pytest.mark.shared
def test_no_hostile_string_comes_back_as_markup(ask, shared_data):
    items = json.loads((shared_data / "hostile" / "xss_more.json").read_text("utf-8"))["items"]
    bad_token = re.findall(r"<\w+", ask("GET", "/unsubscribe/rubbish").text)
    missing = re.findall(r"<\w+", ask("GET", "/nowhere").text)
    for item in items[::8]:
        hostile = quote(item["value"].encode("utf-8", "replace"), safe="")
        assert re.findall(r"<\w+", ask("GET", f"/unsubscribe/{hostile}").text) in (bad_token, missing)
        assert re.findall(r"<\w+", ask("GET", f"/{hostile}?{hostile}").text) == missing
