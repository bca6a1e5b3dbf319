"""The names a text may use, each with its shape, and the checks a text passes before it is ever run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from cel_expr_python import cel

from xop.kernel.conditions.descriptors import Descriptors
from xop.kernel.conditions.outcomes import Problem
from xop.kernel.conditions.shapes import ListOf, MapOf, Record, Shape

LONGEST = 4_000
"""Characters of one text."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset(
    {"as", "bool", "break", "bytes", "const", "continue", "double", "dyn", "else", "false", "for", "function", "if"}
    | {"import", "in", "int", "let", "list", "loop", "map", "namespace", "null", "null_type", "package", "return"}
    | {"string", "true", "type", "uint", "var", "void", "while"}
)
_ERROR = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_RECORD = re.compile(r"xop\.shape\.Record\d+")
_UNKNOWN_FIELD = re.compile(r"undefined field '.*' not found in struct '(.*)'")


@dataclass(init=False, repr=False, unsafe_hash=True)
class Environment:
    """The roots a text may read; raises ValueError for a name CEL reserves and for a time below a root.

    Environments of the same roots are equal, so that a text compiled in one need not be compiled again in another.
    """

    roots: Mapping[str, Shape] = field(compare=False)
    _shapes: str

    def __init__(self, roots: Mapping[str, Shape]) -> None:
        for name, shape in roots.items():
            _require_usable(name, shape)
        self.roots = MappingProxyType(dict(roots))
        self._shapes = repr(tuple(roots.items()))

    @cached_property
    def _descriptors(self) -> Descriptors:
        return Descriptors()

    @cached_property
    def _checker(self) -> Any:
        checked = {name: cel.Type(self._descriptors.signature(shape)) for name, shape in self.roots.items()}
        return cel.NewEnv(descriptor_pool=self._descriptors.pool, variables=checked)

    @cached_property
    def _runner(self) -> Any:
        # Data arrives as plain JSON, so it is evaluated against loose types after passing the strict ones.
        loose = {name: cel.Type(_loose(shape)) for name, shape in self.roots.items()}
        return cel.NewEnv(variables=loose)

    def compile(self, text: str) -> tuple[Any, Any] | Problem:
        """Return the runnable CEL program of a text and its result type, or what is wrong with the text."""
        if len(text) > LONGEST:
            return Problem(f"the text has {len(text)} characters, more than {LONGEST}", "split it or name a list")
        if not text.strip() or "\0" in text:
            return Problem("the text is empty or holds a null character", "write a CEL expression")
        try:
            return self._runner.compile(text), self._checker.compile(text).return_type()
        except (RuntimeError, ValueError) as error:
            return self._first_problem(text, str(error))

    def _first_problem(self, text: str, first: str) -> Problem:
        """Prefer what the strict check says, because it knows the fields."""
        try:
            self._checker.compile(text)
        except (RuntimeError, ValueError) as error:
            first = str(error)
        found = [(int(line), int(column), said) for line, column, said in _ERROR.findall(first)]
        if not found:
            return Problem(first.splitlines()[0][:300], "write a shorter, simpler CEL expression")
        line, column, said = found[0]
        return Problem(f"line {line}, column {column}: {_RECORD.sub('record', said)}"[:300], self._remedy(said))

    def _remedy(self, said: str) -> str:
        if unknown := _UNKNOWN_FIELD.search(said):
            return f"use one of its fields: {', '.join(self._descriptors.fields.get(unknown[1], ()))}"
        if "undeclared reference" in said:
            return f"use one of the names: {', '.join(sorted(self.roots))}"
        if "no matching overload" in said:
            return (
                "use values of one type: quote text ('3'), write a number that may have a fraction with its point (3.0)"
            )
        return "correct the CEL syntax at that place"


def _require_usable(name: str, shape: Shape) -> None:
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise ValueError(f"'{name}' cannot be a root: use letters, digits and '_', and no word that CEL reserves")
    if shape not in ("timestamp", "duration") and _holds_time(shape):
        raise ValueError(f"'{name}' holds a timestamp or duration below its root: make it text, or a root of its own")


def _holds_time(shape: Shape) -> bool:
    match shape:
        case ListOf(part) | MapOf(part):
            return _holds_time(part)
        case Record(fields):
            return any(_holds_time(part) for part in fields.values())
        case _:
            return shape in ("timestamp", "duration")


def _loose(shape: Shape) -> str:
    if isinstance(shape, Record | MapOf):
        return "map<string, dyn>"
    return "list<dyn>" if isinstance(shape, ListOf) else shape
