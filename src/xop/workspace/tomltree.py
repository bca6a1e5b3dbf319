"""TOML with the line of each value, which the standard parser does not tell."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from xop.workspace.problem import Document, Path, Problem

_TABLE = re.compile(r"\s*\[\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_.-]+)\s*=")
_WHERE = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)")


def read_toml(file: str, text: str, problems: list[Problem]) -> Document | None:
    """Return a file's text as a document, or None when it cannot be read; problems are added to `problems`."""
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = _WHERE.search(str(error))
        line = int(where[1]) if where and where[1] else text.count("\n") + 1
        cause = f"the line is no TOML: {_WHERE.sub('', str(error)).lower()}"
        problems.append(Problem(file, line, cause, "write `name = value`, text in quotes"))
        return None
    except (ValueError, RecursionError):
        problems.append(Problem(file, 1, "the file holds a number or nesting beyond all measure", "write less"))
        return None
    lines = dict(_lines(text, value))
    return Document(file, value, lines)


def _lines(text: str, value: Mapping[str, Any]) -> Iterator[tuple[Path, int]]:
    """Find keys by their line; a text within a list by the first line it stands on."""
    rows = text.splitlines()
    table: Path = ()
    for number, row in enumerate(rows, 1):
        if found := _TABLE.match(row):
            table = tuple(found[1].split("."))
            yield table, number
        elif found := _KEY.match(row):
            yield (*table, *found[1].split(".")), number
    for path, item in _listed(value, ()):
        first = next((number for number, row in enumerate(rows, 1) if item in row), None)
        if first is not None:
            yield path, first


def _listed(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if len(path) > 3:  # noqa: PLR2004 - settings are not nested deeper
        return
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _listed(item, (*path, name))
    elif isinstance(value, list):
        yield from (((*path, index), item) for index, item in enumerate(value[:100]) if isinstance(item, str))
