"""An SPF record read into its terms (RFC 7208 section 4.6.1 and 12)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network

VERSION = "v=spf1"
MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
DIRECTIVE = re.compile(r"([+\-~?]?)([A-Za-z][A-Za-z0-9_.-]*)(?:([:/])(.*))?", re.DOTALL)
LENGTHS = re.compile(r"(.*?)(?:/(\d{1,3}))?(?://(\d{1,3}))?", re.DOTALL)

LOOKING = frozenset({"include", "a", "mx", "ptr", "exists"})
"""The mechanisms that ask the DNS, and count against its limit."""

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
            if name in modifiers and name in {"redirect", "exp"}:
                raise BadRecord(f"{name}= stands there twice")
            modifiers[name] = found[2]
        else:
            terms.append(_term(word))
    if "redirect" in modifiers and not modifiers["redirect"]:
        raise BadRecord("redirect= names no domain")
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
    if mark == "/":
        raise BadRecord(f"{_shown(word)} cannot be read")
    return Term(result=result, mechanism=mechanism, name=rest)


def _network(mechanism: str, text: str, word: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise BadRecord(f"{_shown(word)} names no network") from None
    if network.version != (4 if mechanism == "ip4" else 6) or "%" in text:
        raise BadRecord(f"{_shown(word)} names no network of its kind")
    return network


def _with_lengths(result: SpfResult, mechanism: str, rest: str, word: str) -> Term:
    found = LENGTHS.fullmatch(rest)
    v4, v6 = (int(found[2] or 32), int(found[3] or 128)) if found else (999, 999)
    name = found[1].removeprefix(":") if found else ""
    if not 0 <= v4 <= 32 or not 0 <= v6 <= 128 or (rest.startswith(":") and not name):  # noqa: PLR2004 lengths of IP
        raise BadRecord(f"{_shown(word)} cannot be read")
    return Term(result=result, mechanism=mechanism, name=name, v4=v4, v6=v6)


def _shown(word: str) -> str:
    return repr(word if len(word) <= 60 else word[:59] + "…")  # noqa: PLR2004 what fits into a line
