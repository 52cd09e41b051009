"""The writer: what waits together is committed together, and one that fails spoils nothing for the others."""

import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from digest.errors import Conflict, StoreError
from digest.storage.writer import Uneven

ADD = text("INSERT INTO instance (name, value) VALUES (:name, x'00')")


class Count:
    """How often an engine did something."""

    def __init__(self, engine, what: str) -> None:
        self.number = 0
        event.listen(engine, what, self._one_more)

    def _one_more(self, _connection) -> None:
        self.number += 1


def add(name: str):
    return lambda connection: connection.execute(ADD, {"name": name}).rowcount


def names(store) -> set[str]:
    with store.database.read() as connection:
        return set(connection.scalars(text("SELECT name FROM instance WHERE name <> 'pepper'")))


@contextmanager
def held(store):
    """While this lasts the writer is busy, and what is submitted waits."""
    door, inside = threading.Event(), threading.Event()

    def wait(_connection) -> None:
        inside.set()
        door.wait(30)

    busy = store.database.submit(wait)
    assert inside.wait(30)
    try:
        yield
    finally:
        door.set()
        busy.result(30)


def test_operations_that_wait_together_share_a_commit(sqlite_store):
    commits = Count(sqlite_store.database.engine, "commit")
    with held(sqlite_store):
        futures = [sqlite_store.database.submit(add(f"n{number}")) for number in range(150)]
    assert [future.result(30) for future in futures] == [1] * 150
    assert commits.number == 2
    assert len(names(sqlite_store)) == 150


def test_more_than_a_batch_takes_a_second_commit(sqlite_store):
    commits = Count(sqlite_store.database.engine, "commit")
    with held(sqlite_store):
        futures = [sqlite_store.database.submit(add(f"n{number}")) for number in range(250)]
    assert [future.result(30) for future in futures] == [1] * 250
    assert commits.number == 3


def test_a_future_is_resolved_only_after_its_commit(sqlite_store):
    future = sqlite_store.database.submit(add("kept"))
    future.result(30)
    assert names(sqlite_store) == {"kept"}


def test_one_that_fails_is_undone_alone(sqlite_store):
    def fail(connection):
        connection.execute(ADD, {"name": "half"})
        raise Conflict("It is there already.")

    with held(sqlite_store):
        before, failing, after = map(sqlite_store.database.submit, (add("before"), fail, add("after")))
    assert (before.result(30), after.result(30)) == (1, 1)
    with pytest.raises(Conflict):
        failing.result(30)
    assert names(sqlite_store) == {"before", "after"}


def test_a_lone_one_that_fails_is_undone(sqlite_store):
    def fail(connection):
        connection.execute(ADD, {"name": "half"})
        raise Conflict("It is there already.")

    with pytest.raises(Conflict):
        sqlite_store.database.write(fail)
    assert names(sqlite_store) == set()


def test_a_fault_of_ours_reaches_who_waits_and_the_writer_goes_on(sqlite_store):
    with held(sqlite_store):
        broken = sqlite_store.database.submit(lambda _connection: 1 / 0)
        fine = sqlite_store.database.submit(add("fine"))
    with pytest.raises(ZeroDivisionError):
        broken.result(30)
    assert fine.result(30) == 1
    assert sqlite_store.database.write(add("more")) == 1


def test_when_the_database_fails_everybody_in_the_batch_is_told(sqlite_store):
    with held(sqlite_store):
        futures = [
            sqlite_store.database.submit(work)
            for work in (add("a"), lambda c: c.execute(text("PRAGMA max_page_count=1")).close(), grow, add("b"))
        ]
    for future in futures:
        with pytest.raises(StoreError, match="the disk is full"):
            future.result(30)
    assert names(sqlite_store) == set()


def grow(connection) -> None:
    connection.execute(text("UPDATE instance SET value = zeroblob(5000000) WHERE name = 'pepper'"))


