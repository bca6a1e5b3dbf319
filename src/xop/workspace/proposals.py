"""Checks what signals, journeys, decision sets and populations propose against the contracts of the actions."""

from collections.abc import Iterator, Mapping
from typing import Any

from xop.kernel.actions.model import Action
from xop.kernel.choices.model import Treatment
from xop.kernel.journeys.model import ProposeStep
from xop.kernel.signals.model import Propose
from xop.workspace.jsonschemas import compile_schema
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.sources import Sources
from xop.workspace.texts import is_constant

_Proposed = Propose | ProposeStep | Treatment


def check_proposed(sources: Sources, step: _Proposed, place: Place) -> Iterator[Problem]:
    """Yield what is wrong between something proposed and the action: its purpose and its arguments."""
    yield from sources.missing("actions", step.action, place.at("action"))
    item = sources.actions.get(step.action)
    if item is None:
        return
    purposes = (item.value.purpose, *item.value.other_purposes)
    purpose = None if isinstance(step, Treatment) else step.purpose
    if purpose is not None and purpose not in purposes:
        cause = f"the action {step.action!r} does not serve the purpose {quote(purpose)}"
        yield place.at("purpose").problem(cause, nearest(purpose, purposes))
    yield from check_arguments(item.value, step.arguments, place.at("arguments"))


def check_arguments(action: Action, arguments: Mapping[str, Any], place: Place) -> Iterator[Problem]:
    """Yield what is wrong between arguments, which may hold placeholders, and the input of an action."""
    schema = action.input
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if not isinstance(properties, dict) or not isinstance(required, list):
        return
    if schema.get("additionalProperties") is False:
        for name in sorted(arguments.keys() - properties.keys()):
            cause = f"the action {action.name!r} takes no argument {quote(name)}"
            yield place.at(name).problem(cause, nearest(name, properties, "it takes"))
    for name, value in arguments.items():
        schema_of = properties.get(name)
        if isinstance(schema_of, dict) and not has_placeholder(value):
            misfit = compile_schema({**schema_of, **_definitions(schema)}, place, [])
            reason = misfit(value) if misfit is not None else None
            if reason is not None:
                remedy = f"write what the input of {action.name!r} asks for"
                yield place.at(name).problem(f"the argument {quote(name)} does not fit: {reason}", remedy)
    for name in required:
        if isinstance(name, str) and name not in arguments:
            cause = f"the action {action.name!r} needs the argument {quote(name)}"
            yield place.problem(cause, f"add `{name}: …` to the arguments")


def has_placeholder(value: Any) -> bool:
    """Say whether any text in a JSON-like value is a template."""
    if isinstance(value, dict):
        return any(map(has_placeholder, value.values()))
    if isinstance(value, list):
        return any(map(has_placeholder, value))
    return isinstance(value, str) and not is_constant(value)


def _definitions(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"$defs": schema["$defs"]} if "$defs" in schema else {}
