"""The directory in memory."""

from collections.abc import Sequence
from heapq import nsmallest

import msgspec

from xop.kernel.entry import Entry
from xop.kernel.halts.model import PLATFORM
from xop.kernel.identity.model import Identifier
from xop.ports.directory import Kept, Loaded
from xop.runtimes.simulated.memory import Lease, Memory

_DECODER = msgspec.json.Decoder(Entry)


class SimulatedDirectory:
    """Finds customers."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def load(self, identifiers: Sequence[Identifier], parts: Sequence[str]) -> Loaded:
        """Return the customers that some identifiers and parts lead to."""
        memory = self._lease.memory
        links = {each: memory.links[each] for each in identifiers if each in memory.links}
        asked = dict.fromkeys((*links.values(), *parts))
        customers = dict.fromkeys(memory.customers[part] for part in asked if part in memory.customers)
        return Loaded(links, {customer: _parts(memory, customer) for customer in customers})

    async def apart(self, parts: Sequence[str]) -> set[tuple[str, str]]:
        """Return the pairs of parts taken apart by a person, among those that name any of `parts`, each pair sorted."""
        asked = set(parts)
        return {pair for pair in self._lease.memory.apart if not asked.isdisjoint(pair)}

    async def count(self) -> int:
        """Return how many customers there are; the platform itself is none."""
        known = self._lease.memory.customers
        return sum(part == customer for part, customer in known.items()) - (PLATFORM in known)

    async def page(self, after: str, limit: int) -> Sequence[str]:
        """Return the ids of at most `limit` parts that have an entry, in order, beyond one; `""` begins with the first."""
        return nsmallest(max(limit, 0), (part for part in self._lease.memory.customers if part > after))


def _parts(memory: Memory, customer: str) -> list[Kept]:
    return [_kept(memory, part) for part in sorted(memory.members[customer], key=lambda part: (part != customer, part))]


def _kept(memory: Memory, part: str) -> Kept:
    folded, state = memory.snapshots.get(part, (0, b""))
    tail: list[Entry] = []
    for position in reversed(memory.parts[part]):
        entry = _DECODER.decode(memory.entries[position - 1])
        if entry.seq <= folded:
            break
        tail.insert(0, entry)
    return Kept(part, folded, state, tail)
