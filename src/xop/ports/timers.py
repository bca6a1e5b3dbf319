"""Timers: durable commands with a moment at which to submit them."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from xop.kernel.commands import Command


class Timer(Struct, frozen=True):
    """One command to submit when its time has come."""

    part: str
    key: str
    """One timer per part and key."""
    due: int
    """Milliseconds since the epoch."""
    command: Command


class Timers(Protocol):
    """Keeps timers; a timer is set and forgotten in a ledger's batch, so that firing and its facts are one."""

    async def due(self, at: int, limit: int) -> Sequence[Timer]:
        """Return at most `limit` timers due at or before a moment, earliest first; they stay until a batch forgets them."""
        ...

    async def next_due(self) -> int | None:
        """Return the earliest moment at which a timer is due."""
        ...

    async def of(self, parts: Sequence[str]) -> Sequence[Timer]:
        """Return the timers of some parts, earliest first."""
        ...

    async def find(self, key: str) -> Sequence[Timer]:
        """Return the timers with a key, whatever part they belong to."""
        ...

    async def page(self, prefix: str, after: str | None, limit: int) -> Sequence[Timer]:
        """Return at most `limit` timers whose keys begin with a prefix, in order of their keys, beyond one when given."""
        ...

    async def count(self) -> int:
        """Return how many timers are pending."""
        ...
