"""The system's clock is followed wherever it is set to, but never told backwards."""

import asyncio

import pytest

from xop.runtimes import system
from xop.runtimes.system import SystemClock

START = 1_790_000_000_000


class Wall:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.at = START

    def time_ns(self) -> int:
        return self.at * 1_000_000


@pytest.fixture
def wall(monkeypatch) -> Wall:
    wall = Wall()
    monkeypatch.setattr("xop.runtimes.system.time.time_ns", wall.time_ns)
    monkeypatch.setattr(system, "_SLICE", 0.001)
    return wall


def test_a_clock_set_back_stands_still_until_it_is_caught_up(wall):
    clock = SystemClock()
    told = []
    for wall.at in (START, START + 5, START + 2, START + 4, START + 6):
        told.append(clock.now())
    assert told == [START, START + 5, START + 5, START + 5, START + 6]


async def test_a_clock_set_forward_wakes_those_who_wait(wall):
    clock = SystemClock()
    waiting = asyncio.create_task(clock.until(START + 3_600_000))
    done, _ = await asyncio.wait((waiting,), timeout=0.02)
    assert not done
    wall.at = START + 3_600_000
    await asyncio.wait_for(waiting, 10)


async def test_those_who_wait_are_not_woken_by_time_that_was_taken_back(wall):
    clock = SystemClock()
    waiting = asyncio.create_task(clock.until(START + 20))
    wall.at = START - 1_000
    done, _ = await asyncio.wait((waiting,), timeout=0.05)
    assert not done
    wall.at = START + 20
    await asyncio.wait_for(waiting, 10)
