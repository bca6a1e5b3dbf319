"""How much a text can multiply its data, so that no text fills the memory before CEL's iteration budget stops it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from xop.kernel.conditions.syntax import kind

MOST_COPIES = 8
"""How often the result of macros may hold its input by adding up texts or lists."""


class Limits(Struct, frozen=True):
    """How much data one evaluation takes in."""

    values: int
    """Scalars, lists and objects."""
    characters: int


# CEL turns data into its own values at every mention, and copies what `+` joins at every turn of a macro: up to 10,000.
_PLAIN, _WITH_MACROS, _WITH_ADDING_MACROS = Limits(10_000, 1_000_000), Limits(2_000, 64_000), Limits(500, 8_000)


def limits_of(expr: Any) -> Limits | None:
    """Return the data limits for a syntax tree; None when it multiplies its data beyond any sensible use."""
    gauge = _Gauge()
    copies = gauge.copies(expr, {})
    if not gauge.macros:
        return _PLAIN
    if copies > MOST_COPIES:
        return None
    return _WITH_ADDING_MACROS if gauge.adding else _WITH_MACROS


class _Gauge:
    def __init__(self) -> None:
        self.macros = False
        self.adding = False

    def copies(self, expr: Any, scope: Mapping[str, int]) -> int:
        """Return an upper bound of how often the largest input is held by an expression's value."""
        match kind(expr):
            case "ident":
                return scope.get(expr.ident.name, 1)
            case "select":
                return self.copies(expr.select.operand, scope)
            case "call":
                return self._of_call(expr.call, scope)
            case "list":
                return self._most(expr.list.elements, scope)
            case "struct":
                return self._most([entry.value for entry in expr.struct.entries], scope)
            case "fold":
                return self._of_fold(expr.fold, scope)
            case _:
                return 1

    def _most(self, exprs: Any, scope: Mapping[str, int]) -> int:
        return max((self.copies(expr, scope) for expr in exprs), default=1)

    def _of_call(self, call: Any, scope: Mapping[str, int]) -> int:
        operands = [*([call.target] if call.HasField("target") else []), *call.args]
        if call.function != "_+_":
            return self._most(operands, scope)
        if call.args[0].ident.name.startswith("@"):
            return self.copies(call.args[1], scope)  # the macro's own adding to its result
        self.adding = self.adding or bool(scope)
        return sum(self.copies(operand, scope) for operand in operands)

    def _of_fold(self, fold: Any, scope: Mapping[str, int]) -> int:
        self.macros = True
        items = self.copies(fold.iter_range, scope)
        return max(items, self.copies(fold.step, {**scope, fold.iter_var: items, fold.accu_var: 1}))
