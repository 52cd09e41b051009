"""What lies outside: relays, the sender's domain in the DNS, the public pages."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from digest.channels.offer import Offer
from digest.channels.relay import Security, SmtpOptions
from digest.channels.smtp import SmtpChannel
from digest.errors import DigestError
from digest.feeds.links import site
from digest.model.examined import Examined, fail, ok, skip, warn
from digest.net.addresses import is_public, own_public_addresses
from digest.net.guard import Guard
from digest.net.names import Names
from digest.net.session import GuardedSession, Limits
from digest.newsroom.doctor.house import in_octets
from digest.sender import dkim, dmarc, places, vouched
from digest.settings.read import Settings

RELAY, PUBLIC = "relay", "public address"
PATIENCE = 10.0
"""Seconds for a relay to answer anything."""

EXPIRY = timedelta(days=14)
PAPER = 150_000
"""Octets that a mail of ours may have."""

UNSET_SENDER = "localhost.localdomain"
SPEEDING, SPEAKING = "PIPELINING", "SMTPUTF8"


async def of_relay(options: SmtpOptions, now: datetime, *, patience: float = PATIENCE) -> Examined:
    """One relay: reached, secured, logged in to, and asked what it offers; each answer within `patience`, all within
    three times that.
    """
    patient = replace(options, connect_timeout=patience, command_timeout=patience, goodbye_timeout=patience)
    try:
        async with asyncio.timeout(3 * patience):
            offer = await SmtpChannel(patient).look()
    except DigestError as error:
        return fail(RELAY, error.message.removeprefix(options.place).strip(), about=options.place, hint=error.hint)
    except TimeoutError:
        return fail(RELAY, f"it has not greeted us and let us in within {3 * patience:g} seconds", about=options.place)
    return of_offer(options, offer, now)


def of_offer(options: SmtpOptions, offer: Offer, now: datetime) -> Examined:
    """What a relay offers, and what of it matters."""
    words = said_of(options, offer)
    if offer.size is not None and offer.size < PAPER:
        hint = "Raise its limit (message_size_limit in Postfix), or set fewer stories."
        return fail(RELAY, f"{words}; a paper may have {in_octets(PAPER)}", about=options.place, hint=hint)
    if offer.expires_at is not None and offer.expires_at - now < EXPIRY:
        return warn(RELAY, f"{words}; its certificate expires on {offer.expires_at:%Y-%m-%d}", about=options.place)
    if options.security is Security.CLEAR and offer.address and not ip_address(offer.address).is_loopback:
        hint = "Write smtp+starttls:// or smtps:// where the relay can."
        return warn(RELAY, f"{words}; everybody on the way can read the mail", about=options.place, hint=hint)
    hints = ""
    if SPEEDING not in offer.extensions:
        hints = f"Without {SPEEDING} each mail waits for three answers more."
    return ok(RELAY, words, about=options.place, hint=hints)


def said_of(options: SmtpOptions, offer: Offer) -> str:
    """A relay's answer in words."""
    login = f"lets {options.username} log in" if options.username else "asks for no login"
    secured = f"over {offer.tls}" if offer.tls else "in clear"
    named = [name for name in ("PIPELINING", "8BITMIME", "SMTPUTF8") if name in offer.extensions]
    size = f", mails of up to {in_octets(offer.size)}" if offer.size else ""
    return f"answers {secured}, {login}, offers {', '.join(named) or 'nothing'}{size}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """The domains of a newspaper's mail: of its From header, of its envelope with the whole address, of all addresses
    that mail is answered to by what comes there, and the keys it signs with (None: they cannot be read).
    """

    shown: str
    envelope: str
    mailbox: str
    answered: tuple[tuple[str, str], ...]
    keys: tuple[dkim.Expected, ...] | None

    @property
    def identities(self) -> dmarc.Identities:
        """As DMARC compares them."""
        signed = dict.fromkeys(key.domain for key in self.keys or ())
        return dmarc.Identities(shown=self.shown, envelope=self.envelope, signed=tuple(signed))


def writer_of(settings: Settings, keys: tuple[dkim.Expected, ...] | None) -> Writer:
    """Who writes, by the settings."""
    sender = settings.sender.rpartition("<")[2].rstrip(">")
    mailbox = settings.bounce_address or sender
    answered = {
        domain_of(settings.reply_to or sender): "answers to the paper",
        domain_of(mailbox): "bounces",
        domain_of(sender): "mails to the sender",
        domain_of(settings.unsubscribe_address): "wishes to leave",
    }
    return Writer(
        shown=domain_of(sender),
        envelope=domain_of(mailbox),
        mailbox=mailbox,
        answered=tuple((domain, purpose) for domain, purpose in answered.items() if domain),
        keys=keys,
    )


def domain_of(address: str) -> str:
    """What follows the @ in an address."""
    return address.rpartition("@")[2].lower()


def owner(domain: str) -> str:
    """The organisational domain of a domain, by the public suffix list."""
    return site(f"//{domain}")


async def of_sender(names: Names, writer: Writer, relays: Sequence[SmtpOptions]) -> tuple[Examined, ...]:
    """The sender's domains in the DNS."""
    if writer.shown == UNSET_SENDER:
        return (warn("sender", "DIGEST_FROM is not set, so no domain can be looked at", hint="Set it."),)
    carriers = await asyncio.gather(*(carrier_of(names, relay) for relay in relays))
    lines = await asyncio.gather(
        names.follow(vouched.look(writer.envelope, writer.mailbox, tuple(carriers), owner)),
        *([] if writer.keys is None else [names.follow(dkim.look(writer.keys))]),
        of_policy(names, writer),
        *(one(names.follow(places.receives(*each))) for each in writer.answered),
        *(one(names.follow(places.named(address, ours=ours))) for address, ours in addresses_of(carriers)),
    )
    return tuple(line for group in lines for line in group)


