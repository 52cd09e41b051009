"""Where mail is handed over and how: the relays' addresses as values, read from URLs."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from digest.errors import UsageError
from digest.model.rates import Rate, WarmUp

HINT = "write smtp+starttls://user:password@host:587, smtps://user:password@host:465 or smtp://host:25 (in clear)"
OPTIONS_HINT = (
    "options follow the port: ?weight=3&connections=10&second=20&hour=1000&day=20000&warmup=50x1.5 "
    "(all of them optional, each once)"
)
BETWEEN_URLS = re.compile(r"[\s,]+(?=(?:smtp\+starttls|smtps|smtp)://)|\s+|,+\Z", re.IGNORECASE)
UNBOUNDED = Rate()


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
    `recycle_after` mails a connection is opened anew. A relay that announces PIPELINING and leaves commands in a row
    unanswered gets one after the other for `distrust_for` seconds.

    `weight` is the relay's share of the mail beside the other relays; 0 is a stand-by, used only while no other relay
    is up. `connections` are open at a time (None: as many as the settings say), and no more than `rate` is sent.
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
    distrust_for: float = 3600
    weight: int = 1
    connections: int | None = None
    rate: Rate = UNBOUNDED

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_smtp_urls(text: str) -> tuple[SmtpOptions, ...]:
    """The relays of a list of URLs in its order; none where it is empty.

    Whitespace stands between two URLs. A comma does too where a scheme follows it: no URL can hold that in itself, for
    a / in a password is written %2F. Raises UsageError, whose message never holds a password, also for a relay (host
    and port) that is named twice.
    """
    urls = [url for url in BETWEEN_URLS.split(text.strip()) if url]
    relays: dict[str, SmtpOptions] = {}
    for number, url in enumerate(urls, start=1):
        try:
            options = parse_smtp_url(url)
        except UsageError as error:
            where = f"in SMTP URL {number} of {len(urls)}: " if len(urls) > 1 else ""
            raise UsageError(where + error.message, hint=error.hint) from None
        if options.place in relays:
            raise UsageError(f"two SMTP URLs name the relay {options.place}", hint="name each relay once")
        relays[options.place] = options
    return tuple(relays.values())


def parse_smtp_url(url: str) -> SmtpOptions:
    """The relay a URL names, with its options; user and password are percent-decoded.

    The options are `weight` (0 to 1000), `connections` (1 to 50), `second`, `hour` and `day` (the most messages in
    each) and `warmup` (50x1.5: 50 messages on the first day, 1.5 times as many on each further one). Raises UsageError,
    whose message never holds the password.
    """
    parts = _split(url)
    security, default_port = SCHEMES[parts.scheme]
    options = SmtpOptions(
        host=_host(parts),
        port=_port(parts, default_port),
        security=security,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        **_chosen(parts.query),
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
    if parts.path.strip("/") or "@" in parts.query or parts.fragment:
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
    if not encoded or any(sign.isspace() or sign == "," or not sign.isprintable() for sign in host):
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


def _whole(text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text) or not low <= int(text) <= high:
        raise ValueError
    return int(text)


def _number(text: str, low: float, high: float) -> float:
    if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,10})?", text) or not low <= float(text) <= high:
        raise ValueError
    return float(text)


def _warm_up(text: str) -> WarmUp:
    start, _, growth = text.partition("x")
    return WarmUp(start=_whole(start, 1, MOST), growth=_number(growth, 1, 10))


MOST = 10**9
CHOICES: dict[str, tuple[Callable[[str], Any], str]] = {
    "weight": (lambda text: _whole(text, 0, 1000), "a whole number from 0 (stand-by only) to 1000"),
    "connections": (lambda text: _whole(text, 1, 50), "a whole number from 1 to 50"),
    "second": (lambda text: _number(text, 0.001, 10_000), "a number from 0.001 to 10000"),
    "hour": (lambda text: _whole(text, 1, MOST), "a whole number of messages, at least 1"),
    "day": (lambda text: _whole(text, 1, MOST), "a whole number of messages, at least 1"),
    "warmup": (_warm_up, "the messages of the first day and the daily growth (from 1 to 10), like 50x1.5"),
}
"""The options of an SMTP URL: how each is read (ValueError where it cannot be), and what it must be in words."""


def _chosen(query: str) -> dict[str, Any]:
    """What the options of the URL fill in. No word of them is repeated: a password may have slipped in here."""
    values: dict[str, Any] = {}
    for number, option in enumerate(query.split("&") if query else (), start=1):
        name, _, text = option.partition("=")
        if name not in CHOICES:
            raise UsageError(f"option {number} of the SMTP URL is none of {', '.join(CHOICES)}", hint=OPTIONS_HINT)
        if name in values:
            raise UsageError(f"the SMTP URL has the option {name} twice", hint=OPTIONS_HINT)
        values[name] = _value(name, unquote(text))
    rate = Rate(
        per_second=values.pop("second", None),
        per_hour=values.pop("hour", None),
        per_day=values.pop("day", None),
        warm_up=values.pop("warmup", None),
    )
    return {**values, "rate": rate}


def _value(name: str, text: str) -> object:
    read, expected = CHOICES[name]
    try:
        return read(text)
    except ValueError:
        raise UsageError(f"{name} in the SMTP URL must be {expected}", hint=OPTIONS_HINT) from None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
