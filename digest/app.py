"""The composition root: Settings → App, every part wired to every other; holds the real clock."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, TypeVar

from digest import __version__, daily, mailroom
from digest.ai.chosen import chosen_model
from digest.ai.kept import KeptVectors
from digest.channels.outbox import OutboxChannel
from digest.channels.smtp import SmtpChannel
from digest.delivery.attempt import Report, Terms, drain
from digest.delivery.identity import alive, worker_name
from digest.delivery.pacing import Pacer
from digest.delivery.retry import RESEND
from digest.errors import SettingsError
from digest.model.delivery import Profile, Slot, Told
from digest.model.edition import Edition, EditionState, LineUp
from digest.model.feed import Item
from digest.model.memory import Memory
from digest.model.message import Letterhead, Mail
from digest.model.subscriber import Subscriber, SubscriberState
from digest.ports import Channel, Clock, Embed, Source, Vectors
from digest.rendering.assemble import assemble
from digest.rendering.blocks import render
from digest.rendering.environment import Templates
from digest.selection.choice import Choice
from digest.selection.lineup import Rules, Wish, lineups
from digest.selection.orders import Orders
from digest.selection.quiet import SourcesState, sources_state
from digest.settings.read import Settings
from digest.storage.database import Store, open_store
from digest.subscribers.links import Links

if TYPE_CHECKING:
    from digest.feeds.fetch import Round
    from digest.net.session import GuardedSession

T = TypeVar("T")

Step = Callable[[int, int], None]
"""Hears how much is done, of how much."""


def shipped(folder: str) -> Path:
    """A folder that travels with the package; in a checkout it lies beside it."""
    inside = Path(str(files("digest"))) / folder
    return inside if inside.is_dir() else inside.parent.parent / folder


@contextmanager
def open_app(
    settings: Settings, *, now: datetime | None = None, seeds: Path | None = None, create: bool = True
) -> Iterator["App"]:
    """The application with its store open; `now` stops its clock at that time.

    `create` False raises NoNewspaper where there is no database yet.
    """
    search = (settings.templates,) if settings.templates else ()
    clock: Clock = (lambda: now) if now else (lambda: datetime.now(UTC))
    with open_store(settings.database_url, create=create) as store:
        templates = Templates((*search, shipped("templates")))
        yield App(settings=settings, store=store, templates=templates, clock=clock, seeds=seeds)


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
        )

    @property
    def policy(self) -> daily.Policy:
        """How editions are made."""
        chosen = self.settings
        sections = (feed.section for feed in self.store.feeds.all() if feed.section)
        return daily.Policy(
            title=chosen.title,
            language=chosen.language,
            timezone=chosen.timezone,
            weights=chosen.weights,
            rules=self.rules,
            min_stories=chosen.min_stories,
            approval=chosen.approval == "required",
            sections=tuple(dict.fromkeys(sections)),
        )

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
    def channel(self) -> Channel:
        """What carries the mail."""
        relay = self.settings.smtp_url
        return SmtpChannel(relay) if relay else OutboxChannel(self.settings.outbox)

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
            bounce=self.settings.bounce_address,
            timezone=self.settings.timezone,
            unsubscribe_url=links.unsubscribe_url if links else lambda _subscriber: "",
            edition_url=links.edition_url if links else lambda _edition: "",
        )

    async def aside(self, work: Callable[..., T], *given: object) -> T:
        """Do pure work in the pool, or here where there is none."""
        if self.pool is None:
            return work(*given)
        return await asyncio.get_running_loop().run_in_executor(self.pool, work, *given)

    @contextmanager
    def beside(self) -> Iterator["App"]:
        """The same newspaper with a process beside it for what is long and pure."""
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
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

    def earlier(self) -> tuple[Edition, ...]:
        """The editions of the last days; a cancelled one has its readers too."""
        now = self.clock()
        return tuple(each for each in self.store.editions.since(now - daily.NOVELTY) if each.cut_at <= now)

    def items(self, at: datetime) -> tuple[Item, ...]:
        """The items of the days before, as far as they had been seen by then."""
        return tuple(item for item in self.store.items.recent(at - daily.MEMORY) if item.seen <= at)

    def memory(self, now: datetime) -> Memory:
        """What the days before have taught the selector."""
        return self.store.memory.recall(since=now - daily.MEMORY, until=now)

    def sources(self, items: Sequence[Item]) -> SourcesState:
        """How the feeds do, of which these are the last days' items."""
        return sources_state(self.store.feeds.all(), items)

    def choose(self, trial: daily.Trial = daily.NO_TRIAL) -> Choice:
        """What would be selected now, perhaps with something tried out; nothing is written."""
        now, policy = self.clock(), trial.of(self.policy)
        items = self.items(now)
        embed = self.placed(items, keep=False)
        memory, sources = self.memory(now), self.sources(items)
        return daily.choose(items, self.earlier(), policy, now=now, memory=memory, embed=embed, sources=sources)

    def edition(self, number: int | None) -> Edition:
        """An edition by its number; without one today's, or what today's would be."""
        if number is not None:
            return self.store.editions.get(number)
        newest = self.store.editions.latest(EditionState.HELD, EditionState.APPROVED, EditionState.FROZEN)
        today = daily.local_date(self.clock(), self.settings.timezone)
        return newest if newest and newest.date == today else self.choose().edition

    async def cut(self) -> Edition:
        """Cut an edition of the items there are now, write it, and remember what it taught."""
        now, policy = self.clock(), self.policy
        items = self.items(now)
        embed = await asyncio.to_thread(self.placed, items, keep=True)
        memory, sources = self.memory(now), self.sources(items)
        edition, lesson = await self.aside(daily.edit, items, self.earlier(), policy, now, memory, embed, sources)
        edition = await self.illustrated(edition)
        return daily.cut(edition, lesson, policy, editions=self.store.editions, memory=self.store.memory)

    async def illustrated(self, edition: Edition) -> Edition:
        """The edition with its lead images fetched, made anew and kept; without a public address there are none."""
        if not self.settings.public_url or self.seeds is not None:
            return edition
        from digest.feeds.images import fetch_images
        from digest.feeds.worker import Workers

        wanted = daily.pictures_of(edition, self.settings.max_stories)
        async with self.session() as session, Workers() as workers:
            found = await fetch_images(session, wanted, run=workers.run)
        for image, content in found.values():
            self.store.images.keep(image.fingerprint, content, now=edition.cut_at)
        return daily.illustrate(edition, {url: image for url, (image, _) in found.items()})

    def freeze(self, number: int) -> Edition:
        """Render an approved edition and freeze it; raises TemplateError, Conflict."""
        return mailroom.freeze(number, self.store.editions, self.letterhead, self.templates)

    def opened(self, edition: Edition) -> mailroom.Frozen:
        """The edition with its blocks: those it was frozen with, or those it would get now. Costs a rendering."""
        if edition.state is EditionState.FROZEN:
            rendering = self.store.editions.rendering(edition.number, edition.language)
        else:
            rendering = render(edition, self.letterhead, self.templates)
        return mailroom.frozen_of(edition, rendering, self.rules)

    def lineup_of(self, paper: mailroom.Frozen, person: Subscriber | None) -> LineUp:
        """What a reader gets of an edition; the default line-up for nobody in particular."""
        if person is None:
            return paper.edition.lineup
        (lineup,) = lineups(paper.edition, (self.wish_for(paper.edition, person),), paper.rules)
        return lineup

    def wish_for(self, edition: Edition, person: Subscriber) -> Wish:
        """What a reader wants of an edition, with all that they were told in others."""
        found = self.store.history.told(person.id, since=self.clock() - daily.NOVELTY)
        return mailroom.wish_of(person.preferences, tuple(each for each in found if each.edition != edition.number))

    def told_before(self, edition: Edition) -> tuple[Told, ...]:
        """What the default line-up had told when an edition was cut."""
        return daily.gone_out(self.before(edition))

    def before(self, edition: Edition) -> tuple[Edition, ...]:
        """The editions of the days before one."""
        found = self.store.editions.since(edition.cut_at - daily.NOVELTY)
        return tuple(each for each in found if not edition.number or each.number < edition.number)

    def considered(self, edition: Edition) -> Choice:
        """What would be selected, by today's settings, of the items there were when an edition was cut."""
        at = edition.cut_at
        items = self.items(at)
        embed, memory = self.placed(items, keep=False), self.memory(at)
        return daily.choose(items, self.before(edition), self.policy, now=at, memory=memory, embed=embed)

    def mail_for(self, paper: mailroom.Frozen, person: Subscriber | None, *, marker: str = "") -> Mail:
        """The mail of an edition as one reader, or nobody in particular, would get it.

        With a `marker` it is a test: said so on top, its links inert, its Message-ID its own.
        """
        number = paper.edition.number
        reader = self.addresses.reader(
            person or Subscriber(address=f"reader@{self.domain}"),
            number,
            message_id=f"{'test' if marker else 'preview'}.{number}.{token_hex(8)}@{self.domain}",
            composed_at=self.clock(),
        )
        lineup = self.lineup_of(paper, person)
        return assemble(paper.rendering, paper.edition, lineup, replace(reader, marker=marker))

    def check_sendable(self) -> None:
        """Refuse to write to subscribers over SMTP while the law's and the readers' minimum is missing."""
        chosen = self.settings
        if chosen.smtp_url is None:
            return
        missing = []
        if not chosen.public_url and not chosen.unsubscribe_address:
            missing.append("DIGEST_PUBLIC_URL or DIGEST_UNSUBSCRIBE_ADDRESS: readers must be able to leave")
        if "<" not in chosen.sender:
            missing.append("DIGEST_FROM: readers must see who writes, as Name <address>")
        if not chosen.postal_address:
            missing.append("DIGEST_POSTAL_ADDRESS: the law of many countries wants it in every mail")
        if missing:
            raise SettingsError(tuple(missing), hint="set them in .env; a test with --to works without")

    def forecast(self, edition: Edition) -> Iterator[tuple[Subscriber, Slot]]:
        """Whom a manual send would reach now."""
        now = self.clock()
        slots = daily.due_today(self.store.planner, self.defaults, now=now)
        return self.store.planner.forecast(edition.number, slots, defaults=self.defaults, now=now)

    def plan_now(self, edition: Edition) -> int:
        """Plan a manual send of a frozen edition; returns how many deliveries are new."""
        slots = daily.due_today(self.store.planner, self.defaults, now=self.clock())
        return self.plan(edition, slots)

    def plan(self, edition: Edition, slots: Sequence[Slot]) -> int:
        """Write the deliveries of these slots."""
        now = self.clock()
        return daily.plan(edition, slots, self.store.planner, defaults=self.defaults, domain=self.domain, now=now)

    async def drain(self, stop: asyncio.Event, step: Callable[[Report], None]) -> Report:
        """Carry what is due, after taking back what a crash left; what that left unconfirmed counts in the report."""
        now, hold = self.clock(), self.settings.unconfirmed == "hold"
        lost = self.store.ledger.recover(alive=alive, resend_at=None if hold else now + RESEND, now=now)
        terms = Terms(
            worker=worker_name(),
            pacer=Pacer(self.settings.rate, monotonic=time.monotonic),
            connections=self.settings.smtp_connections,
            hold=hold,
            progress=step,
        )
        composer = mailroom.Composer(
            self.store.editions, self.store.ledger, rules=self.rules, addresses=self.addresses, clock=self.clock
        )
        report = await drain(self.store.ledger, self.channel, composer, terms=terms, clock=self.clock, stop=stop)
        return replace(report, unconfirmed=report.unconfirmed + lost)

    async def send_test(self, paper: mailroom.Frozen, address: str) -> None:
        """A marked test of an edition to one address, past the ledger; raises a DeliveryError."""
        mail = self.mail_for(paper, Subscriber(address=address), marker="Test")

        async def at_once() -> bool:
            return True

        async with self.channel.connect() as connection:
            await connection.send(mail, starting=at_once)
