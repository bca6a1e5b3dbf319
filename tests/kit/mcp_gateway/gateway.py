"""The gateway in front of the server of everything: both real, on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import uvicorn

from tests.kit.mcp_everything import definitions, prompts, resources
from tests.kit.mcp_everything.events import KeptEvents
from tests.kit.mcp_everything.server import everything
from xop.assembly import Platform, open_with
from xop.faces.http import listen, serve
from xop.faces.mcp.mounting import McpMount
from xop.kernel.actions.operations import fingerprint
from xop.kernel.base.actor import SYSTEM
from xop.kernel.commands import Signal
from xop.kernel.identity.model import Identifier

CUSTOMER = "user_id:tester"

_KEY = b"a key that seals nothing of worth"
_SHUT = '@id("gateway.shut")\n@message("Nothing is let through.")\nforbid (principal is Agent, action, resource);'


class Gateway(NamedTuple):
    """Where the gateway listens, with the customer that every request is about."""

    url: str
    platform: Platform


def gateway_files(url: str, protocol: str, *, shut: bool = False) -> dict[str, bytes]:
    """Return the workspace: a contract for everything the server offers; `shut` denies every call."""
    actions = {action["name"]: action for action in _actions()}
    settings = {"url": url, "protocol": protocol, "internal": True}
    connection = {"adapter": "mcp", "settings": settings, "breaker_failures": 1000}
    agent = {"actions": ["*"], "autonomy": "act", "customers": "all"}
    breaker = {"rate": None, "denials": None, "errors": None}
    files: dict[str, Any] = {
        "agents.yaml": {"agents": {"tester": {**agent, "breaker": breaker}}},
        "connections.yaml": {"connections": {"everything": connection}},
        "identity.yaml": {"namespaces": {"user_id": {"kind": "account", "strong": True, "priority": 10}}},
        "purposes.yaml": {"purposes": {"test": {"basis": "contract"}}},
        "operations/everything.yaml": _operations(),
        **{f"actions/{name}.yaml": action for name, action in actions.items()},
    }
    written = {path: json.dumps(content).encode() for path, content in files.items()}
    policy = f"{_SHUT}\n" if shut else ""
    return {**written, "workspace.toml": b'name = "gateway"\n', "policies/gateway.cedar": policy.encode()}


def _actions() -> Iterator[dict[str, Any]]:
    for tool in definitions.TOOL_LIST:
        request: dict[str, Any] = {"tool": tool.name, "arguments": "{{arguments}}"}
        yield _action(tool.name, "write", tool.description or tool.name, request, tool.input_schema)
    for number, resource in enumerate(resources.RESOURCES):
        yield _action(f"resource_{number}", "read", resource.description or "", {"resource": str(resource.uri)})
    for number, template in enumerate(resources.TEMPLATES):
        uri = template.uri_template.replace("{id}", "{{arguments.id}}")
        yield _action(f"template_{number}", "read", template.description or "", {"resource": uri}, _texts("id"))
    for prompt in prompts.PROMPT_LIST:
        names = [each.name for each in prompt.arguments or ()]
        asks: dict[str, Any] = {
            "prompt": prompt.name,
            "arguments": {name: f"{{{{arguments.{name}}}}}" for name in names},
        }
        yield _action(f"prompt_{prompt.name}", "read", prompt.description or "", asks, _texts(*names))
    properties = {"ref": {"type": "object"}, "argument": {"type": "object"}}
    schema = {"type": "object", "required": ["ref", "argument"], "properties": properties}
    complete: dict[str, Any] = {"ref": "{{arguments.ref}}", "argument": "{{arguments.argument}}"}
    yield _action("complete_anything", "read", "Complete an argument.", {"complete": complete}, schema)


def _action(
    name: str, kind: str, description: str, request: dict[str, Any], schema: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "version": 1,
        "description": description,
        "kind": kind,
        "purpose": "test",
        "input": schema or _texts(),
        "binding": {"connection": "everything", "request": {**request, "result": "whole"}},
    }


def _texts(*names: str) -> dict[str, Any]:
    properties = {name: {"type": "string"} for name in names}
    return {"type": "object", "properties": properties, "required": list(names), "additionalProperties": False}


def _operations() -> dict[str, Any]:
    """Return everything the server offers as accepted, word for word."""
    sections = {
        "tools": (definitions.TOOL_LIST, "name"),
        "resources": (resources.RESOURCES, "uri"),
        "templates": (resources.TEMPLATES, "uriTemplate"),
        "prompts": (prompts.PROMPT_LIST, "name"),
    }
    accepted: dict[str, Any] = {"name": "everything"}
    for section, (listed, key) in sections.items():
        told = [each.model_dump(by_alias=True, mode="json", exclude_none=True) for each in listed]
        accepted[section] = {each[key]: {"sha256": fingerprint(each), "definition": each} for each in told}
    return accepted


@asynccontextmanager
async def open_gateway(data: Path, protocol: str, *, shut: bool = False) -> AsyncIterator[Gateway]:
    """Open the gateway on a data folder, with the server of everything behind it, spoken to in one era."""
    async with _upstream() as url:
        platform = await open_with(data, gateway_files(url, protocol, shut=shut))
        stop, ready = asyncio.Event(), asyncio.Event()
        try:
            await platform.start()
            await _meet(platform)
            with listen() as listening:
                served = serve(platform, listening, ready.set, stop, (McpMount(_KEY, "tester"),))
                server = asyncio.create_task(served)
                async with asyncio.timeout(10):
                    await ready.wait()
                host, port = listening.getsockname()
                try:
                    yield Gateway(f"http://{host}:{port}/mcp?customer={quote(CUSTOMER)}", platform)
                finally:
                    stop.set()
                    async with asyncio.timeout(30):
                        await server
        finally:
            await platform.stop()


async def _meet(platform: Platform) -> None:
    """Let the platform know the customer."""
    found = Identifier.parse(CUSTOMER)
    assert found is not None
    data = {"traits": {"met": True}}
    seen = Signal("seen", "xop.profile", "test", platform.runtime.clock.now(), SYSTEM, (found,), data)
    answer = await platform.engine.submit(seen)
    assert answer.refusal is None, answer.refusal


@asynccontextmanager
async def _upstream() -> AsyncIterator[str]:
    app = everything().streamable_http_app(event_store=KeptEvents(), retry_interval=100)
    with listen() as listening:
        server = uvicorn.Server(uvicorn.Config(app, http="h11", log_config=None, timeout_graceful_shutdown=1))
        serving = asyncio.create_task(server.serve([listening]))
        host, port = listening.getsockname()
        try:
            yield f"http://{host}:{port}/mcp"
        finally:
            server.should_exit = True
            async with asyncio.timeout(30):
                await serving
