"""Checks and compiles action contracts and the connections they are bound to."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from xop.kernel.actions.model import JOURNEYS, TASKS, Action, Connection
from xop.kernel.conditions import Shape
from xop.kernel.release import CompiledAction, CompiledFact, CompiledTold
from xop.kernel.templates import Template
from xop.ports.adapter import AdapterKind
from xop.workspace.environments import outcome_environment, request_environment, reversal_environment
from xop.workspace.jsonschemas import compile_schema
from xop.workspace.principals import STANDING_GROUPS, groups_of, roles_of_people
from xop.workspace.problem import Place, Problem, nearest
from xop.workspace.secrets import check_secrets
from xop.workspace.sources import Item, Sources
from xop.workspace.texts import condition_at, template_at

OWN_CONNECTIONS = {
    JOURNEYS: Connection(JOURNEYS, "journey", description="Journeys that carry actions out."),
    TASKS: Connection(TASKS, "task", description="People who carry actions out."),
}
"""What leads to no outside system; no workspace declares them."""

_CEDAR_TYPES = {"boolean": "Bool", "integer": "Long", "string": "String"}
_NUMBERS = ("integer", "number")
_ATTRIBUTE = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_-]{0,99}")


def check_connections(sources: Sources, kinds: Mapping[str, AdapterKind]) -> Iterator[Problem]:
    """Yield what is wrong with connections, secrets and their adapters' own settings included."""
    for item in sources.connections.values():
        if item.value.name in OWN_CONNECTIONS:
            cause = f"{item.value.name!r} is a connection of the platform's own"
            yield item.place.problem(cause, "give it another name")
        secrets = list(check_secrets(item.value.settings, item.place.at("settings")))
        yield from secrets
        kind = kinds.get(item.value.adapter)
        if kind is None:
            cause = f"there is no adapter {item.value.adapter!r} here"
            yield item.place.at("adapter").problem(cause, nearest(item.value.adapter, kinds))
        elif not secrets:
            for refusal in kind.check_connection(item.value):
                yield item.place.at("settings").problem(refusal.cause, refusal.remedy)


def own_connections(sources: Sources) -> dict[str, Connection]:
    """Return the platform's own connections, those of them that an action of the workspace needs."""
    bound = {item.value.binding.connection for item in sources.actions.values()}
    return {name: each for name, each in OWN_CONNECTIONS.items() if name in bound and name not in sources.connections}


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
    yield from _reversal(sources, item)
    if action.deprecated is not None and action.deprecated.use is not None:
        yield from sources.missing("actions", action.deprecated.use, place.at("deprecated", "use"))


def _reversal(sources: Sources, item: Item[Action]) -> Iterator[Problem]:
    action, place = item.value, item.place
    if action.reversible_by is None:
        if action.reversal:
            cause = "it does not say which action undoes it"
            yield place.at("reversal").problem(cause, "add `reversible_by: ACTION`, or drop `reversal`")
        return
    yield from sources.missing("actions", action.reversible_by, place.at("reversible_by"))
    if action.reversible_by == action.name:
        yield place.at("reversible_by").problem("the action reverses itself", "name the action that undoes it")
    other = sources.actions.get(action.reversible_by)
    if other is None or not action.reversal:
        return
    required, properties = other.value.input.get("required"), other.value.input.get("properties")
    for name in required if isinstance(required, list) else ():
        if name not in action.reversal:
            cause = f"{action.reversible_by!r} needs the argument {name!r}"
            yield place.at("reversal").problem(cause, f"add `{name}: …` to `reversal`")
    known = properties if isinstance(properties, dict) else action.reversal
    for name in action.reversal:
        if name not in known:
            cause = f"{action.reversible_by!r} has no argument {name!r}"
            yield place.at("reversal", name).problem(cause, nearest(name, known))


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
    ways = [name for name in ("journey", "task") if getattr(binding, name) is not None]
    if len(ways) > 1 or (ways and binding.connection not in OWN_CONNECTIONS):
        yield place.problem("it names several ways to be carried out", "keep one of: connection, journey, task")
        return
    if ways:
        yield from _within(sources, item)
        return
    if not binding.connection:
        cause = "the binding does not say who carries the action out"
        yield place.problem(cause, "add `connection: NAME`, `journey: NAME` or `task: {role: ROLE, question: …}`")
        return
    if binding.key or binding.data:
        yield place.problem("`key` and `data` are a journey's", "write them below `request`, or name a `journey`")
    yield from sources.missing("connections", binding.connection, place.at("connection"))
    secrets = list(check_secrets(binding.request, place.at("request")))
    yield from secrets
    connection = sources.connections.get(binding.connection)
    kind = kinds.get(connection.value.adapter) if connection is not None else None
    if kind is not None and not secrets:
        for refusal in kind.check_request(binding.request):
            yield place.at("request").problem(refusal.cause, refusal.remedy)


