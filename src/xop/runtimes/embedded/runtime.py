"""The embedded runtime: every port over one SQLite file."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Self

from xop.ports.clock import Clock
from xop.ports.desk import Desk
from xop.ports.directory import Directory
from xop.ports.entropy import Entropy
from xop.ports.errors import StorageError
from xop.ports.evidence import EvidenceStore
from xop.ports.ledger import Ledger
from xop.ports.models import Models
from xop.ports.outbox import Outbox
from xop.ports.releases import Releases
from xop.ports.runs import Runs
from xop.ports.shadows import Shadows
from xop.ports.timers import Timers
from xop.runtimes.embedded.desk import EmbeddedDesk
from xop.runtimes.embedded.directory import EmbeddedDirectory
from xop.runtimes.embedded.entries import Entries
from xop.runtimes.embedded.evidence import EmbeddedEvidence
from xop.runtimes.embedded.index import Index
from xop.runtimes.embedded.ledger import EmbeddedLedger
from xop.runtimes.embedded.lock import FolderLock
from xop.runtimes.embedded.models import EmbeddedModels
from xop.runtimes.embedded.outbox import EmbeddedOutbox
from xop.runtimes.embedded.parts import Parts
from xop.runtimes.embedded.releases import EmbeddedReleases
from xop.runtimes.embedded.runs import EmbeddedRuns
from xop.runtimes.embedded.shadows import EmbeddedShadows
from xop.runtimes.embedded.store import Store
from xop.runtimes.embedded.timers import EmbeddedTimers
from xop.runtimes.embedded.writer import Writer
from xop.runtimes.system import SystemClock, SystemEntropy

FILE = "xop.db"


class EmbeddedRuntime:
    """Owns a data folder until closed; use it on one event loop only."""

    def __init__(self, lock: FolderLock, store: Store, clock: Clock, entropy: Entropy) -> None:
        """Serve an opened store; `open` is the way to make one."""
        self._lock = lock
        self._store = store
        index = Index(store)
        parts = Parts(store, index)
        entries = Entries(store)
        self.ledger: Ledger = EmbeddedLedger(entries, index, parts, Writer(store, index, parts))
        self.directory: Directory = EmbeddedDirectory(store, entries, parts)
        self.timers: Timers = EmbeddedTimers(store)
        self.runs: Runs = EmbeddedRuns(store, parts)
        self.desk: Desk = EmbeddedDesk(store, parts)
        self.models: Models = EmbeddedModels(store)
        self.outbox: Outbox = EmbeddedOutbox(store)
        self.evidence: EvidenceStore = EmbeddedEvidence(store, index)
        self.releases: Releases = EmbeddedReleases(store)
        self.shadows: Shadows = EmbeddedShadows(store)
        self.clock = clock
        self.entropy = entropy
        self._warming = asyncio.create_task(_fill(index), name="xop-command-filter")

    @classmethod
    async def open(cls, folder: Path, *, clock: Clock | None = None, entropy: Entropy | None = None) -> Self:
        """Open the store in a folder, making it when missing.

        Raises `StorageError` when another runtime has the folder, when it cannot be used, or when its schema is newer.
        """
        lock = FolderLock(folder)
        try:
            store = Store(folder / FILE)
            try:
                return cls(lock, store, clock or SystemClock(), entropy or SystemEntropy())
            except BaseException:
                store.close()
                raise
        except BaseException:
            lock.release()
            raise

    async def warm(self) -> None:
        """Return when every command id of the ledger is in the filter, so that a new one costs no read."""
        await asyncio.wait((self._warming,))

    async def close(self) -> None:
        """Let go of the folder; everything committed stays. Closing again changes nothing."""
        self._warming.cancel()
        await asyncio.wait((self._warming,))
        self._store.close()
        self._lock.release()


async def _fill(index: Index) -> None:
    # Without the filter every command id is looked up in the table, so what keeps it from being filled costs only time.
    with suppress(StorageError):
        for _ in index.fill():
            await asyncio.sleep(0)
