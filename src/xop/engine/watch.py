"""A watch: looks again whenever it is woken or a moment has come that the last look named."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

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
        self._timer: asyncio.Task[None] | None = None
        """Wakes the watch when its moment has come."""
        self._moment: int | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name=f"xop-{self._name}")

    async def stop(self) -> None:
        """Look no more."""
        tasks = [task for task in (self._task, self._timer) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

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
        """Wait to be woken, by whoever does so or by the time; what is pending for the same moment stays as it is."""
        if later != self._moment:
            self._set(later)
        # A look that wakes its own watch must not keep everybody else from their turn.
        await asyncio.sleep(0)
        await self._woken.wait()

    def _set(self, moment: int | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._moment = moment
        self._timer = None if moment is None else asyncio.create_task(self._ring(moment))

    async def _ring(self, moment: int) -> None:
        await self._clock.until(moment)
        self._moment = self._timer = None
        self._woken.set()
