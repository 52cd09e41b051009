"""Signatures: verified by another implementation, broken by any change, the same for the same mail."""

import pickle
from base64 import b64decode, b64encode
from email import message_from_bytes, policy
from hashlib import sha256

import dkim as oracle
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from dkim import canonicalization
from hypothesis import given
from hypothesis import strategies as st

from digest.channels.dkim import OVERSIGNED, Algorithm, Key, Signer, body_hash, relaxed, sign_with, unfolded
from digest.channels.dkim_keys import new_key, read_key, record_of
from digest.model.message import Mail
from tests.conftest import missing

DOMAIN = "gazette.example"
HEAD = (
    b"From: The Gazette <news@gazette.example>\r\n"
    b"Reply-To: desk@gazette.example\r\n"
    b"Subject: =?utf-8?q?Ferry_lines_close?=\r\n =?utf-8?q?_at_noon?=\r\n"
    b"To: Ana <ana@reader.example>\r\n"
    b"Date: Thu, 12 Mar 2026 06:00:00 +0000\r\n"
    b"Message-ID: <41.7@gazette.example>\r\n"
    b"List-Unsubscribe: <https://gazette.example/unsubscribe/7>,\r\n <mailto:leave@gazette.example>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"List-Id: <gazette.gazette.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
)
BODY = b"The ferry  is late.\r\n.\r\n  Indented \r\n\r\n"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    made = []
    for algorithm, name in ((Algorithm.RSA, "spring"), (Algorithm.ED25519, "small")):
        path = folder / f"{name}.pem"
        path.write_bytes(new_key(algorithm))
        made.append(read_key(path, name).key)
    return tuple(made)


@pytest.fixture(scope="module")
def signer(keys):
    return Signer(domain=DOMAIN, keys=keys)


@pytest.fixture(scope="module")
def dns(keys):
    found = {record_of(key, DOMAIN).name: record_of(key, DOMAIN).value.encode() for key in keys}
    return lambda name, timeout=5: found[name.decode().rstrip(".")]


def mail_of(content):
    return Mail(envelope_from="b@gazette.example", envelope_to="ana@reader.example", message_id="41.7", content=content)


def verified(content, dns, count=2):
    """What the oracle says of each signature."""
    try:
        import nacl  # noqa: F401 the oracle's Ed25519
    except ImportError:
        missing("PyNaCl")
    return [one_verified(content, dns, index) for index in range(count)]


def one_verified(content, dns, index):
    try:
        return oracle.DKIM(content).verify(idx=index, dnsfunc=dns)
    except oracle.ValidationError:
        return False


def test_both_signatures_verify(signer, dns):
    signed = signer.sign(mail_of(HEAD + b"\r\n" + BODY)).content
    assert verified(signed, dns) == [True, True]


@pytest.mark.parametrize(
    "body", [b"", b"\r\n", b"\r\n\r\n\r\n", b"no line end", b"one\r\n", b"one\r\n\r\n", b" \t \r\n", b"\r\nlate\r\n"]
)
def test_every_ending_of_a_body_verifies(signer, dns, body):
    assert verified(signer.sign(mail_of(HEAD + b"\r\n" + body)).content, dns) == [True, True]


def test_the_signatures_stand_first_and_the_mail_is_left_as_it_was(signer):
    mail = mail_of(HEAD + b"\r\n" + BODY)
    signed = signer.sign(mail)
    assert signed.content.endswith(mail.content)
    message = message_from_bytes(signed.content, policy=policy.SMTP)
    before = message_from_bytes(mail.content, policy=policy.SMTP)
    assert message.items()[2:] == before.items()
    assert [name for name, _ in message.items()[:2]] == ["DKIM-Signature"] * 2
    assert message.get_content() == before.get_content()
    assert (signed.envelope_from, signed.envelope_to, signed.message_id) == (
        mail.envelope_from,
        mail.envelope_to,
        mail.message_id,
    )


def tags_of(content):
    value = message_from_bytes(content)["DKIM-Signature"]
    pairs = (tag.partition("=") for tag in "".join(value.split()).split(";"))
    return {name: text for name, _, text in pairs}


