"""What a relay offers to us, as its greeting and its certificate say (RFC 5321 section 4.1.1.1)."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

SENSIBLE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The service extensions by name in capitals, the most octets of a mail (None: it does not say), the version of
    TLS (empty: in clear), when the certificate expires, and the address that answered.
    """

    extensions: tuple[str, ...] = ()
    size: int | None = None
    tls: str = ""
    expires_at: datetime | None = None
    address: str = ""


def offer_of(extensions: Mapping[str, str], *, secured: object, peer: object) -> Offer:
    """The offer of a connection: its extensions, its TLS object and its peer as the transport gives them."""
    named = {name.upper(): words.strip() for name, words in extensions.items()}
    return Offer(
        extensions=tuple(sorted(named)),
        size=most_octets(named.get("SIZE", "")),
        tls=(secured.version() or "") if isinstance(secured, ssl.SSLObject) else "",
        expires_at=_expiry(secured.getpeercert()) if isinstance(secured, ssl.SSLObject) else None,
        address=str(peer[0]) if isinstance(peer, tuple) and peer else "",
    )


def most_octets(words: str) -> int | None:
    """The limit that a server names with SIZE; None where it names none, 0, or no sensible number (RFC 1870)."""
    return (int(words) or None) if SENSIBLE.fullmatch(words) else None


def _expiry(certificate: Mapping[str, object] | None) -> datetime | None:
    until = (certificate or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if isinstance(until, str) else None
