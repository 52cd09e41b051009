"""The editions, their index and their images, over real HTTP."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from digest.web.site import site

FINGERPRINT = "0123456789abcdef0123456789abcdef"
PAGES = ["/", "/editions", "/editions/8", "/editions/99", "/nowhere", "/unsubscribe/rubbish"]


class Outline(HTMLParser):
    """The tags of a page, the addresses it names, and what a browser would run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.active: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "formaction")]
        self.active += [name for name, _ in attrs if name.startswith("on")]
        if tag in ("script", "object", "embed", "iframe", "base"):
            self.active.append(tag)


def test_the_front_page_is_the_newest_edition_that_went_out(ask):
    answer = ask("GET", "/")
    assert answer.status == 200
    assert "Edition 8" in answer.text


def test_before_the_first_edition_the_front_page_says_so(empty_desk, stage):
    ask = stage.show(site(empty_desk))
    front, index = ask("GET", "/"), ask("GET", "/editions")
    assert (front.status, index.status) == (200, 200)
    assert "still being written" in front.text
    assert "No edition has gone out" in index.text


def test_an_edition_is_shown_as_it_was_mailed(ask):
    answer = ask("GET", "/editions/7")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<body style='color:#111'>Edition 7" in answer.text
    assert "style-src 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
    assert "img-src 'self' https://news.example.org;" in answer.headers["Content-Security-Policy"]


def test_an_edition_that_is_known_is_not_sent_again(ask):
    first = ask("GET", "/editions/7")
    assert first.headers["Cache-Control"].startswith("public, max-age=")
    for known in (first.headers["ETag"], f'"other", W/{first.headers["ETag"]}', "*"):
        again = ask("GET", "/editions/7", headers={"If-None-Match": known})
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert ask("GET", "/editions/8", headers={"If-None-Match": first.headers["ETag"]}).status == 200


@pytest.mark.parametrize(
    "number", ["0", "9", "99", "-1", "007", "7.0", "%D9%A7", "9" * 5000, "7%00", "7%2F..", "..%2F7", "7'--"]
)
def test_what_is_no_edition_that_went_out_is_not_there(ask, number):
    answer = ask("GET", f"/editions/{number}")
    assert answer.status == 404
    assert "This page does not exist" in answer.text


def test_the_index_names_editions_newest_first_with_their_headlines(ask):
    text = ask("GET", "/editions").text
    assert "Saturday, 28 February 2026" in text
    assert text.index("Council votes") < text.index("Ferry timetable")
    assert "Bakery turns ninety" in text
    assert "A fourth story" not in text
    assert "Not out yet" not in text


def test_an_image_may_be_kept_for_good(ask):
    answer = ask("GET", f"/images/{FINGERPRINT}.jpg")
    assert (answer.status, answer.body[:2]) == (200, b"\xff\xd8")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["short.jpg", f"{FINGERPRINT[:-1]}x.jpg", f"{FINGERPRINT}.png", "..%2f..%2fetc%2fpasswd.jpg"]
)
def test_an_image_we_do_not_have_is_not_there(ask, name):
    assert ask("GET", f"/images/{name}").status == 404


@pytest.mark.parametrize("path", [*PAGES, "/healthz", "/static/site.css", f"/images/{FINGERPRINT}.jpg"])
def test_head_is_answered_like_get_without_the_body(ask, path):
    get, head = ask("GET", path), ask("HEAD", path)
    assert head.body == b""
    assert (head.status, head.headers["Content-Length"]) == (get.status, get.headers["Content-Length"])


@pytest.mark.parametrize("path", [*PAGES, "/healthz", f"/images/{FINGERPRINT}.jpg"])
def test_every_answer_carries_the_safe_headers(ask, path):
    answer = ask("GET", path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["Server"] is None
    assert answer.headers["Set-Cookie"] is None


@pytest.mark.parametrize("path", PAGES)
def test_no_page_runs_anything_or_asks_a_third_party(ask, path):
    outline = Outline(ask("GET", path).text)
    assert outline.active == []
    assert all(address.startswith(("/", "#")) for address in outline.addresses)


def test_the_stylesheet_is_where_the_pages_look_for_it(ask):
    [address] = [link for link in Outline(ask("GET", "/editions").text).addresses if ".css" in link]
    answer = ask("GET", address)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "#8c1d18" in answer.text


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "/editions/", "/%2e%2e/%2e%2e/etc/passwd", "/..;/", "/static/../site.py", "/\\evil", "/%ff%fe"],
)
def test_hostile_paths_end_nowhere_and_redirect_to_nothing(ask, path):
    answer = ask("GET", path, headers={"Host": "evil.example"})
    assert answer.status == 404
    assert answer.headers["Location"] is None
    assert "evil" not in answer.text


def test_what_cannot_be_done_is_said_in_a_page(ask):
    answer = ask("POST", "/editions/7")
    assert (answer.status, set(answer.headers["Allow"].split(", "))) == (405, {"GET", "HEAD"})
    assert "cannot be done here" in answer.text


def test_a_store_that_fails_is_our_fault_and_tells_nothing(ask, editions):
    editions.broken = True
    answer = ask("GET", "/")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert "digest.db" not in answer.text


def test_the_site_is_well_when_mounted_under_a_path(desk, stage):
    ask = stage.show(Starlette(routes=[Mount("/paper", site(desk))]))
    outline = Outline(ask("GET", "/paper/editions").text)
    assert all(address.startswith(("/paper/", "#")) for address in outline.addresses)
    assert {ask("GET", address).status for address in outline.addresses if address != "#main"} == {200}


def test_a_request_that_is_no_http_does_no_harm(ask, stage):
    with stage.line as line:
        line.sendall(b"\x16\x03\x01\x02\x00\x01\xff\xff\r\n\r\n")
        assert line.recv(64).startswith(b"HTTP/1.1 400")
    assert ask("GET", "/healthz").body == b"ok\n"


def test_what_nobody_expected_is_answered_without_a_word_of_it(desk, stage):
    def fails(number):
        raise RuntimeError("the secret innards")

    answer = stage.show(site(replace(desk, edition_page=fails)))("GET", "/editions/7")
    assert answer.status == 500
    assert "innards" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
