"""The presses: readers' line-ups and signed mails, made here or, where there are many, in processes beside this one."""

import logging
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from mmap import mmap
from multiprocessing import get_context, parent_process
from multiprocessing.reduction import DupFd
from types import TracebackType
from typing import Protocol

from digest.model.edition import Edition, LineUp
from digest.model.message import Mail, Reader, Rendering
from digest.rendering.assemble import pressed
from digest.rendering.blocks import sizes
from digest.rendering.press import Press, press
from digest.selection.lineup import Choices, Rules, Wish

CHUNK = 50
"""Mails that a process makes at a time: enough to choose their line-ups together, and few megabytes."""

TRAYS, TRAY = 4, 6_000_000
"""So many trays of so many octets, each for a chunk of mails; what finds no room comes through a pipe."""

PROCESSES = 4
"""The most that are of use: one loop of connections carries no more than they make."""

PATIENCE = 3
"""So many times processes are started anew where they were ended from outside."""

log = logging.getLogger("digest")

NO_WISH = Wish()


class Handle(Protocol):
    """An open file on its way to another process (multiprocessing.reduction.DupFd)."""

    def detach(self) -> int:
        """Its number there."""
        ...


Sign = Callable[[Mail], Mail]
"""Signs a mail (channels.dkim.Signer.sign); can be handed to another process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A frozen edition with its blocks, and the rules that know how large these are."""

    edition: Edition
    rendering: Rendering
    rules: Rules


def frozen_of(edition: Edition, rendering: Rendering, rules: Rules) -> Frozen:
    """A frozen edition with its blocks and rules."""
    frame, lengths = sizes(rendering)
    return Frozen(edition=edition, rendering=rendering, rules=replace(rules, frame=frame, lengths=lengths))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One reader's mail to be made: with the line-up it was fixed to (LineUp.encode), or else by a wish."""

    reader: Reader
    wish: Wish = NO_WISH
    lineup: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What an order came to: its line-up, and the mail; None where the line-up is empty."""

    lineup: bytes
    mail: Mail | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """When processes beside this one pay: once `after` mails were made here, with at least `each` seconds of CPU a mail
    and a share `busy` of the time. What costs less is made here as fast as it is brought over.
    """

    after: int = 1000
    busy: float = 0.1
    each: float = 0.000_15


WORTH = Worth()


def unsigned(mail: Mail) -> Mail:
    """The mail as it is: the relay signs, or nobody does."""
    return mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A paper, what its line-ups are chosen from, and what its mails are joined by: made ready once."""

    paper: Frozen
    choices: Choices
    press: Press

    @staticmethod
    def of(paper: Frozen) -> "Shop":
        """The shop of a paper."""
        choices = Choices(paper.edition, paper.rules)
        return Shop(paper=paper, choices=choices, press=press(paper.rendering, paper.edition))

    def printed(self, orders: Sequence[Order], sign: Sign) -> list[Printed]:
        """The mails of these orders, in their order. The same orders make the same bytes, in whichever process."""
        wishes = [order.wish for order in orders if order.lineup is None]
        chosen = iter(self.choices.lineups(wishes))
        picked = ((order, next(chosen) if order.lineup is None else LineUp.decode(order.lineup)) for order in orders)
        return [self._printed(order, lineup, sign) for order, lineup in picked]

    def _printed(self, order: Order, lineup: LineUp, sign: Sign) -> Printed:
        code = lineup.encode() if order.lineup is None else order.lineup
        mail = sign(pressed(self.press, lineup, order.reader)) if lineup.picks else None
        return Printed(lineup=code, mail=mail)