def test_a_failed_commit_fails_everybody_in_the_batch(sqlite_store):
    with held(sqlite_store):
        orphan = text("INSERT INTO renderings (edition, language, snapshot) VALUES (9, 'en', x'00')")
        futures = [sqlite_store.database.submit(add("a")), sqlite_store.database.submit(defer_to_the_end(orphan))]
    for future in futures:
        with pytest.raises(Exception, match="FOREIGN KEY"):
            future.result(30)
    assert names(sqlite_store) == set()


def defer_to_the_end(statement):
    def work(connection) -> None:
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        connection.execute(statement)

    return work


def test_who_gives_up_waiting_does_not_take_the_work_back(sqlite_store):
    with held(sqlite_store):
        future = sqlite_store.database.submit(add("kept"))
        assert future.cancel() is False
    assert future.result(30) == 1
    assert names(sqlite_store) == {"kept"}


def test_closing_finishes_what_waits_and_ends_the_thread(sqlite_store):
    threads = threading.active_count()
    with held(sqlite_store):
        futures = [sqlite_store.database.submit(add(f"n{number}")) for number in range(10)]
        closing = threading.Thread(target=sqlite_store.close)
        closing.start()
    closing.join(30)
    assert [future.result(0) for future in futures] == [1] * 10
    assert threading.active_count() == threads - 1
    with pytest.raises(StoreError, match="has been closed"):
        sqlite_store.database.submit(add("late"))


class Names:
    """A bulk that adds names; it refuses some, and can tell which only when it is asked for one alone."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.groups: list[list[str]] = []

    def key(self, item: str) -> str:
        return item[0]

    def do(self, connection, items):
        self.groups.append(list(items))
        for item in set(items) - set(self.refused):
            connection.execute(ADD, {"name": item})
        if len(items) > 1 and set(items) & set(self.refused):
            raise Uneven
        return [item not in self.refused for item in items]


def test_items_of_a_bulk_that_wait_together_are_done_together(sqlite_store):
    bulk = Names()
    with held(sqlite_store):
        futures = [sqlite_store.database.submit_to(bulk, name) for name in "abcde"]
    assert [future.result(30) for future in futures] == [True] * 5
    assert bulk.groups == [list("abcde")]


def test_items_about_the_same_are_done_one_after_the_other(sqlite_store):
    bulk = Names()
    with held(sqlite_store):
        futures = [sqlite_store.database.submit_to(bulk, name) for name in ("a1", "b1", "a2", "b2", "b3")]
    assert all(future.result(30) for future in futures)
    assert bulk.groups == [["a1", "b1"], ["a2", "b2"], ["b3"]]


def test_what_stands_between_the_items_of_a_bulk_is_done_between_them(sqlite_store):
    bulk, other = Names(), Names()
    with held(sqlite_store):
        sqlite_store.database.submit_to(bulk, "a")
        seen = sqlite_store.database.submit(lambda _connection: len(bulk.groups))
        sqlite_store.database.submit_to(bulk, "b")
        last = sqlite_store.database.submit_to(other, "c")
    assert last.result(30)
    assert seen.result(30) == 1
    assert (bulk.groups, other.groups) == ([["a"], ["b"]], [["c"]])


def test_when_items_fare_differently_each_is_done_by_itself_and_nothing_twice(sqlite_store):
    bulk = Names("c")
    with held(sqlite_store):
        futures = [sqlite_store.database.submit_to(bulk, name) for name in "abcd"]
    assert [future.result(30) for future in futures] == [True, True, False, True]
    assert bulk.groups == [list("abcd"), ["a"], ["b"], ["c"], ["d"]]
    assert names(sqlite_store) == {"a", "b", "d"}


def test_one_item_of_a_bulk_that_fails_is_undone_alone(sqlite_store):
    bulk = Names()
    sqlite_store.database.write(add("c"))
    with held(sqlite_store):
        futures = [sqlite_store.database.submit_to(bulk, name) for name in "abcd"]
    assert [future.exception(30) is None for future in futures] == [True, True, False, True]
    assert names(sqlite_store) == {"a", "b", "c", "d"}
