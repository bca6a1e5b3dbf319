"""The shapes data may have, so that a misspelt field is found before any data arrives."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct

Scalar: TypeAlias = Literal["dyn", "bool", "int", "double", "string", "timestamp", "duration"]
"""One value; `dyn` is a value of any shape, judged when it arrives."""


class ListOf(Struct, frozen=True):
    """A list whose items all have one shape."""

    item: "Shape"


class MapOf(Struct, frozen=True):
    """Named values of one shape, whose names are not known beforehand."""

    value: "Shape"


class Record(Struct, frozen=True):
    """Named fields, each of its own shape; any of them may be missing from the data."""

    fields: "Mapping[str, Shape]"


Shape: TypeAlias = Scalar | ListOf | MapOf | Record

_SCALARS: Mapping[str, Scalar] = {"boolean": "bool", "integer": "int", "number": "double", "string": "string"}
_COMBINED = ("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "patternProperties")
_DEEPEST = 24
"""Below this many levels a schema's shape is `dyn`."""
WIDEST = 500
"""With more fields than this an object's shape is a map: CEL's records have a largest size."""


def shape_of(json_schema: Mapping[str, Any]) -> Shape:
    """Return the shape a JSON Schema describes; what it leaves open, or combines, is `dyn`."""
    return _shape(json_schema, _DEEPEST)


def _shape(schema: Any, levels: int) -> Shape:
    if levels == 0 or not isinstance(schema, Mapping) or any(word in schema for word in _COMBINED):
        return "dyn"
    kind = schema.get("type")
    if kind == "object" or (kind is None and "properties" in schema):
        return _object(schema, levels - 1)
    if kind == "array":
        return ListOf(_shape(schema.get("items"), levels - 1))
    return _SCALARS.get(kind, "dyn") if isinstance(kind, str) else "dyn"


def _object(schema: Mapping[str, Any], levels: int) -> Shape:
    properties, extra = schema.get("properties"), schema.get("additionalProperties")
    if not isinstance(properties, Mapping) or not properties:
        return MapOf(_shape(extra, levels))
    if extra is True or isinstance(extra, Mapping) or len(properties) > WIDEST:
        return MapOf("dyn")
    return Record({str(name): _shape(part, levels) for name, part in properties.items()})
