"""The alarm: submits commands whose time has come, paced so that what fell due in a pause does not flood out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from xop.engine.ticket import Overloaded
from xop.ports.errors import StorageError
from xop.ports.runtime import Runtime
from xop.ports.timers import Timer

LOG = logging.getLogger("xop.alarm")

_AT_ONCE = 512

Fire = Callable[[Timer], Awaitable[None]]
"""Submits a timer's command; returns when its facts are durable and the timer is gone."""


class Alarm:
    """Watches the timers."""

    def __init__(self, runtime: Runtime, fire: Fire) -> None:
        self._runtime = runtime
        self._fire = fire
        self._wake = asyncio.Event()
        self._firing: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._run(), name="xop-alarm")

    async def stop(self) -> None:
        """Fire no more; those already submitted finish."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._firing:
            await asyncio.gather(*self._firing.values(), return_exceptions=True)

    def wake(self) -> None:
        """Look at the timers now: one may be due sooner than the last look told."""
        self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                later = await self._look()
            except StorageError:
                LOG.exception("the timers cannot be read; trying again in a second")
                later = self._runtime.clock.now() + 1000
            waits: list[asyncio.Task[Any]] = [asyncio.create_task(self._wake.wait())]
            if later is not None:
                waits.append(asyncio.create_task(self._runtime.clock.until(later)))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()

    async def _look(self) -> int | None:
        """Fire what is due, at most so many at once; return when the next one is due, None when a finished one will tell."""
        now = self._runtime.clock.now()
        free = _AT_ONCE - len(self._firing)
        if free <= 0:
            return None
        for timer in await self._runtime.timers.due(now, free + len(self._firing)):
            place = (timer.part, timer.key)
            if place not in self._firing:
                task = asyncio.create_task(self._guarded(timer))
                self._firing[place] = task
                task.add_done_callback(partial(self._fired, place))
        if self._firing:
            return None
        return await self._runtime.timers.next_due()

    def _fired(self, place: tuple[str, str], _task: asyncio.Task[None]) -> None:
        self._firing.pop(place, None)
        self.wake()

    async def _guarded(self, timer: Timer) -> None:
        try:
            await self._fire(timer)
        except (StorageError, Overloaded) as error:
            LOG.warning("the timer %s of %s did not fire and will again: %s", timer.key, timer.part, error)
            await self._runtime.clock.until(self._runtime.clock.now() + 1000)
