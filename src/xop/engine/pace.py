"""A pace: how many of something may happen a second, so that what has piled up does not come all at once."""


class Pace:
    """A token bucket that holds at most a tenth of a second's worth; all times are milliseconds since the epoch."""

    def __init__(self) -> None:
        self._tokens = 0.0
        self._filled_at: int | None = None

    def free(self, rate: float | None, now: int) -> int | None:
        """Return how many may happen now at so many a second; None for as many as can be."""
        if rate is None:
            return None
        room = max(1.0, rate / 10)
        since = room if self._filled_at is None else (now - self._filled_at) * rate / 1000
        self._tokens, self._filled_at = min(room, self._tokens + since), now
        return int(self._tokens)

    def take(self, count: int) -> None:
        """Note that so many happen."""
        self._tokens -= count

    def again(self, rate: float, now: int) -> int:
        """Return when the next may happen."""
        return now + max(1, int((1 - self._tokens) * 1000 / rate))
