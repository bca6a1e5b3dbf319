"""Virtual time moves only when told to, and stops wherever somebody waits."""

import asyncio

from xop.runtimes.simulated import SimulatedClock, SimulatedRuntime
from xop.runtimes.simulated.schedule import Schedule

START = 1_790_000_000_000
DAY = 86_400_000


async def test_time_stands_still_on_its_own():
    clock = SimulatedClock(START)
    await asyncio.sleep(0)
    assert clock.now() == START
    await clock.advance(DAY)
    assert clock.now() == START + DAY
    await clock.advance_to(START)
    assert clock.now() == START + DAY


async def test_those_who_wait_act_at_their_moment_and_may_wait_again():
    clock = SimulatedClock(START)
    seen: list[tuple[str, int]] = []

    async def tick(name: str, every: int) -> None:
        while True:
            await clock.until(clock.now() + every)
            for _ in range(10):
                await asyncio.sleep(0)
            seen.append((name, clock.now() - START))

    tasks = [asyncio.create_task(tick("slow", 5)), asyncio.create_task(tick("fast", 2))]
    await clock.advance(10)
    for task in tasks:
        task.cancel()
    assert seen == [("fast", 2), ("fast", 4), ("slow", 5), ("fast", 6), ("fast", 8), ("slow", 10), ("fast", 10)]


async def test_the_next_wake_is_the_earliest_wait_not_given_up():
    clock = SimulatedClock(START)
    assert clock.next_wake() is None
    tasks = [asyncio.create_task(clock.until(START + after)) for after in (7, 3)]
    await clock.settle()
    assert clock.next_wake() == START + 3
    tasks[1].cancel()
    await clock.settle()
    assert clock.next_wake() == START + 7
    await clock.advance(7)
    assert clock.next_wake() is None


async def test_chance_repeats_with_the_seed():
    drawn = [SimulatedRuntime(START, seed).entropy.draw(9) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_schedule_follows_names_that_move():
    schedule = Schedule()
    for name, due in (("a", 3), ("b", 1), ("a", 0), ("c", 2), ("b", 5)):
        schedule.set((name,), due)
    assert list(schedule.until(4)) == [("a",), ("c",)]
    schedule.drop(("a",))
    schedule.drop(("unknown",))
    assert schedule.first() == 2
    assert list(schedule.until(9)) == [("c",), ("b",)]
