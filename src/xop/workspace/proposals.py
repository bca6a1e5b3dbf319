"""Checks what signals and journeys propose against the contracts of the actions."""

from collections.abc import Iterator, Mapping
from typing import Any

from xop.kernel.journeys.model import ProposeStep
from xop.kernel.signals.model import Propose
from xop.workspace.jsonschemas import compile_schema
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.sources import Sources
from xop.workspace.texts import is_constant

_Proposed = Propose | ProposeStep


def check_proposed(sources: Sources, step: _Proposed, place: Place) -> Iterator[Problem]:
    """Yield what is wrong between something proposed and the action: its purpose and its arguments."""
    yield from sources.missing("actions", step.action, place.at("action"))
    item = sources.actions.get(step.action)
    if item is None:
        return
    purposes = (item.value.purpose, *item.value.other_purposes)
    if step.purpose is not None and step.purpose not in purposes:
        cause = f"the action {step.action!r} does not serve the purpose {quote(step.purpose)}"
        yield place.at("purpose").problem(cause, nearest(step.purpose, purposes))
    yield from _arguments(item.value.input, step, place)


def _arguments(schema: Mapping[str, Any], step: _Proposed, place: Place) -> Iterator[Problem]:
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if not isinstance(properties, dict) or not isinstance(required, list):
        return
    if schema.get("additionalProperties") is False:
        for name in step.arguments.keys() - properties.keys():
            cause = f"the action {step.action!r} takes no argument {quote(name)}"
            yield place.at("arguments", name).problem(cause, nearest(name, properties, "it takes"))
    for name, value in step.arguments.items():
        schema_of = properties.get(name)
        if isinstance(schema_of, dict) and not _has_placeholder(value):
            misfit = compile_schema({**schema_of, **_definitions(schema)}, place, [])
            reason = misfit(value) if misfit is not None else None
            if reason is not None:
                remedy = f"write what the input of {step.action!r} asks for"
                yield place.at("arguments", name).problem(f"the argument {quote(name)} does not fit: {reason}", remedy)
    for name in required:
        if isinstance(name, str) and name not in step.arguments:
            cause = f"the action {step.action!r} needs the argument {quote(name)}"
            yield place.at("arguments").problem(cause, f"add `{name}: …` to the arguments")


def _has_placeholder(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_placeholder, value.values()))
    if isinstance(value, list):
        return any(map(_has_placeholder, value))
    return isinstance(value, str) and not is_constant(value)


def _definitions(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"$defs": schema["$defs"]} if "$defs" in schema else {}
