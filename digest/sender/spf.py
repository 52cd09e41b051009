"""Whether an address may send for a domain, by the domain's SPF record (RFC 7208 section 4)."""

from collections.abc import Generator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from digest.model.names import Asking, Known, Question, RecordKind, Reply
from digest.sender.macros import Address, Sender, expand, needs_validated
from digest.sender.spf_record import LOOKING, BadRecord, SpfRecord, SpfResult, Term, is_spf, read_spf

LOOKUPS = 10
"""The most terms that ask the DNS, in all records together (section 4.6.4)."""

VOIDS = 2
"""The most of their questions that may find nothing."""

HOSTS = 10
"""The most hosts of an mx or a ptr term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spf:
    """What a check came to and `because` of what; the record; the questions it took; the domains it went through.

    `slack` are its terms that receivers are told not to use (ptr).
    """

    result: SpfResult
    because: str = ""
    record: str = ""
    lookups: int = 0
    through: tuple[str, ...] = ()
    slack: tuple[str, ...] = ()


class Ended(Exception):
    """The check comes to this, whatever else stands in the records."""

    def __init__(self, result: SpfResult, because: str) -> None:
        super().__init__(because)
        self.result = result


@dataclass(slots=True, kw_only=True)
class Walk:
    """What a check has used up so far."""

    sender: Sender
    lookups: int = 0
    voids: int = 0
    through: list[str] = field(default_factory=list)
    slack: list[str] = field(default_factory=list)

    def count(self) -> None:
        """One more term asks the DNS; raises Ended beyond LOOKUPS."""
        self.lookups += 1
        if self.lookups > LOOKUPS:
            raise Ended(SpfResult.PERMERROR, f"it takes more than {LOOKUPS} lookups, and receivers stop there")

    def ask(self, question: Question, *, counted: bool = True) -> Asking[Reply]:
        """Ask; raises Ended where nobody answers, or too much was not there.

        The addresses of mail servers are not `counted`: one that has none of the sender's kind is no fault.
        """
        reply = yield question
        if reply.known is Known.UNANSWERED:
            raise Ended(SpfResult.TEMPERROR, f"the DNS {reply.why} for {question.name}")
        self.voids += counted and reply.void
        if self.voids > VOIDS:
            raise Ended(SpfResult.PERMERROR, f"more than {VOIDS} of its names have no records, {question.name} is one")
        return reply


def check(domain: str, sender: Sender) -> Asking[Spf]:
    """Check a domain for an address. With no address (None) nothing matches but what matches every address, so that
    all of the record is read: a pass says then that anybody may send.
    """
    walk = Walk(sender=sender)
    record = ""
    try:
        record = yield from _record(domain)
        if not record:
            return Spf(result=SpfResult.NONE, because=f"{domain} has no SPF record")
        result = yield from _judge(domain, record, walk, (domain.lower(),))
        because = ""
    except Ended as end:
        result, because = end.result, str(end)
    return Spf(
        result=result,
        because=because,
        record=record,
        lookups=walk.lookups,
        through=tuple(walk.through),
        slack=tuple(walk.slack),
    )


def _record(domain: str) -> Asking[str]:
    """The one SPF record of a domain, empty where there is none; raises Ended where there are several."""
    reply = yield Question(name=domain, kind=RecordKind.TXT)
    if reply.known is Known.UNANSWERED:
        raise Ended(SpfResult.TEMPERROR, f"the DNS {reply.why} for {domain}")
    records = [text for text in reply.values if is_spf(text)]
    if len(records) > 1:
        raise Ended(SpfResult.PERMERROR, f"{domain} has {len(records)} SPF records, and receivers use none of them")
    return records[0] if records else ""


def _judge(domain: str, text: str, walk: Walk, path: tuple[str, ...]) -> Asking[SpfResult]:
    """The result of one record; `path` are the domains that led here."""
    record = _read(domain, text)
    for term in record.terms:
        if (yield from _matches(term, domain, walk, path)):
            return term.result
    if not record.redirect or any(term.mechanism == "all" for term in record.terms):
        return SpfResult.NEUTRAL
    walk.count()
    return (yield from _elsewhere(record.redirect, domain, walk, path))


def _read(domain: str, text: str) -> SpfRecord:
    try:
        return read_spf(text)
    except BadRecord as fault:
        raise Ended(SpfResult.PERMERROR, f"in the record of {domain}, {fault}") from None


def _elsewhere(name: str, domain: str, walk: Walk, path: tuple[str, ...]) -> Asking[SpfResult]:
    """The result of another domain's record, by include or redirect; raises Ended where it has none."""
    target = yield from _name(name, domain, walk)
    if target.lower() in path:
        raise Ended(SpfResult.PERMERROR, f"its records go in a circle: {' → '.join((*path, target.lower()))}")
    walk.through.append(target)
    text = yield from _record(target)
    if not text:
        raise Ended(SpfResult.PERMERROR, f"it includes {target}, which has no SPF record")
    return (yield from _judge(target, text, walk, (*path, target.lower())))


