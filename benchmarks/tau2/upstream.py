"""The upstream: an MCP server on loopback that answers a domain's tools from one episode's records and states."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import mcp_types as types
import uvicorn
from mcp.server.lowlevel import Server
from msgspec import Struct

from benchmarks.tau2.domain import Domain
from benchmarks.tau2.episodes import Episode, Message, ToolCall, Write, answers

Arguments = Mapping[str, Any]


class Arrival(Struct):
    """A write of the episode that was proposed, and how often it has come through."""

    write: Write
    times: int = 0


class Upstream:
    """Answers calls; what comes through to it is what was not stopped."""

    def __init__(self, domain: Domain, tools: list[types.Tool]) -> None:
        self.calls = 0
        """Calls that came through."""
        self.proposed: list[Arrival] = []
        """The episode's writes so far."""
        self._domain = domain
        self._tools = tools
        self._recorded: list[tuple[ToolCall, Message]] = []
        self._state: Arguments = {}
        self._came = asyncio.Event()

    def begin(self, episode: Episode) -> None:
        """Answer from an episode from now on."""
        given = answers(episode)
        calls = [call for message in episode.messages for call in message.tool_calls or ()]
        self._recorded = [(call, given[call.id]) for call in calls if call.id in given]
        self.proposed = []
        self._state = {}

    def expect(self, write: Write) -> Arrival:
        """Hold the exact state before a write, which is about to be proposed, until the next one."""
        self._state = write.pre
        self.proposed.append(Arrival(write))
        return self.proposed[-1]

    async def arrived(self, arrival: Arrival, seconds: float) -> bool:
        """Wait until a write comes through; says whether it did in time."""
        try:
            async with asyncio.timeout(seconds):
                while not arrival.times:
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            return False
        return True

    def answer(self, name: str, arguments: Arguments) -> tuple[str, bool]:
        """Return the text that a call is answered with, and whether it is an error."""
        self.calls += 1
        arrival = self._write(name, arguments)
        if arrival is not None:
            arrival.times += 1
            self._came.set()
            return self._told(arrival.write.name, arguments)
        reader = self._domain.reads.get(name)
        if reader is not None and self._state:
            found = reader(self._state, arguments)
            if found is not None:
                return found if isinstance(found, str) else json.dumps(found), False
        return self._told(name, arguments)

    def _write(self, name: str, arguments: Arguments) -> Arrival | None:
        """Return the write that comes through: of several that are the same, the one proposed last."""
        same = [each for each in self.proposed if each.write.name == name and each.write.arguments == arguments]
        return next((each for each in reversed(same) if not each.times), same[-1] if same else None)

    def _told(self, name: str, arguments: Arguments) -> tuple[str, bool]:
        """Return what the records say that a call was answered with."""
        for call, message in self._recorded:
            if call.name == name and call.arguments == arguments:
                text = message.content or ""
                return text, bool(message.error) or text.startswith("Error:")
        return f"Error: nothing is recorded for {name}", True

    def server(self) -> Server[Any]:
        """Return an MCP server that answers so."""

        async def listed(_: Any, __: Any) -> types.ListToolsResult:
            return types.ListToolsResult(tools=self._tools, ttl_ms=3_600_000, cache_scope="public")

        async def called(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
            text, error = self.answer(params.name, params.arguments or {})
            return types.CallToolResult(content=[types.TextContent(text=text)], is_error=error)

        schemas = {tool.name: tool.input_schema for tool in self._tools}
        return Server("records", on_list_tools=listed, on_call_tool=called, get_tool_input_schema=schemas.get)


class _Server(uvicorn.Server):
    """Leaves signals alone: an interrupt is for whoever runs the benchmark, not for a part of it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def serving(upstream: Upstream) -> AsyncIterator[str]:
    """Serve on a free port of loopback until the block ends; gives the address."""
    # Sockets that are not said to be of TCP get their small packets delayed by asyncio.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    app = upstream.server().streamable_http_app(json_response=True)
    server = _Server(uvicorn.Config(app, http="h11", log_level="warning"))
    task = asyncio.create_task(server.serve([listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
    finally:
        server.should_exit = True
        await task
