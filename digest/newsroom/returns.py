"""What comes back: every mail in a mailbox is read, laid to a delivery of ours, and draws its consequence."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from digest.app import App
from digest.delivery.bounce import read, refusal
from digest.errors import MailboxError, NotFound, UsageError
from digest.model.bounce import Bounce, BounceKind, Consequence, Returned, What
from digest.model.delivery import Delivery
from digest.newsroom.turns import turn
from digest.ports.sending import Letter, Mailbox

EVERY = timedelta(minutes=5)
"""How often the daemon looks."""

REFUSED_WITHIN = timedelta(days=2)
"""How far back refusals at SMTP time are looked for; longer than a daemon is down."""

MOST_FAULTS = 3
"""After how many faults in a row a mailbox is left: its disk is full, or the connection is gone."""

log = logging.getLogger("digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One mail: what it is, the news that it brings of our readers, and whether it was understood.

    A mail is understood when it is about a mail of ours, or an automatic reply that needs no answer.
    """

    name: str
    what: What
    news: tuple[Bounce, ...] = ()
    understood: bool = False


@dataclass(slots=True, kw_only=True)
class Harvest:
    """What a reading came to: mails by what they are, consequences, and what could not be read or moved."""

    mails: Counter[What] = field(default_factory=Counter)
    left: int = 0
    done: Consequence = field(default_factory=Consequence)
    faults: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many mails were looked at."""
        return self.mails.total()

    def words(self) -> str:
        """The counts as a sentence."""
        kinds = ", ".join(f"{count} {what}" for what, count in sorted(self.mails.items())) or "none"
        done = self.done
        return (
            f"mails read: {self.total} ({kinds}), not understood and left: {self.left}; "
            f"new: {done.new}, suppressed: {done.suppressed}, unsubscribed: {done.left}"
        )


def harvest(app: App, mailbox: Mailbox, tell: Callable[[Finding], None], *, dry_run: bool = False) -> Harvest:
    """Read every mail of a mailbox, keep what is news, and put away what was understood.

    The news is committed before its mail is moved: a mail that is read twice changes nothing the second time. What
    cannot be read or moved is a fault in the harvest; after three in a row the rest waits for the next reading.
    `dry_run` changes nothing.
    """
    total, in_a_row = Harvest(), 0
    try:
        for letter in mailbox.letters():
            before = len(total.faults)
            _try(app, letter, total, tell, dry_run=dry_run)
            in_a_row = in_a_row + 1 if len(total.faults) > before else 0
            if in_a_row == MOST_FAULTS:
                break
    except MailboxError as error:
        total.faults.append(error.message)
    return total


def _try(app: App, letter: Letter, total: Harvest, tell: Callable[[Finding], None], *, dry_run: bool) -> None:
    try:
        _take(app, letter, total, tell, dry_run=dry_run)
    except MailboxError as error:
        total.faults.append(error.message)


def _take(app: App, letter: Letter, total: Harvest, tell: Callable[[Finding], None], *, dry_run: bool) -> None:
    finding = examine(app, letter.name, letter.content())
    total.mails[finding.what] += 1
    total.left += not finding.understood
    tell(finding)
    if dry_run:
        return
    total.done += app.store.bounces.add(finding.news, now=app.clock())
    if finding.understood:
        letter.put_away()
    else:
        letter.leave()


def examine(app: App, name: str, content: bytes) -> Finding:
    """One mail, laid to a delivery or a reader of ours where that is proved.

    Proved is what carries a return path of ours, a Message-ID of ours or a link of ours: only who got the mail has
    these. Without proof, anybody could have written it: then a bounce counts as soft at most, and only for an address
    that we had sent something to; a complaint counts for nothing.
    """
    returned = read(content, now=app.clock())
    if returned.what in {What.AUTOREPLY, What.OTHER}:
        return Finding(name=name, what=returned.what, understood=returned.what is What.AUTOREPLY)
    delivery = delivery_of(app, returned)
    if delivery is not None:
        about = (proved(returned, delivery),) if delivery.target else ()
        return Finding(name=name, what=returned.what, news=about, understood=True)
    news = tuple(unproved(app, returned))
    return Finding(name=name, what=returned.what, news=news, understood=bool(news))


def delivery_of(app: App, returned: Returned) -> Delivery | None:
    """The delivery that a mail proves to be about, by its return path or its Message-ID."""
    store, links = app.store.bounces, app.links
    ids = (links.read_return_path(address) for address in returned.sent_to) if links else ()
    for id_ in ids:
        if id_ is not None and (found := store.delivery(id_)):
            return found
    return next((found for each in returned.message_ids if (found := store.sent_as(each))), None)


def proved(returned: Returned, delivery: Delivery) -> Bounce:
    """The news about the reader of a delivery.

    A report that calls another address than theirs dead speaks of where their mail is forwarded to: that is soft.
    """
    target = delivery.target.casefold()
    named = [each for each in returned.bounces if target in map(str.casefold, (each.address, *each.also))]
    first = (named or returned.bounces)[0]
    elsewhere = not named and first.address and first.kind is BounceKind.HARD
    kind = BounceKind.SOFT if elsewhere else first.kind
    return replace(first, address=delivery.target, kind=kind, delivery_id=delivery.id, also=())


def unproved(app: App, returned: Returned) -> Iterator[Bounce]:
    """The news that a mail without proof may bring."""
    for each in returned.bounces:
        if each.kind is BounceKind.COMPLAINT:
            yield from _signed(app, returned, each)
        elif each.kind is BounceKind.UNSUBSCRIBE:
            yield from ((each,) if _is_known(app, each.address) else ())
        elif each.address and (sent := app.store.bounces.last_sent(each.address, before=app.clock())):
            kind = BounceKind.SOFT if each.kind is BounceKind.HARD else each.kind
            yield replace(each, address=sent.target, kind=kind, delivery_id=sent.id, also=())


def _signed(app: App, returned: Returned, complaint: Bounce) -> Iterator[Bounce]:
    """A complaint that returns a reader's own link to leave."""
    for token in returned.left if app.links else ():
        try:
            person = app.store.subscribers.get(app.links.read_unsubscribe(token))  # type: ignore[union-attr]  # above
        except (UsageError, NotFound):
            continue
        yield replace(complaint, address=person.address, also=())
        return


