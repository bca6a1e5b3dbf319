"""Latency: how long commands took from being submitted until they were durable, for whoever waited for the answer."""

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Sequence

from xop.engine.ticket import Ticket
from xop.kernel.insight.latency import BOUNDS, LABELS

_BOUNDS = tuple(bound / 1000 for bound in BOUNDS)

_KEPT = 61
"""Seconds that are remembered one by one."""


class Latency:
    """Two histograms: of the last minute by second, and of what was not asked for yet."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, list[int]]] = deque(maxlen=_KEPT)
        self._fresh = [0] * (len(BOUNDS) + 1)

    def note(self, group: Sequence[Ticket], now: float) -> None:
        """Take in a group that has become durable at a moment of the loop's time."""
        row, fresh = self._row(int(now)), self._fresh
        for ticket in group:
            if not ticket.patient:
                place = bisect_left(_BOUNDS, now - ticket.began)
                row[place] += 1
                fresh[place] += 1

    def _row(self, second: int) -> list[int]:
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append((second, [0] * (len(BOUNDS) + 1)))
        return self._seconds[-1][1]

    def take(self) -> dict[str, int]:
        """Return how many commands fell into each bucket since this was last asked."""
        fresh, self._fresh = self._fresh, [0] * (len(BOUNDS) + 1)
        return _named(fresh)

    def recent(self, now: float, seconds: int) -> dict[str, int]:
        """Return how many commands fell into each bucket within the last seconds."""
        found: Counter[str] = Counter()
        for second, row in self._seconds:
            if second > now - seconds - 1:
                found.update(_named(row))
        return dict(found)


def _named(row: Sequence[int]) -> dict[str, int]:
    last = len(LABELS) - 1
    found: Counter[str] = Counter()
    for place, amount in enumerate(row):
        if amount:
            found[LABELS[min(place, last)]] += amount
    return dict(found)
