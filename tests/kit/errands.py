"""The harbour with actions that journeys and people carry out."""

import json
from typing import Any

from tests.kit.ferries import files_with, notice
from xop.assembly import compiled
from xop.kernel.release import Release

COUNT = {"type": "object", "properties": {"boats": {"type": "integer"}}, "required": ["boats"]}

WELCOME = {
    "reentry": "after_end",
    "entries": [{"api": True}],
    "steps": {
        "greet": {**notice(), "next": "rest"},
        "rest": {"wait": {"for": "2h"}, "next": "over"},
        "over": {"end": {"outcome": "welcomed"}},
    },
}


def action(name: str, binding: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "version": 1,
        "description": "Something to be carried out.",
        "kind": "write",
        "purpose": "service",
        "input": {"type": "object", "properties": {"pier": {"type": "string"}}, "additionalProperties": False},
        "binding": binding,
        **more,
    }


def task(**more: Any) -> dict[str, Any]:
    return {"task": {"role": "care", "question": "Count the boats at {{arguments.pier}}.", "within": "2h", **more}}


GUIDED = action("welcome_guest", {"journey": "welcome", "data": {"pier": "{{arguments.pier}}"}})


def rules(
    *actions: dict[str, Any], journey: dict[str, Any] | None = None, queues: dict[str, Any] | None = None
) -> Release:
    """Return the harbour's release with the journey `welcome`, some actions and queues."""
    return compiled(files_of(*actions, journey=journey, queues=queues))


def files_of(
    *actions: dict[str, Any], journey: dict[str, Any] | None = None, queues: dict[str, Any] | None = None
) -> dict[str, bytes]:
    """Return the files of such a release."""
    files = files_with({"welcome": journey or WELCOME})
    for each in actions:
        files[f"actions/{each['name']}.yaml"] = json.dumps(each).encode()
    if queues:
        files["queues.yaml"] = json.dumps({"queues": queues}).encode()
    return files
