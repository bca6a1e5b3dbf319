"""Checks and compiles action contracts and the connections they are bound to."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from xop.kernel.actions.model import Action
from xop.kernel.conditions import Shape
from xop.kernel.release import CompiledAction, CompiledFact, CompiledTold
from xop.ports.adapter import AdapterKind
from xop.workspace.environments import outcome_environment, request_environment
from xop.workspace.jsonschemas import compile_schema
from xop.workspace.principals import STANDING_GROUPS, groups_of
from xop.workspace.problem import Problem, nearest
from xop.workspace.secrets import check_secrets
from xop.workspace.sources import Item, Sources
from xop.workspace.texts import condition_at, template_at

_CEDAR_TYPES = {"boolean": "Bool", "integer": "Long", "string": "String"}
_ATTRIBUTE = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_-]{0,99}")


def check_connections(sources: Sources, kinds: Mapping[str, AdapterKind]) -> Iterator[Problem]:
    """Yield what is wrong with connections, secrets and their adapters' own settings included."""
    for item in sources.connections.values():
        secrets = list(check_secrets(item.value.settings, item.place.at("settings")))
        yield from secrets
        kind = kinds.get(item.value.adapter)
        if kind is None:
            cause = f"there is no adapter {item.value.adapter!r} here"
            yield item.place.at("adapter").problem(cause, nearest(item.value.adapter, kinds))
        elif not secrets:
            for refusal in kind.check_connection(item.value):
                yield item.place.at("settings").problem(refusal.cause, refusal.remedy)


def check_actions(sources: Sources, kinds: Mapping[str, AdapterKind]) -> Iterator[Problem]:
    """Yield what is wrong between an action and the rest of the workspace."""
    groups = {group for item in sources.actions.values() for group in groups_of(item.value)} | {*STANDING_GROUPS}
    for name, item in sources.actions.items():
        if name in groups:
            yield item.place.at("name").problem(f"{name!r} is a group of actions too", "give one another name")
        yield from _names(sources, item)
        yield from _contact(sources, item)
        yield from _binding(sources, item, kinds)


def _names(sources: Sources, item: Item[Action]) -> Iterator[Problem]:
    action, place = item.value, item.place
    yield from sources.missing("purposes", action.purpose, place.at("purpose"))
    for index, purpose in enumerate(action.other_purposes):
        yield from sources.missing("purposes", purpose, place.at("other_purposes", index))
    for index, fact in enumerate(action.facts):
        yield from sources.missing("facts", fact, place.at("facts", index))
    for index, group in enumerate(action.groups):
        if group in STANDING_GROUPS:
            remedy = "drop it: kind and risk give an action its groups"
            yield place.at("groups", index).problem(f"{group!r} is a group of the platform", remedy)
    for index, told in enumerate(action.tells):
        yield from sources.missing("signals", told.signal, place.at("tells", index, "signal"), "signal type")
    if action.reversible_by is not None:
        yield from sources.missing("actions", action.reversible_by, place.at("reversible_by"))
        if action.reversible_by == action.name:
            yield place.at("reversible_by").problem("the action reverses itself", "name the action that undoes it")


def _contact(sources: Sources, item: Item[Action]) -> Iterator[Problem]:
    action, place = item.value, item.place
    if action.kind != "contact":
        if action.channel is not None:
            cause = f"a {action.kind} has no channel"
            yield place.at("channel").problem(cause, "drop `channel`, or make it `kind: contact`")
        return
    if action.channel is None:
        yield place.at("kind").problem(
            "the contact has no channel", "add `channel: …`: the way it reaches the customer"
        )
        return
    yield from sources.missing("channels", action.channel, place.at("channel"))
    purpose = sources.purposes.get(action.purpose)
    if purpose is not None and purpose.value.channels and action.channel not in purpose.value.channels:
        cause = f"the purpose {action.purpose!r} does not use the channel {action.channel!r}, so nothing is ever sent"
        yield place.at("channel").problem(cause, nearest(action.channel, purpose.value.channels))


def _binding(sources: Sources, item: Item[Action], kinds: Mapping[str, AdapterKind]) -> Iterator[Problem]:
    binding, place = item.value.binding, item.place.at("binding")
    yield from sources.missing("connections", binding.connection, place.at("connection"))
    secrets = list(check_secrets(binding.request, place.at("request")))
    yield from secrets
    connection = sources.connections.get(binding.connection)
    kind = kinds.get(connection.value.adapter) if connection is not None else None
    if kind is not None and not secrets:
        for refusal in kind.check_request(binding.request):
            yield place.at("request").problem(refusal.cause, refusal.remedy)


def compile_actions(
    sources: Sources, facts: Mapping[str, CompiledFact], customer: Shape, problems: list[Problem]
) -> dict[str, CompiledAction]:
    """Return every action ready for verdicts; one that cannot be compiled is left out and added to `problems`."""
    compiled: dict[str, CompiledAction] = {}
    for name, item in sources.actions.items():
        action = item.value
        misfit = compile_schema(action.input, item.place.at("input"), problems)
        compile_schema(action.output, item.place.at("output"), problems)
        problems.extend(_input_problems(item))
        environment = request_environment(action.input, customer, timeless=action.kind == "read")
        request = template_at(action.binding.request, environment, item.place.at("binding", "request"), problems)
        if misfit is None or request is None:
            continue
        known = tuple(facts[fact] for fact in action.facts if fact in facts)
        tells = _tells(item, customer, problems)
        grouped = replace(action, groups=groups_of(action))
        compiled[name] = CompiledAction(grouped, known, visible_arguments(action.input), request, misfit, tells)
    return compiled


def _tells(item: Item[Action], customer: Shape, problems: list[Problem]) -> tuple[CompiledTold, ...]:
    action, tells = item.value, []
    environment = outcome_environment(action.input, action.output, customer)
    for index, told in enumerate(action.tells):
        place, condition = item.place.at("tells", index), None
        if told.when is not None:
            condition = condition_at(told.when, environment, place.at("when"), problems)
        data = template_at(told.data, environment, place.at("data"), problems)
        if data is not None:
            paths = (*data.paths, *(condition.paths if condition is not None else ()))
            tells.append(CompiledTold(told, condition, data, paths))
    return tuple(tells)


def _input_problems(item: Item[Action]) -> Iterator[Problem]:
    if item.value.input.get("type") != "object":
        yield item.place.at("input").problem("the input is no object", "write `type: object` and its `properties`")


def visible_arguments(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return the arguments that policies see, by name, with their Cedar types."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    found = {name: _cedar_type(part) for name, part in properties.items() if _ATTRIBUTE.fullmatch(name)}
    return {name: kind for name, kind in found.items() if kind is not None}


def _cedar_type(schema: Any) -> str | None:
    if not isinstance(schema, Mapping) or not isinstance(kind := schema.get("type"), str):
        return None
    if kind != "array":
        return _CEDAR_TYPES.get(kind)
    items = schema.get("items")
    return "Set<String>" if isinstance(items, Mapping) and items.get("type") == "string" else None