def _within(sources: Sources, item: Item[Action]) -> Iterator[Problem]:
    """Yield what is wrong with an action that a journey or a person carries out."""
    action, place = item.value, item.place.at("binding")
    if action.kind != "write":
        cause = f"a {action.kind} is carried out over a connection"
        yield place.problem(cause, "make it `kind: write`, or bind it to a connection")
    if action.binding.request:
        yield place.at("request").problem("a journey or task has no request", "drop it")
    if action.binding.journey is not None:
        yield from sources.missing("journeys", action.binding.journey, place.at("journey"))
    task = action.binding.task
    if task is None:
        return
    if (task.role is None) == (task.queue is None):
        yield place.at("task").problem("a task is for a role or for a queue", "add `role: ROLE` or `queue: QUEUE`")
    if task.queue is not None:
        yield from sources.missing("queues", task.queue, place.at("task", "queue"))
    roles = roles_of_people(sources)
    if task.role is not None and task.role not in roles:
        yield place.at("task", "role").problem(f"nobody has the role {task.role!r}", nearest(task.role, roles))


def compile_actions(
    sources: Sources, facts: Mapping[str, CompiledFact], customer: Shape, problems: list[Problem]
) -> dict[str, CompiledAction]:
    """Return every action ready for verdicts; one that cannot be compiled is left out and added to `problems`."""
    compiled: dict[str, CompiledAction] = {}
    for name, item in sources.actions.items():
        action = item.value
        misfit = compile_schema(action.input, item.place.at("input"), problems)
        output_misfit = compile_schema(action.output, item.place.at("output"), problems)
        problems.extend(_input_problems(item))
        problems.extend(_spending(item))
        environment = request_environment(action.input, customer, timeless=action.kind == "read")
        request = template_at(action.binding.template, environment, _request_place(item), problems)
        if misfit is None or request is None:
            continue
        known = tuple(facts[fact] for fact in action.facts if fact in facts)
        tells = _tells(item, customer, problems)
        grouped = replace(action, groups=groups_of(action))
        compiled[name] = CompiledAction(
            action=grouped,
            facts=known,
            arguments=visible_arguments(action.input),
            request=request,
            misfit=misfit,
            tells=tells,
            output_misfit=output_misfit,
            reversal=_reversing(item, problems),
        )
    return compiled


def _request_place(item: Item[Action]) -> Place:
    binding, place = item.value.binding, item.place.at("binding")
    if binding.task is not None:
        return place.at("task")
    return place if binding.journey is not None else place.at("request")


def _reversing(item: Item[Action], problems: list[Problem]) -> Template | None:
    """Return the arguments of the action that undoes this one, as a template."""
    action = item.value
    if action.reversible_by is None:
        return None
    environment = reversal_environment(action.input, action.output)
    return template_at(action.reversal, environment, item.place.at("reversal"), problems)


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


def _spending(item: Item[Action]) -> Iterator[Problem]:
    """Yield what keeps a contract from always saying how much money a run moves: an amount that is not told is no budget's."""
    action, place = item.value, item.place.at("spends", "argument")
    if action.spends is None:
        return
    name, properties, required = action.spends.argument, action.input.get("properties"), action.input.get("required")
    known = properties if isinstance(properties, dict) else {}
    if name not in known:
        yield place.problem(f"the input has no argument {name!r}", nearest(name, known))
        return
    if not isinstance(known[name], dict) or known[name].get("type") not in _NUMBERS:
        cause = f"the argument {name!r} is not always a number"
        yield place.problem(cause, "give it `type: integer` or `type: number` in `input`")
    if not isinstance(required, list) or name not in required:
        yield place.problem(f"the argument {name!r} may be left out", "name it in `required` of `input`")


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
