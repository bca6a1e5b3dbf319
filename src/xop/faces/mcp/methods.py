"""The methods: what agents may ask, by name, for either era of the protocol."""

from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from typing import Any

from mcp_types import SERVER_INFO_META_KEY
from mcp_types.jsonrpc import METHOD_NOT_FOUND
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from xop.faces.mcp.call import Call
from xop.faces.mcp.relays import complete, get_prompt, list_prompts, list_resources, list_templates, read_resource
from xop.faces.mcp.tasks import cancel_task, get_task, update_task
from xop.faces.mcp.tools import call_tool, list_tools
from xop.faces.mcp.wire import TASKS, RpcError

Method = Callable[[Call], Awaitable[dict[str, Any]]]

NAME, VERSION = "xop", version("xop")

INSTRUCTIONS = (
    "Every call is judged for the customer it is about before it is carried out. A call that is refused says why; do not "
    "repeat it unchanged. A call that waits is kept: ask get_request_status or its task what became of it."
)

_INFO = {SERVER_INFO_META_KEY: {"name": NAME, "version": VERSION}}

CAPABILITIES: dict[str, Any] = {
    "tools": {"listChanged": True},
    "resources": {"listChanged": True},
    "prompts": {"listChanged": True},
    "completions": {},
    "extensions": {TASKS: {}},
}


async def discover(_call: Call) -> dict[str, Any]:
    """Answer `server/discover`."""
    return {
        "supportedVersions": list(MODERN_PROTOCOL_VERSIONS),
        "capabilities": CAPABILITIES,
        "instructions": INSTRUCTIONS,
        "ttlMs": 3_600_000,
        "cacheScope": "public",
    }


METHODS: Mapping[str, Method] = {
    "server/discover": discover,
    "tools/list": list_tools,
    "tools/call": call_tool,
    "resources/list": list_resources,
    "resources/templates/list": list_templates,
    "resources/read": read_resource,
    "prompts/list": list_prompts,
    "prompts/get": get_prompt,
    "completion/complete": complete,
    "tasks/get": get_task,
    "tasks/update": update_task,
    "tasks/cancel": cancel_task,
}


async def answer(call: Call) -> dict[str, Any]:
    """Return the result of a request, in the trace that it came in; raises RpcError, and what the engine raises."""
    method = METHODS.get(call.method)
    if method is None:
        raise RpcError(METHOD_NOT_FOUND, "Method not found", call.method[:100])
    result, trace = await method(call), call.trace
    if trace:
        result["_meta"] = {**result.get("_meta", {}), **trace}
    return result


def stamped(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result as the modern wire asks for it: with its type, and with who we are."""
    meta = result.get("_meta")
    return {"resultType": "complete", **result, "_meta": {**meta, **_INFO} if meta else _INFO}
