"""Planning and carrying the mail of an edition."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from digest import daily, mailroom
from digest.app import App
from digest.delivery.attempt import drain as carry
from digest.delivery.retry import RESEND
from digest.delivery.run import Report, Terms
from digest.errors import ChannelDown, SettingsError
from digest.model.delivery import Slot
from digest.model.edition import Edition
from digest.model.message import Mail
from digest.model.rates import Rate
from digest.model.subscriber import Subscriber
from digest.newsroom import editions, heart
from digest.newsroom.sendlog import HeardRelays, Minutely
from digest.presses import Frozen, Presses


def check_sendable(app: App) -> None:
    """Refuse to write to subscribers over SMTP while the law's and the readers' minimum is missing, and at all with a
    key that cannot sign; raises SettingsError.
    """
    chosen, _ = app.settings, app.signer
    if not chosen.smtp_url:
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


def forecast(app: App, edition: Edition) -> Iterator[tuple[Subscriber, Slot]]:
    """Whom a manual send would reach now."""
    now = app.clock()
    slots = daily.due_today(app.store.planner, app.defaults, now=now)
    return app.store.planner.forecast(edition.number, slots, defaults=app.defaults, now=now)


def plan_now(app: App, edition: Edition) -> int:
    """Plan a manual send of a frozen edition; returns how many deliveries are new."""
    slots = daily.due_today(app.store.planner, app.defaults, now=app.clock())
    return plan(app, edition, slots)


def plan(app: App, edition: Edition, slots: Sequence[Slot]) -> int:
    """Write the deliveries of these slots."""
    now = app.clock()
    return daily.plan(edition, slots, app.store.planner, defaults=app.defaults, domain=app.domain, now=now)


async def drain(app: App, stop: asyncio.Event, step: Callable[[Report], None], *, at_once: bool = False) -> Report:
    """Carry what is due, after taking back what a crash left; what that left unconfirmed counts in the report.

    With `at_once`, relays that are left alone for their faults are tried all the same.
    """
    async with heart.beating(app.store.workers, heart.SENDS) as worker:
        lost = take_back(app)
        terms = _terms(app, worker, Minutely(step, app.clock), at_once=at_once)
        report = await _drain(app, terms, stop)
        return replace(report, unconfirmed=report.unconfirmed + lost)


def take_back(app: App) -> int:
    """Let what dead workers left be sent by others; returns how many of their mails are unconfirmed now."""
    now, hold = app.clock(), app.settings.unconfirmed == "hold"
    return heart.take_back(
        app.store.ledger,
        app.store.workers,
        one_machine=not app.store.shared,
        resend_at=None if hold else now + RESEND,
        now=now,
    )


def _terms(app: App, worker: str, step: Callable[[Report], None], *, at_once: bool) -> Terms:
    return Terms(
        worker=worker,
        rates=app.store.rates,
        relays=HeardRelays(app.store.relays),
        rate=Rate(per_second=app.settings.rate),
        domains=app.settings.domain_rates,
        at_once=at_once,
        hold=app.settings.unconfirmed == "hold",
        progress=step,
    )


async def _drain(app: App, terms: Terms, stop: asyncio.Event) -> Report:
    with Presses(app.sign) as presses:
        composer = mailroom.Composer(
            app.store.editions,
            app.store.ledger,
            rules=app.rules,
            addresses=app.addresses,
            clock=app.clock,
            presses=presses,
        )
        return await carry(app.store.ledger, app.routes, composer, terms=terms, clock=app.clock, stop=stop)


async def send_test(app: App, paper: Frozen, address: str) -> None:
    """A marked test of an edition to one address, past the ledger; raises a DeliveryError."""
    await hand_over(app, editions.mail_for(app, paper, Subscriber(address=address), marker="Test"))


async def hand_over(app: App, mail: Mail) -> None:
    """Sign one mail and carry it at once, past the ledger, over the first relay that is up.

    Raises a DeliveryError, or SettingsError for a bad key.
    """
    signed = app.sign(mail)

    async def at_once() -> bool:
        return True

    *others, last = (route.channel for route in app.routes)
    for channel in others:
        with suppress(ChannelDown):
            async with channel.connect() as connection:
                await connection.send(signed, starting=at_once)
                return
    async with last.connect() as connection:
        await connection.send(signed, starting=at_once)
