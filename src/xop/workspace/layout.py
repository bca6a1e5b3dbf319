"""What a workspace consists of: which files it may hold and what belongs into each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from msgspec import Struct

from xop.kernel.actions.model import Action, Connection, FactSource, Read
from xop.kernel.actions.operations import Operations
from xop.kernel.base.principal import Principal
from xop.kernel.choices.model import DecisionSet
from xop.kernel.consent.model import Cap, Channel, Purpose
from xop.kernel.handovers.queue import Queue
from xop.kernel.identity.namespaces import Namespace
from xop.kernel.journeys.model import Journey
from xop.kernel.oversight.system import Systems
from xop.kernel.privacy.classes import Privacy
from xop.kernel.retention.model import Retention
from xop.kernel.segments.model import Segment
from xop.kernel.signals.model import SignalType
from xop.workspace.population import Population
from xop.workspace.scenarios.model import Scenario
from xop.workspace.settings import Settings

LONGEST_FILE = 1_048_576
"""Bytes of one file."""

MOST_FILES = 2_000

MOST_BYTES = 16_777_216
"""Bytes of all files together."""

BESIDE = ("invariants.yaml",)
"""Files that lie in a workspace beside its release: they change no verdict, so the release is named without them."""

SCENARIOS = "scenarios/*.yaml"


@dataclass(frozen=True, slots=True)
class Section:
    """One named part of a file: a map from names to structs, or a list of them."""

    kind: type[Struct]
    key: str | None = "name"
    """The field that a map's key gives; None for a list."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Fields that the section itself gives."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file."""

    pattern: str
    sections: Mapping[str, Section] = field(default_factory=dict)
    whole: type[Struct] | None = None
    """The struct a whole file gives, when it has no sections."""
    rules: bool = True
    """Whether it bears on what a release does, and so on its digest."""

    def matches(self, path: str) -> bool:
        """Say whether a relative path is a file of this kind."""
        return path.count("/") == self.pattern.count("/") and fnmatchcase(path, self.pattern)


_SIGNALS = {"signals": Section(SignalType, "type")}

KINDS = (
    FileKind("workspace.toml", whole=Settings),
    FileKind(
        "purposes.yaml", {"channels": Section(Channel), "purposes": Section(Purpose), "caps": Section(Cap, key=None)}
    ),
    FileKind("identity.yaml", {"namespaces": Section(Namespace)}),
    FileKind("privacy.yaml", whole=Privacy),
    FileKind("signals.yaml", _SIGNALS),
    FileKind("signals/*.yaml", _SIGNALS),
    FileKind("facts.yaml", {"reads": Section(Read), "facts": Section(FactSource)}),
    FileKind(
        "agents.yaml",
        {
            "sources": Section(Principal, fixed={"kind": "source"}),
            "agents": Section(Principal, fixed={"kind": "agent"}),
            "operators": Section(Principal, fixed={"kind": "operator"}),
            "partners": Section(Principal, fixed={"kind": "partner"}),
        },
    ),
    FileKind("connections.yaml", {"connections": Section(Connection)}),
    FileKind("actions/*.yaml", whole=Action),
    FileKind("operations/*.yaml", whole=Operations),
    FileKind("segments.yaml", {"segments": Section(Segment)}),
    FileKind("queues.yaml", {"queues": Section(Queue)}),
    FileKind("journeys/*.yaml", whole=Journey),
    FileKind("decisions/*.yaml", whole=DecisionSet),
    FileKind("systems.yaml", whole=Systems),
    FileKind("retention.yaml", whole=Retention),
    FileKind("policies/*.cedar"),
    FileKind("rights/*.cedar"),
    FileKind("population.yaml", whole=Population, rules=False),
    FileKind(SCENARIOS, {"scenarios": Section(Scenario, key=None)}, rules=False),
)
"""Every kind of file a workspace may hold; policies are read by Cedar itself."""

PATTERNS = ", ".join(kind.pattern for kind in KINDS)


def kind_of(path: str) -> FileKind | None:
    """Return the kind of the file at a relative path, or None when it is no part of a workspace."""
    return next((kind for kind in KINDS if kind.matches(path)), None)


def bears_on_rules(path: str) -> bool:
    """Say whether the file at a relative path bears on what a release does."""
    kind = kind_of(path)
    return kind is None or kind.rules


def is_ignored(path: str) -> bool:
    """Say whether a path may lie in a workspace without being part of it: hidden files, notes, read-me files, invariants."""
    *_, name = parts = path.split("/")
    note = name.endswith(".md") or name.upper().startswith("README")
    return path in BESIDE or note or any(part.startswith(".") for part in parts)
