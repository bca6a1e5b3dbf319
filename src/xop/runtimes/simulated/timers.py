"""Timers in memory."""

from collections.abc import Sequence
from itertools import islice

import msgspec

from xop.ports.timers import Timer
from xop.runtimes.simulated.memory import Lease

_DECODER = msgspec.json.Decoder(Timer)


class SimulatedTimers:
    """Finds timers by part and by when they are due."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def due(self, at: int, limit: int) -> Sequence[Timer]:
        """Return at most `limit` timers due at or before a moment, earliest first."""
        memory = self._lease.memory
        names = islice(memory.timer_schedule.until(at), max(limit, 0))
        return [_DECODER.decode(memory.timers[part, key]) for part, key in names]

    async def next_due(self) -> int | None:
        """Return the earliest moment at which a timer is due."""
        return self._lease.memory.timer_schedule.first()

    async def of(self, parts: Sequence[str]) -> Sequence[Timer]:
        """Return the timers of some parts, earliest first."""
        asked = set(parts)
        bodies = (body for (part, _), body in self._lease.memory.timers.items() if part in asked)
        return sorted(map(_DECODER.decode, bodies), key=lambda timer: timer.due)

    async def find(self, key: str) -> Sequence[Timer]:
        """Return the timers with a key, whatever part they belong to."""
        timers = self._lease.memory.timers
        return [_DECODER.decode(timers[part, name]) for part, name in sorted(timers) if name == key]

    async def page(self, prefix: str, after: str | None, limit: int) -> Sequence[Timer]:
        """Return at most `limit` timers whose keys begin with a prefix, in order of their keys, beyond one when given."""
        timers = self._lease.memory.timers
        names = sorted((key, part) for part, key in timers if key.startswith(prefix) and key > (after or ""))
        return [_DECODER.decode(timers[part, key]) for key, part in names[: max(limit, 0)]]

    async def count(self) -> int:
        """Return how many timers are pending."""
        return len(self._lease.memory.timers)
