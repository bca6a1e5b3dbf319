"""The ledger: every step of every customer, appended once and never changed."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from xop.kernel.entry import Entry
from xop.ports.batch import Batch


class Stored(Struct, frozen=True):
    """An entry and its place in the one order of the whole ledger."""

    position: int
    """From 1, rising, without reuse; gaps are where customers were erased."""
    entry: Entry


class Ledger(Protocol):
    """Keeps entries; what `commit` returned from is durable."""

    async def commit(self, batch: Batch) -> Sequence[int]:
        """Make everything in the batch durable together, or nothing of it; return the positions of its entries in order.

        Raises `DuplicateCommand` when an entry's command id is in the ledger already (nothing of the batch is kept), and
        `StorageError` when the store cannot be written.
        """
        ...

    async def answered(self, commands: Sequence[str]) -> dict[str, Stored]:
        """Return the entries of those command ids that the ledger holds."""
        ...

    async def decided(self, decision: str) -> Stored | None:
        """Return the entry that holds a decision."""
        ...

    async def read(self, parts: Sequence[str]) -> list[Stored]:
        """Return every entry of some parts, in order of position."""
        ...

    async def at(self, positions: Sequence[int]) -> list[Stored]:
        """Return the entries at some positions, in order of position, without those that are gone."""
        ...

    async def page(self, after: int, limit: int, parts: Sequence[str] | None = None) -> list[Stored]:
        """Return at most `limit` entries beyond a position, in order; of some parts only when given."""
        ...

    async def decisions(self, before: int | None, limit: int, parts: Sequence[str] | None = None) -> list[Stored]:
        """Return at most `limit` entries that hold a decision, newest first, before a position when given."""
        ...

    async def latest(self, before: int | None, limit: int, parts: Sequence[str] | None = None) -> list[Stored]:
        """Return at most `limit` entries, newest first, before a position when given; of some parts only when given."""
        ...

    async def body(self, position: int) -> bytes | None:
        """Return the bytes that an entry was stored as, which its leaves are bound to; None when it is gone."""
        ...

    async def last(self) -> int:
        """Return the highest position, 0 for an empty ledger."""
        ...
