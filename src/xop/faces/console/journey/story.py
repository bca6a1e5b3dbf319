"""The story of a journey in words: its steps, its versions, and the way of one customer."""

from collections.abc import Mapping
from difflib import unified_diff
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from xop.faces.console.journey.drawing import KINDS
from xop.faces.console.words import Words, marked
from xop.faces.http.flow_chart import StepFlow

WAYS: Mapping[str, str] = marked(
    {
        "next": "went on",
        "done": "it was done",
        "late": "it took too long",
        "denied": "it was denied",
        "held": "it was held",
        "failed": "it failed",
        "nothing": "nothing was suitable",
        "permitted": "it was permitted",
        "otherwise": "no case held",
        "join": "the paths came together",
        "path": "one of the paths",
        "<again>": "once more",
    }
)
"""How a run leaves a step, in words; any other is a name of the workspace."""

WAITS: Mapping[str, str] = marked(
    {
        "time": "for its time",
        "signal": "for a signal",
        "invocation": "for an action",
        "choice": "for a choice",
        "person": "for a person",
        "run": "for another journey",
        "paths": "for its paths",
        "handover": "for people to hand back",
    }
)
"""What a run waits for, in words."""


class Difference(Struct, frozen=True):
    """One step that two versions have otherwise, with its lines."""

    step: str
    change: str
    lines: tuple[tuple[str, str], ...]
    """A sign (`+`, `-` or a blank) and the line."""


class Address(Struct, frozen=True):
    """The address of a journey's page with what is asked of it."""

    path: str
    values: Mapping[str, str]

    def of(self, **more: str) -> str:
        """Return it with other values; an empty one is left out."""
        query = {name: value for name, value in {**self.values, **more}.items() if value}
        return f"{self.path}?{urlencode(query)}" if query else self.path

    @property
    def open(self) -> str:
        """The address to which one more value can be added, without the chosen step."""
        query = {name: value for name, value in self.values.items() if value and name != "step"}
        return f"{self.path}?{urlencode(query)}&" if query else f"{self.path}?"


def said_of(flow: StepFlow, words: Words) -> str:
    """Return a step in one sentence."""
    told = words.text("%(step)s %(kind)s: %(reached)s came, %(here)s are here, %(left)s left here") % {
        "step": flow.step.replace("_", " "),
        "kind": words.text(KINDS.get(flow.kind, flow.kind)),
        "reached": words.number(flow.reached),
        "here": words.number(flow.here),
        "left": words.number(flow.left),
    }
    return f"{told} ({words.share(flow.share)})" if flow.left else told


def differences(changes: list[Any]) -> list[Difference]:
    """Return the steps that differ, each with its lines as they were and as they are."""
    found = []
    for each in changes:
        lines = unified_diff(each.before.splitlines(), each.after.splitlines(), lineterm="", n=99)
        shown = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
        found.append(Difference(each.step, each.change, tuple((line[:1], line[1:]) for line in shown)))
    return found
