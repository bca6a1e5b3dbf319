"""The ledger in SQLite."""

from collections.abc import Sequence

from xop.ports.batch import Batch
from xop.ports.ledger import Stored
from xop.runtimes.embedded.entries import Entries
from xop.runtimes.embedded.index import Index
from xop.runtimes.embedded.parts import Parts
from xop.runtimes.embedded.writer import Writer


class EmbeddedLedger:
    """Appends entries, and finds them by command, decision, part and position."""

    def __init__(self, entries: Entries, index: Index, parts: Parts, writer: Writer) -> None:
        self._entries = entries
        self._index = index
        self._parts = parts
        self._writer = writer

    async def commit(self, batch: Batch) -> Sequence[int]:
        """Write the batch as one transaction and return the positions of its entries."""
        return self._writer.write(batch)

    async def answered(self, commands: Sequence[str]) -> dict[str, Stored]:
        """Return the entries of those command ids that the ledger holds; a new id costs no read."""
        found = self._index.find([self._index.digest(command) for command in commands])
        if not found:
            return {}
        return {each.entry.command.id: each for each in self._entries.at(found.values())}

    async def decided(self, decision: str) -> Stored | None:
        """Return the entry that holds a decision."""
        position = self._index.ruling(decision).position
        found = self._entries.at((position,)) if position is not None else ()
        return next(iter(found), None)

    async def read(self, parts: Sequence[str]) -> list[Stored]:
        """Return every entry of some parts, in order of position."""
        return self._entries.at(position for position, _ in self._walk(parts))

    async def at(self, positions: Sequence[int]) -> list[Stored]:
        """Return the entries at some positions, in order of position, without those that are gone."""
        return self._entries.at(positions)

    async def page(self, after: int, limit: int, parts: Sequence[str] | None = None) -> list[Stored]:
        """Return at most `limit` entries beyond a position, in order; of some parts only when given."""
        if parts is None:
            return self._entries.beyond(after, limit)
        return self._entries.at(sorted(position for position, _ in self._walk(parts, after))[: max(limit, 0)])

    async def decisions(self, before: int | None, limit: int, parts: Sequence[str] | None = None) -> list[Stored]:
        """Return at most `limit` entries that hold a decision, newest first, before a position when given."""
        end = self._index.position + 1 if before is None else before
        if parts is None:
            return self._entries.ruled(end, limit)
        positions = sorted(
            (position for position, ruled in self._walk(parts) if ruled and position < end), reverse=True
        )
        return self._entries.at(positions[: max(limit, 0)])[::-1]

    async def latest(self, before: int | None, limit: int, parts: Sequence[str] | None = None) -> list[Stored]:
        """Return at most `limit` entries, newest first, before a position when given; of some parts only when given."""
        end, most = self._index.position + 1 if before is None else before, max(limit, 0)
        if parts is None:
            return self._entries.before(end, most)
        lasts = (place.last for place in self._parts.find(set(parts)).values())
        return self._entries.at(sorted(self._entries.back(lasts, end, most))[-most:] if most else ())[::-1]

    async def body(self, position: int) -> bytes | None:
        """Return the bytes that an entry was stored as, which its leaves are bound to; None when it is gone."""
        return self._entries.body(position)

    async def last(self) -> int:
        """Return the highest position, 0 for an empty ledger."""
        return self._index.position

    def _walk(self, parts: Sequence[str], after: int = 0) -> list[tuple[int, bool]]:
        places = self._parts.find(set(parts))
        return self._entries.walk((place.last for place in places.values()), after)
