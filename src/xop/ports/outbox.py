"""The outbox: requests on their way to the outside, rendered, each with its idempotency key."""

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

OutboxState = Literal["pending", "sending", "done", "failed", "uncertain", "cancelled"]


class OutboxEntry(Struct, frozen=True, omit_defaults=True):
    """One request, from its rendering on; failed and uncertain entries are the dead letters.

    One whose invocation has an entry already, because it was held or given up before, takes its place.
    """

    invocation: str
    """Also the idempotency key."""
    part: str
    action: str
    connection: str
    release: str
    request: bytes
    """The rendered request, without secrets."""
    state: OutboxState
    due: int
    """When to send it, or when the present state began; milliseconds since the epoch."""
    created: int
    attempt: int = 0
    detail: str = ""
    """What the last attempt said."""


class OutboxChange(Struct, frozen=True, omit_defaults=True):
    """A change of an entry's state."""

    invocation: str
    state: OutboxState
    due: int
    attempt: int | None = None
    detail: str | None = None
    """Kept as it was when not given, like `attempt`."""


class Finished(Struct, frozen=True):
    """A request that is over: it was carried out, or never left."""

    invocation: str
    part: str
    action: str
    at: int
    """Since when, in milliseconds since the epoch."""
    created: int
    number: int
    """Its place in the store's own order, which is about that of their coming."""


class Load(Struct, frozen=True):
    """How much of one connection waits in one state."""

    connection: str
    state: OutboxState
    requests: int
    oldest: int
    """Since when the first of them is in the outbox, in milliseconds since the epoch."""


OPEN: tuple[OutboxState, ...] = ("pending", "sending", "failed", "uncertain")
"""The states of requests that are not over."""


class Outbox(Protocol):
    """Keeps requests; entries are added and changed only in a ledger's batch."""

    async def due(self, at: int, limit: int, skip: Sequence[str] = ()) -> Sequence[OutboxEntry]:
        """Return at most `limit` pending entries due at or before a moment, earliest first, without the connections in `skip`."""
        ...

    async def next_due(self, after: int) -> int | None:
        """Return the earliest moment after the given one at which a pending entry is due."""
        ...

    async def get(self, invocation: str) -> OutboxEntry | None:
        """Return one entry."""
        ...

    async def page(self, states: Sequence[OutboxState], after: str | None, limit: int) -> Sequence[OutboxEntry]:
        """Return at most `limit` entries in some states in order of invocation id, beyond one when given."""
        ...

    async def counts(self) -> dict[OutboxState, int]:
        """Return how many entries are in each state that has any."""
        ...

    async def loads(self) -> Sequence[Load]:
        """Return how many requests of each connection are not over, by connection and state."""
        ...

    async def over(self, before: int, after: Finished | None, limit: int) -> Sequence[Finished]:
        """Return at most `limit` requests that were over before a moment, in the order of their coming, beyond one of them.

        The next page goes on beyond the last of this one, even when that is gone by then.
        """
        ...

    async def drop(self, invocations: Sequence[str]) -> int:
        """Erase requests that are over for good; return how many there were. Durable when this returns."""
        ...
