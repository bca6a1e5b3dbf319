"""The catalogue: the tools that each agent sees, told in the enterprise's own words."""

from collections.abc import Mapping
from typing import Any

import msgspec
from mcp.shared.inbound import x_mcp_header_map
from msgspec import Raw, Struct

from xop.faces.http.keys import Caller
from xop.faces.mcp.handover_form import DEFINITION, SCOPE
from xop.kernel.actions.notices import notices_of
from xop.kernel.base.actor import Actor
from xop.kernel.base.principal import Principal
from xop.kernel.release import CompiledAction, Release

_MOST_LISTS = 256

STATUS = "get_request_status"

STATUS_TOOL: dict[str, Any] = {
    "name": STATUS,
    "description": (
        "Tells what became of an earlier request or handover of yours that waits for a person or a time: its state, "
        "and its result once it has been carried out. Asking changes nothing; do not repeat a request that waits."
    ),
    "inputSchema": {
        "type": "object",
        "properties": {"request": {"type": "string", "description": "The id that the answer to the request named."}},
        "required": ["request"],
        "additionalProperties": False,
    },
    "annotations": {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False},
}
"""The tool by which clients without tasks learn what became of a request."""

_SUBJECT = {
    "customer": {
        "type": "string",
        "description": "Whom this is about: the customer's id, or an identifier as `namespace:value`.",
    },
    "conversation": {"type": "string", "description": "The id of the conversation in which this is asked."},
}


class Tool(Struct, frozen=True):
    """An action as agents see it."""

    compiled: CompiledAction
    properties: Mapping[str, Any]
    """The arguments of its contract."""
    mirrored: bool
    """Whether some arguments are repeated in headers."""
    whole: bool
    """Whether the other side's results are passed on as they are."""


class Catalogue:
    """Tools by release and principal, made once for each."""

    def __init__(self) -> None:
        self._release: Release | None = None
        self._tools: dict[str, Tool] = {}
        self._lists: dict[tuple[Actor, bool, bool], Raw] = {}

    def tool(self, release: Release, principal: Principal, name: str) -> Tool | None:
        """Return a tool that an agent sees, or None."""
        self._follow(release)
        tool = self._tools.get(name)
        return tool if tool is not None and granted(principal, tool.compiled) else None

    def listing(self, release: Release, caller: Caller, *, named: bool) -> Raw:
        """Return an agent's tools as JSON, deprecated ones last; `named` when its requests name the customer elsewhere."""
        self._follow(release)
        principal, passes_on = caller.principal, hands_over(release, caller)
        key = principal.actor, named, passes_on
        found = self._lists.get(key)
        if found is None:
            if len(self._lists) >= _MOST_LISTS:
                self._lists.clear()
            tools = [
                definition(tool, named=named)
                for _, tool in sorted(self._tools.items(), key=_deprecated_last)
                if granted(principal, tool.compiled)
            ]
            handing_over = [_handing_over(named=named)] if passes_on else []
            found = self._lists[key] = Raw(msgspec.json.encode([STATUS_TOOL, *handing_over, *tools]))
        return found

    def _follow(self, release: Release) -> None:
        if release is not self._release:
            self._tools = {name: _tool(each) for name, each in release.actions.items() if not exposed(each)}
            self._lists = {}
            self._release = release


def granted(principal: Principal, compiled: CompiledAction) -> bool:
    """Say whether a principal may propose an action."""
    return principal.may_propose(compiled.action.name, compiled.action.groups)


def hands_over(release: Release, caller: Caller) -> bool:
    """Say whether a caller is shown the tool that hands conversations over: where there are queues, and it may."""
    return bool(release.queues) and SCOPE in caller.scopes


def _handing_over(*, named: bool) -> dict[str, Any]:
    schema = DEFINITION["inputSchema"]
    return DEFINITION | {"inputSchema": schema if named else _with_subject(schema, schema["properties"])}


def exposed(compiled: CompiledAction) -> bool:
    """Say whether an action is shown as the resource, prompt or completion it reads, whole, and so is no tool."""
    action = compiled.action
    request = action.binding.request
    reads = any(request.get(kind) for kind in ("resource", "prompt", "complete"))
    return reads and action.kind == "read" and request.get("result") == "whole"


def definition(tool: Tool, *, named: bool) -> dict[str, Any]:
    """Return what an agent is told of a tool: the contract's words and schema, and what its kind and risk say of it."""
    action = tool.compiled.action
    told: dict[str, Any] = {
        "name": action.name,
        "description": " ".join((action.description, *notices_of(action))),
        "inputSchema": action.input if named else _with_subject(action.input, tool.properties),
        "annotations": {
            "readOnlyHint": action.kind == "read",
            "destructiveHint": action.kind != "read" and action.reversible_by is None,
            "idempotentHint": action.kind == "read",
            "openWorldHint": action.kind == "contact",
        },
    }
    if action.output.get("type") == "object":
        told["outputSchema"] = action.output
    return told


def _deprecated_last(named: tuple[str, Tool]) -> tuple[bool, str]:
    return named[1].compiled.action.deprecated is not None, named[0]


def _tool(compiled: CompiledAction) -> Tool:
    schema = compiled.action.input
    properties = schema.get("properties")
    request = compiled.action.binding.request
    return Tool(
        compiled,
        properties if isinstance(properties, dict) else {},
        bool(x_mcp_header_map(schema)),
        request.get("result") == "whole",
    )


def _with_subject(schema: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that asks for the customer as well, unless that is an argument of the action's own."""
    if "customer" in properties:
        return dict(schema)
    required = schema.get("required")
    return {
        **schema,
        "properties": {**_SUBJECT, **properties},
        "required": [*(required if isinstance(required, list) else []), "customer"],
    }
