"""Stand-ins for the edges, for tests of this package and of what others build on it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zlib import crc32

from digest.errors import DeliveryError, RecipientRefused, VectorsDown
from digest.model.bounce import Bounce, BounceKind, Consequence, Patience
from digest.model.delivery import TOLD, Attempt, Composition, Delivery, DeliveryState, Outcome, Receipt
from digest.model.feed import Feed, Fetched
from digest.model.message import Mail
from digest.model.subscriber import Subscriber
from digest.ports import Claim
from digest.ports.sending import RelayHealth

Answers = Callable[[Mail], Receipt | DeliveryError]
"""What a FakeChannel says to a mail: a receipt, or an error to raise."""

NEW_YEAR = datetime(2026, 1, 1, 6, 0, tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)
WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNCONFIRMED)
UNDER_WAY = (DeliveryState.CLAIMED, DeliveryState.SENDING)


class ManualClock:
    """A ports.Clock that stands still until it is told otherwise."""

    def __init__(self, now: datetime = NEW_YEAR) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time it was set to."""
        return self.now

    def advance(self, step: timedelta) -> None:
        """Move on, or back with a negative step."""
        self.now += step


class FakeSource:
    """A ports.Source that gives what was prepared for a feed's URL, and nothing new for all others."""

    def __init__(self, visits: Mapping[str, Fetched]) -> None:
        self.visits = dict(visits)
        self.asked: list[str] = []

    async def fetch(self, feed: Feed, *, now: datetime) -> Fetched:
        """The prepared visit; `now` becomes the time the feed answered."""
        self.asked.append(feed.url)
        quiet = Fetched(feed=replace(feed, state=replace(feed.state, fetched_at=now)))
        return self.visits.get(feed.url, quiet)


class FakeVectors:
    """A ports.Vectors by words alone: texts that share them lie near each other. `asked` holds what it was asked.

    With `down` it has no answer.
    """

    name = "fake"

    def __init__(self, *, down: VectorsDown | None = None) -> None:
        self.asked: list[str] = []
        self._down = down

    def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """One vector for each text, or the error that was prepared."""
        if self._down is not None:
            raise self._down
        self.asked.extend(texts)
        return tuple(by_words(text) for text in texts)


def by_words(text: str) -> tuple[float, ...]:
    """A vector of length one and of 64 numbers: each word counts at a place of its own, and one place always."""
    counts = [1.0] + [0.0] * 63
    for word in text.lower().split():
        counts[crc32(word.encode("utf-8", "replace")) % 63 + 1] += 1
    length = sum(count * count for count in counts) ** 0.5
    return tuple(count / length for count in counts)


class FakeChannel:
    """A ports.Channel that keeps what it accepts in `mails`.

    `answers` decides over each mail (all are accepted by default), `refusals` are raised by the first attempts to
    connect, one each. An error is raised after `starting` for a mail, as a server does that has read the content; a
    dead address before it, as at RCPT.
    """

    name = "fake"

    def __init__(
        self, answers: Answers | None = None, *, refusals: Iterable[DeliveryError] = (), place: str = "fake"
    ) -> None:
        self.place = place
        self.mails: list[Mail] = []
        self.announced: list[Mail | None] = []
        self.connects = 0
        self.open = 0
        self._answers = answers or (lambda _mail: Receipt(text="2.0.0 kept"))
        self._refusals = list(refusals)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["FakeConnection"]:
        """A connection, or the next of the prepared refusals."""
        self.connects += 1
        if self._refusals:
            raise self._refusals.pop(0)
        self.open += 1
        try:
            yield FakeConnection(self)
        finally:
            self.open -= 1

    def judge(self, mail: Mail) -> Receipt | DeliveryError:
        """What was prepared for a mail."""
        return self._answers(mail)


class FakeConnection:
    """A ports.Connection of a FakeChannel."""

    def __init__(self, channel: FakeChannel) -> None:
        self._channel = channel

    async def send(
        self, mail: Mail, *, starting: Callable[[], Awaitable[bool]], following: Mail | None = None
    ) -> Receipt | None:
        """Announce, then answer; what follows is kept in `announced`."""
        self._channel.announced.append(following)
        answer = self._channel.judge(mail)
        if isinstance(answer, RecipientRefused):
            raise answer
        if not await starting():
            return None
        await asyncio.sleep(0)
        if isinstance(answer, DeliveryError):
            raise answer
        self._channel.mails.append(mail)
        return answer


