"""A text that passed every check, and how it is run: natively where that is exact, else by CEL."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from xop.kernel.conditions.environment import Environment
from xop.kernel.conditions.growth import MOST_COPIES, limits_of
from xop.kernel.conditions.guards import guards_of
from xop.kernel.conditions.intake import Intake, UnfitError
from xop.kernel.conditions.native import native
from xop.kernel.conditions.outcomes import Problem
from xop.kernel.conditions.places import UNSURE, Look
from xop.kernel.conditions.reads import Reads, reads_of, straight_path
from xop.kernel.conditions.results import plain
from xop.kernel.conditions.shapes import ListOf, MapOf, Record, Shape
from xop.kernel.conditions.syntax import tree

_RAISED_BY_CEL = (RuntimeError, ValueError, TypeError, OverflowError, MemoryError)
_LONGEST_CAUSE = 300
_PYTHON_TYPES: Mapping[str, type] = {
    "bool": bool,
    "int": int,
    "double": float,
    "string": str,
    "timestamp": datetime,
    "duration": timedelta,
}
_Answer = Callable[[dict[str, Any]], Any]


class Program:
    """A text ready to be run any number of times."""

    def __init__(self, text: str, expr: Any, result: Any, reads: Reads, intake: Intake, answer: _Answer) -> None:
        self.text = text
        self.guards = tuple(guards_of(expr))
        self.result = result
        """The CEL type of what it answers."""
        self.roots = frozenset(reads.fields)
        self.paths = tuple(sorted(set(reads.paths()))) if reads.fields else ()
        self._take = intake.take
        self._answer = answer
        self.glance: Look = lambda _data: UNSURE
        """Gives a scalar as `run` would at a fraction of the cost, or `UNSURE`, which says that `run` must be asked."""

    def run(self, data: Mapping[str, Any]) -> Any:
        """Return CEL's answer for the data; raises UnfitError when there is none."""
        return self._answer(self._take(data))


# Most of a changed workspace is as it was, and every release of it has the same baseline.
@lru_cache(maxsize=2048)
def program(text: str, env: Environment, *, natively: bool) -> Program | Problem:
    """Return a text as a program, or why it cannot be run; `natively` says whether plain ones may do without CEL."""
    compiled = env.compile(text)
    if isinstance(compiled, Problem):
        return compiled
    runnable, result = compiled
    # The library offers no syntax tree, but its serialised form is one, so roots and paths are exact.
    expr = tree(runnable.serialize())
    reads, limits, path = reads_of(expr, env.roots), limits_of(expr), straight_path(expr)
    if isinstance(reads, Problem):
        return reads
    if limits is None:
        return Problem(
            f"macros add values up so that the result may hold its input more than {MOST_COPIES} times",
            "add fewer values inside map and filter",
        )
    # A bare name that is no root is one of CEL's own, such as a type.
    answer = _lookup(path, env.roots[path[0]]) if path and path[0] in env.roots else _evaluation(runnable)
    made = Program(text, expr, result, reads, Intake(reads, env.roots, limits), answer)
    made.glance = (natively and native(expr, env.roots, limits)) or made.glance
    return made


def _evaluation(runnable: Any) -> _Answer:
    def answer(taken: dict[str, Any]) -> Any:
        try:
            value = runnable.eval(data=taken)
            outcome = plain(value)
        except _RAISED_BY_CEL as error:
            raise UnfitError(_said(error)) from error
        # An evaluation error is returned as its message, a text like any other but for its type.
        if type(outcome) is str and value.type() == cel.Type.ERROR:
            raise UnfitError(_said(outcome))
        return outcome

    return answer


def _lookup(path: tuple[str, ...], shape: Shape) -> _Answer:
    root_type = _python_type(shape)

    def answer(taken: dict[str, Any]) -> Any:
        if path[0] in taken and root_type and not isinstance(taken[path[0]], root_type):
            raise UnfitError(f"{path[0]} is a {type(taken[path[0]]).__name__}, not a {root_type.__name__}")
        value: Any = taken
        for depth, name in enumerate(path, 1):
            if type(value) is not dict or name not in value:
                raise UnfitError(f"the data has no {'.'.join(path[:depth])}")
            value = value[name]
        return value

    return answer


def _python_type(shape: Shape) -> type | None:
    if isinstance(shape, Record | MapOf):
        return dict
    return list if isinstance(shape, ListOf) else _PYTHON_TYPES.get(shape)


def _said(error: object) -> str:
    """Return CEL's own words without its status codes."""
    text = str(error).strip() or type(error).__name__
    code, colon, rest = text.partition(": ")
    return (rest if colon and code.isupper() else text)[:_LONGEST_CAUSE]
