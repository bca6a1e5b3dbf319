"""Suppressions in memory."""

from collections.abc import Iterable, Sequence

from xop.kernel.identity.model import Identifier
from xop.runtimes.simulated.memory import Lease


class SimulatedSuppressions:
    """Keeps the identifiers themselves: what is in memory is nobody's data."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def add(self, identifiers: Sequence[Identifier]) -> None:
        """Keep identifiers."""
        self._lease.memory.suppressions.update(identifiers)

    async def among(self, identifiers: Iterable[Identifier]) -> set[Identifier]:
        """Return those that are kept."""
        return self._lease.memory.suppressions.intersection(identifiers)
