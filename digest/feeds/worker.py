"""Processes in which what comes from outside is read: slow, greedy or fatal documents end there."""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

from digest.errors import ParseError
from digest.model.feed import Feed

if TYPE_CHECKING:
    from pebble import ProcessPool

    from digest.feeds.parse import Parsed

SECONDS = 10.0
MEMORY = 1 << 30
PAGE = 4096

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


class Workers:
    """Some worker processes with limits, started when first used; to be closed.

    A call that takes longer than `seconds` is ended with its process; one that wants more than `memory` bytes above
    what an idle worker has fails.
    """

    def __init__(self, *, count: int = 2, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.count = count
        self.seconds = seconds
        self.memory = memory
        self.pool: ProcessPool | None = None

    async def __aenter__(self) -> Self:
        """The workers themselves."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close them."""
        await asyncio.to_thread(self.close)

    async def parse_apart(self, body: bytes, feed: Feed, url: str, content_type: str | None, now: datetime) -> "Parsed":
        """What digest.feeds.parse.parse makes of these, in a worker. Raises ParseError, also beyond the limits."""
        from digest.feeds.parse import parse

        return await self.run(parse, body, feed, url, content_type, now)

    async def run(
        self, function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        """The result of a module's function, in a worker; also its own exceptions.

        Raises ParseError beyond the limits.
        """
        from pebble import ProcessExpired

        future = self.started().schedule(function, args=arguments, kwargs=named, timeout=self.seconds)
        what = function.__name__
        try:
            result: Result = await asyncio.wrap_future(future)
        except TimeoutError as fault:
            raise ParseError(f"{what} took longer than {self.seconds:g} s, and was stopped") from fault
        except (MemoryError, RecursionError) as fault:
            raise ParseError(f"{what} wanted more memory than it may have") from fault
        except BrokenProcessPool as fault:
            self.close()  # it is of no more use: the next call starts another
            raise ParseError(f"{what} found no worker that would start") from fault
        except ProcessExpired as fault:
            raise ParseError(f"{what} broke its worker") from fault
        return result

    def started(self) -> "ProcessPool":
        """The pool, started where it is not."""
        if self.pool is None:
            from pebble import ProcessPool

            # A fresh interpreter each: a fork of a process with threads may inherit a lock that nobody opens.
            self.pool = ProcessPool(
                max_workers=self.count, initializer=confine, initargs=(self.memory,), context=get_context("spawn")
            )
        return self.pool

    def close(self) -> None:
        """End the workers, whatever they are at; waits for their processes."""
        pool, self.pool = self.pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]  # pebble types only what takes arguments
            pool.join()


def confine(memory: int) -> None:
    """Load what parsing takes, then forbid this process more than `memory` bytes on top (where the system can)."""
    import digest.feeds.parse  # noqa: F401 -- loading it is the point

    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * PAGE + memory,) * 2)
