"""The one spelling of an e-mail address."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.subscribers.roster import normalise_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Ann.Smith@EXAMPLE.org\n", "Ann.Smith@example.org"),
        ("\ufeffann@example.com", "ann@example.com"),
        ("ann+news@sub.example.co.uk", "ann+news@sub.example.co.uk"),
        ("ann@Host.TEST", "ann@host.test"),
        ("root@localhost", "root@localhost"),
        ("ann@mail.local", "ann@mail.local"),
        ("ann@MÜNCHEN.example", "ann@xn--mnchen-3ya.example"),
        ("jose\u0301@example.org", "jos\u00e9@example.org"),
        ("用户@例子.example", "用户@xn--fsqu00a.example"),
        ("o'hara@example.org", "o'hara@example.org"),
    ],
)
def test_an_address_has_one_spelling(text, address):
    assert normalise_address(text) == address
    assert normalise_address(address) == address


@pytest.mark.parametrize(
    "text",
    ["", "@", "ann", "ann@", "@example.org", "a@b@example.org", "ann@gmail", "ann@example..org", ".ann@example.org",
     "ann smith@example.org", "Ann <ann@example.org>", "ann@[127.0.0.1]", '"a b"@example.org', "ann@exa_mple.org",
     "ann@example.org\r\nBcc: bob@example.org", "ann\0@example.org", "a\u202enn@example.org", "ann@-x.example",
     "ann@example.invalid", "x" * 65 + "@example.org", "ann@" + "x." * 200 + "org", "x" * 200_000,
     "\ud800@example.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_one_printable_sentence(text):
    with pytest.raises(UsageError, match="no e-mail address") as caught:
        normalise_address(text)
    assert caught.value.message.isprintable()


@given(st.text())
def test_no_text_does_worse_than_a_refusal(text):
    try:
        address = normalise_address(text)
    except UsageError:
        return
    assert normalise_address(address) == address


@pytest.mark.shared
def test_no_hostile_string_passes_as_an_address_that_breaks_a_header(shared_data):
    for item in json.loads((shared_data / "hostile" / "xss_more.json").read_text("utf-8"))["items"]:
        for text in (item["value"], f"{item['value']}@example.org"):
            try:
                address = normalise_address(text)
            except UsageError:
                continue
            assert not set(address) & set('<>"\r\n\0 ,;:()[]')
