"""Generates the check that a context has exactly its declared type, binding each fact to a local variable."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from xop.kernel.policy.code import MISSING, Constants
from xop.kernel.policy.schema import ContextType, fields
from xop.kernel.policy.tree import Path

LONG_MIN = -(2**63)
LONG_MAX = 2**63 - 1
SETS = frozenset({list, tuple, set, frozenset})


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute of the context: its type, its local variable, and whether it or a record above may be absent."""

    kind: Any
    local: str
    optional: bool
    """Whether the attribute itself may be absent."""
    doubtful: bool
    """Whether it or anything above it may be absent."""


@dataclass(slots=True)
class Facts:
    """The facts of one action's context and the source lines that check and bind them."""

    constants: Constants
    by_path: dict[Path, Fact] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def bind(self, record: ContextType) -> None:
        """Add the lines for the whole context, which the generated function takes as `c`."""
        self.by_path[()] = Fact(record, "c", optional=False, doubtful=False)
        self._record((), record, 2, doubtful=False)

    def _record(self, path: Path, record: ContextType, level: int, *, doubtful: bool) -> None:
        local = self.by_path[path].local
        self._line(level, f"if type({local}) is not dict: return None")
        count = f"n{local}"
        optional = any(is_optional for _, _, is_optional in fields(record))
        if optional:
            self._line(level, f"{count} = len({local})")
        else:
            self._line(level, f"if len({local}) != {len(record)}: return None")
        for name, kind, is_optional in fields(record):
            fact = Fact(kind, f"v{len(self.by_path)}", is_optional, doubtful or is_optional)
            self.by_path[(*path, name)] = fact
            key = self.constants.name(name)
            if is_optional:
                self._optional(path, name, f"{fact.local} = {local}.get({key}, M)", level)
            else:
                self._line(level, f"{fact.local} = {local}[{key}]")
                self._typed((*path, name), level)
        if optional:
            self._line(level, f"if {count} != {len(record)}: return None")

    def _optional(self, path: Path, name: str, bind: str, level: int) -> None:
        here = (*path, name)
        fact = self.by_path[here]
        self._line(level, bind)
        self._line(level, f"if {fact.local} is M:")
        self._line(level + 1, f"n{self.by_path[path].local} += 1")
        absent = len(self.lines)
        self._line(level, "else:")
        self._typed(here, level + 1)
        inside = [f.local for p, f in self.by_path.items() if p[: len(here)] == here and p != here]
        if inside:
            self.lines.insert(absent, " " * (level + 1) + " = ".join([*inside, "M"]))

    def _typed(self, path: Path, level: int) -> None:
        fact = self.by_path[path]
        if isinstance(fact.kind, dict):
            self._record(path, fact.kind, level, doubtful=fact.doubtful)
        else:
            for line in _LEAF_CHECKS[fact.kind]:
                self._line(level, line.replace("$", fact.local))

    def _line(self, level: int, text: str) -> None:
        self.lines.append(" " * level + text)


# The narrow range is asked first because Python compares small integers faster.
_LEAF_CHECKS: dict[str, tuple[str, ...]] = {
    "Bool": ("if $ is not True and $ is not False: return None",),
    "Long": (
        f"if type($) is not int or not (-1000000000 < $ < 1000000000 or {LONG_MIN} <= $ <= {LONG_MAX}): return None",
    ),
    "String": ("if type($) is not str or not ($.isascii() or encodable($)): return None",),
    "Set<String>": (
        "if type($) not in sets: return None",
        "for e in $:",
        " if type(e) is not str or not (e.isascii() or encodable(e)): return None",
    ),
}


def encodable(text: str) -> bool:
    """Say whether text is Unicode that can be sent anywhere: no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def misfit(record: ContextType, context: Any) -> str:
    """Say where a context first differs from its type, naming the path and never a value."""
    return next(_misfits(record, context, "context"), "the context changed while it was read")


def _misfits(record: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
    if type(value) is not dict:
        yield f"{where} is {type(value).__name__}, not a record"
        return
    declared = {name for name, _, _ in fields(record)}
    if any(name not in declared for name in value):
        yield f"{where} holds an attribute its type does not declare"
    for name, kind, optional in fields(record):
        item = value.get(name, MISSING)
        if isinstance(kind, dict) and item is not MISSING:
            yield from _misfits(kind, item, f"{where}.{name}")
        elif item is MISSING and not optional:
            yield f"{where}.{name} is missing"
        elif item is not MISSING and not _FITS[kind](item):
            yield f"{where}.{name} is {type(item).__name__}, which is no {kind}"


_FITS = {
    "Bool": lambda value: type(value) is bool,
    "Long": lambda value: type(value) is int and LONG_MIN <= value <= LONG_MAX,
    "String": lambda value: type(value) is str and encodable(value),
    "Set<String>": lambda value: type(value) in SETS and all(type(item) is str and encodable(item) for item in value),
}
