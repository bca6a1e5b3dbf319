"""A ledger with a witness: every durable batch is digested and shown to an observer."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from xop.kernel.decisions.model import Evidence
from xop.kernel.entry import Entry
from xop.ports.batch import Batch
from xop.runtimes.simulated import SimulatedRuntime

Read = Callable[[Entry, Mapping[str, Evidence]], None]


class WitnessedLedger:
    """The ledger of a simulated runtime, with everything that is committed shown to whoever watches."""

    def __init__(self, runtime: SimulatedRuntime, read: Read) -> None:
        self._ledger = runtime.ledger
        self._memory = runtime.memory
        self._read = read
        self._hash = sha256()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    @property
    def digest(self) -> str:
        """The digest of every entry so far, as they are stored."""
        return self._hash.hexdigest()

    async def commit(self, batch: Batch) -> Sequence[int]:
        """Keep the batch, then show it; evidence is shown and not kept, because nobody asks for it later."""
        evidence = {each.decision: each for _, each in batch.evidence}
        batch.evidence = []
        positions = await self._ledger.commit(batch)
        for entry, position in zip(batch.entries, positions, strict=True):
            stored = self._memory.entries[position - 1]
            self._hash.update(len(stored).to_bytes(8, "big"))
            self._hash.update(stored)
            self._read(entry, evidence)
        return positions
