"""Taking from the data exactly what a text reads, in a form that CEL reads without surprise."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from xop.kernel.conditions.growth import Limits
from xop.kernel.conditions.reads import Reads
from xop.kernel.conditions.shapes import ListOf, MapOf, Record, Shape

_DEEPEST = 64
"""Levels of nesting; far deeper ones overflow the stack of CEL's own conversion and end the process."""
LEAST, MOST = -(2**63), 2**63 - 1
"""The whole numbers CEL knows."""


class UnfitError(Exception):
    """Data or an outcome that a text has no answer for; the message says why."""


class Intake:
    """Takes the parts named by `reads` from data, with each root's shape; raises UnfitError for what CEL misreads."""

    def __init__(self, reads: Reads, shapes: Mapping[str, Shape], limits: Limits) -> None:
        self._roots = tuple((name, shapes[name], _Part(step, shapes[name])) for name, step in reads.fields.items())
        self._limits = limits

    def take(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the roots present in `data`, each with only what is read of it."""
        left = _Left(self._limits)
        return {name: _root(shape, part, data[name], left) for name, shape, part in self._roots if name in data}


class _Left:
    """How much more data may be taken."""

    __slots__ = ("characters", "values")

    def __init__(self, limits: Limits) -> None:
        self.values = limits.values
        self.characters = limits.characters

    def spend(self, values: int) -> None:
        self.values -= values
        if self.values < 0:
            raise UnfitError("the data read holds too many values for one evaluation")


class _Part:
    """The fixed form of one step of the reads, with the shape of its values."""

    __slots__ = ("each", "fields", "ranged", "shape", "whole")

    def __init__(self, reads: Reads, shape: Shape) -> None:
        self.shape = shape
        self.whole = reads.whole
        self.ranged = reads.ranged
        below = [(name, _Part(step, field_shape(shape, name))) for name, step in reads.fields.items()]
        each = _Part(reads.each, _item_shape(shape)) if reads.each else None
        # What is taken whole anyway is only looked into to see that macros go over lists.
        self.fields = tuple((name, part) for name, part in below if not self.whole or part.has_range())
        self.each = each if each and (not self.whole or each.has_range()) else None

    def has_range(self) -> bool:
        return self.ranged or any(part.has_range() for _, part in self.fields)


def field_shape(shape: Shape, name: str) -> Shape:
    """Return the shape of a field of what has a shape; `dyn` when nothing is known of it."""
    if isinstance(shape, Record):
        return shape.fields.get(name, "dyn")
    return shape.value if isinstance(shape, MapOf) else "dyn"


def _item_shape(shape: Shape) -> Shape:
    return shape.item if isinstance(shape, ListOf) else "dyn"


def _root(shape: Shape, part: _Part, value: Any, left: _Left) -> Any:
    if shape == "timestamp" and isinstance(value, datetime):
        if value.utcoffset() is None:
            raise UnfitError("a time without its offset from UTC")
        return value
    if shape == "duration" and isinstance(value, timedelta):
        return value
    return _take(part, value, left)


def _take(part: _Part, value: Any, left: _Left) -> Any:
    kind = type(value)
    if kind is not dict and kind is not list:
        return _scalar(value, kind, part.shape, left)
    taken = _fields(part, value, left) if kind is dict else _items(part, value, left)
    return _copy(value, part.shape, left, _DEEPEST) if part.whole else taken


def _fields(part: _Part, value: dict[str, Any], left: _Left) -> dict[str, Any]:
    if part.ranged:
        raise UnfitError("a macro goes over an object, whose order is not defined; it goes over lists only")
    taken: dict[str, Any] = {}
    for name, below in part.fields:
        if name in value:
            item = value[name]
            kind = type(item)
            # Most fields are scalars: taking them here spares a call each.
            nested = kind is dict or kind is list
            taken[name] = _take(below, item, left) if nested else _scalar(item, kind, below.shape, left)
    return taken


def _items(part: _Part, value: list[Any], left: _Left) -> list[Any]:
    if part.each is None:
        return []
    left.spend(len(value))
    return [_take(part.each, item, left) for item in value]


def _copy(value: Any, shape: Shape, left: _Left, levels: int) -> Any:
    kind = type(value)
    if kind is not dict and kind is not list:
        return _scalar(value, kind, shape, left)
    if levels == 0:
        raise UnfitError("the data is nested too deeply")
    left.spend(1 + len(value))
    if kind is list:
        item_shape = _item_shape(shape)
        return [_copy(item, item_shape, left, levels - 1) for item in value]
    return {_name(name, left): _copy(item, field_shape(shape, name), left, levels - 1) for name, item in value.items()}


def _name(name: Any, left: _Left) -> str:
    if type(name) is not str:
        raise UnfitError(f"an object has a name of type {type(name).__name__}; names are text")
    return _text(name, left)


def _scalar(value: Any, kind: type, shape: Shape, left: _Left) -> Any:
    if kind is str:
        return _text(value, left)
    if kind is int:
        if not LEAST <= value <= MOST:
            raise UnfitError("a whole number does not fit into 64 bits")
        # JSON writes 12.0 as 12, and CEL does not multiply an integer by a fraction.
        return float(value) if shape == "double" else value
    if kind is float:
        if not isfinite(value):
            raise UnfitError("a number is not finite")
        return value
    if value is None or kind is bool:
        return value
    raise UnfitError(f"a value of type {kind.__name__} is not JSON")


def _text(value: str, left: _Left) -> str:
    left.characters -= len(value)
    if left.characters < 0:
        raise UnfitError("the data read holds too much text for one evaluation")
    # CEL would cut the text at a null character and so find it equal to a shorter one.
    if "\0" in value:
        raise UnfitError("a text holds a null character")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise UnfitError("a text holds half of a surrogate pair")
    return value