def _matches(term: Term, domain: str, walk: Walk, path: tuple[str, ...]) -> Asking[bool]:
    """Whether a mechanism matches the sender."""
    if term.mechanism == "all":
        return True
    if term.network is not None:
        return _within(walk.sender.plain, term.network.network_address, term.network.prefixlen)
    if term.mechanism in LOOKING:
        walk.count()
    if term.mechanism == "include":
        return (yield from _elsewhere(term.name, domain, walk, path)) is SpfResult.PASS
    name = (yield from _name(term.name, domain, walk)) if term.name else domain
    if term.mechanism == "exists":
        return (yield from walk.ask(Question(name=name, kind=RecordKind.A))).known is Known.FOUND
    if term.mechanism == "ptr":
        walk.slack.append("ptr")
        return any(_is_below(host, name) for host in (yield from _names(walk)))
    return (yield from _hosts_match(term, name, walk))


def _hosts_match(term: Term, name: str, walk: Walk) -> Generator[Question, Reply, bool]:
    """Whether the sender is a host of this name (a), or one of its mail servers (mx)."""
    hosts = [name]
    if term.mechanism == "mx":
        reply = yield from walk.ask(Question(name=name, kind=RecordKind.MX))
        hosts = [value.partition(" ")[2] for value in reply.values]
        if len(hosts) > HOSTS:
            raise Ended(SpfResult.PERMERROR, f"{name} has more than {HOSTS} mail servers")
    for host in hosts:
        if host != "." and (yield from _is_at(host, term, walk)):
            return True
    return False


def _is_at(host: str, term: Term, walk: Walk) -> Asking[bool]:
    """Whether the sender's address is one of a host's, within the term's prefix length."""
    address = walk.sender.plain
    if address is None and term.mechanism == "mx":
        return False
    kind = RecordKind.AAAA if isinstance(address, IPv6Address) else RecordKind.A
    reply = yield from walk.ask(Question(name=host, kind=kind), counted=term.mechanism == "a")
    length = term.v6 if kind is RecordKind.AAAA else term.v4
    return any(_within(address, found, length) for found in map(_address, reply.values) if found is not None)


def _names(walk: Walk) -> Asking[tuple[str, ...]]:
    """The names of the sender's address that lead back to it (section 5.5)."""
    address = walk.sender.plain
    if address is None:
        return ()
    reply = yield Question(name=address.reverse_pointer, kind=RecordKind.PTR)
    kind = RecordKind.AAAA if isinstance(address, IPv6Address) else RecordKind.A
    confirmed: list[str] = []
    for host in reply.values[:HOSTS]:
        found = yield Question(name=host, kind=kind)
        confirmed += [host] if address in map(_address, found.values) else []
    return tuple(confirmed)


def _is_below(host: str, name: str) -> bool:
    """Whether a host is this name or lies below it."""
    return f".{host}".lower().endswith(f".{name}".lower())


def _name(text: str, domain: str, walk: Walk) -> Asking[str]:
    """The name that a term means. For %{p} a confirmed name at or below the domain comes first (section 7.3)."""
    validated = "unknown"
    if needs_validated(text):
        names = yield from _names(walk)
        validated = next((host for host in names if _is_below(host, domain)), next(iter(names), validated))
    return expand(text, domain, walk.sender, validated=validated)


def _within(address: Address | None, network: Address, length: int) -> bool:
    """Whether an address lies in a network; nobody's (None) lies in the network of all addresses only."""
    if address is None:
        return length == 0
    return address.version == network.version and address in ip_network((network, length), strict=False)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
