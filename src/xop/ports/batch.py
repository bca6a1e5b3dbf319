"""A batch: everything some steps change, to become durable together."""

from dataclasses import dataclass, field

from msgspec import Struct

from xop.kernel.audit.leaf import Leaf
from xop.kernel.decisions.model import Evidence
from xop.kernel.entry import Entry
from xop.kernel.identity.model import Identifier
from xop.ports.desk import DeskStanding
from xop.ports.outbox import OutboxChange, OutboxEntry
from xop.ports.runs import Standing
from xop.ports.timers import Timer


class LinkChange(Struct, frozen=True):
    """An identifier that now leads to a part."""

    identifier: Identifier
    part: str


class HeadChange(Struct, frozen=True):
    """A part that now belongs to another customer; a part nobody moved belongs to the customer of its own name."""

    part: str
    customer: str


class ApartChange(Struct, frozen=True):
    """Two parts that a person took apart and that must not be merged by a rule again (or may be, when `apart` is false)."""

    one: str
    other: str
    apart: bool


class RunChange(Struct, frozen=True):
    """Where a run of a part stands now, in place of all that was known of it; without any standing it is over."""

    part: str
    run: str
    standings: tuple[Standing, ...] = ()


class HandoverChange(Struct, frozen=True):
    """Where a handover stands now; without a standing it has been forgotten."""

    part: str
    handover: str
    standing: DeskStanding | None = None


class Snapshot(Struct, frozen=True):
    """A folded part to be kept as a cache."""

    part: str
    seq: int
    state: bytes


class LeafIntent(Struct, frozen=True):
    """A leaf that the log gets with an entry of the same batch."""

    entry: int
    """The entry's place among those of the batch."""
    leaf: Leaf


@dataclass(slots=True)
class Batch:
    """Changes in the order they are to be made within each list."""

    entries: list[Entry] = field(default_factory=list)
    links: list[LinkChange] = field(default_factory=list)
    heads: list[HeadChange] = field(default_factory=list)
    apart: list[ApartChange] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    """Timers to set; one with the same part and key is replaced."""
    timers_gone: list[tuple[str, str]] = field(default_factory=list)
    """Part and key of timers to forget, done before `timers` are set."""
    timers_fired: list[tuple[str, str, int]] = field(default_factory=list)
    """Part, key and due of timers that did their work: one set anew for another moment meanwhile stays."""
    outbox: list[OutboxEntry | OutboxChange] = field(default_factory=list)
    evidence: list[tuple[str, Evidence]] = field(default_factory=list)
    """Evidence with the part it belongs to."""
    snapshots: list[Snapshot] = field(default_factory=list)
    runs: list[RunChange] = field(default_factory=list)
    """Of several changes of one run the last one holds."""
    handovers: list[HandoverChange] = field(default_factory=list)
    """Of several changes of one handover the last one holds."""
    leaves: list[LeafIntent] = field(default_factory=list)
    """Completed by the store as they are written, in this order."""
