"""An MCP server on loopback that answers as it is told, by the revision without sessions, and keeps what it was sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.adapters.web_server import Arrived
from xop.adapters.mcp import McpKind
from xop.adapters.mcp.adapter import McpAdapter
from xop.kernel.actions.model import Connection
from xop.kernel.actions.operations import Operation, Operations, fingerprint, pinned
from xop.ports.adapter import Sending, Sent

REVISION = "2026-07-28"

NO_SECRETS: dict[str, str] = {}

Script = Callable[[asyncio.StreamWriter, Any], Awaitable[bool] | None]
"""Writes the answer to a call, given its id; True keeps the connection open."""

NOTE = {
    "name": "note",
    "description": "Take a note.",
    "inputSchema": {"type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]},
}


@dataclass
class McpServer:
    port: int = 0
    tools: list[dict[str, Any]] = field(default_factory=lambda: [dict(NOTE)])
    scripts: list[Script] = field(default_factory=list)
    """Answers to tools/call in turn; when they are used up, a text."""
    arrived: list[Arrived] = field(default_factory=list)
    """The calls of tools."""
    arrival: asyncio.Event = field(default_factory=asyncio.Event)
    lists: int = 0
    """How often the tools were listed."""
    listed: asyncio.Condition = field(default_factory=asyncio.Condition)
    listeners: list[asyncio.StreamWriter] = field(default_factory=list)
    listening: asyncio.Event = field(default_factory=asyncio.Event)
    lets_listen: bool = True
    ttl: int = 300_000
    listing: Script | None = None
    """In place of the list of tools."""
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        message = json.loads(body)
        number, called = message.get("id"), message.get("method")
        if called == "tools/call":
            self.arrived.append(Arrived(method, target, headers, body))
            self.arrival.set()
            script = self.scripts.pop(0) if self.scripts else said("noted")
            return await play(script, writer, number)
        if called == "subscriptions/listen" and not self.lets_listen:
            writer.write(head_of(405, "text/plain", 0))
            self.listening.set()
            return True
        if called == "subscriptions/listen":
            writer.write(head_of(200, "text/event-stream", chunked=False))
            self.listeners.append(writer)
            self.listening.set()
            await reader.read()
            return False
        if called == "tools/list" and self.listing is not None:
            return await play(self.listing, writer, number)
        writer.write(answer(number, self._result(called)))
        await writer.drain()
        if called == "tools/list":
            async with self.listed:
                self.lists += 1
                self.listed.notify_all()
        return True

    def _result(self, method: str) -> dict[str, Any]:
        if method == "server/discover":
            return {"supportedVersions": [REVISION], "capabilities": {"tools": {"listChanged": True}}}
        return {"tools": self.tools, "ttlMs": self.ttl, "cacheScope": "public"}

    def say_changed(self) -> None:
        """Tell everybody who listens that the tools have changed."""
        for writer in self.listeners:
            writer.write(event({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}))

    async def await_lists(self, count: int) -> None:
        async with self.listed:
            await asyncio.wait_for(self.listed.wait_for(lambda: self.lists >= count), 10)

    def hang_up(self) -> None:
        for writer in list(self._open):
            writer.close()


async def play(script: Script, writer: asyncio.StreamWriter, number: Any) -> bool:
    going = script(writer, number)
    kept = await going if going is not None else True
    await writer.drain()
    return kept


def head_of(status: int, kind: str, length: int | None = None, *, chunked: bool = False, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Made Up", f"Content-Type: {kind}"]
    lines += [f"Content-Length: {length}"] if length is not None else []
    lines += ["Transfer-Encoding: chunked"] if chunked else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(number: Any, result: dict[str, Any]) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", "id": number, "result": {"resultType": "complete", **result}}).encode()
    return head_of(200, "application/json", len(body)) + body


def event(message: dict[str, Any]) -> bytes:
    return b"event: message\ndata: " + json.dumps(message).encode() + b"\n\n"


def result(**fields: Any) -> Script:
    return lambda writer, number: writer.write(answer(number, fields))


def said(*texts: str, **fields: Any) -> Script:
    return result(content=[{"type": "text", "text": text} for text in texts], **fields)


def refused(code: int, status: int = 200) -> Script:
    def script(writer: asyncio.StreamWriter, number: Any) -> None:
        error = {"code": code, "message": "secret words of the server"}
        body = json.dumps({"jsonrpc": "2.0", "id": number, "error": error}).encode()
        writer.write(head_of(status, "application/json", len(body)) + body)

    return script


def status(code: int, **headers: str) -> Script:
    return lambda writer, _number: writer.write(head_of(code, "text/plain", 0, chunked=False, **headers))


def raw(body: bytes, kind: str = "application/json") -> Script:
    return lambda writer, _number: writer.write(head_of(200, kind, len(body)) + body)


async def drop(_writer: asyncio.StreamWriter, _number: Any) -> bool:
    return False


async def silence(_writer: asyncio.StreamWriter, _number: Any) -> bool:
    return True


def streamed(*messages: dict[str, Any], text: str = "noted") -> Script:
    """Some messages, and then the answer, as a stream."""

    async def script(writer: asyncio.StreamWriter, number: Any) -> bool:
        writer.write(head_of(200, "text/event-stream"))
        for each in messages:
            writer.write(event(each))
        done = {"resultType": "complete", "content": [{"type": "text", "text": text}]}
        writer.write(event({"jsonrpc": "2.0", "id": number, "result": done}))
        return False

    return script


@asynccontextmanager
async def mcp_server() -> AsyncIterator[McpServer]:
    server = McpServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        server.hang_up()


@asynccontextmanager
async def sessional() -> AsyncIterator[tuple[dict[str, Any], str]]:
    """A server of an earlier revision that forgets its sessions whenever it gets another number."""
    state: dict[str, Any] = {"number": 1, "tools": [dict(NOTE)], "calls": 0}

    async def serve(request: web.Request) -> web.Response:
        if request.method != "POST":
            return web.Response(status=405)
        message = await request.json()
        called, session = message.get("method"), f"s{state['number']}"
        if called == "initialize":
            about = {"capabilities": {"tools": {}}, "serverInfo": {"name": "old", "version": "1"}}
            said = {"protocolVersion": "2025-06-18", **about}
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": said}
            return web.json_response(answer, headers={"Mcp-Session-Id": session})
        if request.headers.get("Mcp-Session-Id") != session:
            return web.Response(status=404)
        if "id" not in message:
            return web.Response(status=202)
        state["calls"] += called == "tools/call"
        listed, noted = {"tools": state["tools"]}, {"content": [{"type": "text", "text": "noted"}]}
        result = {"tools/list": listed, "tools/call": noted}.get(called, {})
        return web.json_response({"jsonrpc": "2.0", "id": message["id"], "result": result})

    app = web.Application()
    app.router.add_route("*", "/mcp", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield state, f"http://127.0.0.1:{runner.addresses[0][1]}/mcp"
    finally:
        await runner.cleanup()


BRIEF_PROGRAM = """
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
for line in sys.stdin:
    message = json.loads(line)
    method = message.get("method")
    if "id" not in message:
        continue
    about = {"capabilities": {"tools": {}}, "serverInfo": {"name": "brief", "version": "1"}}
    result = {
        "initialize": {"protocolVersion": "2025-06-18", **about},
        "tools/list": {"tools": json.loads((folder / "tools.json").read_text())},
        "tools/call": {"content": [{"type": "text", "text": "noted"}]},
    }.get(method, {})
    if method == "tools/call":
        (folder / "calls").open("a").write("x")
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
    if method == "tools/call":
        break
