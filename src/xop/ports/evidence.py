"""Evidence: the values behind decisions, kept apart so that they can be erased."""

from collections.abc import Sequence
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

    async def page(self, after: int, limit: int) -> Sequence[tuple[int, str]]:
        """Return the numbers of at most `limit` pieces of evidence beyond one, the oldest first, each with its decision."""
        ...

    async def drop(self, decisions: Sequence[str]) -> int:
        """Erase the evidence of decisions for good; return how much there was. Durable when this returns."""
        ...
