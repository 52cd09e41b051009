"""What recipient domains take, as an operator writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.model.rates import DomainRates, Rate
from digest.settings.domains import parse_domain_rates


def test_nothing_bounds_nothing():
    assert parse_domain_rates("") == parse_domain_rates(" ; ") == DomainRates()
    assert parse_domain_rates("").of("mail.example") is None


def test_domains_have_rates_and_those_named_together_share_one():
    rates = parse_domain_rates("Gmail.com, googlemail.com: 20/s 500/h ; t-online.de: 0.5/s 5000/D; *: 50/s;")
    shared = Rate(per_second=20, per_hour=500)
    assert rates.of("gmail.com") == rates.of("googlemail.com") == ("@gmail.com", shared)
    assert rates.of("t-online.de") == ("@t-online.de", Rate(per_second=0.5, per_day=5000))
    assert rates.of("other.example") == ("@other.example", Rate(per_second=50))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gmail.com", "'gmail.com' names no rate"),
        ("gmail.com:", "'gmail.com:' names no rate"),
        ("gmail: 5/s", "'gmail' is no domain"),
        ("ana@gmail.com: 5/s", "'ana@gmail.com' is no domain"),
        ("gmail.com: 5/m", "'5/m' is no rate"),
        ("gmail.com: 5", "'5' is no rate"),
        ("gmail.com: -5/s", "'-5/s' is no rate"),
        ("gmail.com: 0/h", "'0/h' is no whole number of mails above 0"),
        ("gmail.com: 1.5/h", "'1.5/h' is no whole number of mails above 0"),
        ("gmail.com: 5/s 6/s", "'6/s' is the second rate of its kind for a domain"),
        ("gmail.com: 5/s; b.example, gmail.com: 6/s", "gmail.com is named twice"),
        ("gmail.com: 5/s, b.example: 6/s", "'5/s,' is no rate"),
        ("*: 5/s; *: 6/s", "* is named twice"),
        ("*, gmail.com: 5/s", "* stands for every other domain and shares its rate with none"),
        (f"{'a' * 200}: 5/s", f"'{'a' * 40}…' is no domain"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(text, says):
    with pytest.raises(UsageError) as caught:
        parse_domain_rates(text)
    assert caught.value.message == says
    assert "gmail.com: 20/s" in caught.value.hint


@given(st.text(alphabet="agmil.com*:;,/ 0159shdx@\n", max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        rates = parse_domain_rates(text)
    except UsageError:
        return
    assert all(rate.bounded for _scope, rate in rates.named.values())