class Presses:
    """Makes mails, from the same papers again and again.

    What there is little of is made here. Where making mails takes a good part of the time, `processes` are started and
    given the papers; from then on only readers' values go there and mails come back. Processes that were ended from
    outside are started anew, and what they had in hand is made here. To be closed, so that none is left.
    """

    def __init__(self, sign: Sign = unsigned, *, processes: int | None = None, worth: Worth = WORTH) -> None:
        self._sign = sign
        self._processes = min(os.cpu_count() or 1, PROCESSES) if processes is None else processes
        self._worth = worth
        self._shops: dict[int, Shop] = {}
        self._pool: ProcessPoolExecutor | None = None
        self._ready: Future[None] | None = None
        self._trays: Trays | None = None
        self._broken = 0
        self._paid = False
        self._last: Shop | None = None
        self._made, self._took, self._begun = 0, 0.0, 0.0

    def __enter__(self) -> "Presses":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def beside(self) -> bool:
        """Whether there are processes that make mails."""
        return self._ready is not None and self._ready.done()

    def close(self) -> None:
        """End the processes; those that are at it finish the mails in hand."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        if self._trays is not None:
            self._trays.close()
        self._pool = self._ready = self._trays = None

    def print(self, paper: Frozen, orders: Sequence[Order]) -> list[Printed]:
        """The mails of these orders for one paper, in their order."""
        try:
            if self._are_ready(paper):
                return self._beside(paper.edition.number, orders)
        except BrokenProcessPool:
            self._broken += 1
            log.warning("a process that made mails was ended from outside; they are made here")
            self.close()
        return self._here(self._shops[paper.edition.number], orders)

    def _are_ready(self, paper: Frozen) -> bool:
        """Whether there are processes that know this paper; starts them where they pay."""
        known = self._shops.get(paper.edition.number)
        if known is None or known.paper is not paper:
            self._shops[paper.edition.number] = Shop.of(paper)
            self.close()
        if self._pool is None and self._pays():
            self._start()
        if self._ready is None or not self._ready.done():
            return False
        self._ready.result()
        return True

    def _pays(self) -> bool:
        """Whether processes are worth their start; once they were, they are."""
        worth = self._worth
        if self._made >= worth.after and not self._paid:
            least = max(worth.each * self._made, worth.busy * (time.monotonic() - self._begun))
            self._paid = self._took >= least
        return self._paid and self._processes > 1 and self._broken < PATIENCE

    def _start(self) -> None:
        self._trays = shared_trays()
        self._pool = ProcessPoolExecutor(
            self._processes,
            mp_context=get_context("spawn"),
            initializer=set_up,
            initargs=(tuple(shop.paper for shop in self._shops.values()), self._sign, self._trays),
        )
        with deaf():
            # Each call starts a process, as none is at hand yet.
            self._ready, *_ = [self._pool.submit(at_hand) for _ in range(self._processes)]

    def _beside(self, number: int, orders: Sequence[Order]) -> list[Printed]:
        """A chunk of orders for each tray is under way; a tray is used again when it has been emptied."""
        assert self._pool is not None  # noqa: S101 they are ready
        made, under_way = list[Printed](), deque["tuple[Future[Made], int]"]()
        try:
            for place in range(0, len(orders), CHUNK):
                if len(under_way) == TRAYS:
                    made += self._fetched(*under_way.popleft())
                tray = place // CHUNK % TRAYS
                part = orders[place : place + CHUNK]
                under_way.append((self._pool.submit(printed_there, number, part, tray), tray))
            while under_way:
                made += self._fetched(*under_way.popleft())
        finally:
            wait([future for future, _ in under_way])  # after a fault nobody may still be laying mails onto a tray
        return made

    def _fetched(self, future: "Future[Made]", tray: int) -> list[Printed]:
        return fetched(future.result(), self._trays, tray)

    def _here(self, shop: Shop, orders: Sequence[Order]) -> list[Printed]:
        """The first mails of a paper do not count: they take what is loaded and made ready once."""
        started = time.thread_time()
        made = shop.printed(orders, self._sign)
        if shop is self._last:
            self._made, self._took = self._made + len(made), self._took + time.thread_time() - started
        self._last, self._begun = shop, self._begun or time.monotonic()
        return made


class Trays:
    """Memory that this process shares with those beside it: a tray for each chunk of mails under way.

    Through a pipe a mail would be copied six times. The memory has no name, so it is gone with its last user.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._room = mmap(handle, TRAYS * TRAY)

    def __reduce__(self) -> tuple[Callable[[Handle], "Trays"], tuple[object]]:
        return opened_trays, (DupFd(self._handle),)

    def close(self) -> None:
        """Give the memory back."""
        self._room.close()
        os.close(self._handle)

    def lay(self, tray: int, contents: Sequence[bytes]) -> list[int]:
        """Lay contents onto a tray, side by side; returns the octets of each that found room."""
        place, end, octets = tray * TRAY, (tray + 1) * TRAY, list[int]()
        for content in contents:
            if place + len(content) > end:
                break
            self._room[place : place + len(content)] = content
            octets.append(len(content))
            place += len(content)
        return octets

    def take(self, tray: int, octets: Sequence[int]) -> Iterator[bytes]:
        """The contents of these sizes that lie on a tray."""
        place = tray * TRAY
        for size in octets:
            yield self._room[place : place + size]
            place += size


