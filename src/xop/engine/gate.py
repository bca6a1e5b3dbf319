"""A gate: the circuit breaker and rate limit of one connection."""

from msgspec import Struct

from xop.kernel.actions.model import Connection
from xop.kernel.base.spans import milliseconds


class Trouble(Struct, frozen=True):
    """What was wrong with the last request that did not go well."""

    at: int
    """When it came back, in milliseconds since the epoch."""
    action: str
    detail: str


class Gate:
    """Says when the next request of a connection may leave; all times are milliseconds since the epoch."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.flying = 0
        """Requests on their way now."""
        self.open_until = 0
        """The circuit is open until then."""
        self.served = 0
        """When a request was carried out last; 0 for never since the process began."""
        self.trouble: Trouble | None = None
        """The last one since the process began."""
        self._failures = 0
        self._tokens = 1.0
        self._filled_at = 0

    def opens_at(self, now: int) -> int | None:
        """Return when a request may leave: now, later, or None when only another's return can tell."""
        if self.flying >= (1 if self._failures >= self.connection.breaker_failures else self.connection.concurrency):
            return None
        if now < self.open_until:
            return self.open_until
        rate = self.connection.rate
        if rate is None:
            return now
        self._fill(now, rate)
        return now if self._tokens >= 1 else now + max(1, int((1 - self._tokens) * 1000 / rate))

    def leave(self, now: int) -> None:
        """Note that a request leaves."""
        self.flying += 1
        if self.connection.rate is not None:
            self._fill(now, self.connection.rate)
            self._tokens -= 1

    def back(self, now: int, *, unhealthy: bool | None) -> None:
        """Note that one is back and whether the other side seems in trouble (None: it was never sent)."""
        self.flying -= 1
        if unhealthy is None:
            return
        self._failures = self._failures + 1 if unhealthy else 0
        if self._failures >= self.connection.breaker_failures:
            self.open_until = now + milliseconds(self.connection.breaker_pause)

    def note(self, now: int, action: str, result: str, detail: str) -> None:
        """Note what came of a request."""
        if result in {"done", "accepted"}:
            self.served = now
        else:
            self.trouble = Trouble(now, action, detail or result)

    @property
    def failures(self) -> int:
        """How many requests in a row found the other side in trouble."""
        return self._failures

    @property
    def state(self) -> str:
        """`closed`, or `open` after too many failures in a row."""
        return "open" if self._failures >= self.connection.breaker_failures else "closed"

    def _fill(self, now: int, rate: float) -> None:
        if self._filled_at:
            self._tokens = min(max(1.0, rate), self._tokens + (now - self._filled_at) * rate / 1000)
        self._filled_at = now
