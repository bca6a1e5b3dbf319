"""Values as they are written on a command line."""

import json
from typing import Any

import click


def json_object(text: str, option: str) -> dict[str, Any]:
    """Return a JSON object; raises `click.UsageError` for anything else."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"{option} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise click.UsageError(f"{option} must be a JSON object, such as '{{\"total\": 42}}'")
    return value


def named_values(pairs: tuple[str, ...], option: str) -> dict[str, Any]:
    """Return `name=value` pairs; a value that reads as JSON is that JSON, anything else is text."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{option} {pair!r} is not of the form name=value")
        if name in found:
            raise click.UsageError(f"{option} names {name!r} twice")
        found[name] = _read(text)
    return found


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
