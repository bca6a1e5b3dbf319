"""The simulated runtime: every port over memory."""

from collections.abc import Mapping, Sequence
from copy import deepcopy

from xop.kernel.log.verifier import Signer
from xop.ports.desk import Desk
from xop.ports.directory import Directory
from xop.ports.evidence import EvidenceStore
from xop.ports.insight import Figures
from xop.ports.keyring import Keyring
from xop.ports.ledger import Ledger
from xop.ports.log import Leaves, TileStore
from xop.ports.models import Models
from xop.ports.outbox import Outbox
from xop.ports.releases import Releases
from xop.ports.runs import Runs
from xop.ports.shadows import Shadows
from xop.ports.suppressions import Suppressions
from xop.ports.timers import Timers
from xop.runtimes.simulated.clock import SimulatedClock
from xop.runtimes.simulated.desk import SimulatedDesk
from xop.runtimes.simulated.directory import SimulatedDirectory
from xop.runtimes.simulated.entropy import SimulatedEntropy
from xop.runtimes.simulated.erasure import erase
from xop.runtimes.simulated.evidence import SimulatedEvidence
from xop.runtimes.simulated.insight import SimulatedFigures
from xop.runtimes.simulated.keyring import SimulatedKeyring
from xop.runtimes.simulated.leaves import SimulatedLeaves
from xop.runtimes.simulated.ledger import SimulatedLedger
from xop.runtimes.simulated.memory import Lease, Memory
from xop.runtimes.simulated.models import SimulatedModels
from xop.runtimes.simulated.outbox import SimulatedOutbox
from xop.runtimes.simulated.releases import SimulatedReleases
from xop.runtimes.simulated.runs import SimulatedRuns
from xop.runtimes.simulated.shadows import SimulatedShadows
from xop.runtimes.simulated.signer import SimulatedSigner
from xop.runtimes.simulated.suppressions import SimulatedSuppressions
from xop.runtimes.simulated.tiles import SimulatedTiles, finish_succession
from xop.runtimes.simulated.timers import SimulatedTimers


class SimulatedRuntime:
    """Repeats itself exactly: what happens depends on the start, the seed and what is asked of it, and on nothing else."""

    def __init__(self, start: int, seed: int, memory: Memory | None = None) -> None:
        """Begin at `start` (milliseconds since the epoch), with what an earlier runtime left in `memory` when given.

        Raises `StorageError` when another runtime has the memory.
        """
        self.memory = memory or Memory()
        self._lease = Lease(self.memory)
        self.clock = SimulatedClock(start, lambda: self._lease.uses)
        self.entropy = SimulatedEntropy(seed)
        self.ledger: Ledger = SimulatedLedger(self._lease)
        self.directory: Directory = SimulatedDirectory(self._lease)
        self.timers: Timers = SimulatedTimers(self._lease)
        self.runs: Runs = SimulatedRuns(self._lease)
        self.desk: Desk = SimulatedDesk(self._lease)
        self.models: Models = SimulatedModels(self._lease)
        self.outbox: Outbox = SimulatedOutbox(self._lease)
        finish_succession(self.memory)
        self.signer: Signer = SimulatedSigner(self.memory.origin)
        self.origin = self.signer.name
        self.evidence: EvidenceStore = SimulatedEvidence(self._lease, self.origin)
        self.keyring: Keyring = SimulatedKeyring(self._lease)
        self.leaves: Leaves = SimulatedLeaves(self._lease, self.origin)
        self.tiles: TileStore = SimulatedTiles(self._lease)
        self.releases: Releases = SimulatedReleases(self._lease)
        self.shadows: Shadows = SimulatedShadows(self._lease)
        self.figures: Figures = SimulatedFigures(self._lease)
        self.suppressions: Suppressions = SimulatedSuppressions(self._lease)

    async def erase(self, parts: Sequence[str]) -> Mapping[str, int]:
        """Erase parts of customers with all that is kept of them, for good; return how much went, by what it was."""
        return erase(self._lease.memory, parts, self.origin)

    async def kept(self, parts: Sequence[str]) -> Mapping[str, int]:
        """Return how much is kept of parts, by what it was: what `erase` would return for them."""
        return erase(deepcopy(self._lease.memory), parts, self.origin)

    async def close(self) -> None:
        """Let go of the memory; everything committed stays in it."""
        self._lease.release()
