"""The keys of DKIM: read from files, made anew, and the DNS records that publish them."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from digest.channels.dkim import Algorithm, Key, Signer, opened
from digest.channels.dkim_names import is_selector
from digest.errors import SettingsError

WEAKEST, WEAK, LONGEST = 1024, 2048, 4096
"""Bits of an RSA key: fewer are refused, fewer are warned of, more need not be understood (RFC 8301 section 3.2)."""

STRING = 255
"""The most octets of one string in a TXT record (RFC 1035 section 3.3)."""

MOST = 100_000
"""Octets of a file beyond which it is no key."""

OTHERS = 0o007
"""The rights to a file that those have who are neither its owner nor of its group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A TXT record: what is published under which name of the DNS."""

    name: str
    value: str

    @property
    def strings(self) -> tuple[str, ...]:
        """The value in strings of at most 255 octets, as DNS servers want it."""
        return tuple(self.value[place : place + STRING] for place in range(0, len(self.value), STRING))

    def zone_line(self) -> str:
        """The record as a line of a zone file (RFC 1035 section 5)."""
        strings = " ".join(f'"{each}"' for each in self.strings)
        return f"{self.name}. IN TXT ( {strings} )"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A key as it was read from its file, and what is doubtful about it, in a sentence each."""

    key: Key
    doubts: tuple[str, ...] = ()


def record_of(key: Key, domain: str) -> Record:
    """What publishes the public half of a key (RFC 6376 section 3.6.1, RFC 8463 section 4)."""
    public = opened(key.private).public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        kind, octets = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    else:
        kind, octets = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Record(
        name=f"{key.selector}._domainkey.{domain}", value=f"v=DKIM1; k={kind}; p={b64encode(octets).decode()}"
    )


def new_key(algorithm: Algorithm, *, bits: int = WEAK) -> bytes:
    """A fresh private key as PEM (PKCS#8, not encrypted); `bits` is the length of an RSA key."""
    made: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
    if algorithm is Algorithm.ED25519:
        made = ed25519.Ed25519PrivateKey.generate()
    else:
        made = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_signer(
    paths: Sequence[Path], selectors: Sequence[str], *, domain: str, sender: str
) -> tuple[Signer, tuple[str, ...]]:
    """What signs with the keys of these files, and what is doubtful about them.

    `selectors` are theirs in order; without any, a key's selector is its file's name without the ending. `domain` must
    be that of the `sender`'s address or one above it, and is that where it is empty: only then does the signature
    speak for the sender (RFC 7489 section 3.1.1). Raises SettingsError with every fault.
    """
    faults = list(_misfit(domain, sender))
    if selectors and len(selectors) != len(paths):
        counts = f"{len(selectors)} selector(s) for {len(paths)} key(s)"
        faults.append(f"DIGEST_DKIM_SELECTOR: {counts}; each key needs its own")
    own = selectors if len(selectors) == len(paths) else [path.stem for path in paths]
    named = list(zip(paths, own, strict=True))
    if len({selector.lower() for _, selector in named}) < len(named):
        faults.append("DIGEST_DKIM_SELECTOR: two keys have the same selector")
    files: list[KeyFile] = []
    for path, selector in named:
        try:
            files.append(read_key(path, selector))
        except ValueError as fault:
            faults.append(f"DIGEST_DKIM_KEY: {fault}")
    if faults:
        raise SettingsError(tuple(faults), hint="digest dkim new makes a key and says what to set (docs/dkim.md)")
    signer = Signer(domain=domain or domain_of(sender), keys=tuple(file.key for file in files))
    return signer, tuple(doubt for file in files for doubt in file.doubts)


def read_key(path: Path, selector: str) -> KeyFile:
    """The key in a file; raises ValueError with the fault in one sentence, which names the file and shows nothing of
    what is in it.
    """
    if not is_selector(selector.lower()):
        raise ValueError(f"{selector!r} is no selector: letters, digits and hyphens, as in the name of a host")
    opened_key = _private_key(path, _content(path))
    doubts = _exposed(path)
    if isinstance(opened_key, rsa.RSAPrivateKey):
        doubts += _short(path, opened_key.key_size)
    algorithm = Algorithm.RSA if isinstance(opened_key, rsa.RSAPrivateKey) else Algorithm.ED25519
    private = opened_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return KeyFile(key=Key(selector=selector.lower(), algorithm=algorithm, private=private), doubts=doubts)


def domain_of(sender: str) -> str:
    """The domain of an address, or of a mailbox "Name <address>"."""
    return sender.rpartition("@")[2].rstrip(">").lower()


def _misfit(domain: str, sender: str) -> tuple[str, ...]:
    """Why a domain does not speak for the sender's, if it does not."""
    own = domain_of(sender)
    if not domain or domain == own or (own.endswith(f".{domain}") and "." in domain):
        return ()
    said = f"{domain} is neither the domain of DIGEST_FROM, {own}, nor one above it"
    return (f"DIGEST_DKIM_DOMAIN: {said}, so receivers would not count its signature as the sender's",)


def _content(path: Path) -> bytes:
    """What is in the file of a key."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > MOST:
        raise ValueError(f"{path} is too large for a key")
    return content


def _private_key(path: Path, content: bytes) -> rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey:
    """The key in a file's content."""
    try:
        key = load_pem_private_key(content, None)
    except TypeError:
        raise ValueError(
            f"{path} is encrypted, and nobody is there to type its passphrase: openssl pkey -in {path} -out NEW takes "
            "it off"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(f"{path} {_instead(content)}") from None
    if not isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise ValueError(f"{path} holds a key of another kind: DKIM signs with RSA and Ed25519")  # noqa: TRY004 one kind of fault
    if isinstance(key, rsa.RSAPrivateKey) and not WEAKEST <= key.key_size <= LONGEST:
        raise ValueError(
            f"{path} holds an RSA key of {key.key_size} bits: receivers take {WEAKEST} to {LONGEST}, {WEAK} is right"
        )
    return key


def _instead(content: bytes) -> str:
    """What a file holds that holds no private key."""
    if b"PUBLIC KEY-----" in content:
        return "holds the public half of a key: the private half signs"
    if b"-----BEGIN CERTIFICATE" in content:
        return "holds a certificate: DKIM signs with a plain private key"
    if b"-----BEGIN OPENSSH" in content:
        return "holds a key for SSH: DKIM needs one in PKCS#8 or PKCS#1"
    return "holds no private key in PEM (a text that begins with -----BEGIN PRIVATE KEY-----)"


def _exposed(path: Path) -> tuple[str, ...]:
    """That a key can be read by everybody on this machine."""
    if path.stat().st_mode & OTHERS:
        return (f"{path} can be read by everybody on this machine, who could sign as you: chmod 600 {path}",)
    return ()


def _short(path: Path, bits: int) -> tuple[str, ...]:
    """That an RSA key is shorter than it should be."""
    if bits < WEAK:
        return (f"{path} holds an RSA key of {bits} bits, which some receivers count for nothing: make one of {WEAK}",)
    return ()
