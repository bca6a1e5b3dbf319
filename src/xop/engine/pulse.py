"""The pulse: decisions of the last two minutes, second by second."""

from collections import Counter, deque

KEPT = 120
"""Seconds that are remembered."""


class Pulse:
    """Verdicts by second, as their decisions were made."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, Counter[str]]] = deque(maxlen=KEPT)

    def note(self, verdict: str, at: int) -> None:
        """Take in a decision made at a moment, in milliseconds since the epoch."""
        second = at // 1000
        while self._seconds and self._seconds[-1][0] > second + 1:
            # The clock was put back: what lies ahead of it would count as of this moment until it is there again.
            self._seconds.pop()
        if not self._seconds or self._seconds[-1][0] < second:
            self._seconds.append((second, Counter()))
        self._seconds[-1][1][verdict] += 1

    def verdicts(self, now: int, seconds: int) -> Counter[str]:
        """Return the verdicts of the last seconds before a moment."""
        first, found = now - seconds * 1000, Counter[str]()
        for second, verdicts in self._seconds:
            if second * 1000 >= first:
                found.update(verdicts)
        return found
