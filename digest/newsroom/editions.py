"""Choosing, cutting and opening an edition."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from secrets import token_hex

from digest import daily, mailroom
from digest.app import App
from digest.errors import Conflict
from digest.model.delivery import Told
from digest.model.edition import Edition, EditionState, LineUp
from digest.model.feed import Item
from digest.model.memory import Lesson, Memory
from digest.model.message import Mail
from digest.model.subscriber import Subscriber
from digest.presses import Frozen, frozen_of
from digest.rendering.assemble import assemble
from digest.rendering.blocks import render
from digest.selection.choice import Choice
from digest.selection.lineup import Wish, lineups
from digest.selection.quiet import SourcesState, sources_state
from digest.selection.size import fitted


def earlier(app: App) -> tuple[Edition, ...]:
    """The editions of the last days; a cancelled one has its readers too."""
    now = app.clock()
    return tuple(each for each in app.store.editions.since(now - daily.NOVELTY) if each.cut_at <= now)


def items_of(app: App, at: datetime) -> tuple[Item, ...]:
    """The items of the days before, as far as they had been seen by then."""
    return tuple(item for item in app.store.items.recent(at - daily.MEMORY) if item.seen <= at)


def memory_of(app: App, now: datetime) -> Memory:
    """What the days before have taught the selector."""
    return app.store.memory.recall(since=now - daily.MEMORY, until=now)


def sources_of(app: App, items: Sequence[Item]) -> SourcesState:
    """How the feeds do, of which these are the last days' items."""
    return sources_state(app.store.feeds.all(), items)


def choose(app: App, trial: daily.Trial = daily.NO_TRIAL) -> Choice:
    """What would be selected now, perhaps with something tried out; nothing is written."""
    now, policy = app.clock(), trial.of(app.policy)
    items = items_of(app, now)
    embed = app.placed(items, keep=False)
    memory, sources = memory_of(app, now), sources_of(app, items)
    return daily.choose(items, earlier(app), policy, now=now, memory=memory, embed=embed, sources=sources)


def find(app: App, number: int | None) -> Edition:
    """An edition by its number; without one today's, or what today's would be."""
    if number is not None:
        return app.store.editions.get(number)
    newest = app.store.editions.latest(EditionState.HELD, EditionState.APPROVED, EditionState.FROZEN)
    today = daily.local_date(app.clock(), app.settings.timezone)
    return newest if newest and newest.date == today else choose(app).edition


def in_place_of(app: App, edition: Edition) -> Edition | None:
    """The newer edition of the same day that readers get, or wait for, in place of one that has not gone out."""
    if edition.state is EditionState.FROZEN:
        return None
    newer = (each for each in app.store.editions.since(edition.cut_at) if each.number > edition.number)
    return next((each for each in newer if daily.stands(each) and each.date == edition.date), None)


def check_free(app: App) -> None:
    """Raises Conflict where an editor has changed today's edition, so that none is cut over it."""
    last = app.store.editions.latest()
    today = daily.local_date(app.clock(), app.settings.timezone)
    if last is not None and daily.worked_on(last, today):
        raise Conflict(
            f"edition {last.number} of today has changes, which another one would not have",
            hint=f"go on with it, or: digest edition cancel {last.number}",
        )


async def cut(app: App, *, by: str = "") -> Edition:
    """Cut an edition of the items there are now, write it, and remember what it taught.

    Cut by hand, it is held, and the record says `by` whom. It takes a while: raises Conflict where an editor has
    changed the edition that was there by then.
    """
    edition, lesson, policy = await made(app)
    check_free(app)
    return daily.cut(edition, lesson, policy, editions=app.store.editions, memory=app.store.memory, by=by)


async def cut_once(app: App, due: datetime) -> Edition | None:
    """The same for the edition that was due at that instant; None where another process has cut it by then."""
    edition, lesson, policy = await made(app)
    last = app.store.editions.latest()
    if last is None or last.cut_at < due:
        check_free(app)
    return daily.cut_once(edition, lesson, policy, due=due, editions=app.store.editions, memory=app.store.memory)


