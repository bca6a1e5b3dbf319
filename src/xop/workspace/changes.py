"""Checks what the changes of signal types refer to."""

from collections.abc import Iterator, Mapping
from typing import Any

from xop.kernel.consent.answer import ANY
from xop.kernel.signals.model import Change, ConsentStep, Propose, SignalType
from xop.workspace.jsonschemas import compile_schema
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.purposes import RESERVED
from xop.workspace.signals import WRITTEN
from xop.workspace.sources import Item, Sources
from xop.workspace.texts import is_constant

_PREFIX = "xop."
_KINDS = tuple(name for name in Change.__struct_fields__ if name != "when")


def check_signals(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong between the signal types and the rest of the workspace."""
    for name, item in sources.signals.items():
        if name.startswith(_PREFIX):
            yield item.place.problem(f"types that begin with {_PREFIX!r} are the platform's", "name it otherwise")
        for namespace in item.value.identifiers:
            yield from sources.missing("namespaces", namespace, item.place.at("identifiers", namespace))
        yield from _changes(sources, item)


def _changes(sources: Sources, item: Item[SignalType]) -> Iterator[Problem]:
    for index, change in enumerate(item.value.changes):
        place = item.place.at("changes", index)
        if all(getattr(change, kind) is None for kind in _KINDS):
            written = ", ".join(WRITTEN.get(kind, kind) for kind in _KINDS)
            yield place.problem("the change changes nothing", f"add one of: {written}")
        if isinstance(change.sets, str) and not (change.sets.startswith("{{") and change.sets.endswith("}}")):
            yield place.at("set").problem("a text is no map of fields", "write `field: value` below, or one `{{…}}`")
        if change.consent is not None:
            yield from _consent(sources, change.consent, place.at("consent"))
        if change.verify is not None and change.verify.result == "verified" and change.verify.level == 0:
            yield place.at("verify").problem("the verification has no level", "add `level: 1`, 2 or 3")
        if change.contact is not None:
            yield from _constant(sources, "purposes", change.contact.purpose, place.at("contact", "purpose"))
            yield from _constant(sources, "channels", change.contact.channel, place.at("contact", "channel"))
        if change.conversation is not None:
            yield from _constant(sources, "channels", change.conversation.channel, place.at("conversation", "channel"))
        if change.propose is not None:
            yield from _proposal(sources, change.propose, place.at("propose"))


def _constant(sources: Sources, section: str, text: str, place: Place) -> Iterator[Problem]:
    if text and is_constant(text):
        yield from sources.missing(section, text, place)


def _consent(sources: Sources, step: ConsentStep, place: Place) -> Iterator[Problem]:
    if step.purpose not in RESERVED:
        yield from _constant(sources, "purposes", step.purpose, place.at("purpose"))
    if step.channel != ANY:
        yield from _constant(sources, "channels", step.channel, place.at("channel"))
    elif step.change == "grant":
        yield place.problem("a grant for every channel is no consent", "name the channel the customer agreed to")


def _proposal(sources: Sources, step: Propose, place: Place) -> Iterator[Problem]:
    yield from sources.missing("actions", step.action, place.at("action"))
    item = sources.actions.get(step.action)
    if item is None:
        return
    purposes = (item.value.purpose, *item.value.other_purposes)
    if step.purpose is not None and step.purpose not in purposes:
        cause = f"the action {step.action!r} does not serve the purpose {quote(step.purpose)}"
        yield place.at("purpose").problem(cause, nearest(step.purpose, purposes))
    yield from _arguments(item.value.input, step, place)


def _has_placeholder(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_placeholder, value.values()))
    if isinstance(value, list):
        return any(map(_has_placeholder, value))
    return isinstance(value, str) and not is_constant(value)


def _definitions(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"$defs": schema["$defs"]} if "$defs" in schema else {}


def _arguments(schema: Mapping[str, Any], step: Propose, place: Place) -> Iterator[Problem]:
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