class MemoryLedger:
    """A ports.Ledger in memory: the state machine without a store. `rows` may be looked at and changed.

    `attempts` holds the answers that were no acceptance, `forbidden` deliveries whose reader leaves between the claim
    and the content.
    """

    def __init__(self, claims: Sequence[Claim] = ()) -> None:
        self.rows = {claim.delivery.id: claim.delivery for claim in claims}
        self.owners: dict[int, str] = {}
        self.forbidden: set[int] = set()
        self.suppressed: dict[str, str] = {}
        self.halted: dict[int, str] = {}
        self.attempts: list[Attempt] = []
        self._readers = {claim.delivery.id: claim.subscriber for claim in claims}
        self._leases: dict[int, datetime] = {}
        self._doubtful: set[int] = set()

    def claim(self, *, worker: str, limit: int, lease: timedelta, now: datetime) -> tuple[Claim, ...]:
        """Lease what waits and is due, the oldest first."""
        waiting = (row for row in self.rows.values() if self._waits(row) and row.next_at <= now)
        due = sorted(waiting, key=lambda row: (row.next_at, row.id))[:limit]
        for row in due:
            self.owners[row.id] = worker
            self._leases[row.id] = now + lease
            self.rows[row.id] = replace(row, state=DeliveryState.CLAIMED, updated_at=now)
        return tuple(Claim(delivery=self.rows[row.id], subscriber=self._readers[row.id]) for row in due)

    def compose(self, compositions: Mapping[int, Composition], *, now: datetime) -> None:
        """Fix what is not fixed yet."""
        for id_, made in compositions.items():
            if self.rows[id_].composed_at is None:
                fixed = {"lineup": made.lineup, "reader_name": made.name, "reader_zone": made.timezone}
                self.rows[id_] = replace(self.rows[id_], composed_at=now, **fixed)  # type: ignore[arg-type]  # by name

    def sending(self, delivery_id: int, *, worker: str, until: datetime, now: datetime) -> "Future[bool]":
        """Begin what is this worker's; what is in `forbidden` is suppressed instead."""
        row = self.rows[delivery_id]
        if self.owners.get(delivery_id) != worker or row.state is not DeliveryState.CLAIMED:
            return _done(answer=False)
        if row.dispatch_id in self.halted:
            self._give_back([row])
            return _done(answer=False)
        if delivery_id in self.forbidden:
            ended = self._unless_doubtful(delivery_id, DeliveryState.SUPPRESSED)
            self._let_go(replace(row, state=ended, next_at=NEVER, updated_at=now))
            return _done(answer=False)
        self._leases[delivery_id] = until
        self.rows[delivery_id] = replace(row, state=DeliveryState.SENDING, attempts=row.attempts + 1, updated_at=now)
        return _done(answer=True)

    def settle(self, delivery_id: int, outcome: Outcome, *, worker: str, now: datetime) -> "Future[bool]":
        """Record an outcome of this worker's own; what is unanswered a second time is not tried again."""
        row, became = self.rows[delivery_id], outcome.state
        mine = self.owners.get(delivery_id) == worker and row.state in UNDER_WAY
        in_doubt = delivery_id in self._doubtful and row.state in {DeliveryState.UNCONFIRMED, DeliveryState.CLAIMED}
        if not mine and not (in_doubt and became is DeliveryState.ACCEPTED):
            return _done(answer=False)
        next_at = outcome.next_at or (now if became in {DeliveryState.QUEUED, DeliveryState.DEFERRED} else NEVER)
        uncounted = mine and row.state is DeliveryState.CLAIMED and became is not DeliveryState.QUEUED
        if became is DeliveryState.QUEUED:
            became = self._unless_doubtful(delivery_id, became)
        elif became is DeliveryState.UNCONFIRMED:
            next_at = NEVER if delivery_id in self._doubtful else next_at
            self._doubtful.add(delivery_id)
        attempts = row.attempts + uncounted
        said = {"answer": outcome.answer, "relay": outcome.relay, "code": outcome.code, "enhanced": outcome.enhanced}
        changed = replace(row, state=became, attempts=attempts, next_at=next_at, updated_at=now, **said)  # type: ignore[arg-type]  # by name
        self._let_go(changed)
        if outcome.state is not DeliveryState.ACCEPTED and (
            outcome.answer or outcome.state is not DeliveryState.QUEUED
        ):
            self.attempts.append(Attempt(delivery_id=row.id, attempt=attempts, at=now, state=became, **said))  # type: ignore[arg-type]  # by name
        if outcome.suppress:
            self.suppressed[row.target] = outcome.suppress
        return _done(answer=True)

    def halt(self, dispatch_id: int, because: str, *, now: datetime) -> None:  # noqa: ARG002 - the port's signature
        """Let nothing more of a dispatch be claimed or begun."""
        self.halted[dispatch_id] = because

    def release(self, *, worker: str) -> int:
        """Give back what is only claimed."""
        mine = [self.rows[id_] for id_, owner in self.owners.items() if owner == worker]
        return self._give_back(mine)

    def recover(self, *, alive: Callable[[str], bool], resend_at: datetime | None, now: datetime) -> int:
        """Take back what dead workers and leases that ran out left, and set waits right that began in the future."""
        for row in [row for row in self.rows.values() if self._waits(row) and row.due_at < row.next_at > now]:
            if row.updated_at > now + timedelta(minutes=5) and row.next_at is not NEVER:
                next_at = now + max(row.next_at - row.updated_at, timedelta(0))
                self.rows[row.id] = replace(row, next_at=next_at, updated_at=now)
        left = [id_ for id_, owner in self.owners.items() if not alive(owner) or self._leases[id_] < now]
        begun = [id_ for id_ in left if self.rows[id_].state is DeliveryState.SENDING]
        self._give_back([self.rows[id_] for id_ in left])
        for id_ in begun:
            outcome = Outcome(state=DeliveryState.UNCONFIRMED, answer="the process ended", next_at=resend_at)
            self.settle(id_, outcome, worker=self.owners[id_], now=now)
        return len(begun)

    def states(self) -> dict[DeliveryState, int]:
        """How many rows are in each state."""
        states = [row.state for row in self.rows.values()]
        return {state: states.count(state) for state in dict.fromkeys(states)}

    def _waits(self, row: Delivery) -> bool:
        return row.state in WAITING and row.dispatch_id not in self.halted

    def _give_back(self, rows: Sequence[Delivery]) -> int:
        claimed = [row for row in rows if row.state is DeliveryState.CLAIMED]
        for row in claimed:
            state = self._unless_doubtful(row.id, DeliveryState.QUEUED)
            self._let_go(replace(row, state=state, next_at=row.due_at))
        return len(claimed)

    def _let_go(self, row: Delivery) -> None:
        self.rows[row.id] = row
        self.owners.pop(row.id, None)
        self._leases.pop(row.id, None)

    def _unless_doubtful(self, delivery_id: int, state: DeliveryState) -> DeliveryState:
        """What may have arrived before stays unconfirmed."""
        return DeliveryState.UNCONFIRMED if delivery_id in self._doubtful else state


