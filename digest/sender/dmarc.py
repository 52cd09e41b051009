"""What a sender's domain asks receivers to do with mail that nobody vouches for (RFC 7489)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from digest.model.examined import Examined, fail, ok, skip, warn
from digest.model.names import Asking, Known, Question, RecordKind, Reply
from digest.sender.tags import read_tags

DMARC, ALIGNMENT = "DMARC", "alignment"
VERSION = re.compile(r"v\s*=\s*DMARC1\s*(;|$)")
MAILTO = re.compile(r"mailto:[^@\s,!]+@([^@\s,!]+?)\.?(?:!\d+[kmgt]?)?", re.IGNORECASE)

Owner = Callable[[str], str]
"""The organisational domain of a domain: news.example.co.uk → example.co.uk."""


class Policy(StrEnum):
    """What is to be done with mail that fails."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmarc:
    """A policy: of the domain and of those below it, strict or relaxed alignment, and where reports go."""

    policy: Policy
    below: Policy
    strict_dkim: bool = False
    strict_spf: bool = False
    share: int = 100
    reports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The records of the domain that publishes one, and what the record says (None: not to be read); or why not."""

    at: str = ""
    record: Dmarc | None = None
    text: str = ""
    count: int = 0
    why: str = ""


def read_dmarc(text: str) -> Dmarc:
    """A DMARC record; raises ValueError for one that receivers cannot use (section 6.3)."""
    if not VERSION.match(text):
        raise ValueError
    tags = read_tags(text)
    policy = Policy(tags.get("p", "").lower())
    share = tags.get("pct", "100")
    return Dmarc(
        policy=policy,
        below=Policy(tags.get("sp", policy).lower()),
        strict_dkim=tags.get("adkim", "r").lower() == "s",
        strict_spf=tags.get("aspf", "r").lower() == "s",
        share=min(int(share), 100) if re.fullmatch(r"\d{1,3}", share, re.ASCII) else 100,
        reports=tuple(each.strip() for each in tags.get("rua", "").split(",") if each.strip()),
    )


def discover(domain: str, owner: Owner) -> Asking[Found]:
    """The record that holds for a domain: its own, or else its organisational domain's (section 6.6.3)."""
    for at in dict.fromkeys((domain, owner(domain))):
        reply = yield Question(name=f"_dmarc.{at}", kind=RecordKind.TXT)
        if reply.known is Known.UNANSWERED:
            return Found(at=at, why=reply.why)
        if found := _of(at, reply):
            return found
    return Found()


def _of(at: str, reply: Reply) -> Found | None:
    records = [text for text in reply.values if VERSION.match(text)]
    if not records:
        return None
    try:
        record = read_dmarc(records[0]) if len(records) == 1 else None
    except ValueError:
        record = None
    return Found(at=at, record=record, text=records[0], count=len(records))


def look(domain: str, found: Found, owner: Owner) -> Asking[tuple[Examined, ...]]:
    """The record of the sender's domain, and whether its reports can arrive."""
    home = owner(domain)
    advice = f"Publish at _dmarc.{home} a TXT record such as: v=DMARC1; p=none; rua=mailto:dmarc@{home}"
    if found.why:
        return (fail(DMARC, f"the DNS {found.why} for _dmarc.{found.at}", about=domain),)
    if not found.count:
        words = "there is no record; large receivers want one of everybody who sends much"
        return (warn(DMARC, words, about=domain, hint=advice),)
    if found.count > 1:
        words = f"_dmarc.{found.at} has {found.count} records, and receivers use none of them"
        return (fail(DMARC, words, about=domain, hint="Keep one."),)
    if found.record is None:
        words = f"the record at _dmarc.{found.at} cannot be read"
        return (fail(DMARC, words, about=domain, hint=advice),)
    return (policy(domain, found.at, found.record), *(yield from _reports(found.at, found.record, owner)))


def policy(domain: str, at: str, record: Dmarc) -> Examined:
    """What the record asks for."""
    asked = record.policy if at == domain else record.below
    words = f"the policy is {asked}" + (f", for {record.share} % of what fails" if record.share < 100 else "")  # noqa: PLR2004 all of it
    words += "" if at == domain else f", by the record of {at}"
    if not record.reports:
        hint = "With rua=mailto:… receivers tell you each day who sends in your name."
        return ok(DMARC, f"{words}; nobody gets reports", about=domain, hint=hint)
    return ok(DMARC, words, about=domain)


def _reports(at: str, record: Dmarc, owner: Owner) -> Asking[tuple[Examined, ...]]:
    """Whether those who get the reports have said that they want them (section 7.1)."""
    faults = []
    for place in record.reports[:4]:
        address = MAILTO.fullmatch(place)
        if address is None:
            faults.append(warn(DMARC, "rua= names a place that is no mailto: address", about=at))
        elif owner(address[1].lower()) != owner(at):
            name = f"{at}._report._dmarc.{address[1].lower()}"
            reply = yield Question(name=name, kind=RecordKind.TXT)
            if reply.known is not Known.UNANSWERED and not any(map(VERSION.match, reply.values)):
                words = f"reports go to {address[1]}, which does not say that it takes them, so none are sent"
                faults.append(warn(DMARC, words, about=at, hint=f"It has to publish at {name}: v=DMARC1"))
    return tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """The domains a mail shows: of its From header, of its envelope, and of its signatures."""

    shown: str
    envelope: str
    signed: tuple[str, ...] = ()


def alignment(who: Identities, record: Dmarc | None, owner: Owner) -> Examined:
    """Whether a signature, or the envelope with SPF, speaks for the domain that readers see (section 3.1)."""

    def agree(domain: str, *, strict: bool) -> bool:
        same = domain.lower() == who.shown.lower()
        return same or (not strict and owner(domain.lower()) == owner(who.shown.lower()))

    strict_dkim, strict_spf = (record.strict_dkim, record.strict_spf) if record else (False, False)
    signatures = [domain for domain in who.signed if agree(domain, strict=strict_dkim)]
    by_envelope = agree(who.envelope, strict=strict_spf)
    if signatures:
        also = ", and so does the envelope" if by_envelope else ""
        return ok(ALIGNMENT, f"the signature of {signatures[0]} speaks for it{also}", about=who.shown)
    if by_envelope:
        words = (
            "the envelope is of its domain, so SPF speaks for it, until somebody forwards it; no signature of ours does"
        )
        hint = "Sign for it (DIGEST_DKIM_DOMAIN), or have the relay do so."
        return ok(ALIGNMENT, words, about=who.shown, hint=hint)
    return _not_aligned(who, record)


def _not_aligned(who: Identities, record: Dmarc | None) -> Examined:
    hint = f"Sign for {who.shown} (DIGEST_DKIM_DOMAIN), or let mail come back to an address of it."
    strictly = record is not None and record.policy is not Policy.NONE
    if who.signed:
        words = f"neither the signature of {', '.join(who.signed)} nor the envelope of {who.envelope} speaks for it"
        return (fail if strictly else warn)(ALIGNMENT, words, about=who.shown, hint=hint)
    words = f"mail comes back to {who.envelope}, which does not speak for it; all depends on a signature of the relay"
    return (warn if strictly else skip)(ALIGNMENT, words, about=who.shown, hint=hint)
