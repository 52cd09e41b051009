"""The relay a URL names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.channels.relay import Security, parse_smtp_url, parse_smtp_urls
from digest.errors import UsageError
from digest.model.rates import Rate, WarmUp


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


def test_options_follow_the_port():
    options = parse_smtp_url("smtps://mail.example?weight=3&connections=10&second=20&hour=1000&day=20000&warmup=50x1.5")
    assert (options.weight, options.connections) == (3, 10)
    assert options.rate == Rate(per_second=20, per_hour=1000, per_day=20_000, warm_up=WarmUp(start=50, growth=1.5))


def test_without_options_a_relay_has_a_plain_share_and_no_bounds():
    options = parse_smtp_url("smtps://mail.example/")
    assert (options.weight, options.connections, options.rate) == (1, None, Rate())


@pytest.mark.parametrize("query", ["weight=0", "second=0.5", "warmup=1x1", "warmup=100%781.25", "connections=50"])
def test_the_ends_of_a_range_are_in_it(query):
    parse_smtp_url(f"smtp://127.0.0.1:25/?{query}")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("wieght=3", "option 1 of the SMTP URL is none of weight"),
        ("weight=3&", "option 2"),
        ("Weight=3", "option 1"),
        ("hunter2", "option 1"),
        ("weight=1&weight=1", "weight twice"),
        ("weight", "weight in the SMTP URL must be a whole number from 0"),
        ("weight=-1", "weight in"),
        ("weight=1001", "weight in"),
        ("weight=1.5", "weight in"),
        ("weight=\N{SUPERSCRIPT TWO}", "weight in"),
        ("weight=\N{ARABIC-INDIC DIGIT TWO}", "weight in"),
        ("weight=+1", "weight in"),
        ("connections=0", "connections in the SMTP URL must be a whole number from 1 to 50"),
        ("connections=51", "connections in"),
        ("connections=hunter2", "connections in"),
        ("second=0", "second in the SMTP URL must be a number from 0.001"),
        ("second=nan", "second in"),
        ("second=inf", "second in"),
        ("second=1e3", "second in"),
        ("second=10001", "second in"),
        ("hour=0", "hour in"),
        ("hour=1.5", "hour in"),
        ("day=0", "day in"),
        ("day=99999999999", "day in"),
        ("warmup=50", "warmup in the SMTP URL must be the messages of the first day"),
        ("warmup=0x2", "warmup in"),
        ("warmup=50x0.5", "warmup in"),
        ("warmup=50x11", "warmup in"),
        ("warmup=50x1.5x2", "warmup in"),
        ("warmup=x", "warmup in"),
        ("weight=3?day=4", "weight in"),
        ("weight=3#day=4", "%23"),
        ("weight=a@b", "%3F"),
    ],
)
def test_an_option_that_cannot_be_used_is_one_sentence(query, says):
    with pytest.raises(UsageError, match=r"\A[^\n]*\Z") as caught:
        parse_smtp_url(f"smtps://ana:hunter2@mail.example:465?{query}")
    assert says in caught.value.message
    assert "hunter2" not in caught.value.message + caught.value.hint
    assert caught.value.hint


@pytest.mark.parametrize("between", [" ", "\n", ",", ", ", " ,\t", "  \n ", ",,"])
def test_a_list_of_urls_names_the_relays_in_its_order(between):
    text = between.join(["smtps://ana:a,b@one.example?weight=3", "SMTP://127.0.0.1", "smtp+starttls://two.example"])
    relays = parse_smtp_urls(f" {text} ")
    assert [relay.place for relay in relays] == ["one.example:465", "127.0.0.1:25", "two.example:587"]
    assert (relays[0].password, relays[0].weight) == ("a,b", 3)


@pytest.mark.parametrize("text", ["", " \n", ",", " , "])
def test_an_empty_list_names_no_relay(text):
    assert parse_smtp_urls(text) == ()


def test_a_comma_at_the_end_of_the_list_is_no_part_of_a_host():
    assert [relay.host for relay in parse_smtp_urls("smtp://localhost,")] == ["localhost"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("smtps://ana:hunter2@mail.example smtps://other.example:x", "in SMTP URL 2 of 2: the port"),
        ("smtps://ana:hun ter2@mail.example", "in SMTP URL 1 of 2: the port"),
        ("smtps://ana:hunter2@mail.example other.example", "in SMTP URL 2 of 2: an SMTP URL begins with"),
        ("smtp://one.example,two.example", "names no host"),
        ("smtps://mail.example smtp+starttls://MAIL.example:465", "two SMTP URLs name the relay mail.example:465"),
        ("smtp://[::1] smtp://[::1]:25?weight=2", "two SMTP URLs name the relay [::1]:25"),
    ],
)
def test_a_list_that_cannot_be_used_is_one_sentence(text, says):
    with pytest.raises(UsageError, match=r"\A[^\n]*\Z") as caught:
        parse_smtp_urls(text)
    assert says in caught.value.message
    assert "hunter2" not in caught.value.message + caught.value.hint
    assert "ter2" not in caught.value.message + caught.value.hint
    assert caught.value.hint


@given(text=st.text(max_size=80), glue=st.sampled_from([" ", ",", ""]))
def test_no_list_does_more_than_be_refused(text, glue):
    try:
        relays = parse_smtp_urls(f"smtp://127.0.0.1{glue}{text}")
    except UsageError:
        return
    assert all(1 <= relay.port <= 65535 and relay.host for relay in relays)
