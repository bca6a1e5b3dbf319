"""Ways in which one JSON Schema lets through less than another."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

Schema = Mapping[str, Any]

Way = Literal["required", "closed", "type", "choice", "bound", "unknown"]

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT = ("pattern", "format", "multipleOf", "uniqueItems")
_OPAQUE = (
    "$ref", "$defs", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "patternProperties", "propertyNames",
    "dependentRequired", "dependentSchemas", "prefixItems", "contains", "unevaluatedProperties", "unevaluatedItems",
)  # fmt: skip

_TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})

_MOST_CHOICES = 8


class Narrowing(Struct, frozen=True):
    """One way in which data that fitted may fit no more."""

    place: str
    """The field, such as `address.city`; empty for the whole."""
    way: Way
    what: str
    """What is concerned: types, values or a keyword."""


def narrowings(before: Schema, after: Schema, place: str = "") -> Iterator[Narrowing]:
    """Yield every way in which data that fits `before` may not fit `after`; what cannot be compared counts as one."""
    lost = _types(before) - _types(after)
    if lost and not (lost == {"integer"} and "number" in _types(after)):
        yield Narrowing(place, "type", " or ".join(sorted(lost)))
        return
    yield from _choices(before, after, place)
    yield from _bounds(before, after, place)
    for keyword in _OPAQUE:
        if before.get(keyword) != after.get(keyword):
            yield Narrowing(place, "unknown", keyword)
    yield from _fields(before, after, place)
    items = before.get("items"), after.get("items")
    if isinstance(items[1], Mapping):
        yield from narrowings(items[0] if isinstance(items[0], Mapping) else {}, items[1], f"{place}[]")


def _types(schema: Schema) -> frozenset[str]:
    kind = schema.get("type")
    if isinstance(kind, str):
        return frozenset({kind})
    return frozenset(kind) if isinstance(kind, list) else _TYPES - {"integer"}


def _choices(before: Schema, after: Schema, place: str) -> Iterator[Narrowing]:
    kept = _values(after)
    if kept is None:
        return
    had = _values(before)
    if had is None:
        yield Narrowing(place, "choice", "anything but " + _listed(kept))
        return
    lost = [value for value in had if value not in kept]
    if lost:
        yield Narrowing(place, "choice", _listed(lost))


def _values(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return values if isinstance(values, list) else None


def _listed(values: list[Any]) -> str:
    shown = ", ".join(str(value) for value in values[:_MOST_CHOICES])
    return shown + (", …" if len(values) > _MOST_CHOICES else "")


def _bounds(before: Schema, after: Schema, place: str) -> Iterator[Narrowing]:
    for keyword in (*_LOWER, *_UPPER):
        had, has = before.get(keyword), after.get(keyword)
        if has is None or (keyword in ("minLength", "minItems", "minProperties") and has == 0):
            continue
        if had is None or (has > had if keyword in _LOWER else has < had):
            yield Narrowing(place, "bound", f"{keyword} {has}")
    for keyword in _EXACT:
        if after.get(keyword) not in (None, False, before.get(keyword)):
            yield Narrowing(place, "bound", f"{keyword} {after[keyword]}")


def _fields(before: Schema, after: Schema, place: str) -> Iterator[Narrowing]:
    had, has = _named(before), _named(after)
    needed = before.get("required") or ()
    for name in after.get("required") or ():
        if name not in needed:
            yield Narrowing(_at(place, name), "required", name)
    closed = after.get("additionalProperties") is False
    for name, schema in had.items():
        if name in has:
            yield from narrowings(schema, has[name], _at(place, name))
        elif closed:
            yield Narrowing(_at(place, name), "closed", name)
    if closed and before.get("additionalProperties") is not False and "object" in _types(before):
        yield Narrowing(place, "closed", "any other field")


def _named(schema: Schema) -> dict[str, Schema]:
    properties = schema.get("properties")
    found = properties.items() if isinstance(properties, Mapping) else ()
    return {name: each if isinstance(each, Mapping) else {} for name, each in found}


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
