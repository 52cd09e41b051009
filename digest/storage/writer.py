"""One thread that writes: what is waiting together is committed together."""

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from digest.errors import StoreError
from digest.storage.faults import collided, explain, explained

Result = TypeVar("Result")
Item = TypeVar("Item")
Some_contra = TypeVar("Some_contra", contravariant=True)
Given_co = TypeVar("Given_co", covariant=True)

BATCH = 200
"""The most operations that share one commit."""

TRIES = 4
"""How often a batch is done when PostgreSQL breaks a deadlock at its cost."""


class Uneven(Exception):
    """Items did not all fare alike: each is to be done by itself."""


class Bulk(Protocol[Some_contra, Given_co]):
    """Work that takes a few statements for many items, where an operation for each would take as many as there are."""

    def key(self, item: Some_contra) -> Hashable:
        """What the item is about: of two about the same the second is done after the first."""
        ...

    def do(self, connection: Connection, items: Sequence[Some_contra]) -> Sequence[Given_co]:
        """Do all of them, and only through the connection; what each came to.

        Of several items it may raise Uneven: what was done is undone, and each is done by itself.
        """
        ...


class _Functions:
    """The bulk of operations that have nothing in common: each is a function of the connection."""

    def key(self, item: Callable[[Connection], Any]) -> int:
        return id(item)

    def do(self, connection: Connection, items: Sequence[Callable[[Connection], Any]]) -> list[Any]:
        return [work(connection) for work in items]


FUNCTIONS = _Functions()


@dataclass(frozen=True, slots=True)
class Operation:
    """One item of a bulk, and who waits for it; it can be done again."""

    bulk: Bulk[Any, Any]
    item: Any
    future: "Future[Any]"

    def do(self, connection: Connection) -> Any:  # noqa: ANN401 - whatever the bulk gives
        """Do it by itself."""
        return self.bulk.do(connection, (self.item,))[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one operation of a batch gave: a result, or the fault of its own that undid it alone."""

    result: Any = None
    fault: BaseException | None = None


class Writer:
    """Runs operations submitted from any thread, in their order, each undone alone when it fails.

    Neighbours of one bulk are done together, the bulk knows how. A future is resolved only after its commit. When the
    commit fails, every future of the batch gets the StoreError.
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
        """Queue a function that only writes through the connection, so that it can be done again."""
        return self.submit_to(FUNCTIONS, work)

    def submit_to(self, bulk: Bulk[Item, Result], item: Item) -> "Future[Result]":
        """Queue an item of a bulk; it is done even when whoever waits goes away. Raises StoreError when closed."""
        future: Future[Result] = Future()
        future.set_running_or_notify_cancel()
        with self._gate:
            if self._closed:
                raise StoreError(f"The database {self._name} has been closed.")
            self._queue.put(Operation(bulk, item, future))
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
                    done = (bulk.do(connection, items) for bulk, items in _neighbours(batch))
                    return [Answer(result) for results in done for result in results]
            except BaseException as fault:
                if self._of_database(fault):
                    raise
                if len(batch) == 1:
                    return [Answer(fault=fault)]
            # One of them failed, which is rare: all again, each in a savepoint of its own, which costs three times as
            # many statements.
            with self._engine.begin() as connection:
                return [self._one(connection, operation) for operation in batch]

    def _one(self, connection: Connection, operation: Operation) -> Answer:
        savepoint = connection.begin_nested()
        try:
            result = operation.do(connection)
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


def _neighbours(batch: Sequence[Operation]) -> Iterator[tuple[Bulk[Any, Any], list[Any]]]:
    """The batch in its order: each stretch of one bulk whose items are all about something else."""
    items: list[Any] = []
    about: set[Hashable] = set()
    for position, operation in enumerate(batch):
        key = operation.bulk.key(operation.item)
        if position and (operation.bulk is not batch[position - 1].bulk or key in about):
            yield batch[position - 1].bulk, items
            items, about = [], set()
        items.append(operation.item)
        about.add(key)
    yield batch[-1].bulk, items
