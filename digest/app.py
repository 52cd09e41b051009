"""The composition root: Settings → App, every part wired to every other; holds the real clock."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from digest import __version__, daily, mailroom
from digest.ai.chosen import chosen_model
from digest.ai.kept import KeptVectors
from digest.channels.mailbox import Maildir
from digest.channels.outbox import OutboxChannel
from digest.channels.smtp import SmtpChannel
from digest.delivery.routes import Route
from digest.errors import ParseError, SettingsError
from digest.model.delivery import Profile
from digest.model.edition import Image
from digest.model.feed import Item
from digest.model.message import Letterhead
from digest.model.subscriber import SubscriberState
from digest.ports import Channel, Clock, Embed, Source, Vectors
from digest.ports.sending import Mailbox
from digest.presses import Sign, end_with_parent, unsigned
from digest.rendering.environment import Templates
from digest.selection.lineup import Rules
from digest.selection.orders import Orders
from digest.settings.read import Settings
from digest.shipped import shipped
from digest.storage.database import Store, open_store
from digest.subscribers.links import Links

if TYPE_CHECKING:
    from digest.channels.dkim import Signer
    from digest.feeds.fetch import Round
    from digest.net.session import GuardedSession

T = TypeVar("T")

log = logging.getLogger("digest")

Step = Callable[[int, int], None]
"""Hears how much is done, of how much."""


@contextmanager
def open_app(
    settings: Settings, *, now: datetime | None = None, seeds: Path | None = None, create: bool = True
) -> Iterator["App"]:
    """The application with its store open; `now` stops its clock at that time.

    `create` False raises NoNewspaper where there is no database yet.
    """
    with open_store(settings.database_url, create=create) as store:
        yield App(settings=settings, store=store, templates=templates_for(settings), clock=clock_of(now), seeds=seeds)


def clock_of(now: datetime | None) -> Clock:
    """The real clock, or one that stands still at `now`."""
    return (lambda: now) if now else (lambda: datetime.now(UTC))


def templates_for(settings: Settings) -> Templates:
    """The operator's templates, and the shipped ones behind them."""
    search = (settings.templates,) if settings.templates else ()
    return Templates((*search, shipped("templates")))


@dataclass(slots=True, kw_only=True)
class ReturnDesk:
    """Where bounces arrive by the settings, and when they were last looked for."""

    mailboxes: tuple[Mailbox, ...] = ()
    looked_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Switch:
    """How often in a row the dead-man's switch of the settings was not reached, and until when it is left alone."""

    faults: int = 0
    rests_until: datetime | None = None

    def rests(self, now: datetime) -> bool:
        """Whether it is left alone."""
        return self.rests_until is not None and now < self.rests_until

    def failed(self, now: datetime) -> None:
        """It was not reached: wait a minute, then two, then four, at most an hour."""
        self.rests_until = now + timedelta(minutes=min(2**self.faults, 60))
        self.faults += 1

    def worked(self) -> None:
        """It was reached."""
        self.faults, self.rests_until = 0, None


