"""HTTP requests of MCP, written beforehand: one call of the tool, in either era of the protocol."""

import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

MODERN = "2026-07-28"
SESSIONS = "2025-06-18"
"""The newest revision with a handshake that every gateway here speaks."""

EXPECTED = '"litres'
"""What the answer to every call holds: the tool gives its arguments back."""

TOOL = "take_reading"

_CLIENT = {"name": "bench", "version": "1.0"}
_PREFIX = "io.modelcontextprotocol/"
_MIXED = 512
"""Different calls; callers begin anew after the last."""

Meta = Iterator[Mapping[str, Any]]


def modern_calls(path: str, bearer: str = "", meta: Meta | None = None) -> tuple[str, ...]:
    """Return calls that stand for themselves, as of 2026-07-28, each with something of its own in `_meta`."""
    own = {
        f"{_PREFIX}protocolVersion": MODERN,
        f"{_PREFIX}clientCapabilities": {},
        f"{_PREFIX}clientInfo": _CLIENT,
    }
    headers = {"mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": TOOL}
    return tuple(
        written(
            path, _message("tools/call", {**params, "_meta": {**own, **(next(meta) if meta else {})}}), bearer, headers
        )
        for params in _readings(TOOL)
    )


def session_calls(path: str, bearer: str = "", tool: str = TOOL) -> tuple[str, ...]:
    """Return calls that belong to a session, which `{session}` stands for."""
    headers = {"mcp-protocol-version": SESSIONS, "mcp-session-id": "{session}"}
    return tuple(written(path, _message("tools/call", params), bearer, headers) for params in _readings(tool))


def greetings(path: str, bearer: str = "") -> tuple[str, ...]:
    """Return what opens a session."""
    params = {"protocolVersion": SESSIONS, "capabilities": {}, "clientInfo": _CLIENT}
    headers = {"mcp-protocol-version": SESSIONS, "mcp-session-id": "{session}"}
    initialized = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    return (
        written(path, _message("initialize", params), bearer, {}),
        written(path, initialized, bearer, headers),
    )


def written(path: str, message: Mapping[str, Any], bearer: str, headers: Mapping[str, str]) -> str:
    """Return a whole request, head and body."""
    body = json.dumps(message)
    given = {
        "host": "127.0.0.1",
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        **({"authorization": f"Bearer {bearer}"} if bearer else {}),
        **headers,
        "content-length": str(len(body)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n{body}"


def _message(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def _readings(tool: str) -> Iterator[dict[str, Any]]:
    chance = Random(7)
    for number in range(_MIXED):
        arguments = {"meter": f"M-{number:05}", "litres": chance.randrange(1, 40_000_000)}
        yield {"name": tool, "arguments": arguments}
