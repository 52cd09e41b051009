"""The queue's tables and jobs, against a real PostgreSQL."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.metadata import version

import pytest
from procrastinate import App as Queue
from procrastinate.schema import SchemaManager
from sqlalchemy import text

from digest.errors import StoreError
from digest.newsroom.beat import Went
from digest.ports.sending import Waiting
from digest.storage.database import open_store
from digest.workers import DRAINS, Connector, call, hand_on

pytestmark = pytest.mark.postgres

TABLES = SchemaManager.get_schema()
VERSION = version("procrastinate")
NEWER = TABLES + "\nCREATE TABLE of_a_newer_version (id int);"


@pytest.fixture
def store(database):
    with open_store(database) as opened:
        yield opened


@asynccontextmanager
async def queue_of(store):
    queue = Queue(connector=Connector(kwargs=dict(store.queue.reached_by()), min_size=1, max_size=2))
    async with queue.open_async():
        yield queue


def on(store, work):
    """Lay the queue out and do something with it."""

    async def done():
        async with queue_of(store) as queue:
            return await work(queue)

    store.queue.lay_out(TABLES, version=VERSION)
    return asyncio.run(done())


def told(store, statement):
    with store.database.engine.begin() as connection:
        result = connection.execute(text(statement))
        return result.scalars().all() if result.returns_rows else None


def test_before_any_worker_ran_nothing_waits(store):
    assert store.queue.waiting() == ()


def test_on_sqlite_nothing_waits(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'digest.db'}") as opened:
        assert opened.queue.waiting() == ()


def test_many_who_make_the_tables_at_once_make_them_once(database):
    stores = [open_store(database) for _ in range(6)]
    try:
        with ThreadPoolExecutor(len(stores)) as pool:
            made = [pool.submit(store.queue.lay_out, TABLES, version=VERSION) for store in stores]
            assert [each.result() for each in made] == [None] * len(stores)
        assert told(stores[0], "SELECT count(*) FROM digest_queue.procrastinate_jobs") == [0]
        assert told(
            stores[0], "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procr%'"
        ) == [0]
    finally:
        for store in stores:
            store.close()


def test_tables_of_an_older_version_are_made_anew_and_those_of_a_newer_are_left(store):
    store.queue.lay_out(TABLES, version="3.9.2")
    store.queue.lay_out(NEWER, version="3.10.0")
    assert told(store, "SELECT count(*) FROM digest_queue.of_a_newer_version") == [0]
    told(store, "INSERT INTO digest_queue.of_a_newer_version VALUES (1)")
    store.queue.lay_out(TABLES, version="3.9.2")
    store.queue.lay_out(NEWER, version="3.10.1")
    assert told(store, "SELECT count(*) FROM digest_queue.of_a_newer_version") == [1]


def test_a_schema_that_the_operator_made_is_used(store):
    told(store, "CREATE SCHEMA digest_queue")
    store.queue.lay_out(TABLES, version=VERSION)
    assert told(store, "SELECT count(*) FROM digest_queue.procrastinate_jobs") == [0]


def test_who_may_not_make_a_schema_is_told_so(store, database, postgres):
    name = database.rpartition("/")[2]
    postgres.administer(f"CREATE ROLE {name}_guest LOGIN PASSWORD 'secret'")
    try:
        told(store, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}_guest")
        with open_store(database.replace("digest:secret", f"{name}_guest:secret")) as guest:
            refused = pytest.raises(StoreError, match="does not let this user do that")
            with refused:
                guest.queue.lay_out(TABLES, version=VERSION)
    finally:
        told(store, f"DROP OWNED BY {name}_guest")
        postgres.administer(f"DROP ROLE {name}_guest")


def test_a_call_waits_once_for_each_edition(store):
    async def calls(queue):
        for edition in (41, 41, 42, 41):
            await call(queue, edition)

    on(store, calls)
    assert store.queue.waiting() == (
        Waiting(what="drain", edition=41, state="waits", count=1),
        Waiting(what="drain", edition=42, state="waits", count=1),
    )


async def left_by_a_dead_worker(queue, edition):
    """A job that a worker took who was not heard of for long."""
    manager = queue.job_manager
    await call(queue, edition)
    worker = await manager.register_worker()
    job = await manager.fetch_job(queues=[DRAINS], worker_id=worker)
    statement = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'"
    await queue.connector.execute_query_async(statement)
    return job


def test_the_job_of_a_dead_worker_waits_for_another(store):
    async def dies(queue):
        await left_by_a_dead_worker(queue, 41)
        return await hand_on(queue), await hand_on(queue)

    assert on(store, dies) == (Went.WELL, Went.IDLE)
    assert store.queue.waiting() == (Waiting(what="drain", edition=41, state="waits", count=1),)


def test_the_job_of_a_dead_worker_is_dropped_where_one_like_it_waits(store):
    async def dies(queue):
        await left_by_a_dead_worker(queue, 41)
        await call(queue, 41)
        return await hand_on(queue), await hand_on(queue)

    assert on(store, dies) == (Went.WELL, Went.IDLE)
    assert store.queue.waiting() == (Waiting(what="drain", edition=41, state="waits", count=1),)


def test_a_job_that_ends_every_worker_is_dropped_in_the_end(store):
    async def dies(queue):
        job = await left_by_a_dead_worker(queue, 41)
        for _ in range(3):
            await hand_on(queue)
            worker = await queue.job_manager.register_worker()
            assert (await queue.job_manager.fetch_job(queues=[DRAINS], worker_id=worker)).id == job.id
            await queue.connector.execute_query_async("DELETE FROM procrastinate_workers")
        await hand_on(queue)

    on(store, dies)
    assert store.queue.waiting() == ()


def test_of_two_who_hand_on_the_same_job_one_does(store):
    async def dies(queue):
        await left_by_a_dead_worker(queue, 41)
        async with queue_of(store) as other:
            await asyncio.gather(hand_on(queue), hand_on(other))

    on(store, dies)
    assert store.queue.waiting() == (Waiting(what="drain", edition=41, state="waits", count=1),)
