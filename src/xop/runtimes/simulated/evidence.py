"""Evidence in memory."""

import msgspec

from xop.kernel.decisions.model import Evidence
from xop.runtimes.simulated.memory import Lease

_DECODER = msgspec.json.Decoder(Evidence)


class SimulatedEvidence:
    """Finds the values behind a decision."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def get(self, decision: str) -> Evidence | None:
        """Return the evidence of a decision, or None when there is none or it was erased."""
        body = self._lease.memory.evidence.get(decision)
        return None if body is None else _DECODER.decode(body)

    async def body(self, decision: str) -> bytes | None:
        """Return the bytes that the evidence of a decision was stored as, which leaves are bound to."""
        return self._lease.memory.evidence.get(decision)
