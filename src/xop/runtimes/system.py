"""Time and chance from the operating system."""

import asyncio
import os
import time

_NANOSECONDS = 1_000_000
_SLICE = 1.0
"""Longest sleep in seconds, so that a wall clock that was set is noticed soon."""


class SystemClock:
    """The wall clock, held back so that it never goes backwards within one process."""

    def __init__(self) -> None:
        self._told = 0

    def now(self) -> int:
        """Return the present moment in milliseconds since the epoch; never earlier than told before."""
        self._told = max(self._told, time.time_ns() // _NANOSECONDS)
        return self._told

    async def until(self, moment: int) -> None:
        """Return when the wall clock has reached `moment`, within a second of it even when the clock is set meanwhile."""
        left = moment - self.now()
        await asyncio.sleep(0)
        while left > 0:
            await asyncio.sleep(min(left / 1000, _SLICE))
            left = moment - self.now()


class SystemEntropy:
    """The operating system's source of randomness."""

    def draw(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""
        return os.urandom(count)