def test_all_headers_are_signed_and_what_readers_see_once_more(signer):
    tags = tags_of(signer.sign(mail_of(HEAD + b"\r\n" + BODY)).content)
    signed = tags["h"].encode().split(b":")
    there = [line.partition(b":")[0].lower() for line in unfolded(HEAD)]
    assert sorted(signed) == sorted([*there, *OVERSIGNED])
    assert {b"from", b"subject", b"to", b"date", b"message-id", b"reply-to"} <= set(OVERSIGNED)
    assert (tags["c"], tags["d"], tags["s"], tags["a"]) == ("relaxed/simple", DOMAIN, "spring", "rsa-sha256")
    assert "l" not in tags


def test_the_time_is_the_mails_own_so_a_second_attempt_is_the_first(signer):
    mail = mail_of(HEAD + b"\r\n" + BODY)
    again = pickle.loads(pickle.dumps(signer))
    assert tags_of(signer.sign(mail).content)["t"] == "1773295200"
    assert again.sign(mail).content == signer.sign(mail).content


@pytest.mark.parametrize("date", [b"", b"Date: noon\r\n", b"Date: \xff\r\n", b"Date: 1 Jan 1969 00:00:00 +0000\r\n"])
def test_a_mail_without_a_time_is_signed_without_one(signer, dns, date):
    head = HEAD.replace(b"Date: Thu, 12 Mar 2026 06:00:00 +0000\r\n", date)
    signed = signer.sign(mail_of(head + b"\r\n" + BODY)).content
    assert "t" not in tags_of(signed)
    assert verified(signed, dns) == [True, True]


def test_a_date_without_a_zone_is_utc(signer):
    head = HEAD.replace(b"+0000", b"-0000")
    assert tags_of(signer.sign(mail_of(head + b"\r\n" + BODY)).content)["t"] == "1773295200"


def test_lines_are_short(signer):
    signed = signer.sign(mail_of(HEAD + b"\r\n" + BODY)).content
    assert max(map(len, signed.split(b"\r\n"))) <= 78


def test_no_private_key_is_shown(signer):
    assert "private" not in repr(signer)
    assert repr(signer.keys[0].private) not in repr(signer)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"The ferry ", b"The  ferry "),
        (b"late.", b"late!"),
        (b"\r\n  Indented", b"\r\n Indented"),
        (b"Indented \r\n", b"Indented\r\n"),
        (b"Ferry_lines", b"Fairy_lines"),
        (b"ana@reader", b"eva@reader"),
        (b"41.7@", b"41.8@"),
        (b"06:00:00", b"06:00:01"),
        (b"desk@gazette", b"desk@other"),
        (b"unsubscribe/7", b"unsubscribe/8"),
        (b"One-Click", b"Two-Clicks"),
        (b"MIME-Version: 1.0\r\n", b""),
        (b"From: The", b"From: Evil <evil@evil.example>\r\nFrom: The"),
        (b"\r\nSubject:", b"\r\nSubject: Win\r\nSubject:"),
        (b"\r\nTo:", b"\r\nCc: all@evil.example\r\nTo:"),
        (b"\r\nDate:", b"\r\nReply-To: evil@evil.example\r\nDate:"),
        (b"\r\nList-Id:", b"\r\nList-Unsubscribe: <https://evil.example/>\r\nList-Id:"),
        (b"t=1773295200", b"t=1773295201"),
        (b"Indented \r\n", b"Indented \r\nAn advertisement\r\n"),
    ],
)
def test_any_change_breaks_both(signer, dns, before, after):
    signed = signer.sign(mail_of(HEAD + b"\r\n" + BODY)).content
    assert before in signed
    assert verified(signed.replace(before, after), dns) == [False, False]


def test_what_relays_do_breaks_nothing(signer, dns):
    signed = signer.sign(mail_of(HEAD + b"\r\n" + BODY)).content
    refolded = signed.replace(b"\r\nList-Id: <", b"\r\nList-Id:\r\n\t <")
    received = b"Return-Path: <b@gazette.example>\r\nReceived: from relay.example\r\n" + refolded + b"\r\n\r\n"
    assert verified(received, dns) == [True, True]


