"""Time and chance from the operating system."""

import asyncio
import os
import time

_NANOSECONDS = 1_000_000
_POOL = 4096
"""Bytes asked for at once: each asking costs as much as drawing hundreds of times."""
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
    """The operating system's source of randomness, asked for a pool at a time."""

    def __init__(self) -> None:
        self._pool = b""
        self._used = 0
        self._process = 0

    def draw(self, count: int) -> bytes:
        """Return `count` unpredictable bytes; a forked process never draws what its parent did."""
        if self._used + count > len(self._pool) or self._process != os.getpid():
            self._pool, self._used, self._process = os.urandom(max(_POOL, count)), 0, os.getpid()
        drawn = self._pool[self._used : self._used + count]
        self._used += count
        return drawn