"""
"""A program of an earlier revision that ends after one call; given a folder, it counts its calls there."""


def accepted(*tools: dict[str, Any], **more: dict[str, dict[str, Any]]) -> Operations:
    """The operations of a connection whose tools, and whatever else is given by kind and name, were accepted."""
    given = {"tools": {tool["name"]: tool for tool in tools}, **more}
    kept = {kind: {name: Operation(fingerprint(it), it) for name, it in items.items()} for kind, items in given.items()}
    return Operations("outside", **kept)


def connection(url: str, operations: Operations | None = None, **settings: Any) -> Connection:
    return pinned(Connection("outside", "mcp", {"url": url, **settings}), operations or accepted(NOTE))


def opened(url: str, operations: Operations | None = None, **settings: Any) -> McpAdapter:
    return McpKind().open(connection(url, operations, **settings), {"API_TOKEN": "tok-5e3cret"}.get)


def call(
    tool: str = "note", line: Any = None, seconds: float = 5.0, *, result: str = "structured", **arguments: Any
) -> Sending:
    params = {"name": tool, "arguments": arguments or {"note": "hello"}}
    return request("tools/call", params, line, seconds, result=result)


def request(
    method: str, params: dict[str, Any], line: Any = None, seconds: float = 5.0, *, result: str = "structured"
) -> Sending:
    written = json.dumps({"method": method, "params": params, "result": result}).encode()
    return Sending("inv_1", 1, written, seconds, 1_763_600_000_000, line)


async def told(adapter: McpAdapter, *scripts: Script, seconds: float = 5.0, server: McpServer) -> Sent:
    """What comes of a call that the server answers so."""
    server.scripts[:] = scripts
    return await adapter.send(call(seconds=seconds))


class Waiting:
    """Somebody who waits on a line."""

    def __init__(self, answer: dict[str, Any] | None = None, **along: Any) -> None:
        self.along = along
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.given: list[dict[str, Any]] = []
        self._answer = answer

    def tell(self, method: str, params: Any) -> None:
        self.told.append((method, dict(params)))

    async def ask(self, method: str, params: Any) -> dict[str, Any] | None:
        self.asked.append((method, dict(params)))
        return self._answer

    def give(self, result: Any) -> None:
        self.given.append(dict(result))