async def made(app: App) -> tuple[Edition, Lesson, daily.Policy]:
    """An edition of the items there are now, with its pictures, not written; what it teaches, and how it was made."""
    now, policy = app.clock(), app.policy
    items = items_of(app, now)
    embed = await asyncio.to_thread(app.placed, items, keep=True)
    memory, sources = memory_of(app, now), sources_of(app, items)
    edition, lesson = await app.aside(daily.edit, items, earlier(app), policy, now, memory, embed, sources)
    return await illustrated(app, edition), lesson, policy


async def illustrated(app: App, edition: Edition) -> Edition:
    """The edition with its lead images fetched, made anew and kept; without a public address there are none."""
    if not app.settings.public_url or app.seeds is not None:
        return edition
    from digest.feeds.images import fetch_images
    from digest.feeds.worker import Workers

    wanted = daily.pictures_of(edition, app.settings.max_stories)
    async with app.session() as session, Workers() as workers:
        found = await fetch_images(session, wanted, run=workers.run)
    for image, content in found.values():
        app.store.images.keep(image.fingerprint, content, now=edition.cut_at)
    return daily.illustrate(edition, {url: image for url, (image, _) in found.items()})


def freeze(app: App, number: int, *, checked: Edition | None = None) -> Edition:
    """Render an approved edition and freeze it, and keep the logo it shows; raises TemplateError, Conflict.

    With the edition as it was `checked`, also Conflict where it was changed since.
    """
    if app.logo is not None:
        logo, content = app.logo
        app.store.images.keep(logo.fingerprint, content, now=app.clock())
    edition = checked or app.store.editions.get(number)
    return mailroom.freeze(edition, app.store.editions, app.store.corrections, app.letterhead, app.templates)


def opened(app: App, edition: Edition) -> Frozen:
    """The edition with its blocks: those it was frozen with, or those it would get now, with the corrections it would
    carry. Costs a rendering.
    """
    if edition.state is EditionState.FROZEN:
        rendering = app.store.editions.rendering(edition.number, edition.language)
    else:
        edition = replace(edition, corrections=mailroom.carried(app.store.corrections))
        rendering = render(edition, app.letterhead, app.templates)
    return frozen_of(edition, rendering, app.rules)


def lineup_of(app: App, paper: Frozen, person: Subscriber | None) -> LineUp:
    """What a reader gets of an edition; for nobody in particular the default line-up, as far as a mail has room."""
    if person is None:
        return LineUp(picks=fitted(paper.edition.lineup.picks, paper.rules))
    (lineup,) = lineups(paper.edition, (wish_for(app, paper.edition, person),), paper.rules)
    return lineup


def wish_for(app: App, edition: Edition, person: Subscriber) -> Wish:
    """What a reader wants of an edition, with all that they were told in others."""
    found = app.store.history.told(person.id, since=app.clock() - daily.NOVELTY)
    return mailroom.wish_of(person.preferences, tuple(each for each in found if each.edition != edition.number))


def told_before(app: App, edition: Edition) -> tuple[Told, ...]:
    """What the default line-up had told when an edition was cut."""
    return daily.gone_out(before(app, edition))


def before(app: App, edition: Edition) -> tuple[Edition, ...]:
    """The editions of the days before one."""
    found = app.store.editions.since(edition.cut_at - daily.NOVELTY)
    return tuple(each for each in found if not edition.number or each.number < edition.number)


def considered(app: App, edition: Edition) -> Choice:
    """What would be selected, by today's settings, of the items there were when an edition was cut."""
    at = edition.cut_at
    items = items_of(app, at)
    embed, memory = app.placed(items, keep=False), memory_of(app, at)
    return daily.choose(items, before(app, edition), app.policy, now=at, memory=memory, embed=embed)


def mail_for(app: App, paper: Frozen, person: Subscriber | None, *, marker: str = "") -> Mail:
    """The mail of an edition as one reader, or nobody in particular, would get it.

    With a `marker` it is a test: said so on top, its links inert, its Message-ID its own.
    """
    number = paper.edition.number
    reader = app.addresses.reader(
        person or Subscriber(address=f"reader@{app.domain}"),
        number,
        message_id=f"{'test' if marker else 'preview'}.{number}.{token_hex(8)}@{app.domain}",
        composed_at=app.clock(),
    )
    lineup = lineup_of(app, paper, person)
    return assemble(paper.rendering, paper.edition, lineup, replace(reader, marker=marker))
