"""What a simulated store holds; it outlives the runtime, as a disk outlives a process."""

from collections import deque
from dataclasses import dataclass, field

from xop.kernel.audit.leaf import Leaf
from xop.kernel.identity.model import Identifier
from xop.ports.desk import DeskStanding
from xop.ports.errors import StorageError
from xop.ports.insight import Happened, Ruled
from xop.ports.log import LeafPlace
from xop.ports.models import Head
from xop.ports.outbox import OutboxEntry
from xop.ports.runs import Standing
from xop.ports.shadows import Contrast, Shadow
from xop.runtimes.simulated.schedule import Schedule
from xop.runtimes.simulated.signer import ORIGIN


@dataclass(frozen=True, slots=True)
class OpenLeaf:
    """A leaf that nobody has asked for, with what completes it."""

    leaf: Leaf
    part: str
    entry: bytes
    evidence: bytes | None


@dataclass(frozen=True, slots=True)
class Published:
    """One publication of a release, with the one under it."""

    digest: str
    at: int
    by: str
    before: "Published | None"


@dataclass(slots=True)
class Memory:
    """Everything durable, encoded where a reader could otherwise reach the writer's own objects."""

    models: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """States of models by version, by decision set, the newest last."""
    model_heads: dict[str, Head] = field(default_factory=dict)
    """The newest version of each decision set's model."""
    settled: set[str] = field(default_factory=set)
    """Releases whose publication is done with."""
    entries: list[bytes] = field(default_factory=list)
    """The entry at position p is at index p - 1; it is empty once erased."""
    commands: dict[str, int] = field(default_factory=dict)
    """Positions by command id."""
    decisions: dict[str, int] = field(default_factory=dict)
    """Positions by decision id, in order of position."""
    parts: dict[str, list[int]] = field(default_factory=dict)
    """Positions of each part's entries."""
    seqs: dict[str, int] = field(default_factory=dict)
    """The latest entry's place among its part's."""
    customers: dict[str, str] = field(default_factory=dict)
    """The customer of each part that has an entry."""
    members: dict[str, set[str]] = field(default_factory=dict)
    """The parts of each customer."""
    links: dict[Identifier, str] = field(default_factory=dict)
    apart: set[tuple[str, str]] = field(default_factory=set)
    timers: dict[tuple[str, str], bytes] = field(default_factory=dict)
    timer_schedule: Schedule = field(default_factory=Schedule)
    runs: dict[tuple[str, str], tuple[Standing, ...]] = field(default_factory=dict)
    """Where runs stand, by part and run."""
    handovers: dict[str, DeskStanding] = field(default_factory=dict)
    outbox: dict[str, OutboxEntry] = field(default_factory=dict)
    outbox_schedule: Schedule = field(default_factory=Schedule)
    """Pending entries only."""
    evidence: dict[str, bytes] = field(default_factory=dict)
    evidence_parts: dict[str, str] = field(default_factory=dict)
    """The part that evidence belongs to, by decision."""
    snapshots: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Files of each release by relative path."""
    names: dict[str, str] = field(default_factory=dict)
    """What each release is called."""
    publications: list[Published] = field(default_factory=list)
    """Every publication in its order."""
    suppressions: set[Identifier] = field(default_factory=set)
    """Addresses of customers who were erased and are not to be contacted again."""
    shadows: list[Shadow] = field(default_factory=list)
    """In the order they were set."""
    shadow_files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    contrasts: deque[tuple[int, Contrast]] = field(default_factory=deque)
    """The newest last, each with its number."""
    counted: int = 0
    """The position up to which everything is counted."""
    figures: dict[tuple[int, int, str, str], int] = field(default_factory=dict)
    """Amounts by step, beginning, measure and label."""
    ruled: dict[int, Ruled] = field(default_factory=dict)
    """What decisions are found by, by position."""
    happened: set[Happened] = field(default_factory=set)
    """What entries are found by that count something."""
    mentioned: set[str] = field(default_factory=set)
    """Parts that anything was kept of."""
    erasures: dict[str, int] = field(default_factory=dict)
    """How often parts were erased."""
    leaves: list[bytes | OpenLeaf] = field(default_factory=list)
    places: dict[str, LeafPlace] = field(default_factory=dict)
    """Where decisions are in the log."""
    firsts: dict[int, int] = field(default_factory=dict)
    """Index of the first leaf of each entry that has any, by position."""
    tiles: dict[str, bytes] = field(default_factory=dict)
    origin: str = ORIGIN
    """What the log is called."""
    successor: str = ""
    """What it is called from the next opening on, where another log follows."""
    held: bool = False
    """Whether a runtime has it."""


class Lease:
    """A runtime's hold on a memory: one at a time, until released."""

    def __init__(self, memory: Memory) -> None:
        """Take the memory; raises `StorageError` when another runtime has it."""
        if memory.held:
            raise StorageError("the memory is in use by another runtime: close that one first")
        memory.held = True
        self._memory: Memory | None = memory
        self.uses = 0
        """How often a port has looked into the memory: while it rises, somebody is still at work."""

    @property
    def memory(self) -> Memory:
        """The memory; raises `StorageError` once released."""
        if self._memory is None:
            raise StorageError("the store is closed")
        self.uses += 1
        return self._memory

    def release(self) -> None:
        """Let the memory go; doing so again changes nothing."""
        if self._memory:
            self._memory.held = False
            self._memory = None
