"""Conditions, which hold or do not, and expressions, which have a value."""

from collections.abc import Mapping
from typing import Any

from cel_expr_python import cel

from xop.kernel.conditions.environment import Environment
from xop.kernel.conditions.guards import denied
from xop.kernel.conditions.intake import UnfitError
from xop.kernel.conditions.outcomes import Fault, Problem
from xop.kernel.conditions.places import UNSURE
from xop.kernel.conditions.program import Program, program
from xop.kernel.conditions.results import json_value


class _Compiled:
    """What conditions and expressions have in common."""

    __slots__ = ("_glance", "_program", "paths", "roots", "text")

    def __init__(self, compiled: Program) -> None:
        self._program = compiled
        self._glance = compiled.glance
        self.text = compiled.text
        self.roots = compiled.roots
        """The root names the text reads."""
        self.paths = compiled.paths
        """The dotted paths the text reads, sorted, with `*` for every item of a list."""


class Condition(_Compiled):
    """A text that is true or false of data."""

    __slots__ = ()

    def ruled_out(self, data: Mapping[str, Any]) -> bool:
        """Say whether the data at hand already makes the text false; what is not at hand yet need not be there."""
        return denied(self._program.guards, data)

    def holds(self, data: Mapping[str, Any]) -> bool | Fault:
        """Return whether the text is true of the data by root name, or why that cannot be said; raises nothing."""
        plainly = self._glance(data)
        if plainly is True or plainly is False:
            return bool(plainly)
        try:
            outcome = self._program.run(data)
        except UnfitError as unfit:
            return Fault(str(unfit))
        if outcome is True or outcome is False:
            return bool(outcome)
        kind = "null" if outcome is None else f"of type {type(outcome).__name__}"
        return Fault(f"the result is {kind}, not true or false")


class Expression(_Compiled):
    """A text that has a JSON value for data."""

    __slots__ = ()

    def value(self, data: Mapping[str, Any]) -> Any:
        """Return the text's value for the data by root name, or a Fault that says why there is none; raises nothing.

        Times are RFC 3339 text in UTC, durations seconds, objects sorted by name.
        """
        plainly = self._glance(data)
        if plainly is not UNSURE:
            return plainly
        try:
            return json_value(self._program.run(data))
        except UnfitError as unfit:
            return Fault(str(unfit))


def compile_condition(text: str, env: Environment, *, native: bool = True) -> Condition | Problem:
    """Return a text as a condition, or why it is none; what is `dyn` must turn out true or false each time.

    Without `native` CEL itself answers everything: the same, at more cost.
    """
    compiled = program(text, env, natively=native)
    if isinstance(compiled, Problem):
        return compiled
    if compiled.result not in (cel.Type.BOOL, cel.Type.DYN):
        return Problem(
            "the result is not of type bool, and a condition is true or false",
            "compare it with something, such as `... > 0` or `... == 'gold'`",
        )
    return Condition(compiled)


def compile_expression(text: str, env: Environment, *, native: bool = True) -> Expression | Problem:
    """Return a text as an expression with any JSON value as its result, or why it is none.

    Without `native` CEL itself answers everything: the same, at more cost.
    """
    compiled = program(text, env, natively=native)
    return compiled if isinstance(compiled, Problem) else Expression(compiled)
