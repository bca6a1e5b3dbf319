"""A form for values: typed fields made of a JSON Schema, and the values read from it again."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from xop.faces.console.words import marked

PREFIX = "argument."
"""What the names of the fields begin with."""

OTHER = "argument:other"
"""The field for what the schema has no property for."""

_LONG = 80
"""Characters from which on a text gets several lines."""

Input = Literal["text", "long", "number", "choice", "json"]

_TYPES: Mapping[Any, Input] = {"integer": "number", "number": "number", "boolean": "choice", "string": "text"}

_UNTYPED: Input = "json"


class ArgumentField(Struct, frozen=True):
    """One field of the form."""

    name: str
    """Of the field in the form."""
    label: str
    input: str
    """text, long, number, choice or json."""
    value: str
    options: tuple[tuple[str, str], ...] = ()
    required: bool = False
    hint: str = ""


class ArgumentFault(Exception):  # noqa: N818 - names what is wrong
    """A field holds what it cannot."""

    def __init__(self, label: str, remedy: str) -> None:
        super().__init__(f"{label}: {remedy}")
        self.label = label
        self.remedy = remedy


def fields_of(schema: Mapping[str, Any], values: Mapping[str, Any], sent: Mapping[str, str]) -> list[ArgumentField]:
    """Return the fields of a schema, filled with values, or with what was sent before when something was wrong with it."""
    properties: Mapping[str, Any] = schema.get("properties") or {}
    required = schema.get("required") or ()
    fields = [
        _field(name, _plain(declared), values, sent, required=name in required) for name, declared in properties.items()
    ]
    other = {name: value for name, value in values.items() if name not in properties}
    if other or (not properties and schema.get("additionalProperties", True) is not False):
        text = sent.get(OTHER, _json(other) if other else "")
        fields.append(ArgumentField(OTHER, "other", _UNTYPED, text))
    return fields


def values_of(schema: Mapping[str, Any], sent: Mapping[str, str]) -> dict[str, Any]:
    """Return the values that were sent; raises ArgumentFault for a field that cannot be read.

    An empty field of a value that need not be given gives none.
    """
    properties: Mapping[str, Any] = schema.get("properties") or {}
    required = schema.get("required") or ()
    values: dict[str, Any] = {}
    for name, declared in properties.items():
        text = sent.get(PREFIX + name)
        if text is None or (not text.strip() and name not in required):
            continue
        values[name] = _read(name, _plain(declared), text)
    if sent.get(OTHER, "").strip():
        other = _parsed("other", sent[OTHER])
        if not isinstance(other, dict):
            raise ArgumentFault("other", "write a JSON object such as {}")
        values |= other
    return values


def _plain(declared: Any) -> Mapping[str, Any]:
    return declared if isinstance(declared, dict) else {}


def _field(
    name: str, declared: Mapping[str, Any], values: Mapping[str, Any], sent: Mapping[str, str], *, required: bool
) -> ArgumentField:
    kind, label = _input(declared), str(declared.get("title") or name.replace("_", " "))
    value = sent.get(PREFIX + name, _written(kind, values[name]) if name in values else "")
    options = _options(declared, required=required) if kind == "choice" else ()
    if kind == "text" and (len(value) > _LONG or "\n" in value or declared.get("maxLength", 0) > _LONG * 2):
        kind = "long"
    return ArgumentField(PREFIX + name, label, kind, value, options, required, _hint(declared))


def _input(declared: Mapping[str, Any]) -> Input:
    if _enumerated(declared):
        return "choice"
    kind = declared.get("type")
    return _TYPES.get(kind, _UNTYPED) if isinstance(kind, str) else _UNTYPED


def _enumerated(declared: Mapping[str, Any]) -> Sequence[str]:
    """Return the values of an enumeration of texts; none of anything else."""
    found = declared.get("enum")
    return found if isinstance(found, list) and all(isinstance(each, str) for each in found) else ()


def _options(declared: Mapping[str, Any], *, required: bool) -> tuple[tuple[str, str], ...]:
    values = _enumerated(declared)
    named = [(each, each) for each in values] if values else [("true", marked("yes")), ("false", marked("no"))]
    return tuple(named if required else [("", "\N{EN DASH}"), *named])


def _hint(declared: Mapping[str, Any]) -> str:
    least, most = declared.get("minimum"), declared.get("maximum")
    words = [str(declared.get("description", ""))]
    if least is not None or most is not None:
        words.append(f"{'' if least is None else least} \N{HORIZONTAL ELLIPSIS} {'' if most is None else most}".strip())
    return "; ".join(filter(None, words))


def _written(kind: str, value: Any) -> str:
    if kind == "choice" and isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) and kind != _UNTYPED else _json(value)


def _read(name: str, declared: Mapping[str, Any], text: str) -> Any:
    kind, label = _input(declared), name.replace("_", " ")
    if kind == "number":
        return _number(label, text.strip(), whole=declared.get("type") == "integer")
    if kind == "choice" and not _enumerated(declared):
        if text not in {"true", "false"}:
            raise ArgumentFault(label, "choose yes or no")
        return text == "true"
    return _parsed(label, text) if kind == _UNTYPED else text.replace("\r\n", "\n")


def _number(label: str, text: str, *, whole: bool) -> int | float:
    try:
        if text.lstrip("-").isdecimal() and text.isascii():
            return int(text)
        if not whole:
            return float(text)
    except ValueError:
        pass
    raise ArgumentFault(label, marked("write a whole number") if whole else marked("write a number such as 12.5"))


def _parsed(label: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ArgumentFault(label, 'write JSON, such as ["a", "b"] or {"a": 1}') from None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
