"""The DNS, asked with bounds: the one home of dnspython."""

import asyncio

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdata
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

from digest.errors import FetchError
from digest.model.names import Asking, Known, Question, Reply, T

PATIENCE = 6.0
"""Seconds for a question, with its second tries and over all name servers."""

TRY = 2.0
"""Seconds for one try at one server."""

AT_ONCE = 16
MOST = 64
"""Records of a reply that are looked at."""

LONGEST = 8192
"""Characters of a record that are looked at; a key of 8,192 bits takes a fifth of it."""


class Names:
    """A resolver that remembers what it was told; it belongs to one event loop.

    `server` is the address and port of a name server in place of the system's. Raises FetchError where the system
    names no server.
    """

    def __init__(self, server: tuple[str, int] | None = None, *, patience: float = PATIENCE) -> None:
        self._resolver = _resolver(server)
        self._resolver.lifetime, self._resolver.timeout = patience, min(TRY, patience)
        self._patience = patience
        self._told: dict[Question, asyncio.Future[Reply]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def ask(self, question: Question) -> Reply:
        """What the DNS says; a question is asked once. Nothing is raised: who does not answer is a reply too."""
        if question not in self._told:
            self._told[question] = asyncio.ensure_future(self._ask(question))
        return await self._told[question]

    async def follow(self, asking: Asking[T]) -> T:
        """Answer the questions of some work until it is done; returns what it comes to."""
        try:
            question = next(asking)
            while True:
                question = asking.send(await self.ask(question))
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]  # what a generator returns

    async def _ask(self, question: Question) -> Reply:
        async with self._turns:
            try:
                name = dns.name.from_text(question.name, dns.name.root, idna_codec=dns.name.IDNA_2008_UTS_46)
                answer = await self._resolver.resolve(name, question.kind.value, search=False)
            except (dns.resolver.NXDOMAIN, dns.exception.SyntaxError, dns.name.IDNAException, UnicodeError):
                return Reply(known=Known.ABSENT)  # or it is a name that cannot exist
            except dns.resolver.NoAnswer:
                return Reply(known=Known.EMPTY)
            except (dns.exception.DNSException, OSError) as fault:
                return Reply(known=Known.UNANSWERED, why=self._why(fault))
        return Reply(known=Known.FOUND, values=tuple(_text(record)[:LONGEST] for record in list(answer)[:MOST]))

    def _why(self, fault: Exception) -> str:
        """Why nothing is known, in words that follow "the DNS": not the name server's own, who may be anybody."""
        if isinstance(fault, dns.exception.Timeout):
            return f"gave no answer within {self._patience:g} seconds"
        if isinstance(fault, dns.resolver.NoNameservers):
            return f"gave no answer ({_codes(fault)})" if _codes(fault) else "gave no answer that can be read"
        if isinstance(fault, OSError):
            return "cannot be reached"
        return "gave an answer that cannot be read"


def _resolver(server: tuple[str, int] | None) -> dns.asyncresolver.Resolver:
    if server is not None:
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [server[0]], server[1]
        return resolver
    try:
        return dns.asyncresolver.Resolver()
    except dns.resolver.NoResolverConfiguration as fault:
        raise FetchError("this system names no DNS server", hint="set DIGEST_NAMESERVER, such as 9.9.9.9") from fault


def _codes(fault: dns.resolver.NoNameservers) -> str:
    """The codes that the servers gave, such as SERVFAIL; empty where none gave one."""
    tries = fault.kwargs.get("errors", ())
    return ", ".join(sorted({each[3] for each in tries if isinstance(each[3], str) and each[3].isupper()}))


def _text(record: dns.rdata.Rdata) -> str:
    """A record as text."""
    if isinstance(record, TXT):
        return b"".join(record.strings).decode("utf-8", "replace")
    if isinstance(record, MX):
        return f"{record.preference} {_name(record.exchange)}"
    if record.rdtype == dns.rdatatype.PTR:
        return _name(record.target)  # type: ignore[attr-defined]  # a PTR's one field
    return str(record.to_text())


def _name(name: dns.name.Name) -> str:
    """A name without its last dot; the root stays a dot."""
    return name.to_text(omit_final_dot=True) or "."
