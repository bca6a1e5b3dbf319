"""Leaves of the log in memory."""

from collections.abc import Mapping, Sequence

from xop.kernel.audit.leaf import completed, subject_of
from xop.kernel.halts.model import PLATFORM
from xop.ports.batch import Batch
from xop.ports.log import LeafPlace
from xop.runtimes.simulated.keyring import secret_of
from xop.runtimes.simulated.memory import Lease, Memory, OpenLeaf


class SimulatedLeaves:
    """Finds leaves by index; what hangs on secrets is worked out when it is asked for, or when a secret goes."""

    def __init__(self, lease: Lease, origin: str) -> None:
        self._lease = lease
        self._origin = origin

    async def count(self) -> int:
        """Return how many there are."""
        return len(self._lease.memory.leaves)

    async def page(self, first: int, limit: int) -> Sequence[bytes]:
        """Return at most `limit` leaves from an index on."""
        memory = self._lease.memory
        begin = max(first, 0)
        asked = range(begin, min(begin + max(limit, 0), len(memory.leaves)))
        return [finished(memory, index, self._origin) for index in asked]

    async def place(self, decision: str) -> LeafPlace | None:
        """Return where a decision is in the log; None for one that is unknown or whose customer was erased."""
        return self._lease.memory.places.get(decision)

    async def first(self, position: int) -> int | None:
        """Return the index of the first leaf of the ledger entry at a position; None when it has none or is gone."""
        return self._lease.memory.firsts.get(position)


def finished(memory: Memory, index: int, origin: str) -> bytes:
    """Return a leaf complete, and keep it so."""
    leaf = memory.leaves[index]
    if isinstance(leaf, OpenLeaf):
        subject = subject_of(secret_of(memory, leaf.part), origin, person=leaf.part != PLATFORM)
        memory.leaves[index] = leaf = completed(leaf.leaf, subject, leaf.entry, leaf.evidence)
    return leaf


def add_leaves(memory: Memory, batch: Batch, entries: Sequence[bytes], evidence: Mapping[str, bytes]) -> None:
    """Keep the leaves of a batch, given the bytes of its entries and of its evidence by decision."""
    told: set[int] = set()
    added: list[bytes | OpenLeaf] = []
    position = len(memory.entries) + 1
    for intent in batch.leaves:
        entry, leaf = batch.entries[intent.entry], intent.leaf
        proof = evidence.get(leaf.evidence) or memory.evidence.get(leaf.evidence)
        if (leaf.type == "decision" or entry.decision is None) and intent.entry not in told:
            told.add(intent.entry)
            index = memory.firsts[position + intent.entry] = len(memory.leaves) + len(added)
            if entry.decision:
                memory.places[entry.decision.id] = LeafPlace(index, leaf.name, entry.origin)
        added.append(OpenLeaf(leaf, entry.origin, entries[intent.entry], proof))
    memory.leaves.extend(added)