async def of_policy(names: Names, writer: Writer) -> tuple[Examined, ...]:
    """The DMARC record, and who speaks for the domain."""
    found = await names.follow(dmarc.discover(writer.shown, owner))
    lines = await names.follow(dmarc.look(writer.shown, found, owner))
    return (*lines, dmarc.alignment(writer.identities, found.record, owner))


async def one(line: Awaitable[Examined]) -> tuple[Examined, ...]:
    """A line by itself, beside groups of them."""
    return (await line,)


async def carrier_of(names: Names, relay: SmtpOptions) -> vouched.Carrier:
    """A relay and the addresses that others see it at: this machine's own where it runs here."""
    place = await names.follow(places.locate(relay.host))
    local = relay.host.lower() == "localhost" or any(ip_address(each).is_loopback for each in place.addresses)
    seen = own_public_addresses() if local else tuple(filter(is_public, place.addresses))
    return vouched.Carrier(place=replace(place, host=relay.host, addresses=seen), ours=local)


def addresses_of(carriers: Sequence[vouched.Carrier]) -> tuple[tuple[str, bool], ...]:
    """Every address that sends, or may, and whether it is ours."""
    return tuple({address: each.ours for each in carriers for address in each.place.addresses}.items())


async def of_public(settings: Settings) -> Examined:
    """Whether readers reach the public pages: the address of the settings is asked for its sign of life, no other."""
    url = settings.public_url
    if not url:
        words = "there is none: no one-click leaving, which large receivers ask of senders of much mail"
        return warn(PUBLIC, words, hint="Set DIGEST_PUBLIC_URL, and let digest serve or digest run answer there.")
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return fail(PUBLIC, "its port is no number from 1 to 65535", about=url)
    guard = Guard(frozenset({(parts.hostname or "", port)}))
    try:
        addresses = await guard.resolve(parts.hostname or "", port)
        async with GuardedSession(guard, user_agent="digest doctor", limits=Limits(total=PATIENCE)) as session:
            answer = await session.get(f"{url}/healthz", limit_bytes=1000, redirects=0)
    except DigestError as error:
        hint = "Is digest serve or digest run at work, and the web server in front of it?"
        return fail(PUBLIC, f"readers cannot leave by it: {error.message}", about=url, hint=hint)
    finally:
        guard.close()
    return of_health(url, answer.status, answer.body, all(map(is_public, addresses)))


def of_health(url: str, status: int, body: bytes, public: bool) -> Examined:  # noqa: FBT001 one fact of four
    """What the public pages answered."""
    if (status, body) != (200, b"ok\n"):
        words = f"what answers there is not digest (HTTP {status} for /healthz)"
        return fail(PUBLIC, words, about=url, hint="Let the web server in front pass on everything below this address.")
    if not public:
        return warn(PUBLIC, "it answers, but only in this machine's own network", about=url)
    if url.startswith("http://"):
        words = "it answers, in clear; one-click leaving needs https (RFC 8058)"
        return warn(PUBLIC, words, about=url, hint="Put a web server with TLS in front.")
    return ok(PUBLIC, "it answers", about=url)


def offline(what: str) -> Examined:
    """A check that needs the network, which is not to be used."""
    return skip(what, "not asked (--offline)")
