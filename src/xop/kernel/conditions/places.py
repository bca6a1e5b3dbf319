"""Places in the data that a text reads, looked up as they are, with the refusals that taking them in for CEL has."""

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final

from xop.kernel.conditions.intake import LEAST, MOST, field_shape
from xop.kernel.conditions.shapes import MapOf, Record, Shape

UNSURE: Final = object()
"""Only CEL can say what this is, or why it has no value."""
ABSENT: Final = object()
"""The last field of a path is not there."""
FOREIGN: Final = object()
"""No plain value, so that the whole text is for CEL."""

Look = Callable[[Mapping[str, Any]], Any]

_UNFIT = re.compile("[\0\ud800-\udfff]")
_PLAIN: Mapping[Shape, type] = {"bool": bool, "int": int, "double": float, "string": str}


def shape_at(path: tuple[str, ...], roots: Mapping[str, Shape]) -> Shape | None:
    """Return the shape of what a path leads to; None when it can lead to nothing plain."""
    shape = roots.get(path[0])
    if shape is None or not (shape == "dyn" or (_has_fields(shape) if len(path) > 1 else _is_plain(shape))):
        return None
    for name in path[1:]:
        shape = field_shape(shape, name)
    return shape


def look_at(path: tuple[str, ...], shape: Shape, room: int, *, whole: bool) -> Look:
    """Return what finds the scalar at a path, or one of the marks above; texts longer than `room` are for CEL.

    What is not read `whole` is only asked for, so a list or an object may be there too.
    """
    *above, last = path
    fractional = shape == "double"

    def find(data: Mapping[str, Any]) -> Any:
        place: Any = data
        for name in above:
            place = place.get(name, ABSENT)
            if type(place) is not dict:
                return UNSURE if place is ABSENT else FOREIGN
        value = place.get(last, ABSENT)
        kind = type(value)
        if kind is str:
            return value if len(value) <= room and _fit(value) else FOREIGN
        if _plain(value, kind) or (not whole and (kind is dict or kind is list)):
            return float(value) if fractional and kind is int else value
        return FOREIGN

    return find if above or shape == "dyn" else _of_kind(find, _PLAIN[shape])


def _has_fields(shape: Shape) -> bool:
    return isinstance(shape, Record | MapOf)


def _is_plain(shape: Shape) -> bool:
    return isinstance(shape, str) and shape in _PLAIN


def _fit(text: str) -> bool:
    return ("\0" not in text) if text.isascii() else _UNFIT.search(text) is None


def _plain(value: Any, kind: type) -> bool:
    if kind is int:
        return bool(LEAST <= value <= MOST)
    return kind is bool or value is None or value is ABSENT or (kind is float and isfinite(value))


def _of_kind(find: Look, kind: type) -> Look:
    """CEL knows the type of a root, and reads no other."""

    def find_one(data: Mapping[str, Any]) -> Any:
        value = find(data)
        return value if type(value) is kind or value is ABSENT else FOREIGN

    return find_one
