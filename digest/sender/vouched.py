"""Whether the sender's SPF record is sound, and lets the relays send for it."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from digest.model.examined import Examined, fail, ok, skip, warn
from digest.model.names import Asking, in_turn
from digest.sender.macros import Sender
from digest.sender.places import Place
from digest.sender.spf import LOOKUPS, Spf, check
from digest.sender.spf_record import SpfResult

SPF = "SPF"
TRY = "Send yourself a paper (digest send --to) and look for spf=pass in its Authentication-Results."
SHOWN = 8
"""The most addresses of a relay that are tried."""

HOUSES = {
    "amazonaws.com": "amazonses.com",
    "fastmail.com": "messagingengine.com",
    "gmail.com": "google.com",
    "office365.com": "outlook.com",
    "postmarkapp.com": "mtasv.net",
}
"""Operators of relays whose records lie under another domain than their relays, by the domain of these."""

Owner = Callable[[str], str]
"""The organisational domain of a domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A relay as it is called, and the addresses that others see it at.

    `ours` says that it is this machine, so that these are the addresses mail comes from; of another's relay that is
    likely and not certain.
    """

    place: Place
    ours: bool = False


def look(domain: str, mailbox: str, carriers: tuple[Carrier, ...], owner: Owner) -> Asking[tuple[Examined, ...]]:
    """The record of a domain that mail comes back to, as a whole and for each relay."""
    whole = yield from check(domain, Sender(mailbox=mailbox, helo="", address=None))
    found = (of_record(domain, whole),)
    if whole.result in {SpfResult.NONE, SpfResult.PERMERROR, SpfResult.TEMPERROR, SpfResult.PASS}:
        return found
    return found + (yield from in_turn(_of_carrier(domain, mailbox, each, whole, owner) for each in carriers))


def of_record(domain: str, whole: Spf) -> Examined:
    """The record as it stands."""
    if whole.result is SpfResult.NONE:
        hint = f"Publish at {domain} a TXT record that names your relay: v=spf1 include:… -all"
        return fail(SPF, "there is no record; many receivers refuse or hide mail without one", about=domain, hint=hint)
    if whole.result is SpfResult.PERMERROR:
        return fail(SPF, f"receivers cannot use the record: {whole.because}", about=domain, hint="Mend the record.")
    if whole.result is SpfResult.TEMPERROR:
        return fail(SPF, whole.because, about=domain, hint="Receivers may fail to read the record too; try again.")
    weakness, hint = _weakness(whole)
    counted = f"one record, {whole.lookups} of {LOOKUPS} lookups"
    return warn(SPF, f"{counted}; {weakness}", about=domain, hint=hint) if weakness else ok(SPF, counted, about=domain)


def _weakness(whole: Spf) -> tuple[str, str]:
    """What is weak in a record that can be used, and what to do; both empty where nothing is."""
    if whole.result is SpfResult.PASS:
        return "it lets anybody send in your name", "Let it end with -all or ~all."
    if whole.result is SpfResult.NEUTRAL:
        return "it says nothing about who may not send", "Let it end with -all or ~all."
    if whole.slack:
        return "it uses ptr, which many receivers ignore", "Name addresses (ip4:, ip6:, a:) instead."
    return "", ""


def _of_carrier(domain: str, mailbox: str, carrier: Carrier, whole: Spf, owner: Owner) -> Asking[Examined]:
    """Whether the record lets one relay send."""
    place = carrier.place
    if not place.addresses:
        why = f"the DNS {place.why} for it" if place.why else "the address it sends from cannot be seen from here"
        return skip(SPF, f"{why}, so whether {domain} lets it send is not known", about=place.host, hint=TRY)
    refused: list[str] = []
    for address in place.addresses[:SHOWN]:
        sender = Sender(mailbox=mailbox, helo=place.host, address=ip_address(address))
        if (yield from check(domain, sender)).result is not SpfResult.PASS:
            refused.append(address)
    return of_carrier(domain, carrier, tuple(refused), whole, owner)


def of_carrier(domain: str, carrier: Carrier, refused: tuple[str, ...], whole: Spf, owner: Owner) -> Examined:
    """What is known of a relay whose addresses are allowed, but for those that are `refused`."""
    place = carrier.place
    if not refused:
        return ok(SPF, f"{domain} lets {', '.join(place.addresses[:SHOWN])} send", about=place.host)
    add = " ".join(f"ip{6 if ':' in address else 4}:{address}" for address in refused)
    names = f"{domain} does not let {', '.join(refused)} send"
    if carrier.ours:
        return fail(SPF, names, about=place.host, hint=f"Add to the record: {add}")
    house = owner(place.host)
    if included := {house, HOUSES.get(house, house)} & {owner(name) for name in whole.through}:
        words = f"{domain} includes the records of {included.pop()}, which knows where the relay sends from"
        return ok(SPF, words, about=place.host)
    words = f"{names}, where the relay answers; whether it sends from others cannot be seen from here"
    hint = f"Add what the relay's operator says (include:…), or {add} where it sends from there. {TRY}"
    return warn(SPF, words, about=place.host, hint=hint)