class MemoryBounces:
    """A ports.sending.BounceStore in memory, over deliveries that may be added. `suppressed` holds reasons by address,
    `departed` who left.
    """

    def __init__(self, deliveries: Iterable[Delivery] = ()) -> None:
        self.deliveries = {delivery.id: delivery for delivery in deliveries}
        self.suppressed: dict[str, str] = {}
        self.departed: set[str] = set()
        self._kept: list[Bounce] = []

    def delivery(self, delivery_id: int) -> Delivery | None:
        """The delivery of that number, or None."""
        return self.deliveries.get(delivery_id)

    def sent_as(self, message_id: str) -> Delivery | None:
        """The delivery of that Message-ID, or None."""
        return next((each for each in self.deliveries.values() if each.message_id.lower() == message_id.lower()), None)

    def last_sent(self, address: str, *, before: datetime) -> Delivery | None:
        """The newest that was accepted, or may have been, by then."""
        told = [each for each in self.deliveries.values() if each.state in TOLD and each.updated_at <= before]
        theirs = [each for each in told if each.target.casefold() == address.casefold()]
        return max(theirs, key=lambda each: (each.updated_at, each.id), default=None)

    def add(self, bounces: Sequence[Bounce], *, now: datetime, patience: Patience = Patience()) -> Consequence:  # noqa: B008 a frozen value
        """Keep what is new, and draw its consequence."""
        done = Consequence()
        for bounce in bounces:
            key = (bounce.address.casefold(), bounce.source)
            if key not in {(each.address.casefold(), each.source) for each in self._kept}:
                self._kept.append(bounce)
                done += self._consequence(bounce, now, patience)
        return done

    def of_address(self, address: str, *, since: datetime, kind: BounceKind | None = None) -> tuple[Bounce, ...]:
        """What came about an address since then, newest first."""
        theirs = [each for each in self._kept if each.address.casefold() == address.casefold() and each.at >= since]
        chosen = [each for each in reversed(theirs) if kind in {None, each.kind}]
        return tuple(sorted(chosen, key=lambda each: each.at, reverse=True))

    def refusals(self, *, since: datetime) -> Iterator[Delivery]:
        """Deliveries that failed since then for what may be a mailbox and are no bounce yet."""
        kept = {each.source for each in self._kept}
        for each in self.deliveries.values():
            of_mailbox = each.enhanced[1:2] + each.enhanced[2:3] in {"", ".0", ".2", ".3"}
            if each.state is DeliveryState.FAILED and each.updated_at >= since and of_mailbox:
                yield from () if f"refused {each.id}" in kept else (each,)

    def lift(self, address: str, *, now: datetime) -> None:
        """Allow mail again, as a SuppressionStore does."""
        del self.suppressed[address]
        self._kept.append(Bounce(address=address, kind=BounceKind.LIFTED, source=f"lifted {now}", at=now))

    def _consequence(self, bounce: Bounce, now: datetime, patience: Patience) -> Consequence:
        kind, known = bounce.kind, bounce.address in self.suppressed
        leaves = kind in {BounceKind.COMPLAINT, BounceKind.UNSUBSCRIBE} and bounce.address not in self.departed
        ends = kind in {BounceKind.HARD, BounceKind.COMPLAINT} or (
            kind is BounceKind.SOFT and len(self._soft_days(bounce.address, now, patience)) >= patience.days
        )
        if ends and not known:
            self.suppressed[bounce.address] = kind
        if leaves:
            self.departed.add(bounce.address)
        return Consequence(new=1, suppressed=int(ends and not known), left=int(leaves))

    def _soft_days(self, address: str, now: datetime, patience: Patience) -> set[date]:
        theirs = self.of_address(address, since=now - patience.within)
        came_back = {each.delivery_id for each in theirs}
        arrived = [
            each.updated_at
            for each in self.deliveries.values()
            if each.target == address and each.state is DeliveryState.ACCEPTED and each.id not in came_back
        ]
        quiet = [moment for moment in arrived if moment <= now - patience.quiet]
        lifted = [each.at for each in theirs if each.kind is BounceKind.LIFTED]
        since = max([now - patience.within, *quiet, *lifted])
        soft = [each for each in theirs if each.kind is BounceKind.SOFT and each.at > since]
        about = [(each, self.deliveries.get(each.delivery_id or 0)) for each in soft]
        return {
            sent.local_date if sent else each.at.date() for each, sent in about if not sent or sent.updated_at > since
        }


