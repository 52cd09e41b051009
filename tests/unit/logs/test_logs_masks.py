"""No address and no secret is in a log, whatever it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.cli.masks import AT, ENDS, HIDDEN, mask_addresses, mask_of, mask_secrets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("550 5.1.1 <ana.fenwick@mail.example>: User unknown", "550 5.1.1 <•••@mail.example>: User unknown"),
        ("rfc822;ana+news@mail.example refused", "rfc822;•••@mail.example refused"),
        ("bounces+ana=mail.example@lists.example", "•••@lists.example"),
        ('"ana fenwick"@mail.example is full', "•••@mail.example is full"),
        ("o'brien@mail.example, ana@mail.example", "•••@mail.example, •••@mail.example"),
        ("мария@почта.рф нет", "•••@почта.рф нет"),
        ("/preferences?to=ana%40mail.example", "•••%40mail.example"),
        ("ana＠mail.example", "•••＠mail.example"),
        ("a@b@mail.example", "•••@•••@mail.example"),
        ("ana@[192.0.2.1]", "•••@[192.0.2.1]"),
        ("@mail.example waits", "@mail.example waits"),
        ("at 5 @ noon", "at 5 @ noon"),
        ("nothing to hide: 50%", "nothing to hide: 50%"),
        ("", ""),
    ],
)
def test_what_looks_like_an_address_keeps_its_domain_alone(text, expected):
    assert mask_addresses(text) == expected


def is_local(text):
    return (
        not any(sign in ENDS or sign.isspace() for sign in text) and not AT.search(f"{text}@"[:-1]) and "%" not in text
    )


LOCALS = st.text(min_size=1, max_size=80).filter(is_local)
QUOTED = st.text(alphabet="ana fenwick.<>,;:()[]", min_size=1).map(lambda text: f'"{text}"')
DOMAINS = st.sampled_from(["mail.example", "почта.рф", "[192.0.2.1]", "xn--bcher-kva.example"])
AROUND = st.text(max_size=60)


@given(
    before=AROUND,
    local=st.one_of(LOCALS, QUOTED),
    sign=st.sampled_from(["@", "%40", "＠"]),
    domain=DOMAINS,
    after=AROUND,
)
def test_no_address_comes_through(before, local, sign, domain, after):
    secret = f"§{local}" if not local.startswith('"') else f'"§{local[1:]}'
    masked = mask_addresses(f"{before.replace('§', '')} {secret}{sign}{domain} {after.replace('§', '')}")
    assert "§" not in masked
    assert f"{HIDDEN}{sign}{domain}" in masked


@given(st.text())
def test_a_masked_text_has_nothing_more_to_hide(text):
    once = mask_addresses(text)
    assert mask_addresses(once) == once
    assert once == text or AT.search(text)


def test_a_long_line_without_an_end_takes_no_time():
    text = "x" * 200_000
    assert mask_addresses(f"{text}@mail.example {text}") == f"•••@mail.example {text}"


@given(st.lists(st.text(alphabet="abcxyz.*[\\", min_size=4, max_size=12), min_size=1), st.text(max_size=30))
def test_no_secret_comes_through(secrets, around):
    masked = mask_secrets(secrets)(around + " ".join(secrets) + around)
    assert not [secret for secret in secrets if secret in masked.replace(HIDDEN, " ")]


def test_short_words_are_no_secrets():
    assert mask_secrets(["", "ab"])("about") == "about"


def test_addresses_are_shown_where_that_is_asked_for_and_secrets_never():
    text = "geheim for ana@mail.example"
    assert mask_of(["geheim"], addresses=True)(text) == "••• for ana@mail.example"
    assert mask_of(["geheim"], addresses=False)(text) == "••• for •••@mail.example"
