"""Whether a domain can receive mail, and whether an address that sends has a name (RFC 5321 section 5.1, RFC 7505)."""

from dataclasses import dataclass
from ipaddress import ip_address

from digest.model.examined import Examined, fail, ok, skip, warn
from digest.model.names import Asking, Known, Question, RecordKind

MAIL_HOSTS, REVERSE = "MX", "PTR"
HOSTS = 10
"""Hosts of a domain, and names of an address, that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A host and its addresses; `why` says why nothing is known of them."""

    host: str
    addresses: tuple[str, ...] = ()
    why: str = ""


def locate(host: str) -> Asking[Place]:
    """The addresses of a host, or of an address that stands for itself."""
    try:
        return Place(host=host, addresses=(str(ip_address(host)),))
    except ValueError:
        pass
    found: list[str] = []
    why = ""
    for kind in (RecordKind.A, RecordKind.AAAA):
        reply = yield Question(name=host, kind=kind)
        found.extend(filter(_is_address, reply.values))
        why = reply.why or why
    addresses = tuple(dict.fromkeys(str(ip_address(each)) for each in found))
    return Place(host=host, addresses=addresses, why="" if addresses else why)


def receives(domain: str, purpose: str) -> Asking[Examined]:
    """Whether a domain takes mail; `purpose` says what comes there ("answers to the paper")."""
    reply = yield Question(name=domain, kind=RecordKind.MX)
    lost = f"{purpose} are lost"
    if reply.known is Known.UNANSWERED:
        return fail(MAIL_HOSTS, f"the DNS {reply.why}", about=domain, hint="Receivers may refuse its mail.")
    if reply.known is Known.ABSENT:
        return fail(MAIL_HOSTS, f"there is no such domain: {lost}, and receivers refuse the mail", about=domain)
    if reply.known is Known.EMPTY:
        return (yield from _without_servers(domain, lost))
    hosts = [value.partition(" ")[2] for value in sorted(reply.values, key=_preference)]
    if hosts == ["."]:
        words = f"the domain says that it takes no mail (null MX): {lost}, and many receivers refuse the mail"
        return fail(MAIL_HOSTS, words, about=domain, hint="Write from another domain, or give it an MX record.")
    return (yield from _servers(domain, hosts[:HOSTS], lost))


def _without_servers(domain: str, lost: str) -> Asking[Examined]:
    place = yield from locate(domain)
    if place.addresses:
        words = "there is no MX record; mail is tried at the address of the domain itself"
        return warn(MAIL_HOSTS, words, about=domain, hint="Give it an MX record: some receivers want one.")
    words = f"there is neither an MX record nor an address: {lost}, and many receivers refuse the mail"
    return fail(MAIL_HOSTS, words, about=domain, hint="Give it an MX record.")


def _servers(domain: str, hosts: list[str], lost: str) -> Asking[Examined]:
    dead: list[str] = []
    for host in hosts:
        place = yield from locate(host)
        if not place.addresses or _is_address(host):
            dead.append(host)
    named = ", ".join(hosts)
    if len(dead) == len(hosts):
        return fail(MAIL_HOSTS, f"none of its mail servers has an address ({named}): {lost}", about=domain)
    if dead:
        return warn(MAIL_HOSTS, f"of its mail servers, {', '.join(dead)} cannot be found", about=domain)
    return ok(MAIL_HOSTS, f"mail for it goes to {named}", about=domain)


def named(address: str, *, ours: bool) -> Asking[Examined]:
    """Whether an address has a name that leads back to it, as most receivers want of one that sends.

    `ours` is the address of this machine; of a relay's we do not know whether it sends from there.
    """
    reply = yield Question(name=ip_address(address).reverse_pointer, kind=RecordKind.PTR)
    refused = fail if ours else warn
    hint = "Whoever gave you the address sets its name (reverse DNS)." if ours else "That is for who runs the relay."
    if reply.known is Known.UNANSWERED:
        return skip(REVERSE, f"the DNS {reply.why}", about=address)
    if reply.void:
        words = "the address has no name, and many receivers refuse mail from such an address"
        return refused(REVERSE, words, about=address, hint=hint)
    for host in reply.values[:HOSTS]:
        place = yield from locate(host)
        if address in place.addresses:
            return ok(REVERSE, f"its name is {host}, which leads back to it", about=address)
    words = f"its name is {reply.values[0]}, which does not lead back to it; many receivers refuse mail from there"
    return refused(REVERSE, words, about=address, hint=hint)


def _preference(value: str) -> int:
    figures = value.partition(" ")[0]
    return int(figures) if figures.isdecimal() else 0


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False
