"""Evidence in memory."""

from collections.abc import Sequence

import msgspec

from xop.kernel.decisions.model import Evidence
from xop.runtimes.simulated.leaves import finished
from xop.runtimes.simulated.memory import Lease, OpenLeaf

_DECODER = msgspec.json.Decoder(Evidence)


class SimulatedEvidence:
    """Finds the values behind a decision."""

    def __init__(self, lease: Lease, origin: str) -> None:
        self._lease = lease
        self._origin = origin

    async def get(self, decision: str) -> Evidence | None:
        """Return the evidence of a decision, or None when there is none or it was erased."""
        body = self._lease.memory.evidence.get(decision)
        return None if body is None else _DECODER.decode(body)

    async def body(self, decision: str) -> bytes | None:
        """Return the bytes that the evidence of a decision was stored as, which leaves are bound to."""
        return self._lease.memory.evidence.get(decision)

    async def page(self, after: int, limit: int) -> Sequence[tuple[int, str]]:
        """Return the numbers of at most `limit` pieces of evidence beyond one, the oldest first, each with its decision."""
        memory = self._lease.memory
        kept = sorted((memory.decisions[each], each) for each in memory.evidence if each in memory.decisions)
        return [each for each in kept if each[0] > after][: max(limit, 0)]

    async def drop(self, decisions: Sequence[str]) -> int:
        """Erase the evidence of decisions for good; return how much there was."""
        memory = self._lease.memory
        gone = [each for each in dict.fromkeys(decisions) if each in memory.evidence]
        for index, leaf in enumerate(memory.leaves):
            if isinstance(leaf, OpenLeaf) and leaf.leaf.evidence in gone:
                finished(memory, index, self._origin)
        for each in gone:
            del memory.evidence[each]
            memory.evidence_parts.pop(each, None)
        return len(gone)
