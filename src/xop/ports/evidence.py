"""Evidence: the values behind decisions, kept apart so that they can be erased."""

from typing import Protocol

from xop.kernel.decisions.model import Evidence


class EvidenceStore(Protocol):
    """Keeps evidence; it is added only in a ledger's batch."""

    async def get(self, decision: str) -> Evidence | None:
        """Return the evidence of a decision, or None when there is none or it was erased."""
        ...

    async def body(self, decision: str) -> bytes | None:
        """Return the bytes that the evidence of a decision was stored as, which leaves are bound to."""
        ...
