"""Fits plain values into structs and reports every misfit, not only the first."""

import re
from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from xop.workspace.problem import Place, Problem, nearest, quote

T = TypeVar("T", bound=msgspec.Struct)

_EXPECTED = re.compile(r"Expected `([^`]+)`(.*), got `([^`]+)`")
_LIMIT = re.compile(r"Expected `(?:int|float)` ([<>]=?) (\S+)")
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a map",
    "dict": "a map",
    "array": "a list",
    "list": "a list",
    "null": "empty",
}


def fit(value: Any, kind: type[T], place: Place, problems: list[Problem]) -> T | None:
    """Return a value as a struct, or None after adding each of its problems."""
    found: list[Problem] = []
    _struct(value, kind, place, found)
    if not found:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            found.append(place.problem(str(error), "see the rules of the fields named"))
    problems.extend(found)
    return None


def _struct(value: Any, kind: type[msgspec.Struct], place: Place, problems: list[Problem]) -> None:
    if not isinstance(value, Mapping):
        cause = f"{_name(place)} is {_word(value)}, not a map"
        problems.append(place.problem(cause, "write its fields below it, indented, as `name: value`"))
        return
    count = len(problems)
    fields = _fields(kind)
    for name in value:
        if name not in fields:
            cause = f"{quote(name)} is no field of {_name(place)}"
            problems.append(place.at(name).problem(cause, nearest(str(name), fields)))
    for name, field in fields.items():
        if name in value:
            _any(value[name], field.type, place.at(name), problems)
        elif field.required:
            problems.append(place.problem(f"{_name(place)} has no {name!r}", f"add `{name}: …`: {_hint(field.type)}"))
    if len(problems) == count and hasattr(kind, "__post_init__"):
        _together(value, kind, place, problems)


@cache
def _fields(kind: type[msgspec.Struct]) -> Mapping[str, Any]:
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _together(value: Mapping[str, Any], kind: type[msgspec.Struct], place: Place, problems: list[Problem]) -> None:
    """Check what fields must be to one another, which only the struct itself knows."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        problems.append(place.problem(f"{_name(place)}: {error}", "see the rules of the fields named"))


def _any(value: Any, kind: Any, place: Place, problems: list[Problem]) -> None:
    core = _core(kind)
    if value is None and core is not kind and type(None) in get_args(kind):
        return
    if isinstance(core, type) and issubclass(core, msgspec.Struct):
        _struct(value, core, place, problems)
    elif get_origin(core) is tuple and isinstance(value, list):
        for index, item in enumerate(value):
            _any(item, get_args(core)[0], place.at(index), problems)
    elif get_origin(core) is dict and isinstance(value, Mapping):
        key_kind, item_kind = get_args(core)
        for name, item in value.items():
            _leaf(name, key_kind, place.at(name), problems)
            _any(item, item_kind, place.at(name), problems)
    else:
        _leaf(value, kind, place, problems)


def _leaf(value: Any, kind: Any, place: Place, problems: list[Problem]) -> None:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        problems.append(_explain(str(error), value, kind, place))


def _explain(said: str, value: Any, kind: Any, place: Place) -> Problem:
    name = _name(place)
    choices = _choices(kind)
    if choices and isinstance(value, str):
        return place.problem(f"{name} is {quote(value)}, which is no choice", nearest(value, choices))
    if limit := _LIMIT.search(said):
        return place.problem(f"{name} is {quote(value)}", f"write a number {limit[1]} {limit[2]}")
    if "matching regex" in said:
        return place.problem(f"{name} is {quote(value)}, which does not fit", _hint(kind))
    if wrong := _EXPECTED.search(said):
        words = " or ".join(_WORDS.get(word.strip(), word.strip()) for word in wrong[1].split("|"))
        quoting = value is not None and not isinstance(value, list | dict) and "str" in wrong[1]
        remedy = "put quotes around it" if quoting else _hint(kind)
        return place.problem(f"{name} is {_word(value)}, not {words}", remedy)
    return place.problem(f"{name} does not fit: {said.lower()}", _hint(kind))


def _hint(kind: Any) -> str:
    """Return what to write for a type."""
    choices = _choices(kind)
    if choices:
        return f"write one of: {', '.join(choices)}"
    described = next((meta.description for meta in _metas(kind) if meta.description), None)
    if described:
        return described[0].lower() + described[1:].rstrip(".")
    pattern = next((meta.pattern for meta in _metas(kind) if meta.pattern), None)
    if pattern:
        return f"write text that matches {pattern}"
    core = _core(kind)
    core = get_origin(core) or core
    if isinstance(core, type) and issubclass(core, msgspec.Struct):
        return f"a map of: {', '.join(field.encode_name for field in msgspec.structs.fields(core))}"
    return f"write {_WORDS.get({'tuple': 'list'}.get(core.__name__, core.__name__), 'a value')}"


def _choices(kind: Any) -> tuple[str, ...]:
    core = _core(kind)
    return get_args(core) if get_origin(core) is Literal else ()


def _metas(kind: Any) -> list[msgspec.Meta]:
    if get_origin(kind) in (Union, UnionType):
        return [meta for part in get_args(kind) for meta in _metas(part)]
    return [meta for meta in getattr(kind, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]


def _core(kind: Any) -> Any:
    """Return a type without its constraints and without its None."""
    if get_origin(kind) is Annotated:
        return _core(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        parts = [part for part in get_args(kind) if part is not type(None)]
        return _core(parts[0]) if len(parts) == 1 else kind
    return kind


def _name(place: Place) -> str:
    words = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place.path)
    return quote(words.removeprefix(".")) if words else "the file"


def _word(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return f"the word {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    return {"str": "text", "dict": "a map", "list": "a list"}.get(type(value).__name__, f"a {type(value).__name__}")
