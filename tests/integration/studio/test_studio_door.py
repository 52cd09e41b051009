"""Who gets into the studio, and whose requests are its own."""

import pytest

EVERY_PATH = ["/", "/mail.html", "/web.html", "/changes", "/images/0123456789abcdef.jpg", "/static/studio.css", "/x"]


def test_the_link_opens_the_studio_once_in_one_browser(room):
    visitor, path = room.serve()
    answer = visitor.open(path)
    assert (answer.status, answer.headers["Location"]) == (303, "/?")
    cookie = answer.headers["Set-Cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/"))
    assert visitor.get().status == 200
    assert visitor.get(path).status == 303
    visitor.cookies.clear()
    again = visitor.get(path)
    assert again.status == 403
    assert "This link was used already" in again.words
    assert "digest preview" in again.words
    assert "Set-Cookie" not in again.headers


@pytest.mark.parametrize("path", EVERY_PATH)
def test_without_the_cookie_there_is_nothing(shared_room, visitor, path):
    stranger = type(visitor)(url=visitor.url)
    for cookies in ({}, dict.fromkeys(visitor.cookies, "x"), {"studio": next(iter(visitor.cookies.values()))}):
        stranger.cookies = cookies
        answer = stranger.get(path)
        assert answer.status == 403
        assert "The Daily Digest" not in answer.text


@pytest.mark.parametrize("token", ["", "x", "%C3%A9", "x" * 3000])
def test_a_wrong_token_opens_nothing_and_uses_nothing_up(room, token):
    visitor, path = room.serve()
    assert visitor.get(f"/open/{token}").status == 403
    assert visitor.ask("POST", path, "").status == 403
    assert visitor.open(path).status == 303


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "127.0.0.1", "localhost:1", "", "[::1]"],
)
def test_a_name_that_was_made_to_point_here_reaches_nothing(visitor, host):
    answer = visitor.get(Host=host.format(port=visitor.port))
    assert answer.status == 400
    assert "The Daily Digest" not in answer.text


def test_both_names_of_this_machine_are_good(visitor):
    assert visitor.get(Host=f"localhost:{visitor.port}").status == 200
    assert visitor.get(Host=f"127.0.0.1:{visitor.port}").status == 200


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_a_page_of_another_port_or_site_can_fetch_nothing_with_our_cookie(visitor, site):
    for mode in ("no-cors", "cors"):
        answer = visitor.get("/changes", **{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": "empty"})
        assert answer.status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:9"},
        {"Origin": "http://localhost:{port}"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_form_from_elsewhere_does_nothing_even_with_cookie_and_token(visitor, headers):
    told = {name: value.format(port=visitor.port) for name, value in headers.items()}
    assert visitor.post("/test", headers=told).status == 403


@pytest.mark.parametrize("site", [None, "same-site", "cross-site", "none"])
def test_a_form_that_does_not_say_where_it_is_from_does_nothing(visitor, site):
    headers = {"Sec-Fetch-Site": site} if site else {}
    body = f"token={visitor.token}"
    assert visitor.ask("POST", "/test", body, headers).status == 403


@pytest.mark.parametrize(
    "body", ["", "token=", "token=x", "token=%C3%A9", "\xff", "a&b", "=" * 500, "&".join(["a=b"] * 500)]
)
def test_a_form_without_our_token_does_nothing(visitor, body):
    answer = visitor.ask("POST", "/test", body.encode("latin-1"), {"Origin": visitor.url})
    assert answer.status in (400, 403)


def test_nothing_lets_another_page_frame_the_studio_or_run_a_script_of_its_own(visitor):
    policy = visitor.get().headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