def test_any_flipped_byte_of_the_body_breaks_both(signer, dns):
    signed = signer.sign(mail_of(HEAD + b"\r\n" + BODY)).content
    start = len(signed) - len(BODY)
    for place in range(start, len(signed) - 4):
        changed = signed[:place] + bytes((signed[place] ^ 1,)) + signed[place + 1 :]
        assert verified(changed, dns, count=1) == [False], place


def test_several_headers_of_one_name_are_signed_from_below(signer, dns):
    head = HEAD + b"X-Note: first\r\nX-Note: second\r\n"
    signed = signer.sign(mail_of(head + b"\r\n" + BODY)).content
    assert verified(signed, dns) == [True, True]
    swapped = signed.replace(b"first", b"third").replace(b"second", b"first").replace(b"third", b"second")
    assert verified(swapped, dns) == [False, False]


TEXT = st.text(alphabet=" \tab:;=\u00e9", max_size=60)
FIELD = st.lists(TEXT, min_size=1, max_size=4).map(lambda parts: "X-Odd:" + "\r\n ".join(parts))


@given(FIELD, st.text(alphabet=" \t.ab\n\u00e9", max_size=80))
def test_canonical_forms_are_the_oracles(field, body):
    raw = field.encode()
    name, _, value = raw.partition(b":")
    ((theirs_name, theirs),) = canonicalization.Relaxed.canonicalize_headers([(name, value + b"\r\n")])
    assert relaxed(unfolded(raw)[0]) == (theirs_name, theirs_name + b":" + theirs)
    content = body.replace("\n", "\r\n").encode()
    assert body_hash(content) == sha256(canonicalization.Simple.canonicalize_body(content)).digest()


# RFC 8463 appendix A: the keys, the mail and its two signatures, of which both kinds are deterministic.

SEED = b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
RSA_KEY = b"""-----BEGIN RSA PRIVATE KEY-----
MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi
Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM
KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB
AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm
6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe
zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy
6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc
uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy
WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd
WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a
licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst
o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe
uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL
-----END RSA PRIVATE KEY-----
"""
TAGS = (
    "DKIM-Signature: v=1; a={}; c=relaxed/relaxed; d=football.example.com; i=@football.example.com; q=dns/txt; s={}; "
    "t=1528637909; h=from : to : subject : date : message-id : from : subject : date; "
    "bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b="
)
FOOTBALL = (
    b"From: Joe SixPack <joe@football.example.com>\r\n"
    b"To: Suzie Q <suzie@shopping.example.net>\r\n"
    b"Subject: Is dinner ready?\r\n"
    b"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
)
EXAMPLES = {
    ("ed25519-sha256", "brisbane"): (
        "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
    ),
    ("rsa-sha256", "test"): (
        "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeef"
        "Osk2JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8="
    ),
}


@pytest.mark.parametrize(("algorithm", "selector"), EXAMPLES)
def test_the_example_of_rfc_8463_is_signed_as_there(algorithm, selector):
    key = Ed25519PrivateKey.from_private_bytes(SEED) if selector == "brisbane" else load_pem_private_key(RSA_KEY, None)
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    lines = [*unfolded(FOOTBALL), TAGS.format(algorithm, selector).encode()]
    text = b"".join(relaxed(line)[1] for line in lines).removesuffix(b"\r\n")
    assert b64encode(sign_with(private, text)).decode() == EXAMPLES[algorithm, selector]


def test_a_key_of_another_kind_signs_nothing():
    from cryptography.hazmat.primitives.asymmetric import ec

    other = ec.generate_private_key(ec.SECP256R1())
    private = other.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key = Key(selector="odd", algorithm=Algorithm.RSA, private=private)
    with pytest.raises(TypeError):
        Signer(domain=DOMAIN, keys=(key,)).sign(mail_of(HEAD + b"\r\n" + BODY))
