"""Sending from the studio: a test to one address, or an edition to everybody, one at a time."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from digest.app import App
from digest.delivery.run import Report
from digest.errors import Conflict, DigestError, UsageError
from digest.model.edition import Edition
from digest.newsroom import dispatch, manual
from digest.presses import Frozen
from digest.subscribers.roster import normalise_address

LAST_MAIL = 15.0
"""Seconds in which the mail in hand is finished when the studio closes."""

ANYWAY = "the checks show all that was found; tick the box to send it all the same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How far a send is, and what came of the last one."""

    running: bool = False
    done: int = 0
    total: int = 0
    said: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What there is to say before a send: which way, to how many, or why to nobody; and how the last one went."""

    way: str
    address: str
    status: Status
    count: int = 0
    refused: DigestError | None = None


class Sender:
    """Sends as `digest send` does, in a thread of its own, so that the pages stay at hand.

    `app` gives the newspaper as it is by then.
    """

    def __init__(self, app: Callable[[], App]) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._under_way: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._closed = False
        self._address = ""
        self.status = Status()

    @property
    def progress(self) -> str:
        """Changes with every mail."""
        return repr(self.status)

    def outlook(self, edition: Edition | None) -> Sending:
        """What a send of this edition would come to; without one only how a test is sent."""
        app = self._app()
        address = self._address or app.settings.operator
        known = Sending(way=way(app), address=address, status=self.status)
        if edition is None or self.status.running:
            return known
        try:
            return replace(known, count=manual.awaited(app, edition))
        except DigestError as fault:
            return replace(known, refused=fault)

    def test(self, paper: Frozen, address: str) -> str:
        """Send a marked test to one address; raises UsageError, DeliveryError."""
        app = own(self._app())
        asyncio.run(dispatch.send_test(app, paper, normalise_address(address)))
        self._address = address.strip()
        return f"A test to {self._address} went {way(app)}."

    def send(self, edition: Edition, *, typed: str, despite: bool) -> str:
        """Begin to send; `typed` is the number of readers as the editor typed it.

        Raises UsageError where it is another number, Conflict where something else is in the way.
        """
        app = own(self._app())
        with self._lock:
            if self._closed:
                raise Conflict("The studio is closing.")
            if self.status.running:
                raise Conflict("A send is under way.", hint="wait for its end")
            dispatch.check_sendable(app)
            if not despite:
                manual.refuse_errors(app, edition, anyway=ANYWAY)
            count = manual.awaited(app, edition)
            if typed.strip() != str(count):
                raise UsageError(
                    f"{count} readers would get it, not {typed.strip() or 'none'}.", hint="type the number"
                )
            self.status = Status(running=True, total=count)
            self._thread = threading.Thread(target=self._work, args=(app, edition), name="send")
            self._thread.start()
        return f"It is being sent to {count} readers."

    def _work(self, app: App, edition: Edition) -> None:
        try:
            report = asyncio.run(self._carry(app, edition))
            wrong = f"stopped: {report.stopped}" if report.stopped else ""
            self.status = Status(said=report.words(), fault=wrong)
        except DigestError as fault:
            self.status = Status(fault=f"{fault.message} {fault.hint}".strip())
        except BaseException:
            self.status = Status(fault="Something unforeseen happened; digest status shows what was sent.")
            raise

    async def _carry(self, app: App, edition: Edition) -> Report:
        stop = asyncio.Event()
        with self._lock:
            self._under_way = asyncio.get_running_loop(), stop
            if self._closed:
                stop.set()
        try:
            return await manual.send(app, edition, stop, self._step)
        finally:
            with self._lock:
                self._under_way = None

    def _step(self, done: int, total: int) -> None:
        self.status = replace(self.status, done=done, total=total)

    def close(self) -> None:
        """Finish the mail in hand, and begin nothing more; what is left stays in the queue."""
        with self._lock:
            self._closed = True
            if self._under_way is not None:
                loop, stop = self._under_way
                loop.call_soon_threadsafe(stop.set)
        if self._thread is not None:
            self._thread.join(LAST_MAIL)


def way(app: App) -> str:
    """Which way the mail goes."""
    return "by SMTP" if app.settings.smtp_url else f"into the folder {app.settings.outbox}"


def own(app: App) -> App:
    """The newspaper with a channel of its own: a connection belongs to the loop that opened it."""
    return replace(app)
