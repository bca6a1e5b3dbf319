"""Checks accepted operations against the connections and actions of a workspace, and writes the files that hold them."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import yaml

from xop.kernel.actions.model import Action, Connection
from xop.kernel.actions.operations import Operation, Operations, fingerprint, pinned
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.sources import Item, Sources

ADAPTER = "mcp"

PINNED = frozenset({ADAPTER, "a2a"})
"""Adapters whose operations are pinned."""
"""The kind of connection whose operations are accepted one by one."""

FOLDER = "operations"

KINDS = ("tools", "resources", "templates", "prompts")
"""The sections of an operations file."""

_WHOLE = re.compile(r"\{\{\s*arguments\s*\}\}")
_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_$./-]*")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_WIDTH = 110


def check_operations(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong with accepted operations, and with actions bound to what was not accepted."""
    for name, item in sources.operations.items():
        yield from _connection(sources, name, item)
        yield from _fingerprints(item)
    for action in sources.actions.values():
        connection = sources.connections.get(action.value.binding.connection)
        if connection is not None and connection.value.adapter == ADAPTER:
            yield from _binding(sources, action)


def pinned_connections(sources: Sources) -> Mapping[str, Connection]:
    """Return every connection, with the operations of it that were accepted."""
    found: dict[str, Connection] = {}
    for name, item in sources.connections.items():
        accepted = sources.operations.get(name)
        found[name] = pinned(item.value, accepted.value) if accepted is not None else item.value
    return MappingProxyType(found)


def operations_text(operations: Operations) -> str:
    """Return an operations file; reading it gives every definition back to the letter."""
    sections: dict[str, Any] = {"name": operations.name}
    for kind in KINDS:
        held: Mapping[str, Operation] = getattr(operations, kind)
        if held:
            sections[kind] = {
                name: {"sha256": each.sha256, "definition": each.definition} for name, each in sorted(held.items())
            }
    remark = (
        "# Definitions as they were accepted. `xop operations accept` writes this file; an edited one is refused.\n"
    )
    return remark + yaml_text(sections)


def yaml_text(value: Any) -> str:
    """Return a value as YAML in which no text can be taken for anything else, and nothing hidden stays hidden."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=False, width=_WIDTH)


class _Dumper(yaml.SafeDumper):
    """Writes no aliases, and quotes every text that is not one plain word."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - as the library has it
        """Write everything out."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


_Dumper.add_representer(str, _text)


def _connection(sources: Sources, name: str, item: Item[Operations]) -> Iterator[Problem]:
    yield from sources.missing("connections", name, item.place.at("name"))
    connection = sources.connections.get(name)
    if connection is not None and connection.value.adapter not in PINNED:
        cause = f"the connection {name!r} is of the kind {connection.value.adapter!r}, which has no operations"
        yield item.place.at("name").problem(cause, "remove the file")


def _fingerprints(item: Item[Operations]) -> Iterator[Problem]:
    for kind in KINDS:
        for name, each in getattr(item.value, kind).items():
            if fingerprint(each.definition) != each.sha256:
                cause = f"the definition of {quote(name)} is not the one that was accepted"
                remedy = f"run `xop operations accept {item.value.name}` instead of editing it"
                yield item.place.at(kind, name).problem(cause, remedy)


def _binding(sources: Sources, item: Item[Action]) -> Iterator[Problem]:
    binding = item.value.binding
    place = item.place.at("binding", "request")
    accepted = sources.operations.get(binding.connection)
    if accepted is None:
        if binding.connection not in sources.names(FOLDER):
            cause = f"nothing of the connection {binding.connection!r} was accepted"
            yield place.problem(cause, f"run `xop operations import {binding.connection}`")
        return
    for kind, field in (("tools", "tool"), ("prompts", "prompt")):
        name = binding.request.get(field)
        if not isinstance(name, str) or not name or "{{" in name:
            continue
        known: Mapping[str, Operation] = getattr(accepted.value, kind)
        if name not in known:
            yield place.at(field).problem(
                f"the {field} {quote(name)} was not accepted", _remedy(name, known, binding.connection)
            )
        else:
            yield from _arguments(item, _wanted(kind, known[name].definition), place)


def _remedy(name: str, known: Mapping[str, Operation], connection: str) -> str:
    return nearest(name, known, "use one that was") + f" or run `xop operations accept {connection}`"


def _wanted(kind: str, definition: Mapping[str, Any]) -> list[str]:
    """Return the arguments that a tool or prompt cannot do without."""
    if kind == "tools":
        schema = definition.get("inputSchema")
        required = schema.get("required") if isinstance(schema, Mapping) else None
        return [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
    listed = definition.get("arguments")
    arguments = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    return [str(each.get("name")) for each in arguments if each.get("required") is True]


def _arguments(item: Item[Action], wanted: list[str], place: Place) -> Iterator[Problem]:
    given = item.value.binding.request.get("arguments", {})
    if isinstance(given, str):
        if not _WHOLE.fullmatch(given):
            return
        sure = item.value.input.get("required")
        given, remedy = (sure if isinstance(sure, list) else []), "make it one of `required` of the action's `input`"
    else:
        remedy = "write it below `arguments`"
    missing = [name for name in wanted if name not in given]
    for name in missing:
        yield place.at("arguments").problem(f"the argument {quote(name)} is required and not given", remedy)
