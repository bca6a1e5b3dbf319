"""The outbox in memory."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from xop.ports.outbox import OPEN, Finished, Load, OutboxEntry, OutboxState
from xop.runtimes.simulated.memory import Lease

_OVER = ("done", "cancelled")


class SimulatedOutbox:
    """Finds requests by id, state and by when they are due."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def due(self, at: int, limit: int, skip: Sequence[str] = ()) -> Sequence[OutboxEntry]:
        """Return at most `limit` pending entries due at or before a moment, earliest first, without some connections."""
        memory = self._lease.memory
        entries = (memory.outbox[invocation] for (invocation,) in memory.outbox_schedule.until(at))
        return list(islice((entry for entry in entries if entry.connection not in skip), max(limit, 0)))

    async def next_due(self, after: int) -> int | None:
        """Return the earliest moment after the given one at which a pending entry is due."""
        return self._lease.memory.outbox_schedule.first(after)

    async def get(self, invocation: str) -> OutboxEntry | None:
        """Return one entry."""
        return self._lease.memory.outbox.get(invocation)

    async def page(self, states: Sequence[OutboxState], after: str | None, limit: int) -> Sequence[OutboxEntry]:
        """Return at most `limit` entries in some states in order of invocation id, beyond one when given."""
        entries = (
            entry
            for invocation, entry in sorted(self._lease.memory.outbox.items())
            if entry.state in states and (after is None or invocation > after)
        )
        return list(islice(entries, max(limit, 0)))

    async def counts(self) -> dict[OutboxState, int]:
        """Return how many entries are in each state that has any."""
        return dict(Counter(entry.state for entry in self._lease.memory.outbox.values()))

    async def loads(self) -> Sequence[Load]:
        """Return how many requests of each connection are not over, by connection and state."""
        waiting: dict[tuple[str, OutboxState], list[int]] = {}
        for entry in self._lease.memory.outbox.values():
            if entry.state in OPEN:
                waiting.setdefault((entry.connection, entry.state), []).append(entry.created)
        return [Load(*key, len(times), min(times)) for key, times in sorted(waiting.items())]

    async def over(self, before: int, after: Finished | None, limit: int) -> Sequence[Finished]:
        """Return at most `limit` requests that were over before a moment, in the order of their coming, beyond one of them."""
        beyond = (after.created, after.invocation) if after is not None else (-1, "")
        entries = sorted(self._lease.memory.outbox.values(), key=lambda each: (each.created, each.invocation))
        found = (
            Finished(each.invocation, each.part, each.action, each.due, each.created, 0)
            for each in entries
            if (each.created, each.invocation) > beyond and each.state in _OVER and each.due < before
        )
        return list(islice(found, max(limit, 0)))

    async def drop(self, invocations: Sequence[str]) -> int:
        """Erase requests that are over for good; return how many there were."""
        outbox = self._lease.memory.outbox
        gone = [each for each in dict.fromkeys(invocations) if each in outbox and outbox[each].state in _OVER]
        for each in gone:
            del outbox[each]
        return len(gone)