def shared_trays() -> Trays | None:
    """Trays, all of whose memory is there; None where the system has none to share."""
    try:
        handle = os.memfd_create("digest")
    except (AttributeError, OSError):
        return None
    try:
        os.posix_fallocate(handle, 0, TRAYS * TRAY)
        return Trays(handle)
    except OSError:
        os.close(handle)
        return None


def opened_trays(handle: Handle) -> Trays:
    """The same trays in a process beside."""
    return Trays(handle.detach())


Made = tuple[list[Printed], list[int]]
"""Mails without the contents that lie on a tray: of as many as there are sizes, in order."""


def laid(mails: list[Printed], trays: Trays | None, tray: int) -> Made:
    """Lay the contents of mails onto a tray, as far as there is room."""
    with_mail = [place for place, each in enumerate(mails) if each.mail]
    contents = [each.mail.content for each in mails if each.mail]
    sizes = trays.lay(tray, contents) if trays else []
    for place, _ in zip(with_mail, sizes, strict=False):
        mails[place] = with_content(mails[place], b"")
    return mails, sizes


def fetched(made: Made, trays: Trays | None, tray: int) -> list[Printed]:
    """The mails with their contents from a tray."""
    mails, sizes = made
    with_mail = (place for place, each in enumerate(mails) if each.mail)
    for place, content in zip(with_mail, trays.take(tray, sizes) if trays else (), strict=False):
        mails[place] = with_content(mails[place], content)
    return mails


def with_content(made: Printed, content: bytes) -> Printed:
    """The same mail with this content."""
    return replace(made, mail=replace(made.mail, content=content)) if made.mail else made


_there: tuple[Mapping[int, Shop], Sign, Trays | None] = ({}, unsigned, None)
"""In a process beside: a shop for each paper by its number, what signs, and where the mails go."""


def set_up(papers: Sequence[Frozen], sign: Sign, trays: Trays | None) -> None:
    """Make a fresh process ready to print."""
    global _there  # noqa: PLW0603 a process beside has one state
    end_with_parent()
    _there = ({paper.edition.number: Shop.of(paper) for paper in papers}, sign, trays)


def end_with_parent() -> None:
    """End this process when the one that started it is no more, however that ended: nobody else would."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_outlive, args=(parent.join,), daemon=True).start()


def _outlive(gone: Callable[[], None]) -> None:
    gone()
    os._exit(1)


def at_hand() -> None:
    """Nothing: it is done when a process is there."""


def printed_there(number: int, orders: Sequence[Order], tray: int) -> Made:
    """In a process beside: the mails of these orders, their contents on a tray."""
    shops, sign, trays = _there
    return laid(shops[number].printed(orders, sign), trays, tray)


@contextmanager
def deaf() -> Iterator[None]:
    """Processes that are started in here do not hear Ctrl-C: who typed it means the command, which ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
