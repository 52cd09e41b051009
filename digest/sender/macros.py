"""The domain of an SPF term, and its macros filled in (RFC 7208 section 7)."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

Address = IPv4Address | IPv6Address

EXPAND = r"%(?:\{[slodiphvSLODIPHV](?:[1-9]\d{0,2})?[rR]?[-.+,/_=]*\}|[%_-])"
STRING = rf"(?:{EXPAND}|[!-$&-~])*"
TOPLABEL = r"(?:[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]+-[A-Za-z0-9-]*[A-Za-z0-9])"
MACRO_STRING = re.compile(STRING)
DOMAIN_SPEC = re.compile(rf"{STRING}(?:\.{TOPLABEL}\.?|{EXPAND})")
MACRO = re.compile(r"%(?:\{([a-zA-Z])(\d*)([rR]?)([-.+,/_=]*)\}|([%_-]))")

PLAIN = {"%": "%", "_": " ", "-": "%20"}
LONGEST_NAME = 253
LONGEST_SPEC = 1000
"""Characters; no domain of a term needs a tenth of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends: the envelope sender's address, what the relay calls itself, and its address; None is nobody's."""

    mailbox: str
    helo: str
    address: Address | None

    @property
    def plain(self) -> Address | None:
        """The address, an IPv4 one as such in whichever form it comes (RFC 7208 section 5)."""
        mapped = self.address.ipv4_mapped if isinstance(self.address, IPv6Address) else None
        return mapped or self.address


def is_domain_spec(text: str) -> bool:
    """Whether a term may name this: text and macros, at its end a macro or the last label of a name."""
    return len(text) <= LONGEST_SPEC and DOMAIN_SPEC.fullmatch(text) is not None


def is_macro_string(text: str) -> bool:
    """Whether a text is one with macros that are known."""
    return len(text) <= LONGEST_SPEC and MACRO_STRING.fullmatch(text) is not None


def expand(text: str, domain: str, sender: Sender, *, validated: str = "unknown") -> str:
    """The name that a domain-spec means; `validated` is the confirmed name of the sender's address.

    What it gives may be no name that can exist: macros hold what strangers say.
    """
    name = MACRO.sub(lambda match: _value(match, domain, sender, validated), text).removesuffix(".")
    while len(name) > LONGEST_NAME and "." in name:
        name = name.partition(".")[2]
    return name


def needs_validated(text: str) -> bool:
    """Whether a domain-spec asks for the confirmed name of the sender's address."""
    return any((match[1] or "").lower() == "p" for match in MACRO.finditer(text))


def _value(match: re.Match[str], domain: str, sender: Sender, validated: str) -> str:
    letter, figures, backwards, signs, plain = match.groups()
    if plain:
        return PLAIN[plain]
    parts = re.split(f"[{re.escape(signs or '.')}]", _letter(letter.lower(), domain, sender, validated))
    if backwards:
        parts.reverse()
    text = ".".join(parts[-int(figures) :] if figures else parts)
    return quote(text) if letter.isupper() else text


def _letter(letter: str, domain: str, sender: Sender, validated: str) -> str:
    local, _, origin = sender.mailbox.rpartition("@")
    address = sender.plain or IPv4Address(0)
    if letter == "i" and isinstance(address, IPv6Address):
        return ".".join(address.exploded.replace(":", ""))
    return {
        "s": f"{local or 'postmaster'}@{origin}",
        "l": local or "postmaster",
        "o": origin,
        "d": domain,
        "i": str(address),
        "p": validated,
        "h": sender.helo or "unknown",
        "v": "ip6" if isinstance(address, IPv6Address) else "in-addr",
    }[letter]
