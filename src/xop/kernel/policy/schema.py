"""The types policies are checked against: actions, their groups, and the context each action brings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct

PRINCIPAL_TYPES = ("Agent", "Operator", "Journey", "DecisionSet", "Trigger", "Source", "Partner")
RESOURCE_TYPE = "Customer"
LEAVES = frozenset({"Bool", "Long", "String", "Set<String>"})

_ACTION = re.compile(r"[A-Za-z0-9_.:@/-]{1,200}")
_ATTRIBUTE = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_-]{0,99}")
_TYPE = re.compile(r"[A-Z][A-Za-z0-9]{0,99}")
_MAX_DEPTH = 12

# Nested: a name (ending in "?" when it may be absent) to one of LEAVES or to a further record.
ContextType = dict[str, Any]


class ActionType(Struct, frozen=True):
    """One action: the groups it belongs to, the context it is judged with and who may ask for it."""

    name: str
    groups: tuple[str, ...]
    context: ContextType
    principals: tuple[str, ...] = PRINCIPAL_TYPES


class Schema(Struct, frozen=True, dict=True):
    """Every action and group that policies may speak of."""

    actions: tuple[ActionType, ...]
    groups: tuple[str, ...] = ()
    principal_types: tuple[str, ...] = PRINCIPAL_TYPES

    @cached_property
    def by_name(self) -> dict[str, ActionType]:
        """Actions by name."""
        return {action.name: action for action in self.actions}

    def admits(self, principal_type: str, action: str) -> bool:
        """Say whether this type of principal may ask for this action at all."""
        known = self.by_name.get(action)
        return known is not None and principal_type in known.principals


def render(
    actions: Sequence[ActionType],
    groups: Sequence[str],
    principal_types: Sequence[str] = PRINCIPAL_TYPES,
) -> str:
    """Return the Cedar schema text; raises ValueError that names every fault when the types cannot be rendered."""
    found = faults(Schema(tuple(actions), tuple(groups), tuple(principal_types)))
    if found:
        raise ValueError("the policy schema has faults: " + "; ".join(found))
    lines = [f"entity {name};" for name in (*principal_types, RESOURCE_TYPE)]
    lines += [f'action "{group}";' for group in groups]
    lines += [_render_action(action) for action in actions]
    return "\n".join(lines) + "\n"


def faults(schema: Schema) -> tuple[str, ...]:
    """Return everything that keeps a schema from being rendered, each as one sentence without a full stop."""
    return tuple(_schema_faults(schema))


def fields(context: Mapping[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """Yield name, type and whether it may be absent, for each attribute of a record type."""
    for name, kind in context.items():
        optional = name.endswith("?")
        yield (name[:-1] if optional else name), kind, optional


def _schema_faults(schema: Schema) -> Iterator[str]:
    names = [*schema.groups, *(action.name for action in schema.actions)]
    yield from (f"action or group {name!r} is declared twice" for name in sorted(_repeated(names)))
    yield from (f"{name!r} is no action name" for name in names if not _ACTION.fullmatch(name))
    yield from (f"{name!r} is no principal type" for name in schema.principal_types if not _TYPE.fullmatch(name))
    for action in schema.actions:
        where = f"action {action.name!r}"
        yield from (f"{where}: group {g!r} is not declared" for g in action.groups if g not in schema.groups)
        yield from (f"{where}: {p!r} is not declared" for p in action.principals if p not in schema.principal_types)
        if not action.principals:
            yield f"{where} is open to no principal type"
        yield from _record_faults(action.context, f"{where}: context", _MAX_DEPTH)


def _record_faults(record: Mapping[str, Any], where: str, depth: int) -> Iterator[str]:
    if depth == 0:
        yield f"{where} is nested deeper than {_MAX_DEPTH} records"
        return
    yield from (f"{where}.{name} is declared twice" for name in _repeated([name for name, _, _ in fields(record)]))
    for name, kind, _ in fields(record):
        if not _ATTRIBUTE.fullmatch(name):
            yield f"{where}: {name!r} is no attribute name"
        if isinstance(kind, dict):
            yield from _record_faults(kind, f"{where}.{name}", depth - 1)
        elif not isinstance(kind, str) or kind not in LEAVES:
            yield f"{where}.{name} has the unknown type {kind!r}"


def _repeated(names: Sequence[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()


def _render_action(action: ActionType) -> str:
    parents = ", ".join(f'Action::"{group}"' for group in action.groups)
    member = f" in [{parents}]" if parents else ""
    principals = ", ".join(action.principals)
    context = _render_record(action.context)
    applies = f"principal: [{principals}], resource: [{RESOURCE_TYPE}], context: {context}"
    return f'action "{action.name}"{member} appliesTo {{ {applies} }};'


def _render_record(record: Mapping[str, Any]) -> str:
    parts = [
        f'"{name}"{"?" if optional else ""}: {_render_record(kind) if isinstance(kind, dict) else kind}'
        for name, kind, optional in fields(record)
    ]
    return "{ " + ", ".join(parts) + " }"
