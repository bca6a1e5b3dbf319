"""JSON Schemas of every file a workspace holds, made from the structs that the files become."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from sys import modules
from typing import Any

import msgspec

from xop.workspace.invariants import INVARIANTS
from xop.workspace.jsonschemas import DIALECT
from xop.workspace.layout import KINDS, FileKind, Section

_REFERENCE = "#/$defs/{name}"


def schemas() -> dict[str, dict[str, Any]]:
    """Return a JSON Schema for each kind of file, by the pattern of its path; Cedar files have none."""
    return {kind.pattern: _schema(kind) for kind in (*KINDS, INVARIANTS) if kind.sections or kind.whole}


def _schema(kind: FileKind) -> dict[str, Any]:
    structs = [kind.whole] if kind.whole else [section.kind for section in kind.sections.values()]
    tops, definitions = msgspec.json.schema_components(structs, ref_template=_REFERENCE)
    for struct in _structs(structs):
        _describe(definitions[struct.__name__], struct)
    found = {"$schema": DIALECT, "title": kind.pattern}
    if kind.whole:
        return {**found, **tops[0], "$defs": definitions}
    described = [
        _section(section, top, definitions[section.kind.__name__])
        for section, top in zip(kind.sections.values(), tops, strict=True)
    ]
    # What an entry's name and section say is no field of the entry.
    for section in kind.sections.values():
        _drop(definitions[section.kind.__name__], {section.key, *section.fixed})
    return {
        **found,
        "type": ["object", "null"],
        "properties": dict(zip(kind.sections, described, strict=True)),
        "additionalProperties": False,
        "$defs": definitions,
    }


def _section(section: Section, top: dict[str, Any], definition: Mapping[str, Any]) -> dict[str, Any]:
    if section.key is None:
        return {"type": ["array", "null"], "items": top}
    pattern = definition["properties"][section.key].get("pattern")
    names = {"propertyNames": {"pattern": pattern}} if pattern else {}
    needed = set(definition["required"]) - {section.key, *section.fixed}
    entry = top if needed else {"anyOf": [top, {"type": "null"}]}
    return {"type": ["object", "null"], "additionalProperties": entry, **names}


def _drop(definition: dict[str, Any], names: set[str | None]) -> None:
    for name in names:
        definition["properties"].pop(name, None)
    definition["required"] = [name for name in definition["required"] if name not in names]


def _structs(structs: list[type[msgspec.Struct]]) -> Iterator[type[msgspec.Struct]]:
    """Yield every struct that the given ones are built of, themselves included."""
    waiting, seen = list(structs), set(structs)
    while waiting:
        struct = waiting.pop()
        yield struct
        inner = {part for field in msgspec.structs.fields(struct) for part in _parts(field.type)} - seen
        seen |= inner
        waiting.extend(inner)


def _parts(kind: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    for part in getattr(kind, "__args__", ()):
        yield from _parts(part)


def _describe(definition: dict[str, Any], struct: type[msgspec.Struct]) -> None:
    """Add the description that stands under each field in the source."""
    bases = [
        base for base in reversed(struct.__mro__) if base is not msgspec.Struct and issubclass(base, msgspec.Struct)
    ]
    told = {field: text for base in bases for field, text in _docstrings(base).items()}
    for field in msgspec.structs.fields(struct):
        if field.name in told:
            definition["properties"][field.encode_name]["description"] = told[field.name]


@lru_cache(maxsize=64)
def _docstrings(struct: type[msgspec.Struct]) -> Mapping[str, str]:
    tree = ast.parse(inspect.getsource(modules[struct.__module__]))
    body = next(
        (node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == struct.__name__), []
    )
    found: dict[str, str] = {}
    for field, after in pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            found[field.target.id] = " ".join(after.value.value.split())
    return found
