"""Schema tables: a JSON Schema as rows that a person reads."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from msgspec import Struct

from xop.faces.console.words import marked

Text = Callable[[str], str]
"""Looks a text up in the reader's language."""

_DEEPEST = 6

_MOST = 200
"""Rows of one table."""

_LIMITS = marked(
    {
        "minimum": "at least {}",
        "exclusiveMinimum": "more than {}",
        "maximum": "at most {}",
        "exclusiveMaximum": "less than {}",
        "minLength": "at least {} characters",
        "maxLength": "at most {} characters",
        "minItems": "at least {} items",
        "maxItems": "at most {} items",
        "pattern": "fits {}",
        "format": "{}",
        "const": "always {}",
    }
)


class SchemaRow(Struct, frozen=True):
    """One property, with those within it after it."""

    name: str
    """With dots between a property and those within it, and `[]` after what is a list."""
    kind: str
    required: bool
    limits: str
    description: str


def schema_rows(schema: Mapping[str, Any], text: Text) -> list[SchemaRow]:
    """Return the properties of a schema, those within others behind them; the last row says so where there are more."""
    rows = list(islice(_rows(schema, "", _DEEPEST, text), _MOST + 1))
    if len(rows) <= _MOST:
        return rows
    more = text("There is more: only the first {count} are shown here.").format(count=_MOST)
    return [*rows[:_MOST], SchemaRow("\N{HORIZONTAL ELLIPSIS}", "", required=False, limits="", description=more)]


def _rows(schema: Mapping[str, Any], prefix: str, deepest: int, text: Text) -> Iterator[SchemaRow]:
    properties, required = schema.get("properties"), schema.get("required")
    for name, given in properties.items() if isinstance(properties, Mapping) else ():
        declared: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
        needed = isinstance(required, list) and name in required
        path = f"{prefix}{name}"
        yield SchemaRow(
            path, _kind(declared, text), needed, _limits(declared, text), str(declared.get("description", ""))
        )
        if deepest:
            yield from _rows(declared, f"{path}.", deepest - 1, text)
            items = declared.get("items")
            yield from _rows(items, f"{path}[].", deepest - 1, text) if isinstance(items, Mapping) else ()


def _kind(declared: Mapping[str, Any], text: Text) -> str:
    kind = declared.get("type")
    if kind == "array":
        items = declared.get("items")
        said = text("list of {kind}")
        return said.format(kind=_kind(items, text)) if isinstance(items, Mapping) else text("list")
    if isinstance(kind, list):
        return text(" or ").join(map(str, kind))
    return str(kind) if kind else text("choice") if "enum" in declared else text("anything")


def _limits(declared: Mapping[str, Any], text: Text) -> str:
    said = [text(words).format(declared[name]) for name, words in _LIMITS.items() if name in declared]
    options = declared.get("enum")
    if isinstance(options, list):
        said.append(text("one of {values}").format(values=", ".join(map(str, options))))
    return "; ".join(said)
