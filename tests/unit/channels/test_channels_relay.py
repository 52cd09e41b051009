"""The relay a URL names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.channels.relay import Security, parse_smtp_url
from digest.errors import UsageError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp+starttls://ana:s3cret@mail.example:2587", ("mail.example", 2587, Security.STARTTLS, "ana", "s3cret")),
        ("smtp+starttls://mail.example", ("mail.example", 587, Security.STARTTLS, "", "")),
        (
            "smtps://a%40b.example:p%2Fw%3A%C3%A9@mail.example",
            ("mail.example", 465, Security.TLS, "a@b.example", "p/w:é"),
        ),
        ("smtp://mail.example/", ("mail.example", 25, Security.CLEAR, "", "")),
        ("SMTPS://MAIL.example:465", ("mail.example", 465, Security.TLS, "", "")),
        ("smtp://ana:secret@localhost:2525", ("localhost", 2525, Security.CLEAR, "ana", "secret")),
        ("smtp://ana:secret@[::1]:2525", ("::1", 2525, Security.CLEAR, "ana", "secret")),
        (" smtp://127.0.0.1:1025\n", ("127.0.0.1", 1025, Security.CLEAR, "", "")),
    ],
)
def test_a_url_names_a_relay(url, expected):
    options = parse_smtp_url(url)
    assert (options.host, options.port, options.security, options.username, options.password) == expected


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "begins with smtp+starttls://, smtps://, smtp://"),
        ("mail.example:587", "begins with"),
        ("http://ana:hunter2@mail.example", "begins with"),
        ("smtps://", "names no host"),
        ("smtps://ana:hunter2@", "names no host"),
        ("smtps://ana:hunter2@mail..example", "names no host"),
        ("smtps://ana:hunter2@mail example", "names no host"),
        ("smtps://ana:hunter2@mail.example:http", "port"),
        ("smtps://ana:hunter2@mail.example:0", "port"),
        ("smtps://ana:hunter2@mail.example:70000", "port"),
        ("smtps://ana:hunter2@[mail.example", "malformed"),
        ("smtps://ana:hun/ter2@mail.example", "%2F"),
        ("smtps://ana:hun#ter2@mail.example", "%23"),
        ("smtps://ana:hun?ter2@mail.example", "%3F"),
        ("smtps://ana@mail.example", "a user and a password"),
        ("smtps://:hunter2@mail.example", "a user and a password"),
        ("smtp://ana:hunter2@mail.example:25", "in clear"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_in_one_sentence(url, says):
    with pytest.raises(UsageError, match=r"\A[^\n]*\Z") as caught:
        parse_smtp_url(url)
    assert says in caught.value.message + caught.value.hint
    assert "hunter2" not in caught.value.message + caught.value.hint
    assert caught.value.hint


@given(url=st.text(max_size=60).map(lambda text: f"smtps://{text}"))
def test_no_url_does_more_than_be_refused(url):
    try:
        options = parse_smtp_url(url)
    except UsageError:
        return
    assert 1 <= options.port <= 65535
    assert options.host


def test_the_password_is_not_shown_with_the_options():
    options = parse_smtp_url("smtps://ana:hunter2@mail.example")
    assert "hunter2" not in repr(options)


def test_a_place_names_an_ipv6_host_in_brackets():
    assert parse_smtp_url("smtp://[::1]:25").place == "[::1]:25"
    assert parse_smtp_url("smtps://mail.example").place == "mail.example:465"
