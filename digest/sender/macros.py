"""The domain of an SPF term, its macros filled in (RFC 7208 section 7)."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

Address = IPv4Address | IPv6Address

MACRO = re.compile(r"%(?:\{([slodiphcrtv])(\d{0,3})(r?)([-.+,/_=]*)\}|([%_-])|)", re.IGNORECASE)
PLAIN = {"%": "%", "_": " ", "-": "%20"}
LONGEST_NAME = 253
NAME = re.compile(r"[!-~]+\.[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*\.?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends: the envelope sender's address, what the relay calls itself, and its address; None is nobody's."""

    mailbox: str
    helo: str
    address: Address | None


def expand(text: str, domain: str, sender: Sender) -> str:
    """The name that a term means; raises ValueError where it is none."""
    name = MACRO.sub(lambda match: _value(match, domain, sender), text) if "%" in text else text
    name = name.removesuffix(".")
    while len(name) > LONGEST_NAME and "." in name:
        name = name.partition(".")[2]
    if not NAME.fullmatch(name) or ".." in name or len(name) > LONGEST_NAME:
        raise ValueError
    return name


def _value(match: re.Match[str], domain: str, sender: Sender) -> str:
    letter, figures, backwards, signs, plain = match.groups()
    if plain:
        return PLAIN[plain]
    if not letter or letter.lower() in "crt" or figures == "0":
        raise ValueError
    parts = re.split(f"[{re.escape(signs or '.')}]", _letter(letter.lower(), domain, sender))
    if backwards:
        parts.reverse()
    text = ".".join(parts[-int(figures) :] if figures else parts)
    return quote(text) if letter.isupper() else text


def _letter(letter: str, domain: str, sender: Sender) -> str:
    local, _, origin = sender.mailbox.rpartition("@")
    address = sender.address or IPv4Address(0)
    if letter == "i" and isinstance(address, IPv6Address):
        return ".".join(address.exploded.replace(":", ""))
    return {
        "s": f"{local or 'postmaster'}@{origin}",
        "l": local or "postmaster",
        "o": origin,
        "d": domain,
        "i": str(address),
        "p": "unknown",
        "h": sender.helo or "unknown",
        "v": "ip6" if isinstance(address, IPv6Address) else "in-addr",
    }[letter]
