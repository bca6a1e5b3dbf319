"""Where the handovers stand, in memory."""

from collections import Counter
from collections.abc import Sequence
from heapq import nsmallest

from xop.ports.desk import DeskCursor, DeskSelection, DeskStanding, QueueTally
from xop.runtimes.simulated.memory import Lease


class SimulatedDesk:
    """Finds handovers by going through all of them."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def counts(self) -> Sequence[QueueTally]:
        """Return how many handovers wait in each queue, and how many of each are accepted, in order."""
        alike = Counter(
            (each.queue, each.status)
            for each in self._lease.memory.handovers.values()
            if each.status in {"waiting", "accepted"}
        )
        return sorted(QueueTally(queue, status, count) for (queue, status), count in alike.items())

    async def page(self, selection: DeskSelection, after: DeskCursor | None, limit: int) -> Sequence[DeskStanding]:
        """Return at most `limit` of the standings asked for, beyond a cursor of an earlier page when given."""
        found = (
            each
            for each in self._lease.memory.handovers.values()
            if _selects(selection, each) and (after is None or _key(each.cursor) > _key(after))
        )
        return nsmallest(max(limit, 0), found, key=lambda each: _key(each.cursor))

    async def find(self, handover: str) -> DeskStanding | None:
        """Return where a handover stands; None when there is none, or it has been forgotten."""
        return self._lease.memory.handovers.get(handover)


def _selects(selection: DeskSelection, standing: DeskStanding) -> bool:
    return (
        selection.queue in (None, standing.queue)
        and selection.status in (None, standing.status)
        and selection.by in (None, standing.by)
        and selection.part in (None, standing.part)
    )


def _key(cursor: DeskCursor) -> tuple[bool, int, str]:
    return cursor.calm, cursor.at, cursor.handover
