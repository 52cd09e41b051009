"""One reading of a URL, so that what is checked is what is asked."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import quote, urljoin

from digest.errors import AddressRefused

WHOLE = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?", re.IGNORECASE
)
AUTHORITY = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::(?P<port>[0-9]{0,5}))?")
LABEL = re.compile(r"[a-z0-9_-]{1,63}")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
UNQUOTED = "%/:@!$&'()*+,;=~-._?[]"
DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST = 4096
LONGEST_HOST = 253
LAST_PORT = 65535
SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A checked http(s) address: `url` is canonical, `host` lower-case ASCII (IPv6 without brackets), no fragment."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Scheme, host and port (RFC 6454)."""
        return f"{self.scheme}://{bracketed(self.host)}:{self.port}"


def bracketed(host: str) -> str:
    """A host as it stands in a URL: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def read_url(url: str) -> Target:
    """Take an absolute http(s) URL apart (RFC 3986) and write it canonically.

    Path and query stay as they are, but for characters that may not stand there. Raises AddressRefused for every
    other scheme, user names, odd spellings of numeric addresses, and hosts that are none.
    """
    text = url.strip()
    whole = WHOLE.fullmatch(text)
    if whole is None or CONTROL.search(text) or len(text) > LONGEST:
        raise AddressRefused(f"{_shown(text)} is no http or https address")
    if re.search(r"[@\\%\s]", whole["authority"]):
        raise AddressRefused(
            f"{_shown(text)} has a user name or a character in its host that may not be there",
            hint="Credentials belong into the feed's extra header.",
        )
    authority = AUTHORITY.fullmatch(whole["authority"])
    if authority is None:
        raise AddressRefused(f"{_shown(text)} has no host that could be asked")
    scheme, host = whole["scheme"].lower(), _host(authority["host"])
    port = int(authority["port"] or DEFAULT_PORTS[scheme])
    if not 0 < port <= LAST_PORT:
        raise AddressRefused(f"{host} has no port {port}")
    netloc = bracketed(host) if port == DEFAULT_PORTS[scheme] else f"{bracketed(host)}:{port}"
    query = "" if whole["query"] is None else "?" + _quoted(whole["query"])
    return Target(url=f"{scheme}://{netloc}{_quoted(whole['path']) or '/'}{query}", scheme=scheme, host=host, port=port)


def joined(base: str, reference: str) -> str:
    """A reference found at `base` as an absolute URL (RFC 3986 section 5), unchecked; "" where it makes no sense."""
    try:
        return urljoin(base, reference.strip())
    except ValueError:
        return ""


def _host(written: str) -> str:
    if written.startswith("["):
        return _v6(written[1:-1])
    host = _idna(written).removesuffix(".")
    labels = host.split(".")
    if NUMBER.fullmatch(labels[-1]):
        return _v4(host)
    if len(host) > LONGEST_HOST or not all(LABEL.fullmatch(label) for label in labels):
        raise AddressRefused(f"“{_shown(written)}” is no host name")
    return host


def _idna(written: str) -> str:
    from yarl import URL

    try:
        return (URL.build(scheme="http", host=written).raw_host or "").lower()
    except ValueError as fault:
        raise AddressRefused(f"“{_shown(written)}” is no host name") from fault


def _v4(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError as fault:
        raise AddressRefused(
            f"“{_shown(host)}” is an odd spelling of a numeric address", hint="Write it as four decimal numbers."
        ) from fault


def _v6(host: str) -> str:
    try:
        return str(IPv6Address(host))
    except ValueError as fault:
        raise AddressRefused(f"“{_shown(host)}” is no IPv6 address") from fault


def _quoted(part: str) -> str:
    return quote(part.encode("utf-8", "replace"), safe=UNQUOTED)


def _shown(text: str) -> str:
    """The address for a message: without its query, which may hold a secret, and without control characters."""
    plain = CONTROL.sub("?", text.partition("?")[0])
    plain = re.sub(r"//[^/@]*@", "//…@", plain).encode("utf-8", "replace").decode()
    return plain if len(plain) <= SHOWN else plain[: SHOWN - 1] + "…"
