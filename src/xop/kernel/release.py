"""A release: a workspace compiled into what the kernel needs, named by its content."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import UNSET

from xop.kernel.actions.model import Action, Connection, FactSource, Told
from xop.kernel.base.actor import Actor
from xop.kernel.base.principal import Principal
from xop.kernel.compiled.choices import CompiledDecisionSet
from xop.kernel.compiled.journeys import CompiledEntry, CompiledJourney, CompiledSegment
from xop.kernel.conditions import Condition, Expression
from xop.kernel.consent.model import Cap, Channel, Controller, Purpose
from xop.kernel.handovers.queue import Queue
from xop.kernel.identity.namespaces import Namespace
from xop.kernel.oversight.register import Register
from xop.kernel.policy.policies import Policies
from xop.kernel.privacy.classes import Privacy
from xop.kernel.privacy.scrubbing import Marked
from xop.kernel.retention.model import Retention
from xop.kernel.signals.model import Change, SignalType
from xop.kernel.templates import Template

DataCheck = Callable[[Any], str | None]
"""Says what keeps data from fitting its JSON Schema, with the place, or None when it fits."""


@dataclass(frozen=True, slots=True)
class CompiledRead:
    """A read that facts are made from, ready to make."""

    name: str
    action: str
    arguments: Template | None = None
    """Over `arguments`, `customer`, `now`, `reads` and `each`; None for the proposal's own arguments, unchecked."""
    each: Expression | None = None
    """The list whose elements the read is made for."""
    max_age: int = 0
    """In milliseconds; 0 to make it for every verdict."""
    needs: tuple[str, ...] = ()
    """The reads it uses the outputs of."""
    absent: Any = UNSET
    """What it gives when there certainly is nothing; UNSET when that is unknown."""

    @property
    def paths(self) -> tuple[str, ...]:
        """What its texts read."""
        return (self.arguments.paths if self.arguments else ()) + (self.each.paths if self.each else ())


def strictest(reads: Iterable[CompiledRead]) -> tuple[CompiledRead, ...]:
    """Return reads once each, in order of their first mention, as fresh as the strictest of those of one name asks."""
    found: dict[str, CompiledRead] = {}
    for read in reads:
        if read.name not in found or read.max_age < found[read.name].max_age:
            found[read.name] = read
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class CompiledFact:
    """A fact source with its expression ready to ask."""

    source: FactSource
    expression: Expression
    inputs: tuple[tuple[str, str], ...] = ()
    """What must be known for it, as `reads` or `facts` and a name."""
    rests_on: tuple["CompiledFact", ...] = ()
    """The facts it is made from and theirs, each after those it needs itself."""
    reads: tuple[CompiledRead, ...] = ()
    """The reads that it and these facts need, each after those it needs itself."""


@dataclass(frozen=True, slots=True)
class CompiledAction:
    """An action contract with what a verdict needs at hand."""

    action: Action
    facts: tuple[CompiledFact, ...]
    arguments: Mapping[str, str]
    """Arguments that policies see: name and Cedar type."""
    request: Template
    """The binding's request over `arguments`, `customer`, `address`, `invocation`, `action`, `purpose` and `now`."""
    misfit: DataCheck
    """Checks arguments against the action's input schema."""
    tells: tuple["CompiledTold", ...] = ()
    output_misfit: DataCheck | None = None
    """Checks what a person gives as the output of a task."""
    reversal: Template | None = None
    """The arguments of the action that undoes it, over `arguments`, `output` and `invocation`."""
    reads: tuple[CompiledRead, ...] = field(init=False)
    """Everything its facts need read, each once and as fresh as the strictest asks, after what it needs itself."""
    computed: tuple[CompiledFact, ...] = field(init=False)
    """Its facts and those they rest on, each once and after those it needs itself."""
    paths: tuple[str, ...] = field(init=False)
    """What these read."""

    def __post_init__(self) -> None:
        computed = {each.source.name: each for fact in self.facts for each in (*fact.rests_on, fact)}
        reads = strictest(read for fact in self.facts for read in fact.reads)
        object.__setattr__(self, "reads", reads)
        object.__setattr__(self, "computed", tuple(computed.values()))
        paths = (path for each in self.computed for path in each.expression.paths)
        object.__setattr__(self, "paths", tuple(dict.fromkeys(paths)))


@dataclass(frozen=True, slots=True)
class CompiledTold:
    """A signal told by an action's being carried out, with its condition and data ready to ask."""

    told: Told
    condition: Condition | None
    data: Template
    paths: tuple[str, ...]
    """What condition and data read."""


