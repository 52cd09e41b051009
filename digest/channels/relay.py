"""Where mail is handed over and how: the relay's address as a value, read from a URL."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from digest.errors import UsageError

HINT = "write smtp+starttls://user:password@host:587, smtps://user:password@host:465 or smtp://host:25 (in clear)"


class Security(StrEnum):
    """How the connection is protected: upgraded, encrypted from the start, or not at all."""

    STARTTLS = "starttls"
    TLS = "tls"
    CLEAR = "clear"


SCHEMES = {
    "smtp+starttls": (Security.STARTTLS, 587),
    "smtps": (Security.TLS, 465),
    "smtp": (Security.CLEAR, 25),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpOptions:
    """A relay. `local_hostname` is what we call ourselves (found out where empty).

    Timeouts are in seconds: to connect, for the answer to a command, and for content and the answer to it together
    (RFC 5321 section 4.5.3.2: who gives up early on the final dot sends twice), and for the answer to QUIT. After
    `recycle_after` mails a connection is opened anew.
    """

    host: str
    port: int
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    local_hostname: str = ""
    connect_timeout: float = 30
    command_timeout: float = 300
    content_timeout: float = 600
    goodbye_timeout: float = 5
    recycle_after: int = 100

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_smtp_url(url: str) -> SmtpOptions:
    """The relay a URL names; user and password are percent-decoded.

    Raises UsageError, whose message never holds the password.
    """
    parts = _split(url)
    security, default_port = SCHEMES[parts.scheme]
    options = SmtpOptions(
        host=_host(parts),
        port=_port(parts, default_port),
        security=security,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
    if bool(options.username) != bool(options.password):
        raise UsageError("the SMTP URL needs a user and a password, or neither of them", hint=HINT)
    if options.password and security is Security.CLEAR and not _is_loopback(options.host):
        raise UsageError(
            f"smtp:// would send the password to {options.place} in clear",
            hint="write smtp+starttls:// or smtps:// instead",
        )
    return options


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        raise UsageError("the SMTP URL cannot be read: its host is malformed", hint=HINT) from None
    if parts.scheme not in SCHEMES:
        raise UsageError(f"an SMTP URL begins with {', '.join(f'{scheme}://' for scheme in SCHEMES)}", hint=HINT)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise UsageError(
            "the SMTP URL goes on after host and port: a / ? or # in user or password is written %2F %3F %23", hint=HINT
        )
    return parts


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        encoded = host.encode("idna")
    except UnicodeError:
        encoded = b""
    if not encoded or any(sign.isspace() or not sign.isprintable() for sign in host):
        raise UsageError("the SMTP URL names no host that can exist", hint=HINT)
    return host


def _port(parts: SplitResult, default: int) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise UsageError("the port of the SMTP URL is not a number from 1 to 65535", hint=HINT)
    return port or default


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
