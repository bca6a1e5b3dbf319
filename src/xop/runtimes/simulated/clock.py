"""A clock that moves only when told to."""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from xop.runtimes.simulated.loop import SimulatedLoop

_QUIET_ROUNDS = 30
"""Rounds of the loop in which nobody begins to wait or is at work, after which all has been done that was to do."""


class SimulatedClock:
    """Virtual time; `advance` wakes those who wait, in order of time, and lets them act before it moves on."""

    def __init__(self, start: int, work: Callable[[], int] = lambda: 0) -> None:
        """Begin at `start`, in milliseconds since the epoch; `work` rises as long as somebody is at work."""
        self._work = work
        self._now = start
        self._waiters: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()
        self._waits = 0

    def now(self) -> int:
        """Return the present moment in milliseconds since the epoch."""
        return self._now

    async def until(self, moment: int) -> None:
        """Return when `advance` has brought the clock to `moment`."""
        if moment <= self._now:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        heappush(self._waiters, (moment, next(self._order), future))
        self._waits += 1
        await future

    def next_wake(self) -> int | None:
        """Return the earliest moment somebody waits for."""
        while self._waiters and self._waiters[0][2].done():
            heappop(self._waiters)
        return self._waiters[0][0] if self._waiters else None

    async def advance(self, milliseconds: int) -> None:
        """Move the clock on, stopping at every moment somebody waits for."""
        await self.advance_to(self._now + milliseconds)

    async def advance_to(self, moment: int) -> None:
        """Move the clock on to a moment, stopping at every moment somebody waits for; an earlier moment changes nothing."""
        await self.settle()
        while (wake := self.next_wake()) is not None and wake <= moment:
            self._now = wake
            while self.next_wake() == wake:
                heappop(self._waiters)[2].set_result(None)
            await self.settle()
        self._now = max(self._now, moment)
        await self.settle()

    async def settle(self) -> None:
        """Let every task on the loop run until it waits for the clock or for another task."""
        loop = asyncio.get_running_loop()
        if isinstance(loop, SimulatedLoop):
            await loop.idle()
            return
        quiet = 0
        while quiet < _QUIET_ROUNDS:
            before = self._waits, self._work()
            await asyncio.sleep(0)
            quiet = quiet + 1 if before == (self._waits, self._work()) else 0
