"""The upstream of every gateway, run as a process of its own: one tool that gives its arguments back, on bare ASGI.

    python benchmarks/overhead/upstream.py PORT

It speaks the revision 2026-07-28, and for gateways that know only earlier ones the handshake of those, without sessions.
As little as possible happens in it, so that what is timed is what stands in front.
"""

import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import uvicorn

DEFINITION: dict[str, Any] = {
    "name": "take_reading",
    "description": "Takes down what a water meter shows.",
    "inputSchema": {
        "type": "object",
        "properties": {"meter": {"type": "string"}, "litres": {"type": "integer"}},
        "required": ["meter", "litres"],
    },
}

_MODERN = "2026-07-28"
_INFO = {"name": "meters", "version": "1.0"}
_CAPABILITIES: dict[str, Any] = {"tools": {}}
_LASTING = {"ttlMs": 3_600_000, "cacheScope": "public"}
_JSON = [(b"content-type", b"application/json")]

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answer one message."""
    if scope["method"] != "POST":
        await _reply(send, 405, b"")
        return
    content = b""
    more = True
    while more:
        piece = await receive()
        content += piece.get("body", b"")
        more = piece.get("more_body", False)
    message = msgspec.json.decode(content)
    if "id" not in message:
        await _reply(send, 202, b"")
        return
    result = _result(message["method"], message.get("params", {}))
    if result is None:
        told = {"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "Method not found"}}
        await _reply(send, 404, msgspec.json.encode(told))
        return
    await _reply(send, 200, msgspec.json.encode({"jsonrpc": "2.0", "id": message["id"], "result": result}))


def _result(method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    if method == "tools/call":
        given = params["arguments"]
        text = msgspec.json.encode(given).decode()
        content = [{"type": "text", "text": text}]
        return {"resultType": "complete", "content": content, "structuredContent": given, "isError": False}
    if method == "tools/list":
        return {"resultType": "complete", "tools": [DEFINITION], **_LASTING}
    if method == "server/discover":
        return {
            "resultType": "complete",
            "supportedVersions": [_MODERN],
            "capabilities": _CAPABILITIES,
            "serverInfo": _INFO,
            **_LASTING,
        }
    if method == "initialize":
        return {"protocolVersion": params["protocolVersion"], "capabilities": _CAPABILITIES, "serverInfo": _INFO}
    return {} if method == "ping" else None


async def _reply(send: Send, status: int, body: bytes) -> None:
    headers = [*_JSON, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _serve(port: int) -> None:
    # Sockets that are not said to be of TCP get their small packets delayed by asyncio.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    config = uvicorn.Config(
        application,
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=3600,
    )
    uvicorn.Server(config).run([listening])


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
