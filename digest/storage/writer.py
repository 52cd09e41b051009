"""One thread that writes: what is waiting together is committed together."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from digest.errors import StoreError
from digest.storage.faults import collided, explain, explained

Result = TypeVar("Result")

BATCH = 200
"""The most operations that share one commit."""

TRIES = 4
"""How often a batch is done when PostgreSQL breaks a deadlock at its cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A function of a connection that only writes through it, so that it can be done again, and who waits for it."""

    work: Callable[[Connection], Any]
    future: "Future[Any]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one operation of a batch gave: a result, or the fault of its own that undid it alone."""

    result: Any = None
    fault: BaseException | None = None


class Writer:
    """Runs operations submitted from any thread, in their order, each undone alone when it fails.

    A future is resolved only after its commit. When the commit fails, every future of the batch gets the StoreError.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._queue: SimpleQueue[Operation | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="digest-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], Result]) -> "Future[Result]":
        """Queue an operation; it is done even when whoever waits for it goes away. Raises StoreError when closed."""
        future: Future[Result] = Future()
        future.set_running_or_notify_cancel()
        with self._gate:
            if self._closed:
                raise StoreError(f"The database {self._name} has been closed.")
            self._queue.put(Operation(work=work, future=future))
        return future

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        open_still = True
        while open_still:
            batch, open_still = self._gather()
            if batch:
                self._finish(batch)

    def _gather(self) -> tuple[list[Operation], bool]:
        waiting = self._queue.get()
        batch: list[Operation] = []
        while waiting is not None:
            batch.append(waiting)
            if len(batch) == BATCH:
                return batch, True
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                return batch, True
        return batch, False

    def _finish(self, batch: Sequence[Operation]) -> None:
        try:
            answers = self._commit(batch)
        except BaseException as fault:  # noqa: BLE001 - every fault belongs to those who wait, none to this thread
            answers = [Answer(fault=fault)] * len(batch)
        for operation, answer in zip(batch, answers, strict=True):
            if answer.fault is None:
                operation.future.set_result(answer.result)
            else:
                operation.future.set_exception(answer.fault)

    def _commit(self, batch: Sequence[Operation]) -> list[Answer]:
        for _ in range(TRIES - 1):
            try:
                return self._attempt(batch)
            except StoreError as fault:
                if not collided(fault.__cause__ or fault):
                    raise
        return self._attempt(batch)

    def _attempt(self, batch: Sequence[Operation]) -> list[Answer]:
        with explained(self._name):
            try:
                with self._engine.begin() as connection:
                    return [Answer(result=operation.work(connection)) for operation in batch]
            except BaseException as fault:
                if self._of_database(fault):
                    raise
                if len(batch) == 1:
                    return [Answer(fault=fault)]
            # One of them failed, which is rare: all again, each in a savepoint of its own, which costs three times as
            # many statements.
            with self._engine.begin() as connection:
                return [self._one(connection, operation.work) for operation in batch]

    def _one(self, connection: Connection, work: Callable[[Connection], Any]) -> Answer:
        savepoint = connection.begin_nested()
        try:
            result = work(connection)
        except BaseException as fault:
            if self._of_database(fault):
                raise
            savepoint.rollback()
            return Answer(fault=fault)
        savepoint.commit()
        return Answer(result=result)

    def _of_database(self, fault: BaseException) -> bool:
        """Whether the database itself is at fault, so that nothing of the batch can be kept."""
        return isinstance(fault, PoolTimeout) or (
            isinstance(fault, DBAPIError) and explain(fault, self._name) is not None
        )
