"""Where bounces arrive: the folder on an IMAP server as a value, read from a URL (RFC 5092 in part)."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from digest.errors import UsageError

HINT = "write imaps://user:password@host/INBOX or imap+starttls://user:password@host/INBOX"


class Security(StrEnum):
    """How the connection is protected: encrypted from the start, upgraded, or not at all (loopback only)."""

    TLS = "tls"
    STARTTLS = "starttls"
    CLEAR = "clear"


SCHEMES = {
    "imaps": (Security.TLS, 993),
    "imap+starttls": (Security.STARTTLS, 143),
    "imap": (Security.CLEAR, 143),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapOptions:
    """A folder on a server, and how to get there."""

    host: str
    port: int
    security: Security = Security.TLS
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"

    @property
    def place(self) -> str:
        """Host and folder, for messages."""
        return f"{self.host}/{self.folder}"


def parse_imap_url(url: str) -> ImapOptions:
    """The folder a URL names; user, password and folder are percent-decoded. Raises UsageError, never with the
    password in its message.
    """
    parts = _split(url)
    security, usual = SCHEMES[parts.scheme]
    folder = unquote(parts.path.strip("/")) or "INBOX"
    username, password, host = unquote(parts.username or ""), unquote(parts.password or ""), parts.hostname or ""
    if not username or not password or not host:
        raise UsageError("the IMAP URL needs a user, a password and a host", hint=HINT)
    if not all(text.isprintable() and text.isascii() for text in (username, password, folder)):
        raise UsageError("user, password and folder of the IMAP URL must be ASCII on one line", hint=HINT)
    if security is Security.CLEAR and not _is_loopback(host):
        raise UsageError(f"imap:// would send the password to {host} in clear", hint=HINT)
    port = _port(parts) or usual
    return ImapOptions(host=host, port=port, security=security, username=username, password=password, folder=folder)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        raise UsageError("the IMAP URL cannot be read: its host is malformed", hint=HINT) from None
    if parts.scheme not in SCHEMES:
        raise UsageError("an IMAP URL begins with imaps:// or imap+starttls://", hint=HINT)
    if parts.query or parts.fragment:
        raise UsageError("a ? or # in an IMAP URL is written %3F or %23", hint=HINT)
    return parts


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise UsageError("the port of the IMAP URL is not a number from 1 to 65535", hint=HINT)
    return port


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
