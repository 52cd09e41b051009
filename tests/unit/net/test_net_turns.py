"""Taking turns."""

import asyncio

from digest.net.turns import Turns


def test_no_more_than_so_many_at_once() -> None:
    async def rush() -> tuple[int, int]:
        turns = Turns(at_once=3, per_lane=2)
        inside: list[str] = []
        most = [0, 0]

        async def visit(lane: str) -> None:
            async with turns.turn(lane, 0):
                inside.append(lane)
                most[0] = max(most[0], len(inside))
                most[1] = max(most[1], inside.count(lane))
                await asyncio.sleep(0)
                inside.remove(lane)

        await asyncio.gather(*(visit(lane) for lane in "aaaaabbbbb"))
        return most[0], most[1]

    assert asyncio.run(rush()) == (3, 2)


def test_two_requests_to_a_host_begin_apart() -> None:
    async def starts() -> list[float]:
        turns = Turns(at_once=9, per_lane=9)
        seen: list[float] = []

        async def visit() -> None:
            async with turns.turn("news.example:80", 0.05):
                seen.append(asyncio.get_running_loop().time())

        await asyncio.gather(*(visit() for _ in range(3)))
        return seen

    first, second, third = asyncio.run(starts())
    # The loop may wake a timer early by its clock's resolution.
    assert min(second - first, third - second) > 0.045
