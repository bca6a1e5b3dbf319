"""Extracts of a customer's picture: what the text of a request reads of it, name by name."""

from collections.abc import Iterable, Mapping
from typing import Any

from xop.kernel.privacy.screen import Screen

_EACH = "*"
"""Stands for every item of a list in a path."""

_ABSENT = object()


def note_read(screen: Screen, drawn: Mapping[str, Any], paths: Iterable[str]) -> None:
    """Have a screen remember what dotted paths into `customer` read of a picture, as far as it is there."""
    for path in paths:
        root, _, rest = path.partition(".")
        section, _, name = rest.partition(".")
        if root != "customer":
            continue
        if not section:
            screen.picture(drawn)
            continue
        steps = [] if not name else name.split(".")
        names = steps[: steps.index(_EACH)] if _EACH in steps else steps
        value = _at(drawn.get(section, _ABSENT), names)
        if value is _ABSENT:
            continue
        if names:
            screen.value(section, ".".join(names), value)
        else:
            screen.picture({section: value})


def _at(value: Any, names: Iterable[str]) -> Any:
    for name in names:
        if not isinstance(value, Mapping) or name not in value:
            return _ABSENT
        value = value[name]
    return value