def claims_of(addresses: Sequence[str], *, now: datetime = NEW_YEAR) -> tuple[Claim, ...]:
    """One queued delivery of edition 1 for each address, due now."""
    return tuple(
        Claim(
            delivery=Delivery(
                id=number,
                dispatch_id=1,
                edition=1,
                endpoint_id=number,
                subscriber_id=number,
                target=address,
                local_date=now.date(),
                due_at=now,
                state=DeliveryState.QUEUED,
                message_id=f"1.{number}@digest.example",
                next_at=now,
                updated_at=now,
            ),
            subscriber=Subscriber(id=number, address=address),
        )
        for number, address in enumerate(addresses, start=1)
    )


def _done(*, answer: bool) -> "Future[bool]":
    future: Future[bool] = Future()
    future.set_result(answer)
    return future


class FakeRelays:
    """A ports.RelayStore in memory."""

    def __init__(self) -> None:
        self._known: dict[str, RelayHealth] = {}

    def health(self) -> tuple[RelayHealth, ...]:
        """Of every relay that ever had a fault, by place."""
        return tuple(self._known[place] for place in sorted(self._known))

    def record(self, health: RelayHealth, *, now: datetime) -> None:  # noqa: ARG002 - the port's signature
        """Replace what is known of one."""
        self._known[health.place] = health