@dataclass(frozen=True, kw_only=True)
class App:
    """The newspaper: its settings, its store, its templates, its clock.

    `seeds` is a folder of documents that stands in for the network, `pool` takes what is long and pure out of a
    process that serves pages too.
    """

    settings: Settings
    store: Store
    templates: Templates
    clock: Clock
    seeds: Path | None = None
    pool: ProcessPoolExecutor | None = None

    @cached_property
    def links(self) -> Links | None:
        """What signs the links in mails; None while there is no key."""
        keys = self.settings.secret_key
        return Links(keys, self.settings.public_url) if keys else None

    @cached_property
    def logo(self) -> tuple[Image, bytes] | None:
        """The picture of the masthead, and its PNG; None where none is chosen or nobody could fetch it. Raises
        SettingsError.
        """
        path = self.settings.logo
        if path is None or not self.settings.public_url:
            return None
        from digest.feeds.images import redraw_logo

        try:
            return redraw_logo(path.read_bytes())
        except (OSError, ParseError) as fault:
            raise SettingsError((f"DIGEST_LOGO: {path} is no picture that can be read",)) from fault

    @cached_property
    def letterhead(self) -> Letterhead:
        """Who writes."""
        chosen = self.settings
        return Letterhead(
            title=chosen.title,
            sender=chosen.sender,
            reply_to=chosen.reply_to,
            bounce_address=chosen.bounce_address,
            unsubscribe_address=chosen.unsubscribe_address,
            postal_address=chosen.postal_address,
            public_url=chosen.public_url,
            accent=chosen.accent,
            language=chosen.language,
            logo=self.logo[0] if self.logo else None,
            footer=chosen.footer,
            subject=chosen.subject,
        )

    @property
    def policy(self) -> daily.Policy:
        """How editions are made."""
        chosen = self.settings
        return daily.Policy(
            title=chosen.title,
            language=chosen.language,
            timezone=chosen.timezone,
            weights=chosen.weights,
            rules=self.rules,
            min_stories=chosen.min_stories,
            approval=chosen.approval == "required",
            sections=self.sections,
        )

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections of the feeds, each once, in the order of the feeds."""
        return tuple(dict.fromkeys(feed.section for feed in self.store.feeds.all() if feed.section))

    @property
    def rules(self) -> Rules:
        """The bounds of every line-up."""
        chosen = self.settings
        orders = Orders(
            blocked_words=chosen.blocked_words,
            blocked_sources=chosen.blocked_sources,
            pinned_words=chosen.pinned_words,
            pinned_sources=chosen.pinned_sources,
        )
        return Rules(max_stories=chosen.max_stories, max_minutes=chosen.max_minutes, orders=orders)

    @property
    def defaults(self) -> Profile:
        """The wishes of a reader who chose nothing."""
        return self.settings.defaults

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """What carries the mail: the relays of the settings, the stand-by ones last, or the outbox."""
        chosen = self.settings
        if not chosen.smtp_url:
            return (Route(channel=OutboxChannel(chosen.outbox), connections=chosen.smtp_connections),)
        return tuple(
            Route(
                channel=SmtpChannel(relay),
                connections=relay.connections or chosen.smtp_connections,
                weight=relay.weight,
                rate=relay.rate,
            )
            for relay in sorted(chosen.smtp_url, key=lambda relay: not relay.weight)
        )

    @property
    def channel(self) -> Channel:
        """What carries a single mail, unless it is down (newsroom.dispatch.hand_over)."""
        return self.routes[0].channel

    @cached_property
    def signer(self) -> "Signer | None":
        """What signs the mail (docs/dkim.md), or None where no key is chosen; what is doubtful of a key is logged.

        Raises SettingsError.
        """
        chosen = self.settings
        if not chosen.dkim_key:
            return None
        from digest.channels.dkim_keys import read_signer

        signer, doubts = read_signer(
            chosen.dkim_key, chosen.dkim_selector, domain=chosen.dkim_domain, sender=chosen.sender
        )
        for doubt in doubts:
            log.warning("%s", doubt)
        return signer

    @property
    def sign(self) -> Sign:
        """What every mail goes through before it is carried. Raises SettingsError."""
        return self.signer.sign if self.signer else unsigned

    @property
    def model(self) -> Vectors | None:
        """The model that places texts, if one is chosen; each a fresh one, as a loaded one takes half a gigabyte."""
        chosen = self.settings
        return chosen_model(chosen.vectors, model=chosen.vectors_model, key=chosen.vectors_key)

    def placed(self, items: Sequence[Item], *, keep: bool) -> Embed | None:
        """The items' texts as the model places them, with what it said before; what is new is kept, or not."""
        model, now = self.model, self.clock() if keep else None
        return daily.placed(items, KeptVectors(model, self.store.vectors, now=now) if model else None)

    @property
    def domain(self) -> str:
        """The sender's domain, which Message-IDs end with."""
        return self.settings.sender.rpartition("@")[2].rstrip(">")

    @property
    def addresses(self) -> mailroom.Addresses:
        """Where mail comes from and where its links lead."""
        links = self.links
        return mailroom.Addresses(
            bounce=self.return_path,
            timezone=self.settings.timezone,
            unsubscribe_url=links.unsubscribe_url if links else lambda _subscriber: "",
            preferences_url=links.preferences_url if links else lambda _subscriber: "",
            edition_url=links.edition_url if links else lambda _edition: "",
        )

    def return_path(self, delivery: int) -> str:
        """The envelope sender of a delivery: the bounce address with a token that names it (docs/bounces.md).

        The plain address while there is no key, and for a mail past the ledger (0).
        """
        links, address = self.links, self.settings.bounce_address
        return links.return_path(address, delivery) if links and address and delivery else address

    @cached_property
    def return_desk(self) -> ReturnDesk:
        """The mailboxes of the settings, which remember what they have shown."""
        folder, server = self.settings.bounces, self.settings.imap_url
        mailboxes: list[Mailbox] = []
        if folder is not None:
            mailboxes.append(Maildir(folder))
        if server is not None:
            from digest.channels.imap import ImapFolder

            mailboxes.append(ImapFolder(server))
        return ReturnDesk(mailboxes=tuple(mailboxes))

    @cached_property
    def switch(self) -> Switch:
        """What is remembered of the dead-man's switch."""
        return Switch()

    async def aside(self, work: Callable[..., T], *given: object) -> T:
        """Do pure work in the pool, or here where there is none."""
        if self.pool is None:
            return work(*given)
        return await asyncio.get_running_loop().run_in_executor(self.pool, work, *given)

    @contextmanager
    def beside(self) -> Iterator["App"]:
        """The same newspaper with a process beside it for what is long and pure."""
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=end_with_parent) as pool:
            yield replace(self, pool=pool)

    async def collect(self, step: Step) -> "Round":
        """Read every feed that is due."""
        from digest.feeds.fetch import read_all

        now = self.clock()
        due = self.store.feeds.due(now)
        done = 0

        def read(_fetched: object) -> None:
            nonlocal done
            done += 1
            step(done, len(due))

        async with self.reading() as source:
            return await read_all(source, due, now=now, record=self.store.items.record, progress=read)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Source]:
        """The source of items: the network, unless seeds stand in for it."""
        from digest.feeds.fetch import FeedReader
        from digest.feeds.seeds import SeedSession
        from digest.feeds.worker import Workers

        reached = SeedSession(self.seeds) if self.seeds else self.session()
        async with reached as session, Workers() as workers:
            yield FeedReader(session, parse=workers.parse_apart, run=workers.run, known=self.store.items.known)

    def session(self) -> "GuardedSession":
        """The guarded way out."""
        from digest.net.guard import Guard
        from digest.net.session import GuardedSession

        about = self.settings.public_url or "self-hosted"
        readers = self.store.subscribers.counts()[SubscriberState.ACTIVE]
        agent = f"digest/{__version__} (+{about}; feed fetcher; {readers} subscribers)"
        return GuardedSession(Guard(self.settings.allow_hosts), user_agent=agent)
