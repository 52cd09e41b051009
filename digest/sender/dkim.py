"""Whether receivers find the key that our signatures are made with (RFC 6376, RFC 8463)."""

import re
from base64 import b64decode
from binascii import Error
from dataclasses import dataclass

from digest.model.examined import Examined, fail, ok, skip, warn
from digest.model.names import Asking, Known, Question, RecordKind, in_turn
from digest.sender.tags import read_tags

DKIM = "DKIM"
SHORT_RSA = 270
"""Octets of a public key in DER: an RSA key of 2,048 bits has 294, one of 1,024 bits 162."""

UNSIGNED = (
    "mail is not signed here; whether the relay signs it, and for whom, cannot be seen from here",
    "Send yourself a paper (digest send --to) and look for dkim=pass in its Authentication-Results.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A key we sign with: where its record belongs, and what the record should say (v=DKIM1; …; p=…)."""

    selector: str
    domain: str
    record: str

    @property
    def name(self) -> str:
        """The name of its TXT record."""
        return f"{self.selector}._domainkey.{self.domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """What a key record says; an empty key is one that was revoked."""

    kind: str
    key: bytes
    testing: bool
    mail: bool


def read_key(text: str) -> KeyRecord:
    """A key record; raises ValueError for what is none."""
    tags = read_tags(text)
    if tags.get("v", "DKIM1") != "DKIM1" or "p" not in tags:
        raise ValueError
    services = {each.strip() for each in tags.get("s", "*").split(":")}
    flags = {each.strip() for each in tags.get("t", "").split(":")}
    try:
        key = b64decode(re.sub(r"\s+", "", tags["p"]), validate=True)
    except Error:
        raise ValueError from None
    return KeyRecord(
        kind=tags.get("k", "rsa").lower(), key=key, testing="y" in flags, mail=bool(services & {"*", "email"})
    )


def look(expected: tuple[Expected, ...]) -> Asking[tuple[Examined, ...]]:
    """The keys we sign with, each beside its record."""
    if not expected:
        return (skip(DKIM, UNSIGNED[0], hint=UNSIGNED[1]),)
    return (yield from in_turn(map(_look, expected)))


def _look(expected: Expected) -> Asking[Examined]:
    reply = yield Question(name=expected.name, kind=RecordKind.TXT)
    publish = f"Publish at {expected.name} this TXT record: {expected.record}"
    if reply.known is Known.UNANSWERED:
        return fail(DKIM, f"the DNS {reply.why}", about=expected.name, hint="Receivers may not find the key either.")
    if reply.void:
        return fail(DKIM, "there is no key, so every signature of ours fails", about=expected.name, hint=publish)
    if len(reply.values) > 1:
        words = f"there are {len(reply.values)} records, and receivers take any of them"
        return fail(DKIM, words, about=expected.name, hint=publish)
    try:
        record = read_key(reply.values[0])
    except ValueError:
        return fail(DKIM, "what stands there is no key record", about=expected.name, hint=publish)
    return judge(record, expected, publish)


def judge(record: KeyRecord, expected: Expected, publish: str) -> Examined:
    """A record beside the key it should hold; raises ValueError where what is expected is no record itself."""
    wanted = read_key(expected.record)
    if not record.key:
        return fail(DKIM, "the key was revoked (p= is empty)", about=expected.name, hint=publish)
    if (record.kind, record.key) != (wanted.kind, wanted.key):
        words = "another key stands there than the one we sign with, so every signature of ours fails"
        return fail(DKIM, words, about=expected.name, hint=publish)
    if not record.mail:
        return fail(DKIM, "the record forbids its use for mail (s=)", about=expected.name, hint=publish)
    if record.testing:
        words = "the record says that it is a test (t=y), so receivers may ignore the signature"
        return warn(DKIM, words, about=expected.name, hint=publish)
    if record.kind == "rsa" and len(record.key) < SHORT_RSA:
        return warn(DKIM, "the key is shorter than 2,048 bits", about=expected.name, hint="Make a longer one.")
    return ok(DKIM, f"the {record.kind} key is there, and it is ours", about=expected.name)
