"""A loop hears of everything another thread has finished, in order, and of a batch at once."""

import asyncio
import gc
import threading
from concurrent.futures import Future

import pytest

from digest.delivery.waking import awaitable


def resolved_elsewhere(futures, *, fault=None):
    """Resolve futures one after the other in a thread of their own, and wait for it."""

    def work():
        for number, future in enumerate(futures):
            if fault is not None:
                future.set_exception(fault)
            else:
                future.set_result(number)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)


class CountingLoop(asyncio.SelectorEventLoop):
    """A loop that counts how often another thread woke it."""

    woken = 0

    def call_soon_threadsafe(self, callback, *args, context=None):
        self.woken += 1
        return super().call_soon_threadsafe(callback, *args, context=context)


def run(work):
    with asyncio.Runner(loop_factory=CountingLoop) as runner:
        return runner.run(work()), runner.get_loop().woken


def test_a_batch_wakes_the_loop_once():
    async def work():
        futures = [Future() for _ in range(50)]
        waiting = [awaitable(future) for future in futures]
        resolved_elsewhere(futures)
        return await asyncio.gather(*waiting)

    found, woken = run(work)
    assert found == list(range(50))
    assert woken == 1


def test_a_second_batch_wakes_it_again():
    async def work():
        for _ in range(3):
            futures = [Future() for _ in range(5)]
            waiting = [awaitable(future) for future in futures]
            resolved_elsewhere(futures)
            await asyncio.gather(*waiting)

    assert run(work)[1] == 3


def test_nothing_is_missed_while_both_sides_are_busy():
    async def work():
        async def one(future):
            return await awaitable(future)

        futures = [Future() for _ in range(3000)]
        tasks = [asyncio.create_task(one(future)) for future in futures]
        await asyncio.sleep(0)
        thread = threading.Thread(target=lambda: [future.set_result(n) for n, future in enumerate(futures)])
        thread.start()
        found = await asyncio.wait_for(asyncio.gather(*tasks), 60)
        thread.join(30)
        return found

    assert run(work)[0] == list(range(3000))


def test_what_is_done_already_is_heard_of():
    async def work():
        future = Future()
        future.set_result("done")
        return await awaitable(future)

    assert run(work)[0] == "done"


def test_a_fault_is_raised_where_it_is_waited_for():
    async def work():
        future = Future()
        waiting = awaitable(future)
        resolved_elsewhere([future], fault=ValueError("full"))
        with pytest.raises(ValueError, match="full"):
            await waiting

    run(work)


def test_who_gives_up_waiting_leaves_the_work_as_it_is():
    async def work():
        future, other = Future(), Future()
        waiting, also = awaitable(future), awaitable(other)
        waiting.cancel()
        resolved_elsewhere([future, other])
        assert await also == 1
        assert future.result(0) == 0

    run(work)


def test_a_loop_that_is_closed_is_told_nothing():
    future = Future()

    async def work():
        awaitable(future)

    run(work)
    resolved_elsewhere([future])
    assert future.result(0) == 0
    gc.collect()
