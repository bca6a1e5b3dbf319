"""The ledger in memory."""

from collections.abc import Iterable, Sequence
from itertools import chain, islice

import msgspec

from xop.kernel.entry import Entry
from xop.ports.batch import Batch
from xop.ports.ledger import Stored
from xop.runtimes.simulated.memory import Lease, Memory
from xop.runtimes.simulated.writer import write

_DECODER = msgspec.json.Decoder(Entry)


class SimulatedLedger:
    """Appends entries, and finds them by command, decision, part and position."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def commit(self, batch: Batch) -> Sequence[int]:
        """Keep the batch and return the positions of its entries."""
        return write(self._lease.memory, batch)

    async def answered(self, commands: Sequence[str]) -> dict[str, Stored]:
        """Return the entries of those command ids that the ledger holds."""
        memory = self._lease.memory
        return {
            command: _stored(memory, memory.commands[command]) for command in commands if command in memory.commands
        }

    async def decided(self, decision: str) -> Stored | None:
        """Return the entry that holds a decision."""
        memory = self._lease.memory
        position = memory.decisions.get(decision)
        return None if position is None else _stored(memory, position)

    async def read(self, parts: Sequence[str]) -> list[Stored]:
        """Return every entry of some parts, in order of position."""
        memory = self._lease.memory
        return [_stored(memory, position) for position in _positions(memory, parts)]

    async def at(self, positions: Sequence[int]) -> list[Stored]:
        """Return the entries at some positions, in order of position, without those that are gone."""
        memory = self._lease.memory
        there = sorted(each for each in set(positions) if 0 < each <= len(memory.entries))
        return [_stored(memory, position) for position in there if memory.entries[position - 1]]

    async def page(self, after: int, limit: int, parts: Sequence[str] | None = None) -> list[Stored]:
        """Return at most `limit` entries beyond a position, in order; of some parts only when given."""
        memory = self._lease.memory
        beyond = range(max(after, 0) + 1, len(memory.entries) + 1)
        positions: Iterable[int] = (position for position in beyond if memory.entries[position - 1])
        if parts is not None:
            positions = (position for position in _positions(memory, parts) if position > after)
        return [_stored(memory, position) for position in islice(positions, max(limit, 0))]

    async def decisions(self, before: int | None, limit: int, parts: Sequence[str] | None = None) -> list[Stored]:
        """Return at most `limit` entries that hold a decision, newest first, before a position when given."""
        memory = self._lease.memory
        positions = set(memory.decisions.values())
        if parts is not None:
            positions.intersection_update(_positions(memory, parts))
        newest = sorted((position for position in positions if before is None or position < before), reverse=True)
        return [_stored(memory, position) for position in newest[: max(limit, 0)]]

    async def latest(self, before: int | None, limit: int, parts: Sequence[str] | None = None) -> list[Stored]:
        """Return at most `limit` entries, newest first, before a position when given; of some parts only when given."""
        memory = self._lease.memory
        known: Iterable[int] = range(1, len(memory.entries) + 1) if parts is None else _positions(memory, parts)
        kept = [each for each in known if memory.entries[each - 1] and (before is None or each < before)]
        return [_stored(memory, position) for position in kept[::-1][: max(limit, 0)]]

    async def body(self, position: int) -> bytes | None:
        """Return the bytes that an entry was stored as, which its leaves are bound to; None when it is gone."""
        entries = self._lease.memory.entries
        return (entries[position - 1] or None) if 0 < position <= len(entries) else None

    async def last(self) -> int:
        """Return the highest position, 0 for an empty ledger."""
        return len(self._lease.memory.entries)


def _positions(memory: Memory, parts: Sequence[str]) -> list[int]:
    return sorted(chain.from_iterable(memory.parts.get(part, ()) for part in set(parts)))


def _stored(memory: Memory, position: int) -> Stored:
    return Stored(position, _DECODER.decode(memory.entries[position - 1]))