def _is_known(app: App, address: str) -> bool:
    try:
        app.store.subscribers.find(address)
    except NotFound:
        return False
    return True


def count_refusals(app: App) -> Consequence:
    """Keep as bounces what servers refused at SMTP time for a reader's mailbox, such as a full one."""
    now = app.clock()
    done = Consequence()
    for delivery in app.store.bounces.refusals(since=now - REFUSED_WITHIN):
        bounce = refusal(delivery)
        if bounce is not None:
            done += app.store.bounces.add((bounce,), now=now)
    return done


async def look(app: App) -> Harvest | None:
    """What the daemon does every few minutes: count refusals, read the mailboxes of the settings; None when not due.

    What needs a person (a mailbox that cannot be read) is in the faults; each is logged.
    """
    desk = app.return_desk
    if desk.looked_at is not None and app.clock() - desk.looked_at < EVERY:
        return None
    desk.looked_at = app.clock()
    with turn(app.store.turns, "returns") as mine:
        return await _look(app, desk.mailboxes) if mine else None


async def _look(app: App, mailboxes: Sequence[Mailbox]) -> Harvest:
    total = Harvest(done=await asyncio.to_thread(count_refusals, app))
    for mailbox in mailboxes:
        found = await asyncio.to_thread(harvest, app, mailbox, lambda _finding: None)
        total.mails += found.mails
        total.left += found.left
        total.done += found.done
        total.faults += found.faults
    for fault in total.faults:
        log.error("bounces: %s", fault)
    return total
