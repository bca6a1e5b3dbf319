"""The starter catalogue: contracts of core service actions, to be bound to an enterprise's own systems."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import msgspec
import yaml

from xop.kernel.actions.model import Action, Connection
from xop.workspace.operations import yaml_text

_UNBOUND = {"connection": "unbound"}


@lru_cache(maxsize=1)
def core_texts() -> MappingProxyType[str, str]:
    """Return the contracts by name, as they are written: without a binding."""
    folder = files("xop.workspace") / "catalogue"
    texts = {each.name.removesuffix(".yaml"): each.read_text("utf-8") for each in folder.iterdir()}
    return MappingProxyType(dict(sorted(texts.items())))


@lru_cache(maxsize=1)
def core_actions() -> MappingProxyType[str, Action]:
    """Return the contracts by name."""
    return MappingProxyType({name: _action(text) for name, text in core_texts().items()})


def bound_text(name: str, connection: Connection, purpose: str) -> str:
    """Return a contract as a workspace's file, bound to a connection by a request for its adapter to be looked over."""
    text = core_texts()[name]
    action = core_actions()[name]
    if purpose != action.purpose:
        text = text.replace(f"purpose: {action.purpose}\n", f"purpose: {purpose}\n", 1)
    binding = {"binding": {"connection": connection.name, "request": request_for(action, connection.adapter)}}
    return f"{text}# Look the request over: it must say what the other side of {connection.name} expects.\n{yaml_text(binding)}"


def request_for(action: Action, adapter: str) -> dict[str, Any]:
    """Return a request with the action's arguments in the form that an adapter reads."""
    arguments = {name: f"{{{{arguments.{name}}}}}" for name in action.input.get("required", ())}
    whole = {"arguments": "{{arguments}}", "customer": "{{customer.id}}"}
    path = f"/{action.name.replace('_', '-')}"
    lines = "\n".join(f"{each}: {value}" for each, value in arguments.items()) or action.description
    written: dict[str, dict[str, Any]] = {
        "http": {"method": "POST", "path": path, "body": whole},
        "mcp": {"tool": action.name, "arguments": "{{arguments}}"},
        "python": {"call": action.name, "arguments": {**arguments, "customer": "{{customer.id}}"}},
        "webhook": {"type": action.name, "data": whole},
        "shared_signals": {"event": action.name.replace("_", "-"), "subject": "{{customer.id}}", "data": whole},
        "a2a": {"text": action.description, "packet": whole},
        "smtp": {"subject": arguments.get("subject", action.name), "text": arguments.get("text", lines)},
        "console": {"text": " ".join((action.name, *arguments.values()))},
    }
    if adapter == "http" and action.kind == "read":
        return {"method": "GET", "path": path, **({"query": arguments} if arguments else {})}
    return written.get(adapter) or {**arguments, "output": _example(action.output)}


def _action(text: str) -> Action:
    return msgspec.convert({**yaml.safe_load(text), "binding": _UNBOUND}, Action)


def _example(schema: Mapping[str, Any]) -> Any:
    """Return the smallest output that fits a contract of this catalogue."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "date":
        return "2030-01-01"
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        return {name: _example(properties[name]) for name in schema.get("required", ())}
    return {"integer": 1, "boolean": True}.get(str(schema.get("type")), "example")
