"""Answers without CEL, for texts of the plainest kind: most of what signals and actions ask.

Paths are compared with literals, and that joined by `!`, `&&`, `||` and `?:`. An answer is given only where it is the
one CEL gives; for any other text, and for data that is missing or of another kind, there is none, and CEL is asked for
everything, so that its words are the same too.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from xop.kernel.conditions import nodes
from xop.kernel.conditions.growth import Limits
from xop.kernel.conditions.nodes import Node
from xop.kernel.conditions.places import FOREIGN, UNSURE, Look, look_at, shape_at
from xop.kernel.conditions.reads import straight_path
from xop.kernel.conditions.shapes import Shape
from xop.kernel.conditions.syntax import is_null, kind, literal


def native(expr: Any, roots: Mapping[str, Shape], limits: Limits) -> Look | None:
    """Return what answers a syntax tree, or says `UNSURE` for data that is for CEL; None for a tree that is for CEL."""
    writer = _Writer(roots)
    try:
        node = writer.node(expr)
    except _ForeignError:
        return None
    looks = writer.looks(limits)

    def answer(data: Mapping[str, Any]) -> Any:
        # CEL is given all that a text reads, even what the answer does not depend on; unfit data is refused there.
        values = []
        for look in looks:
            value = look(data)
            if value is FOREIGN:
                return UNSURE
            values.append(value)
        return node(values)

    return answer


class _ForeignError(Exception):
    """A part of a text that only CEL can answer."""


class _Writer:
    """Writes the nodes of a syntax tree, and notes the places they look at."""

    def __init__(self, roots: Mapping[str, Shape]) -> None:
        self._roots = roots
        self._places: dict[tuple[str, ...], Shape] = {}
        self._whole: set[tuple[str, ...]] = set()

    def looks(self, limits: Limits) -> tuple[Look, ...]:
        """Return what finds the value of each place; together their texts stay within the limits."""
        room = limits.characters // max(1, len(self._places))
        return tuple(look_at(path, shape, room, whole=path in self._whole) for path, shape in self._places.items())

    def node(self, expr: Any) -> Node:
        """Return the node of an expression."""
        match kind(expr):
            case "const":
                return nodes.constant(None if is_null(expr) else _literal(expr))
            case "select" if expr.select.test:
                return nodes.presence_of(self._place(_path(expr.select.operand, expr.select.field)))
            case "ident" | "select":
                return nodes.value_of(self._whole_place(expr))
            case "call" if expr.call.function in nodes.LOGIC:
                return nodes.LOGIC[expr.call.function](*map(self.node, expr.call.args))
            case "call":
                return self._comparison(expr.call.function, [*_target(expr.call), *expr.call.args])
            case _:
                raise _ForeignError

    def _comparison(self, function: str, sides: list[Any]) -> Node:
        if function in nodes.COMPARISONS:
            other = _literal(sides[1])
            return nodes.comparison(self._whole_place(sides[0]), type(other), nodes.COMPARISONS[function], other)
        if function in nodes.TESTS_OF_TEXT:
            return nodes.comparison(self._whole_place(sides[0]), str, nodes.TESTS_OF_TEXT[function], _text(sides[1]))
        if function == "@in" and kind(sides[1]) == "list":
            texts = [_text(item) for item in sides[1].list.elements]
            return nodes.comparison(self._whole_place(sides[0]), str, lambda found, them: found in them, texts)
        raise _ForeignError

    def _whole_place(self, expr: Any) -> int:
        path = _path(expr)
        self._whole.add(path)
        return self._place(path)

    def _place(self, path: tuple[str, ...]) -> int:
        shape = shape_at(path, self._roots)
        if shape is None:
            raise _ForeignError
        self._places.setdefault(path, shape)
        return list(self._places).index(path)


def _path(expr: Any, *below: str) -> tuple[str, ...]:
    path = straight_path(expr)
    if path is None:
        raise _ForeignError
    return (*path, *below)


def _literal(expr: Any) -> bool | int | float | str:
    value = literal(expr)
    if value is None or (type(value) is str and "\0" in value) or (type(value) is float and not isfinite(value)):
        raise _ForeignError
    return value


def _text(expr: Any) -> str:
    value = _literal(expr)
    if type(value) is not str:
        raise _ForeignError
    return value


def _target(call: Any) -> list[Any]:
    return [call.target] if call.HasField("target") else []
