"""A watch: looks again whenever it is woken or a moment has come that the last look named."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from xop.ports.clock import Clock

LOG = logging.getLogger("xop.watch")

_AFTER_A_FAULT = 1000
"""Milliseconds until the next look when the store could not be read."""

Look = Callable[[], Awaitable[int | None]]
"""Does what is due and returns when to look again at the latest, in milliseconds since the epoch; None to wait for `wake`."""


class Watch:
    """Runs one look after the other until stopped."""

    def __init__(self, name: str, clock: Clock, look: Look) -> None:
        self._name = name
        self._clock = clock
        self._look = look
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name=f"xop-{self._name}")

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """Look now: something may be due sooner than the last look told."""
        self._woken.set()

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                later = await self._look()
            except Exception:
                LOG.exception("the %s met a fault; looking again in a second", self._name)
                later = self._clock.now() + _AFTER_A_FAULT
            await self._pause(later)

    async def _pause(self, later: int | None) -> None:
        waits: list[asyncio.Task[Any]] = [asyncio.create_task(self._woken.wait())]
        if later is not None:
            waits.append(asyncio.create_task(self._clock.until(later)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
