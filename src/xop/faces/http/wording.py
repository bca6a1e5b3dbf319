"""What the source says about the fields of a struct, for the published document."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from sys import modules
from typing import Any

import msgspec
from msgspec import Struct


@lru_cache(maxsize=256)
def field_texts(kind: type[Struct]) -> Mapping[str, str]:
    """Return the docstring under each field of a struct and of those it extends, by the field's encoded name."""
    told: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if issubclass(each, Struct) and each is not Struct:
            told.update(_docstrings(each))
    return {field.encode_name: told[field.name] for field in msgspec.structs.fields(kind) if field.name in told}


def describe(components: Mapping[str, dict[str, Any]], kinds: Iterator[type[Struct]]) -> None:
    """Add to the schemas of structs what the source says about their fields."""
    for kind in kinds:
        properties = components[kind.__name__]["properties"]
        for name, text in field_texts(kind).items():
            properties[name].setdefault("description", text)


def structs(kinds: list[Any]) -> Iterator[type[Struct]]:
    """Yield every struct that some types are built of."""
    waiting, seen = list(kinds), set(kinds)
    while waiting:
        kind = waiting.pop()
        parts = set(getattr(kind, "__args__", ()))
        if isinstance(kind, type) and issubclass(kind, Struct):
            yield kind
            parts |= {field.type for field in msgspec.structs.fields(kind)}
        fresh = {part for part in parts if part not in seen}
        seen |= fresh
        waiting.extend(fresh)


def _docstrings(kind: type[Struct]) -> Iterator[tuple[str, str]]:
    tree = ast.parse(inspect.getsource(modules[kind.__module__]))
    nodes = (node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == kind.__name__)
    for field, after in pairwise(next(nodes, [])):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            text = after.value.value if isinstance(after.value, ast.Constant) else None
            if isinstance(text, str):
                yield field.target.id, " ".join(text.split())
