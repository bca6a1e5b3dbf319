"""What a text reads of its data, found in its syntax tree; texts without a defined answer are refused here."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from xop.kernel.conditions.outcomes import Problem
from xop.kernel.conditions.syntax import kind

EACH = "*"
"""Stands for every item of a list in a path."""


class Reads:
    """One step of the paths a text reads: named fields below it, items below it, or all of it."""

    __slots__ = ("each", "fields", "ranged", "whole")

    def __init__(self) -> None:
        self.fields: dict[str, Reads] = {}
        self.each: Reads | None = None
        self.whole = False
        """The value itself is read, not only parts of it."""
        self.ranged = False
        """A macro goes over it."""

    def field(self, name: str) -> "Reads":
        """Return the step below under a name, making it if needed."""
        return self.fields.setdefault(name, Reads())

    def items(self) -> "Reads":
        """Return the step below for list items, and mark this one as gone over by a macro."""
        self.ranged = True
        self.each = self.each or Reads()
        return self.each

    def paths(self) -> Iterator[str]:
        """Yield the dotted paths from here to where the text stops reading, `*` for list items."""
        below = [*self.fields.items(), *([(EACH, self.each)] if self.each else [])]
        if self.whole or not below:
            yield ""
        for name, step in below:
            yield from (f"{name}.{rest}" if rest else name for rest in step.paths())


def reads_of(expr: Any, roots: Collection[str]) -> Reads | Problem:
    """Return what a syntax tree reads, below a nameless first step; a text that has no defined answer is a problem."""
    reader = _Reader(roots)
    try:
        reader.visit(expr, {})
    except _RefusedError as refused:
        return refused.problem
    return reader.root


def straight_path(expr: Any) -> tuple[str, ...] | None:
    """Return the names of a tree that is nothing but one dotted path, else None."""
    names: list[str] = []
    while kind(expr) == "select" and not expr.select.test:
        names.append(expr.select.field)
        expr = expr.select.operand
    return (expr.ident.name, *reversed(names)) if kind(expr) == "ident" else None


class _RefusedError(Exception):
    """A text that has no defined answer."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.problem = Problem(cause, remedy)


_Scope = Mapping[str, Reads | None]
"""Names bound by macros, each with the step it stands for, or None for a value made by the text."""


class _Reader:
    def __init__(self, roots: Collection[str]) -> None:
        self.root = Reads()
        self._roots = roots

    def visit(self, expr: Any, scope: _Scope) -> None:
        """Note what an expression reads whose value is used."""
        step = self._step(expr, scope)
        if step is not None:
            step.whole = True
            return
        match kind(expr):
            case "select":
                self._visit_select(expr.select, scope)
            case "call":
                self._visit_all(([expr.call.target] if expr.call.HasField("target") else []), scope)
                self._visit_all(expr.call.args, scope)
            case "list":
                self._visit_all(expr.list.elements, scope)
            case "struct":
                self._visit_struct(expr.struct, scope)
            case "fold":
                self._visit_fold(expr.fold, scope)

    def _visit_all(self, exprs: Any, scope: _Scope) -> None:
        for expr in exprs:
            self.visit(expr, scope)

    def _visit_select(self, select: Any, scope: _Scope) -> None:
        step = self._step(select.operand, scope)
        if step is None:
            self.visit(select.operand, scope)
        else:
            step.field(select.field)

    def _visit_struct(self, struct: Any, scope: _Scope) -> None:
        if struct.message_name:
            raise _RefusedError(
                f"'{struct.message_name}{{...}}' makes a message, which data here never holds",
                "write an object as {'name': value}, a time as timestamp('...'), a span as duration('...')",
            )
        for entry in struct.entries:
            self._visit_all((entry.map_key, entry.value), scope)

    def _visit_fold(self, fold: Any, scope: _Scope) -> _Scope:
        inner = {**scope, fold.iter_var: self._items(fold.iter_range, scope), fold.accu_var: None}
        self._visit_all((fold.step, fold.result), inner)
        return inner

    def _items(self, expr: Any, scope: _Scope) -> Reads | None:
        """Return the step of the items a macro goes over; None for items made by the text itself."""
        step = self._step(expr, scope)
        if step is not None:
            return step.items()
        if kind(expr) == "fold" and kind(expr.fold.accu_init) == "list":
            inner = self._visit_fold(expr.fold, scope)
            return self._step(_collected(expr.fold.step), inner)
        if kind(expr) == "list" or (kind(expr) == "call" and expr.call.function == "_+_"):
            self.visit(expr, scope)
            return None
        # Objects are gone over in an order that differs from process to process, so the answer would too.
        raise _RefusedError(
            "a macro goes over something that is not known to be a list",
            "let it go over a field of the data, a list written out, or the result of map or filter",
        )

    def _step(self, expr: Any, scope: _Scope) -> Reads | None:
        """Return the step an expression names by fields alone; None when it is anything else."""
        match kind(expr):
            case "ident":
                name = expr.ident.name
                if name in scope:
                    return scope[name]
                # Any other name is one of CEL's own, such as a type.
                return self.root.field(name) if name in self._roots else None
            case "select" if not expr.select.test:
                base = self._step(expr.select.operand, scope)
                return base and base.field(expr.select.field)
            case "call" if expr.call.function == "_[_]" and expr.call.args[1].const.HasField("string"):
                base = self._step(expr.call.args[0], scope)
                return base and base.field(expr.call.args[1].const.string)
            case _:
                return None


def _collected(step: Any) -> Any:
    """Return what `map` or `filter` adds to its result: the step is `result + [it]`, perhaps under a test."""
    addition = step.call.args[1] if step.call.function == "_?_:_" else step
    return addition.call.args[1].list.elements[0]
