"""The simulation's event loop knows when there is nothing left to do, and connects to nothing."""

import asyncio

import pytest

from xop.runtimes.simulated import SimulatedClock, SimulatedLoop


def on_a_loop(coroutine):
    """Run a coroutine on a loop of its own."""
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(coroutine)


def test_time_does_not_move_before_all_work_is_done():
    async def scene():
        clock, seen = SimulatedClock(0), []

        async def works():
            await clock.until(10)
            for _ in range(1000):
                await asyncio.sleep(0)
            seen.append(clock.now())

        tasks = [asyncio.create_task(works()), asyncio.create_task(clock.until(11))]
        await clock.advance(50)
        await asyncio.gather(*tasks)
        return seen

    assert on_a_loop(scene()) == [10]


def test_those_who_wait_wake_in_order_of_time():
    async def scene():
        clock, seen = SimulatedClock(0), []

        async def sleeper(moment):
            await clock.until(moment)
            seen.append((clock.now(), moment))

        tasks = [asyncio.create_task(sleeper(moment)) for moment in (30, 10, 20)]
        await clock.advance(25)
        early = list(seen)
        await clock.advance(25)
        await asyncio.gather(*tasks)
        return early, seen

    assert on_a_loop(scene()) == ([(10, 10), (20, 20)], [(10, 10), (20, 20), (30, 30)])


def test_no_connection_is_made():
    async def scene():
        await asyncio.open_connection("127.0.0.1", 9)

    with pytest.raises(PermissionError, match="connects to nothing"):
        on_a_loop(scene())