@dataclass(frozen=True, slots=True)
class CompiledChange:
    """A change with its condition and templates ready to ask."""

    change: Change
    name: str
    """The trigger's name: the signal type and the change's number."""
    condition: Condition | None
    templates: Mapping[str, Template]
    """By the field they stand in, such as `intent.name`; `set` and `arguments` are whole maps."""
    kinds: tuple[str, ...]
    """The kinds of change it writes, in the order in which they are made."""


@dataclass(frozen=True, slots=True)
class CompiledSignal:
    """A signal type with its changes ready to make."""

    type: SignalType
    identifiers: Mapping[str, Template]
    conversation: Template | None
    changes: tuple[CompiledChange, ...]
    misfit: DataCheck
    """Checks data against the type's schema."""
    marked: tuple[Marked, ...] = ()
    """Text fields in which personal data is masked or flagged."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a publication does with the runs of one former version that stand at some steps."""

    journey: str
    version: str
    """The version they are pinned to."""
    change: Literal["migrate", "leave", "restore"]
    steps: Mapping[str, str]
    """The steps concerned; for `migrate` and `restore` with the step to go on from."""
    to: str = ""
    """The version to go on with."""
    release: str = ""
    """For `restore`: the release whose publication is undone. For others: the one that moved runs first, where this one
    took its place on the baseline of another version; empty for the one that has the move."""


@dataclass(frozen=True, slots=True)
class Routes:
    """Everything a release knows about journeys and segments."""

    journeys: Mapping[str, CompiledJourney] = field(default_factory=dict)
    """The versions that customers enter, by name."""
    versions: Mapping[str, CompiledJourney] = field(default_factory=dict)
    """Those, and former ones that runs are still pinned to, by version."""
    entries: Mapping[str, tuple[CompiledEntry, ...]] = field(default_factory=dict)
    """By signal type, the highest priority first."""
    schedules: Mapping[str, tuple[CompiledEntry, ...]] = field(default_factory=dict)
    """By segment."""
    segments: Mapping[str, CompiledSegment] = field(default_factory=dict)
    watched: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What segments, goals and exits read of a customer: names by section of the picture, the empty name for all of it."""
    heard: frozenset[str] = frozenset()
    """The signal types that any version listens to."""
    limit: int = 0
    """Most counted runs of one customer at a time; 0 for any number."""
    moves: tuple[Move, ...] = ()
    """What this publication does with runs of former versions."""


@dataclass(frozen=True, slots=True)
class LogRules:
    """How the log of decisions is published."""

    interval: int = 500
    """Milliseconds between two checkpoints at the least."""
    public: bool = False
    quorum: int = 0
    """How many witnesses must cosign."""
    witnesses: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Verifier key and address by name; the address may refer to a secret."""


@dataclass(frozen=True, slots=True)
class Release:
    """Everything the kernel knows about an enterprise's rules; immutable, and kept for as long as a decision names it."""

    digest: str
    name: str
    zone: str
    """The time zone of customers whose own is not known."""
    zone_field: str
    """The profile field that holds a customer's time zone."""
    purposes: Mapping[str, Purpose]
    caps: tuple[Cap, ...]
    """Caps over all purposes."""
    channels: Mapping[str, Channel]
    namespaces: Mapping[str, Namespace]
    signals: Mapping[str, CompiledSignal]
    counters: Mapping[str, int]
    """Windows of the counters in milliseconds."""
    actions: Mapping[str, CompiledAction]
    connections: Mapping[str, Connection]
    principals: Mapping[Actor, Principal]
    policies: Policies
    contact_window: int
    """The longest window of any cap in milliseconds."""
    routes: Routes = field(default_factory=Routes)
    decision_sets: Mapping[str, CompiledDecisionSet] = field(default_factory=dict)
    queues: Mapping[str, Queue] = field(default_factory=dict)
    most_handovers: int = 5
    """Passings of one conversation to people after which it comes back to an agent only by a supervisor's word."""
    register: Register | None = None
    """The AI systems, and what binds them; None for a workspace without a register."""
    pace: float | None = None
    """Most timers a second that wake; None for as many as can be."""
    retention: Retention | None = None
    """How long each class of data is kept; None for a workspace that keeps everything."""
    privacy: Privacy | None = None
    """What the workspace says about its customers' data; None when it says nothing."""
    controller: Controller = field(default_factory=lambda: Controller("we"))
    """Who answers for the use of customers' data."""
    log: LogRules = field(default_factory=LogRules)
