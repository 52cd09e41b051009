"""DKIM: every mail is signed by the sender's domain (RFC 6376, RFC 8301; Ed25519 by RFC 8463)."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

from digest.model.message import Mail

OVERSIGNED = (
    b"from",
    b"to",
    b"cc",
    b"subject",
    b"date",
    b"message-id",
    b"reply-to",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
    b"mime-version",
    b"content-type",
)
"""Signed once more than they are there, so that nobody can add one (RFC 6376 sections 5.4.2 and 8.15)."""

LINE = 76
"""The longest line of a signature that is not a single long word."""

CRLF = b"\r\n"
_PADDING, _HASH = PKCS1v15(), SHA256()


class Algorithm(StrEnum):
    """How a key signs, by its name in a signature (RFC 6376 section 3.3, RFC 8463 section 3)."""

    RSA = "rsa-sha256"
    ED25519 = "ed25519-sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A private key (PKCS#8, DER) and the selector its public half is published under."""

    selector: str
    algorithm: Algorithm
    private: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs for one domain, with each of its keys; the first one's signature stands on top.

    A value without an open key in it, so it can be handed to other processes.
    """

    domain: str
    keys: tuple[Key, ...]

    def sign(self, mail: Mail) -> Mail:
        """The mail with a DKIM-Signature of each key before its headers, all of which are signed, and its whole body.

        Headers are signed relaxed, the body simple (RFC 6376 section 3.4). The same mail makes the same bytes: both
        kinds of signature are deterministic, and the time in them is the mail's Date.
        """
        content = mail.content
        end = content.find(b"\r\n\r\n")
        start = len(content) if end < 0 else end + 4
        # Of several headers of one name the last is signed first.
        fields = [relaxed(line) for line in reversed(unfolded(content[:start]))]
        names, headers = tuple([name for name, _ in fields]), b"".join([line for _, line in fields])
        made = b"%bbh=%b;" % (_time(dict(fields).get(b"date", b"")), b64encode(body_hash(content, start)))
        signatures = [self._signature(key, names, headers, made) for key in self.keys]
        return Mail(
            envelope_from=mail.envelope_from,
            envelope_to=mail.envelope_to,
            message_id=mail.message_id,
            content=b"".join((*signatures, content)),
            smooth=mail.smooth,
        )

    def _signature(self, key: Key, names: tuple[bytes, ...], headers: bytes, made: bytes) -> bytes:
        """One DKIM-Signature header, with its line end.

        `names` are those of the signed headers in the order of `headers`, their relaxed form; `made` are the tags that
        say when the mail was made and what the hash of its body is.
        """
        raw, canonical = opening(self.domain, key.selector, key.algorithm, names)
        value = sign_with(key.private, b"".join((headers, canonical, made, b" b=")))
        return b"".join((raw, made, b"\r\n b=", folded(b64encode(value)), CRLF))


def unfolded(head: bytes) -> list[bytes]:
    """The header fields of a head, each on one line without its line end."""
    whole = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t")
    return [line for line in whole.split(CRLF) if b":" in line]


@lru_cache(maxsize=256)
def relaxed(line: bytes) -> tuple[bytes, bytes]:
    """The name of an unfolded header field, and the field in its relaxed form (RFC 6376 section 3.4.2)."""
    name, _, value = line.partition(b":")
    name = name.rstrip(b" \t").lower()
    words = value.replace(b"\t", b" ").split(b" ")
    return name, b"%b:%b\r\n" % (name, b" ".join(filter(None, words)))


def body_hash(content: bytes, start: int = 0) -> bytes:
    """The SHA-256 of a mail's body in its simple form: empty lines at the end do not count, and it ends with a line
    end (RFC 6376 section 3.4.3). The body begins at `start` and is not copied.
    """
    end = len(content)
    while content.endswith(b"\r\n\r\n", start, end):
        end -= 2
    state = sha256(memoryview(content)[start:end])
    if not content.endswith(CRLF, start, end):
        state.update(CRLF)
    return state.digest()


@lru_cache(maxsize=64)
def opening(domain: str, selector: str, algorithm: Algorithm, names: tuple[bytes, ...]) -> tuple[bytes, bytes]:
    """A signature's tags that are the same in every mail with headers of these names: as they are written, and in their
    relaxed form.
    """
    tags = f"DKIM-Signature: v=1; a={algorithm}; c=relaxed/simple; d={domain}; s={selector};".encode()
    parts = [part + b":" for part in (*names, *OVERSIGNED)]
    parts[0], parts[-1] = b"h=" + parts[0], parts[-1][:-1] + b";"
    raw = wrapped(tags.split(b" "), between=b" ") + b"\r\n " + wrapped(parts, between=b"") + b"\r\n "
    return raw, relaxed(raw.replace(CRLF, b""))[1].removesuffix(CRLF) + b" "


def wrapped(parts: Sequence[bytes], *, between: bytes) -> bytes:
    """Words in lines that keep to LINE where they can, each but the first with a space before it."""
    lines = [parts[0]]
    for part in parts[1:]:
        longer = lines[-1] + between + part
        if len(longer) < LINE:
            lines[-1] = longer
        else:
            lines.append(part)
    return b"\r\n ".join(lines)


def folded(value: bytes) -> bytes:
    """Base64 in lines, of which the first has "b=" before it."""
    room = LINE - len(" b=")
    rest = (value[place : place + LINE - 1] for place in range(room, len(value), LINE - 1))
    return b"\r\n ".join((value[:room], *rest))


def sign_with(private: bytes, text: bytes) -> bytes:
    """The signature of a text. Ed25519 signs its SHA-256, as RFC 8463 section 3 has it."""
    key = opened(private)
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(sha256(text).digest())
    return key.sign(text, _PADDING, _HASH)


@lru_cache(maxsize=8)
def opened(private: bytes) -> RSAPrivateKey | Ed25519PrivateKey:
    """A private key, opened once in each process."""
    key = load_der_private_key(private, None, unsafe_skip_rsa_key_validation=True)  # checked when its file was read
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise TypeError("DKIM signs with RSA and Ed25519 only")
    return key


@lru_cache(maxsize=256)
def _time(date: bytes) -> bytes:
    """When a mail was made, by its Date header, as the tag t= and a space; nothing where that does not say
    (RFC 6376 section 3.5).
    """
    try:
        when = parsedate_to_datetime(date.partition(b":")[2].decode("ascii"))
    except ValueError:
        return b""
    seconds = int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    return b"t=%d; " % seconds if seconds >= 0 else b""
