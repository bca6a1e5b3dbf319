"""The alarm: submits commands whose time has come, paced so that what fell due in a pause does not flood out."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from xop.engine.pace import Pace
from xop.engine.watch import Watch
from xop.ports.runtime import Runtime
from xop.ports.timers import Timer

LOG = logging.getLogger("xop.alarm")

_AT_ONCE = 512

_FOR_THE_STORE = 64
"""Places that timers at hand leave to those in the store, so that none waits for ever."""

_AT_HAND = 4096
"""Most timers kept at hand; the others are in the store."""

_AFTER_A_FAULT = 1000
"""Milliseconds until a timer that could not be submitted is due again."""

Fire = Callable[[Timer], Awaitable[None]]
"""Submits a timer's command; returns when its facts are durable and the timer is gone."""


class Alarm:
    """Watches the timers."""

    def __init__(self, runtime: Runtime, fire: Fire, rate: Callable[[], float | None]) -> None:
        self._runtime = runtime
        self._fire = fire
        self._rate = rate
        """Tells how many timers a second may wake; what was set to be due at once is not held back."""
        self._pace = Pace()
        self._firing: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._at_hand: deque[Timer] = deque()
        """Timers that were due when they became durable, so that they need not be looked for."""
        self._watch = Watch("alarm", runtime.clock, self._look)
        self.start = self._watch.start
        self.wake = self._watch.wake

    async def stop(self) -> None:
        """Fire no more; those already submitted finish."""
        await self._watch.stop()
        if self._firing:
            await asyncio.gather(*self._firing.values(), return_exceptions=True)

    def note(self, timers: Sequence[Timer]) -> None:
        """Take in what has become durable: what is due now is at hand, so that it need not wait behind what has piled up."""
        now = self._runtime.clock.now()
        room = _AT_HAND - len(self._at_hand)
        self._at_hand.extend([timer for timer in timers if timer.due <= now][: max(0, room)])
        self.wake()

    async def _look(self) -> int | None:
        """Fire what is due, at most so many at once; while any is on its way, its return is what to wait for."""
        while self._at_hand and len(self._firing) < _AT_ONCE - _FOR_THE_STORE:
            self._launch(self._at_hand.popleft())
        now, rate = self._runtime.clock.now(), self._rate()
        free, paced = _AT_ONCE - len(self._firing), self._pace.free(rate, now)
        if paced is not None and paced < free:
            if paced < 1:
                return self._pace.again(rate or 1.0, now)
            free = paced
        if free <= 0:
            return None
        count = len(self._firing)
        for timer in await self._runtime.timers.due(now, free + count):
            self._launch(timer)
        self._pace.take(len(self._firing) - count)
        if rate is not None:
            return self._pace.again(rate, now) if self._firing else await self._runtime.timers.next_due()
        return None if self._firing else await self._runtime.timers.next_due()

    def _launch(self, timer: Timer) -> None:
        place = (timer.part, timer.key)
        if place not in self._firing:
            task = asyncio.create_task(self._guarded(timer))
            self._firing[place] = task
            task.add_done_callback(partial(self._fired, place))

    def _fired(self, place: tuple[str, str], _task: asyncio.Task[None]) -> None:
        self._firing.pop(place, None)
        self.wake()

    async def _guarded(self, timer: Timer) -> None:
        try:
            await self._fire(timer)
        except Exception as error:  # noqa: BLE001 - a timer stays until it has fired, whatever keeps it from firing
            LOG.warning("the timer %s of %s did not fire and will again: %s", timer.key, timer.part, error)
            await self._runtime.clock.until(self._runtime.clock.now() + _AFTER_A_FAULT)
