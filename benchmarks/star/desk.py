"""The workspace of the desk: its signals, its two actions and the journeys."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from benchmarks.star.charts import ACTED, ANSWERED, SAID, SELECTED

_SETTINGS = b"""name = "star_desk"
description = "A service desk that follows procedures."
time_zone = "UTC"
"""


def desk_files(journeys: Iterable[Mapping[str, Any]]) -> dict[str, bytes]:
    """Return the files of the workspace, by path."""
    files: dict[str, Any] = {
        "agents.yaml": {"sources": {"desk": {"key": "${env:DESK_KEY}"}}},
        "purposes.yaml": {
            "channels": {"chat": {}},
            "purposes": {"service": {"basis": "contract", "channels": ["chat"]}},
        },
        "identity.yaml": {"namespaces": {"dialogue": {"kind": "custom", "priority": 50, "strong": True}}},
        "connections.yaml": {"connections": {"desk": {"adapter": "simulated", "settings": {}}}},
        "signals.yaml": {"signals": _signals()},
        "actions/reply.yaml": _action("reply", "Answer the customer with a reply of the procedure.", "say"),
        "actions/query.yaml": _action("query", "Call a service of the procedure.", "service", "request"),
        **{f"journeys/{each['name']}.yaml": each for each in journeys},
    }
    return {"workspace.toml": _SETTINGS, **{path: as_yaml(value).encode() for path, value in files.items()}}


def as_yaml(value: Any) -> str:
    """Return a value as a person would write it in a workspace."""
    return yaml.safe_dump(value, sort_keys=False, width=120)


def _signals() -> dict[str, Any]:
    return {
        SELECTED: _signal(task="string", acted="string", toward="string", heard="boolean"),
        SAID: _signal(words="string", toward="string"),
        ANSWERED: _signal(words="string", toward="string"),
        ACTED: _signal(act="string"),
    }


def _signal(**fields: str) -> dict[str, Any]:
    properties = {name: {"type": kind} for name, kind in fields.items()}
    return {"schema": {"type": "object", "properties": properties, "required": list(fields)}}


def _action(name: str, description: str, *fields: str) -> dict[str, Any]:
    return {
        "name": name,
        "version": 1,
        "description": description,
        "kind": "write",
        "purpose": "service",
        "input": {
            "type": "object",
            "properties": {each: {"type": "string"} for each in fields},
            "required": list(fields),
            "additionalProperties": False,
        },
        "binding": {
            "connection": "desk",
            "request": {each: f"{{{{arguments.{each}}}}}" for each in fields},
        },
    }
