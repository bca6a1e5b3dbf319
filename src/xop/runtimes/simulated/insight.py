"""Figures in memory."""

from collections.abc import Sequence

from xop.ports.insight import KEPT, Figure, Happened, Ruled, Wanted, fits
from xop.runtimes.simulated.memory import Lease


class SimulatedFigures:
    """Keeps figures."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def position(self) -> int:
        """Return the ledger's position up to which everything is counted; 0 at the beginning."""
        return self._lease.memory.counted

    async def add(
        self, position: int, figures: Sequence[Figure], ruled: Sequence[Ruled], happened: Sequence[Happened] = ()
    ) -> None:
        """Add what was counted by the minute up to a position; what is older than `KEPT` goes."""
        memory = self._lease.memory
        memory.counted = position
        memory.ruled.update((each.position, each) for each in ruled)
        memory.happened.update(happened)
        kept = memory.figures
        for each in figures:
            for step in KEPT:
                key = (step, each.at - each.at % step, each.measure, each.label)
                kept[key] = kept.get(key, 0) + each.amount
        newest = max((key[1] for key in kept), default=0)
        for key in [key for key in kept if key[1] < newest - KEPT[key[0]]]:
            del kept[key]

    async def read(self, step: int, since: int, until: int, measures: Sequence[str]) -> Sequence[Figure]:
        """Return the figures of some measures whose steps begin at or after `since` and before `until`, in order."""
        return sorted(
            Figure(at, measure, label, amount)
            for (length, at, measure, label), amount in self._lease.memory.figures.items()
            if length == step and since <= at < until and measure in measures
        )

    async def totals(self, step: int, since: int, until: int) -> dict[str, dict[str, int]]:
        """Return the sums of the same steps of all measures, by measure and label."""
        found: dict[str, dict[str, int]] = {}
        for (length, at, measure, label), amount in self._lease.memory.figures.items():
            if length == step and since <= at < until:
                labels = found.setdefault(measure, {})
                labels[label] = labels.get(label, 0) + amount
        return found

    async def ruled(self, wanted: Wanted, before: int, limit: int) -> Sequence[int]:
        """Return the positions of at most `limit` decisions before a position, newest first."""
        found = [each.position for each in self._lease.memory.ruled.values() if fits(each, wanted)]
        return sorted((each for each in found if each < before), reverse=True)[: max(limit, 0)]

    async def happened(
        self, measure: str, labels: Sequence[str], since: int, until: int, before: int, limit: int
    ) -> Sequence[int]:
        """Return the positions of at most `limit` entries before a position that count something, the latest first."""
        found = {
            each.position
            for each in self._lease.memory.happened
            if each.measure == measure and since <= each.at < until and each.position < before
            if not labels or each.label in labels
        }
        return sorted(found, reverse=True)[: max(limit, 0)]

    async def clear(self) -> None:
        """Forget everything, so that it is counted again."""
        memory = self._lease.memory
        memory.counted = 0
        memory.figures.clear()
        memory.ruled.clear()
        memory.happened.clear()
