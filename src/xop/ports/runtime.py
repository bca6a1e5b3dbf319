"""A runtime: one store and one clock behind all the ports the engine needs."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from xop.kernel.log.verifier import Signer
from xop.ports.clock import Clock
from xop.ports.desk import Desk
from xop.ports.directory import Directory
from xop.ports.entropy import Entropy
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


class Runtime(Protocol):
    """What a host gives the engine.

    - What `ledger.commit` returned from is durable: entries, directory, timers, runs, handovers, outbox and evidence of a
      batch together.
    - One writer: whoever opened the store first holds it until `close`; opening it again fails with a clear error.
    - A command id is in the ledger at most once.
    """

    @property
    def ledger(self) -> Ledger:
        """Every step of every customer."""
        ...

    @property
    def directory(self) -> Directory:
        """Which customers there are, and what leads to each."""
        ...

    @property
    def timers(self) -> Timers:
        """Commands with a moment."""
        ...

    @property
    def models(self) -> Models:
        """What models have learned."""
        ...

    @property
    def runs(self) -> Runs:
        """Where the runs stand."""
        ...

    @property
    def desk(self) -> Desk:
        """Where the handovers stand."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Requests on their way out."""
        ...

    @property
    def evidence(self) -> EvidenceStore:
        """The values behind decisions."""
        ...

    @property
    def keyring(self) -> Keyring:
        """The secrets of parts."""
        ...

    @property
    def leaves(self) -> Leaves:
        """What the log is told."""
        ...

    @property
    def tiles(self) -> TileStore:
        """The log's files."""
        ...

    @property
    def signer(self) -> Signer:
        """Who signs for the log."""
        ...

    @property
    def origin(self) -> str:
        """What the log is called, for good."""
        ...

    @property
    def releases(self) -> Releases:
        """Every workspace ever published."""
        ...

    @property
    def shadows(self) -> Shadows:
        """What is in shadow, and how it compares."""
        ...

    @property
    def figures(self) -> Figures:
        """What operations see, counted from the ledger."""
        ...

    @property
    def suppressions(self) -> Suppressions:
        """Whom not to contact although they were erased."""
        ...

    @property
    def clock(self) -> Clock:
        """The only source of time."""
        ...

    @property
    def entropy(self) -> Entropy:
        """The only source of chance."""
        ...

    async def kept(self, parts: Sequence[str]) -> Mapping[str, int]:
        """Return how much is kept of parts, by what it is: what `erase` would return for them."""
        ...

    async def erase(self, parts: Sequence[str]) -> Mapping[str, int]:
        """Erase parts with all that is kept of them, for good; return how much went, by what it was.

        Parts of one customer are to be given together, and nothing may be committed for them meanwhile or after. Parts
        that are unknown or were erased are passed over. When this returned, nothing of them is found by any port, nor in
        what the store has on disk; leaves stay, and tell nothing of anybody without the secrets. Raises `StorageError`
        when it cannot be done; what had begun is then finished when the store is opened again.
        """
        ...

    async def close(self) -> None:
        """Let go of the store; everything committed stays."""
        ...
