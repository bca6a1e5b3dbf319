"""The embedded runtime: every port over one SQLite file."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

from xop.kernel.log.verifier import Signer
from xop.ports.clock import Clock
from xop.ports.desk import Desk
from xop.ports.directory import Directory
from xop.ports.entropy import Entropy
from xop.ports.errors import StorageError
from xop.ports.evidence import EvidenceStore
from xop.ports.insight import Figures
from xop.ports.keyring import Keyring
from xop.ports.keys import Keys
from xop.ports.ledger import Ledger
from xop.ports.log import Leaves, TileStore
from xop.ports.models import Models
from xop.ports.outbox import Outbox
from xop.ports.releases import Releases
from xop.ports.runs import Runs
from xop.ports.shadows import Shadows
from xop.ports.suppressions import Suppressions
from xop.ports.timers import Timers
from xop.runtimes.embedded.completion import Completion
from xop.runtimes.embedded.custody import Custody, opened_custody
from xop.runtimes.embedded.datakey import derived
from xop.runtimes.embedded.desk import EmbeddedDesk
from xop.runtimes.embedded.directory import EmbeddedDirectory
from xop.runtimes.embedded.entries import Entries
from xop.runtimes.embedded.erasure import EmbeddedErasure
from xop.runtimes.embedded.evidence import EmbeddedEvidence
from xop.runtimes.embedded.index import Index
from xop.runtimes.embedded.insight import EmbeddedFigures
from xop.runtimes.embedded.keyring import EmbeddedKeyring
from xop.runtimes.embedded.leaves import EmbeddedLeaves
from xop.runtimes.embedded.ledger import EmbeddedLedger
from xop.runtimes.embedded.lock import FolderLock
from xop.runtimes.embedded.models import EmbeddedModels
from xop.runtimes.embedded.outbox import EmbeddedOutbox
from xop.runtimes.embedded.parts import Parts
from xop.runtimes.embedded.releases import EmbeddedReleases
from xop.runtimes.embedded.runs import EmbeddedRuns
from xop.runtimes.embedded.shadows import EmbeddedShadows
from xop.runtimes.embedded.store import Store
from xop.runtimes.embedded.suppressions import EmbeddedSuppressions
from xop.runtimes.embedded.tiles import EmbeddedTiles
from xop.runtimes.embedded.timers import EmbeddedTimers
from xop.runtimes.embedded.writer import Writer
from xop.runtimes.system import SystemClock, SystemEntropy

FILE = "xop.db"


class EmbeddedRuntime:
    """Owns a data folder until closed; use it on one event loop only."""

    def __init__(self, lock: FolderLock, store: Store, custody: Custody, clock: Clock, entropy: Entropy) -> None:
        """Serve an opened store; `open` is the way to make one."""
        self._lock = lock
        self._store = store
        self._custody = custody
        seals, vault = custody.seals, custody.seals.vault
        keyed = store.value("SELECT keyed FROM keeping")
        index = Index(store, derived(custody.data_key, "digests") if keyed else b"")
        parts = Parts(store, index, max(vault.destroyed, default=0))
        entries = Entries(store, seals)
        evidence = EmbeddedEvidence(store, index, seals)
        completion = Completion(vault, index, custody.signer.name, evidence.bytes_of)
        self.ledger: Ledger = EmbeddedLedger(entries, index, parts, Writer(store, index, parts, seals, completion))
        self.directory: Directory = EmbeddedDirectory(store, entries, parts, seals)
        self.timers: Timers = EmbeddedTimers(store, seals)
        self.runs: Runs = EmbeddedRuns(store, parts, seals)
        self.desk: Desk = EmbeddedDesk(store, parts, seals)
        self.models: Models = EmbeddedModels(store)
        self.outbox: Outbox = EmbeddedOutbox(store, seals)
        self.evidence: EvidenceStore = evidence
        self._erasure = EmbeddedErasure(store, index, parts, entries, seals)
        self._erasure.finish()
        self.keyring: Keyring = EmbeddedKeyring(vault, parts, custody.data_key)
        self.leaves: Leaves = EmbeddedLeaves(store, index)
        self.tiles: TileStore = EmbeddedTiles(custody.log)
        self.signer: Signer = custody.signer
        self.origin = custody.signer.name
        self.releases: Releases = EmbeddedReleases(store)
        self.shadows: Shadows = EmbeddedShadows(store)
        self.suppressions: Suppressions = EmbeddedSuppressions(store, derived(custody.data_key, "suppressions"))
        self._figures = EmbeddedFigures.open(store.path.parent)
        self.figures: Figures = self._figures
        self.clock = clock
        self.entropy = entropy
        self._warming = asyncio.create_task(_fill(index), name="xop-command-filter")

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        clock: Clock | None = None,
        entropy: Entropy | None = None,
        keys: Keys | None = None,
        origin: str | None = None,
    ) -> Self:
        """Open the store in a folder, making it when missing.

        `keys` keeps the workspace key, a file in the folder by default; `origin` is what the log is called, fixed when
        the folder is first opened. Raises `StorageError` when another runtime has the folder, when it cannot be used,
        when its schema is newer, or when its keys are missing or are of another store.
        """
        with ExitStack() as held:
            lock = FolderLock(folder)
            held.callback(lock.release)
            store = Store(folder / FILE)
            held.callback(store.close)
            custody = await opened_custody(folder, store, keys, origin)
            held.callback(custody.close)
            runtime = cls(lock, store, custody, clock or SystemClock(), entropy or SystemEntropy())
            held.pop_all()
            return runtime

    async def warm(self) -> None:
        """Return when every command id of the ledger is in the filter, so that a new one costs no read."""
        await asyncio.wait((self._warming,))

    async def kept(self, parts: Sequence[str]) -> Mapping[str, int]:
        """Return how much is kept of parts, by table: what `erase` would return for them."""
        return await self._erasure.kept(parts)

    async def erase(self, parts: Sequence[str]) -> Mapping[str, int]:
        """Erase parts of customers with all that is kept of them, for good; return how much went, by table."""
        return await self._erasure.erase(parts)

    async def close(self) -> None:
        """Let go of the folder; everything committed stays. Closing again changes nothing."""
        self._warming.cancel()
        await asyncio.wait((self._warming,))
        self._store.close()
        self._figures.close()
        self._custody.close()
        self._lock.release()


async def _fill(index: Index) -> None:
    # Without the filter every command id is looked up in the table, so what keeps it from being filled costs only time.
    with suppress(StorageError):
        for _ in index.fill():
            await asyncio.sleep(0)
