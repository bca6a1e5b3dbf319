"""Places in the data that a text reads, looked up as they are, with the same refusals as when taken in for CEL."""

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final

from msgspec import Struct

from xop.kernel.conditions.intake import LEAST, MOST, field_shape
from xop.kernel.conditions.shapes import MapOf, Record, Shape

UNSURE: Final = object()
"""Only CEL can say; also what is read below a field that is not there."""
ABSENT: Final = object()
"""The last field of a path is not there."""
FOREIGN: Final = object()
"""What was met is not plain, so that the whole text is for CEL."""

Look = Callable[[Mapping[str, Any]], Any]

_UNFIT = re.compile("[\0\ud800-\udfff]")
_PLAIN_ROOTS: Mapping[Shape, type] = {"bool": bool, "int": int, "double": float, "string": str}


class Place(Struct, frozen=True):
    """What is to be read at one path."""

    path: tuple[str, ...]
    shape: Shape
    whole: bool
    """The value itself is read, not only whether it is there."""
    room: int
    """The most characters its text may have."""

    def look(self) -> Look:
        """Return what finds the scalar at this place, or one of the marks above."""
        *above, last = self.path
        root = _PLAIN_ROOTS.get(self.shape) if not above and isinstance(self.shape, str) else None

        def find(data: Mapping[str, Any]) -> Any:
            place: Any = data
            for name in above:
                place = place.get(name, ABSENT)
                if type(place) is not dict:
                    return UNSURE if place is ABSENT else FOREIGN
            value = self._judged(place.get(last, ABSENT))
            return value if root is None or value is ABSENT or type(value) is root else FOREIGN

        return find

    def _judged(self, value: Any) -> Any:
        kind = type(value)
        if kind is str:
            fits = len(value) <= self.room and (_UNFIT.search(value) is None)
            return value if fits else FOREIGN
        if kind is int and LEAST <= value <= MOST:
            return float(value) if self.shape == "double" else value
        if kind is bool or value is None or value is ABSENT or (kind is float and isfinite(value)):
            return value
        return value if not self.whole and (kind is dict or kind is list) else FOREIGN


def shape_at(path: tuple[str, ...], roots: Mapping[str, Shape]) -> Shape | None:
    """Return the shape of what a path leads to; None when only CEL can read it."""
    shape = roots.get(path[0])
    if shape is None or (len(path) == 1 and shape not in ("dyn", *_PLAIN_ROOTS)):
        return None
    if len(path) > 1 and not (shape == "dyn" or isinstance(shape, Record | MapOf)):
        return None
    for name in path[1:]:
        shape = field_shape(shape, name)
    return shape
