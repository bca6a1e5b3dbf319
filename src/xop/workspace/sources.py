"""A workspace's files as structs, each with its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from xop.kernel.actions.model import Action, Connection, FactSource, Read
from xop.kernel.actions.operations import Operations
from xop.kernel.base.principal import Principal
from xop.kernel.choices.model import DecisionSet
from xop.kernel.consent.model import Cap, Channel, Purpose
from xop.kernel.handovers.queue import Queue
from xop.kernel.identity.namespaces import Namespace
from xop.kernel.journeys.model import Journey
from xop.kernel.oversight.system import Systems
from xop.kernel.policy.source import PolicySource
from xop.kernel.privacy.classes import Privacy
from xop.kernel.retention.model import Retention
from xop.kernel.segments.model import Segment
from xop.kernel.signals.model import SignalType
from xop.kernel.steps.announcement import OWN
from xop.workspace.fit import fit
from xop.workspace.folder import too_long, unknown_file
from xop.workspace.layout import LONGEST_FILE, SCENARIOS, FileKind, Section, kind_of
from xop.workspace.population import Population
from xop.workspace.problem import Document, Place, Problem, nearest, quote
from xop.workspace.settings import Settings
from xop.workspace.tomltree import read_toml
from xop.workspace.yamltree import read_yaml

T = TypeVar("T", bound=Struct)

_NAMED: dict[type[Struct] | None, str] = {
    Action: "actions",
    Journey: "journeys",
    DecisionSet: "decisions",
    Operations: "operations",
}
"""Structs that a whole file gives and that have its name, with the section they are kept in."""


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """One declared thing and where it stands."""

    value: T
    place: Place


@dataclass(slots=True)
class Sources:
    """Everything a workspace declares that could be read."""

    settings: Item[Settings] | None = None
    channels: dict[str, Item[Channel]] = field(default_factory=dict)
    purposes: dict[str, Item[Purpose]] = field(default_factory=dict)
    caps: list[Item[Cap]] = field(default_factory=list)
    namespaces: dict[str, Item[Namespace]] = field(default_factory=dict)
    signals: dict[str, Item[SignalType]] = field(default_factory=dict)
    reads: dict[str, Item[Read]] = field(default_factory=dict)
    facts: dict[str, Item[FactSource]] = field(default_factory=dict)
    principals: dict[str, Item[Principal]] = field(default_factory=dict)
    """By kind and name, as in `agent:concierge`."""
    connections: dict[str, Item[Connection]] = field(default_factory=dict)
    actions: dict[str, Item[Action]] = field(default_factory=dict)
    queues: dict[str, Item[Queue]] = field(default_factory=dict)
    segments: dict[str, Item[Segment]] = field(default_factory=dict)
    journeys: dict[str, Item[Journey]] = field(default_factory=dict)
    decisions: dict[str, Item[DecisionSet]] = field(default_factory=dict)
    operations: dict[str, Item[Operations]] = field(default_factory=dict)
    """What was accepted of connections, by their names."""
    policies: list[PolicySource] = field(default_factory=list)
    rights: list[PolicySource] = field(default_factory=list)
    """Policies about the platform itself."""
    register: Item[Systems] | None = None
    """The register of AI systems."""
    population: Item[Population] | None = None
    privacy: Item[Privacy] | None = None
    retention: Item[Retention] | None = None
    declared: dict[str, set[str]] = field(default_factory=dict)
    """Names by section, those of broken declarations too, so that one mistake is reported once."""
    broken: bool = False
    """Whether something declared could not be read."""

    unread: set[str] = field(default_factory=set)
    """Sections of which a file could not be read: what is missing from them is not missed."""

    def names(self, section: str) -> set[str]:
        """Return the names a section declares."""
        return self.declared.setdefault(section, set())

    def missing(self, section: str, name: str, place: Place, noun: str = "") -> Iterator[Problem]:
        """Yield the problem of a name that a section does not declare."""
        if name not in self.names(section) and section not in self.unread:
            noun = noun or section.removesuffix("s")
            yield place.problem(f"there is no {noun} {quote(name)}", nearest(name, self.names(section)))


def gather(files: Mapping[str, bytes], problems: list[Problem]) -> Sources:
    """Return what the files declare; whatever cannot be read is left out and added to `problems`."""
    reader = _Reader(problems)
    for path in sorted(files):
        kind = kind_of(path)
        if kind is None:
            problems.append(unknown_file(path))
        elif kind.pattern != SCENARIOS:
            # They rule nothing, and are read once there is a release that they can be held against.
            reader.read(path, kind, files[path])
    if "workspace.toml" not in files:
        remedy = 'add it with at least: name = "..."'
        problems.append(Problem("workspace.toml", 0, "the workspace has no workspace.toml", remedy))
    return reader.sources


def add_baseline(files: Mapping[str, bytes], sources: Sources, problems: list[Problem]) -> None:
    """Add the baseline's signal types, policies and rights; a workspace's own type of the same name stands instead.

    Identifiers of namespaces that the workspace does not declare are left out.
    """
    read, found = _baseline(tuple(sorted(files.items())))
    problems.extend(found)
    sources.policies = [*read.policies, *sources.policies]
    sources.rights = [*read.rights, *sources.rights]
    known = sources.names("namespaces")
    for name, item in read.signals.items():
        identifiers = {space: text for space, text in item.value.identifiers.items() if space in known}
        baseline = replace(item.value, identifiers=identifiers)
        own = sources.signals.get(name)
        if own is None:
            sources.signals[name] = Item(baseline, item.place)
        elif name.startswith(OWN):
            # What the platform tells is the platform's to say; what follows from it is the workspace's.
            sources.signals[name] = Item(replace(baseline, changes=own.value.changes), own.place)


# Nearly every workspace is compiled on the same baseline, and what is read of it is not changed.
@lru_cache(maxsize=8)
def _baseline(files: tuple[tuple[str, bytes], ...]) -> tuple[Sources, tuple[Problem, ...]]:
    problems: list[Problem] = []
    reader = _Reader(problems, pack="xop", prefix="baseline/")
    for path, content in files:
        kind = kind_of(path)
        if kind is not None:
            reader.read(path, kind, content)
    return reader.sources, tuple(problems)


class _Reader:
    """Reads files one after the other into `sources`, and every mistake into `problems`."""

    def __init__(self, problems: list[Problem], pack: str = "", prefix: str = "") -> None:
        self.sources = Sources()
        self.problems = problems
        self.pack = pack
        """The pack of all policies; by default each file's own name."""
        self.prefix = prefix
        """What stands before the paths in messages."""

    def read(self, path: str, kind: FileKind, content: bytes) -> None:
        """Take in one file."""
        count, file = len(self.problems), self.prefix + path
        stem = path.rpartition("/")[2].rpartition(".")[0]
        text = text_of(file, content, self.problems)
        if kind.whole in _NAMED:
            self.sources.names(_NAMED[kind.whole]).add(stem)
        if text is None:
            self.sources.unread |= kind.sections.keys()
        elif path.endswith(".cedar"):
            found = self.sources.rights if path.startswith("rights/") else self.sources.policies
            found.append(PolicySource(self.pack or stem, file, text))
        else:
            read = read_toml if path.endswith(".toml") else read_yaml
            document = read(file, text, self.problems)
            if document is None:
                self.sources.unread |= kind.sections.keys()
            elif kind.whole is not None:
                self._whole(kind.whole, stem, document)
            else:
                self._sections(kind, document)
        self.sources.broken = self.sources.broken or len(self.problems) > count

    def _whole(self, kind: type[Struct], stem: str, document: Document) -> None:
        place = Place(document)
        if kind is Settings:
            settings = fit(document.value, Settings, place, self.problems)
            self.sources.settings = Item(settings, place) if settings else None
            return
        if kind is Population:
            population = fit(document.value, Population, place, self.problems)
            self.sources.population = Item(population, place) if population else None
            return
        if kind is Privacy:
            privacy = fit(document.value, Privacy, place, self.problems)
            self.sources.privacy = Item(privacy, place) if privacy else None
            return
        if kind is Retention:
            retention = fit(document.value, Retention, place, self.problems)
            self.sources.retention = Item(retention, place) if retention else None
            return
        if kind is Systems:
            register = fit(document.value, Systems, place, self.problems)
            self.sources.register = Item(register, place) if register else None
            self.sources.unread |= set() if register else {"systems"}
            return
        value: Any = fit(document.value, kind, place, self.problems)
        if value is not None and value.name == stem:
            getattr(self.sources, _NAMED[kind])[stem] = Item(value, place)
        elif value is not None:
            noun = "decision set" if kind is DecisionSet else _NAMED[kind].removesuffix("s")
            cause = f"the {noun} {value.name!r} stands in a file named {quote(stem)}"
            remedy = f"rename the file to {value.name}.yaml, or the {noun}"
            self.problems.append(place.at("name").problem(cause, remedy))

    def _sections(self, kind: FileKind, document: Document) -> None:
        if document.value is None:
            return
        if not isinstance(document.value, dict):
            remedy = f"begin it with `{next(iter(kind.sections))}:`"
            self.problems.append(Place(document).problem("the file is no map of sections", remedy))
            return
        for name, content in document.value.items():
            section, place = kind.sections.get(name), Place(document, (name,))
            if section is None:
                cause = f"{quote(name)} is no section of this file"
                self.problems.append(place.problem(cause, nearest(name, kind.sections)))
            elif content is not None and section.key is None:
                self._caps(content, place)
            elif content is not None:
                self._map(name, section, content, place)

    def _caps(self, content: Any, place: Place) -> None:
        if not isinstance(content, list):
            self.problems.append(place.problem("the section is no list", "begin each entry with `- `"))
            return
        for index, each in enumerate(content):
            cap = fit(each, Cap, place.at(index), self.problems)
            if cap is not None:
                self.sources.caps.append(Item(cap, place.at(index)))

    def _map(self, name: str, section: Section, content: Any, place: Place) -> None:
        if not isinstance(content, dict):
            self.problems.append(place.problem("the section is no map", "write each entry below it as `name: …`"))
            return
        for key, each in content.items():
            if key in self.sources.names(name):
                cause = f"{quote(key)} is declared in another file too"
                self.problems.append(place.at(key).problem(cause, "keep one of the two"))
                continue
            self.sources.names(name).add(key)
            value = self._named(section, key, each, place.at(key))
            if isinstance(value, Principal):
                self.sources.principals[str(value.actor)] = Item(value, place.at(key))
            elif value is not None:
                getattr(self.sources, name)[key] = Item(value, place.at(key))

    def _named(self, section: Section, key: str, content: Any, place: Place) -> Struct | None:
        given = {section.key or "name": key, **section.fixed}
        content = {} if content is None else content
        if isinstance(content, dict):
            for field_name in sorted(given.keys() & content.keys()):
                cause = f"{field_name!r} is given by where the entry stands"
                self.problems.append(place.at(field_name).problem(cause, "leave it out"))
            content = {**content, **given}
        return fit(content, section.kind, place, self.problems)


def text_of(path: str, content: bytes, problems: list[Problem]) -> str | None:
    """Return the text of a file, or None after adding its problem."""
    if len(content) > LONGEST_FILE:
        problems.append(too_long(path))
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.append(Problem(path, line, "the file is not UTF-8 text", "save it as UTF-8"))
        return None
