"""An SPF record read into its terms (RFC 7208 section 4.6.1 and 12)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network

from digest.sender.macros import is_domain_spec, is_macro_string

VERSION = "v=spf1"
MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
DIRECTIVE = re.compile(r"([+\-~?]?)([A-Za-z][A-Za-z0-9_.-]*)(?:([:/])(.*))?", re.DOTALL)
NETWORK = re.compile(r"[0-9A-Fa-f.:]+(?:/(?:0|[1-9][0-9]{0,2}))?")
LENGTHS = re.compile(r"(.*?)(?:/(0|[1-9]\d{0,2}))?(?://(0|[1-9]\d{0,2}))?", re.DOTALL)

LOOKING = frozenset({"include", "a", "mx", "ptr", "exists"})
"""The mechanisms that ask the DNS, and count against its limit."""

KNOWN = frozenset({"redirect", "exp"})
"""The modifiers that the standard defines."""

NEEDING = frozenset({"include", "exists", "ip4", "ip6"})
"""The mechanisms that say nothing without what follows the colon."""


class SpfResult(StrEnum):
    """What an SPF check comes to (RFC 7208 section 2.6)."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 a result, no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


QUALIFIERS = {"+": SpfResult.PASS, "-": SpfResult.FAIL, "~": SpfResult.SOFTFAIL, "?": SpfResult.NEUTRAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A mechanism: what a match of it means, the name after its colon, and prefix lengths or the network."""

    result: SpfResult
    mechanism: str
    name: str = ""
    v4: int = 32
    v6: int = 128
    network: IPv4Network | IPv6Network | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfRecord:
    """The mechanisms in their order, and where the record goes on (empty: nowhere)."""

    terms: tuple[Term, ...]
    redirect: str = ""


class BadRecord(ValueError):
    """A record that no receiver can use; says which word of it."""


def is_spf(text: str) -> bool:
    """Whether a TXT record is an SPF record (section 4.5)."""
    return text.lower() == VERSION or text.lower().startswith(f"{VERSION} ")


def read_spf(text: str) -> SpfRecord:
    """The terms of an SPF record; raises BadRecord."""
    terms: list[Term] = []
    modifiers: dict[str, str] = {}
    for word in text[len(VERSION) :].split(" "):
        if not word:
            continue
        if found := MODIFIER.fullmatch(word):
            name = found[1].lower()
            if name in modifiers and name in KNOWN:
                raise BadRecord(f"{name}= stands there twice")
            if not (is_domain_spec if name in KNOWN else is_macro_string)(found[2]):
                raise BadRecord(f"{_shown(word)} cannot be read")
            modifiers[name] = found[2]
        else:
            terms.append(_term(word))
    return SpfRecord(terms=tuple(terms), redirect=modifiers.get("redirect", ""))


def _term(word: str) -> Term:
    found = DIRECTIVE.fullmatch(word)
    if found is None:
        raise BadRecord(f"{_shown(word)} is no term")
    sign, mechanism, mark, rest = found[1], found[2].lower(), found[3], found[4] or ""
    result = QUALIFIERS[sign or "+"]
    if mechanism not in LOOKING | {"all", "ip4", "ip6"}:
        raise BadRecord(f"{_shown(word)} is no mechanism of SPF")
    if (mechanism == "all" and mark) or (mark == ":" and not rest) or (mechanism in NEEDING and mark != ":"):
        raise BadRecord(f"{_shown(word)} cannot be read")
    if mechanism in {"ip4", "ip6"}:
        return Term(result=result, mechanism=mechanism, network=_network(mechanism, rest, word))
    if mechanism in {"a", "mx"}:
        return _with_lengths(result, mechanism, (mark or "") + rest, word)
    if mark == "/" or (rest and not is_domain_spec(rest)):
        raise BadRecord(f"{_shown(word)} cannot be read")
    return Term(result=result, mechanism=mechanism, name=rest)


def _network(mechanism: str, text: str, word: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text, strict=False) if NETWORK.fullmatch(text) else None
    except ValueError:
        network = None
    if network is None or network.version != (4 if mechanism == "ip4" else 6):
        raise BadRecord(f"{_shown(word)} names no network of its kind")
    return network


def _with_lengths(result: SpfResult, mechanism: str, rest: str, word: str) -> Term:
    found = LENGTHS.fullmatch(rest)
    v4, v6 = (int(found[2] or 32), int(found[3] or 128)) if found else (999, 999)
    colon, name = (found[1][:1], found[1][1:]) if found else ("", "")
    named = not colon or (colon == ":" and is_domain_spec(name))
    if v4 > 32 or v6 > 128 or not named:  # noqa: PLR2004 the lengths of IP addresses
        raise BadRecord(f"{_shown(word)} cannot be read")
    return Term(result=result, mechanism=mechanism, name=name, v4=v4, v6=v6)


def _shown(word: str) -> str:
    return repr(word if len(word) <= 60 else word[:59] + "…")  # noqa: PLR2004 what fits into a line
