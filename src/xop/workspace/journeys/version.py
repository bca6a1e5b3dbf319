"""Versions of journeys: a name that says exactly how a journey behaves."""

from hashlib import sha256
from typing import Any

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields, replace

from xop.kernel.base.json import canonical
from xop.kernel.journeys.model import Journey

_DIGITS = 20
_FREE = "description"
"""A field that no struct of a journey behaves by."""


def journey_version(journey: Journey) -> str:
    """Return `jny_` and 20 hexadecimal digits for a journey's definition.

    Descriptions and the priority do not count: they may change without making runs belong to another version.
    """
    plain = _plain(replace(journey, priority=0))
    return f"jny_{sha256(canonical(plain)).hexdigest()[:_DIGITS]}"


def _plain(value: Any) -> Any:
    if isinstance(value, Struct):
        told = ((field, getattr(value, field.name)) for field in fields(value) if field.name != _FREE)
        # A default that is written out means the same as one that is not.
        return {field.encode_name: _plain(inner) for field, inner in told if inner != _default(field)}
    if isinstance(value, dict):
        inner = {name: _plain(each) for name, each in value.items()}
        # The order of steps and exits bears on what happens, and canonical JSON sorts maps.
        return list(inner.items()) if any(isinstance(each, Struct) for each in value.values()) else inner
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _default(field: FieldInfo) -> Any:
    factory = field.default_factory
    return factory() if factory is not NODEFAULT else field.default
