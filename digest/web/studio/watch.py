"""Telling when what is shown has changed."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from digest.errors import DigestError

FRESH = 0.25
"""Seconds for which a look at the files and the store is good enough."""
PATIENCE = 20.0
"""Seconds that a question stays open."""
WAITERS = 8
"""The most questions open at a time; each holds a thread."""


class Watch:
    """A stamp that changes when anything does: the files, the store, the day. `state` says what it is made of."""

    def __init__(self, state: Callable[[], str], *, patience: float = PATIENCE, waiters: int = WAITERS) -> None:
        self._state = state
        self._patience = patience
        self._places = threading.BoundedSemaphore(waiters)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._seen, self._seen_at = "", float("-inf")

    def stamp(self) -> str:
        """The stamp now; a store that cannot be read has one too."""
        with self._lock:
            if time.monotonic() - self._seen_at > FRESH:
                self._seen, self._seen_at = self._look(), time.monotonic()
            return self._seen

    def touch(self) -> None:
        """Look again at the next question: something was just changed here."""
        with self._lock:
            self._seen_at = float("-inf")

    def _look(self) -> str:
        try:
            state = self._state()
        except DigestError as fault:
            state = fault.message
        return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()[:20]

    def changed(self, since: str) -> str:
        """The first stamp that is another, or the same after a while; at once where too many wait already."""
        if not self._places.acquire(blocking=False):
            return self.stamp()
        try:
            end = time.monotonic() + self._patience
            while (stamp := self.stamp()) == since and time.monotonic() < end:
                if self._closing.wait(FRESH):
                    break
            return stamp
        finally:
            self._places.release()

    def close(self) -> None:
        """Answer everybody who waits."""
        self._closing.set()


def marks(*places: Path | None) -> str:
    """The times and sizes of these files, and of all files in these folders; what is not there counts as nothing."""
    return " ".join(mark for place in places if place for path in files(place) for mark in marked(path))


def files(place: Path) -> Iterator[Path]:
    """The file, or the files in the folder, in order."""
    yield from sorted(place.rglob("*")) if place.is_dir() else (place,)


def marked(path: Path) -> Iterator[str]:
    """What changes when a file is written."""
    try:
        found = path.stat()
    except OSError:
        return
    yield f"{path}:{found.st_mtime_ns}:{found.st_size}"
