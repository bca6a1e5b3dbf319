"""Where the runs stand, in memory."""

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import nsmallest

from xop.ports.runs import Cursor, Selection, Standing, Tally, selects
from xop.runtimes.simulated.memory import Lease


class SimulatedRuns:
    """Finds runs by part and by where they stand; the order of parts is that of their ids."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def count(self) -> int:
        """Return how many runs there are, whatever the number of their tokens."""
        return len(self._lease.memory.runs)

    async def counts(self, journey: str | None = None) -> Sequence[Tally]:
        """Return how many tokens stand where, in order; of one journey only when given."""
        asked = Selection(journey=journey)
        alike = Counter(
            (each.journey, each.version, each.step, each.waits, each.aside)
            for each in self._all()
            if selects(asked, each)
        )
        return sorted(Tally(*station, tokens) for station, tokens in alike.items())

    async def page(self, selection: Selection, after: Cursor | None, limit: int) -> Sequence[Standing]:
        """Return at most `limit` of the standings asked for, beyond a cursor of an earlier page when given."""
        found = (
            each
            for each in self._all()
            if selects(selection, each) and (after is None or _key(each.cursor) > _key(after))
        )
        return nsmallest(max(limit, 0), found, key=lambda each: _key(each.cursor))

    async def of(self, part: str) -> Sequence[Standing]:
        """Return the standings of a part, by run and token."""
        return sorted(
            (each for each in self._all() if each.part == part), key=lambda standing: (standing.run, standing.token)
        )

    def _all(self) -> Iterable[Standing]:
        return (each for standings in self._lease.memory.runs.values() for each in standings)


def _key(cursor: Cursor) -> tuple[str, str, int]:
    return cursor.part, cursor.run, cursor.token
