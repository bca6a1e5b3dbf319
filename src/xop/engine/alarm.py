"""The alarm: submits commands whose time has come, paced so that what fell due in a pause does not flood out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from xop.engine.watch import Watch
from xop.ports.runtime import Runtime
from xop.ports.timers import Timer

LOG = logging.getLogger("xop.alarm")

_AT_ONCE = 512

_AFTER_A_FAULT = 1000
"""Milliseconds until a timer that could not be submitted is due again."""

Fire = Callable[[Timer], Awaitable[None]]
"""Submits a timer's command; returns when its facts are durable and the timer is gone."""


class Alarm:
    """Watches the timers."""

    def __init__(self, runtime: Runtime, fire: Fire) -> None:
        self._runtime = runtime
        self._fire = fire
        self._firing: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._watch = Watch("alarm", runtime.clock, self._look)
        self.start = self._watch.start
        self.wake = self._watch.wake

    async def stop(self) -> None:
        """Fire no more; those already submitted finish."""
        await self._watch.stop()
        if self._firing:
            await asyncio.gather(*self._firing.values(), return_exceptions=True)

    async def _look(self) -> int | None:
        """Fire what is due, at most so many at once; while any is on its way, its return is what to wait for."""
        free = _AT_ONCE - len(self._firing)
        if free <= 0:
            return None
        for timer in await self._runtime.timers.due(self._runtime.clock.now(), free + len(self._firing)):
            place = (timer.part, timer.key)
            if place not in self._firing:
                task = asyncio.create_task(self._guarded(timer))
                self._firing[place] = task
                task.add_done_callback(partial(self._fired, place))
        return None if self._firing else await self._runtime.timers.next_due()

    def _fired(self, place: tuple[str, str], _task: asyncio.Task[None]) -> None:
        self._firing.pop(place, None)
        self.wake()

    async def _guarded(self, timer: Timer) -> None:
        try:
            await self._fire(timer)
        except Exception as error:  # noqa: BLE001 - a timer stays until it has fired, whatever keeps it from firing
            LOG.warning("the timer %s of %s did not fire and will again: %s", timer.key, timer.part, error)
            await self._runtime.clock.until(self._runtime.clock.now() + _AFTER_A_FAULT)
