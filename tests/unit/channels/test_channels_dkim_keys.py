"""The keys of DKIM: which files are taken, which are refused and in which words, and what is published of them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from digest.channels.dkim import Algorithm
from digest.channels.dkim_keys import Record, new_key, read_key, read_signer, record_of
from digest.errors import SettingsError

SENDER = "The Gazette <news@mail.gazette.example>"


def pem(key, *, form=PrivateFormat.PKCS8, secret=None):
    encryption = BestAvailableEncryption(secret) if secret else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, encryption)


def key_of(one, other):
    """An RSA key of two Mersenne primes, 2 to these powers minus 1: there at once, whatever its length."""
    p, q = 2**one - 1, 2**other - 1
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    numbers = rsa.RSAPrivateNumbers(
        p=p, q=q, d=d, dmp1=d % (p - 1), dmq1=d % (q - 1), iqmp=pow(q, -1, p), public_numbers=public
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def saved(folder, name, content, mode=0o600):
    path = folder / name
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.fixture(scope="module")
def rsa_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_rsa_keys_are_taken_in_both_forms(tmp_path, rsa_key, form):
    found = read_key(saved(tmp_path, "a.pem", pem(rsa_key, form=form)), "Spring2026.mail")
    assert (found.key.algorithm, found.key.selector, found.doubts) == (Algorithm.RSA, "spring2026.mail", ())


def test_ed25519_keys_are_taken(tmp_path):
    found = read_key(saved(tmp_path, "a.pem", new_key(Algorithm.ED25519)), "small")
    assert (found.key.algorithm, found.doubts) == (Algorithm.ED25519, ())


def refused(path, selector="spring"):
    with pytest.raises(ValueError) as fault:  # noqa: PT011 the message is looked at
        read_key(path, selector)
    assert str(path) in str(fault.value)
    return str(fault.value)


def test_files_that_hold_no_key_are_refused(tmp_path, rsa_key):
    public = rsa_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    openssh = pem(ed25519.Ed25519PrivateKey.generate(), form=PrivateFormat.OpenSSH)
    certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    assert "cannot be read: No such file" in refused(tmp_path / "none.pem")
    assert "cannot be read: Is a directory" in refused(tmp_path)
    assert "no private key in PEM" in refused(saved(tmp_path, "empty.pem", b""))
    assert "no private key in PEM" in refused(saved(tmp_path, "odd.pem", bytes(range(256))))
    assert "public half" in refused(saved(tmp_path, "public.pem", public))
    assert "certificate" in refused(saved(tmp_path, "certificate.pem", certificate))
    assert "SSH" in refused(saved(tmp_path, "ssh.pem", openssh))
    assert "too large" in refused(saved(tmp_path, "large.pem", bytes(200_000)))


def test_keys_that_cannot_sign_are_refused(tmp_path, rsa_key):
    curve = ec.generate_private_key(ec.SECP256R1())
    assert "openssl pkey" in refused(saved(tmp_path, "locked.pem", pem(rsa_key, secret=b"secret")))
    locked = pem(rsa_key, form=PrivateFormat.TraditionalOpenSSL, secret=b"secret")
    assert "openssl pkey" in refused(saved(tmp_path, "locked_too.pem", locked))
    assert "another kind" in refused(saved(tmp_path, "curve.pem", pem(curve)))
    assert "4484 bits" in refused(saved(tmp_path, "long.pem", pem(key_of(2281, 2203))))


def test_short_keys_are_refused_or_warned_of(tmp_path):
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    (doubt,) = read_key(saved(tmp_path, "weak.pem", pem(weak)), "weak").doubts
    assert "1024 bits" in doubt
    assert "648 bits" in refused(saved(tmp_path, "weaker.pem", pem(key_of(521, 127))))


def test_a_key_everybody_can_read_is_warned_of(tmp_path):
    path = saved(tmp_path, "open.pem", new_key(Algorithm.ED25519), mode=0o644)
    (doubt,) = read_key(path, "open").doubts
    assert f"chmod 600 {path}" in doubt
    assert read_key(saved(tmp_path, "group.pem", new_key(Algorithm.ED25519), mode=0o640), "group").doubts == ()


def test_records_publish_the_public_half(tmp_path, rsa_key):
    from base64 import b64decode

    key = read_key(saved(tmp_path, "a.pem", pem(rsa_key)), "spring").key
    record = record_of(key, "gazette.example")
    assert record.name == "spring._domainkey.gazette.example"
    tags = dict(tag.split("=", 1) for tag in record.value.split("; "))
    assert (tags["v"], tags["k"]) == ("DKIM1", "rsa")
    assert load_der_public_key(b64decode(tags["p"])).public_numbers() == rsa_key.public_key().public_numbers()
    small = read_key(saved(tmp_path, "b.pem", new_key(Algorithm.ED25519)), "small").key
    assert len(b64decode(record_of(small, "gazette.example").value.partition("p=")[2])) == 32


def test_long_records_are_cut_for_the_zone():
    record = Record(name="spring._domainkey.gazette.example", value="v=DKIM1; " + "x" * 500)
    assert [len(each) for each in record.strings] == [255, 254]
    assert "".join(record.strings) == record.value
    opening, *strings = record.zone_line().split('"')
    assert opening == "spring._domainkey.gazette.example. IN TXT ( "
    assert strings[0::2] == list(record.strings)
    assert strings[-1] == " )"


@pytest.mark.parametrize("domain", ["", "mail.gazette.example", "gazette.example"])
def test_the_domain_is_the_senders_or_above_it(tmp_path, domain):
    path = saved(tmp_path, "Spring.pem", new_key(Algorithm.ED25519))
    signer, doubts = read_signer([path], [], domain=domain, sender=SENDER)
    assert (signer.domain, doubts) == (domain or "mail.gazette.example", ())
    assert signer.keys[0].selector == "spring"


@pytest.mark.parametrize("domain", ["other.example", "zette.example", "example", "sub.mail.gazette.example"])
def test_another_domain_is_refused(tmp_path, domain):
    path = saved(tmp_path, "spring.pem", new_key(Algorithm.ED25519))
    with pytest.raises(SettingsError) as fault:
        read_signer([path], [], domain=domain, sender=SENDER)
    (said,) = fault.value.faults
    assert said.startswith(f"DIGEST_DKIM_DOMAIN: {domain} is neither")


def test_every_fault_is_told_at_once(tmp_path):
    paths = [tmp_path / "none.pem", saved(tmp_path, "odd.pem", b"odd")]
    with pytest.raises(SettingsError) as fault:
        read_signer(paths, ["one"], domain="other.example", sender=SENDER)
    assert [said.partition(":")[0] for said in fault.value.faults] == [
        "DIGEST_DKIM_DOMAIN",
        "DIGEST_DKIM_SELECTOR",
        "DIGEST_DKIM_KEY",
        "DIGEST_DKIM_KEY",
    ]


def test_selectors_are_a_keys_own_and_names_of_hosts(tmp_path):
    paths = [saved(tmp_path, name, new_key(Algorithm.ED25519)) for name in ("a.pem", "my key.pem")]
    with pytest.raises(SettingsError, match="two keys have the same selector"):
        read_signer(paths, ["one", "One"], domain="", sender=SENDER)
    with pytest.raises(SettingsError, match="'my key' is no selector"):
        read_signer(paths, [], domain="", sender=SENDER)
    signer, _ = read_signer(paths, ["one", "two"], domain="", sender=SENDER)
    assert [key.selector for key in signer.keys] == ["one", "two"]


def test_a_fresh_rsa_key_has_2048_bits(tmp_path):
    path = saved(tmp_path, "a.pem", new_key(Algorithm.RSA))
    assert read_key(Path(path), "a").doubts == ()
