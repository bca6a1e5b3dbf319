"""Clients of the SDK, of the current revision and of those before: both meet the same arbiter."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from mcp import MCPError
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.faces.mcp.exchange import ANN, KEYS, Exchange
from xop.faces.http.server import listen, serve

MODES = ("auto", "legacy")


@asynccontextmanager
async def connected(exchange: Exchange, mode: str, who: str = "guide") -> AsyncIterator[Client]:
    """Connect the SDK's client as an agent."""
    headers = {"authorization": f"Bearer {KEYS[who]}", "xop-customer": ANN}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False) as http,
        Client(streamable_http_client(f"{exchange.url}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


@pytest.mark.parametrize(("mode", "revision"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_either_era_is_spoken(exchange, mode, revision):
    async with connected(exchange, mode) as client:
        assert client.protocol_version == revision


async def test_an_older_client_is_served_after_another_server_of_the_process_was_ended_by_a_signal(exchange):
    platform = exchange.platform
    with listen() as listening:
        async with asyncio.timeout(10):
            await serve(platform, listening, lambda: os.kill(os.getpid(), signal.SIGTERM))
    async with connected(exchange, "legacy") as client:
        assert (await client.list_tools()).tools


@pytest.mark.parametrize("mode", MODES)
async def test_every_client_sees_the_tools_granted_to_it(exchange, mode):
    async with connected(exchange, mode, "rival") as client:
        listed = await client.list_tools()
    assert [tool.name for tool in listed.tools] == ["get_request_status", "hand_over", "grant_credit", "look_up_plan"]


@pytest.mark.parametrize("mode", MODES)
async def test_every_call_is_judged(exchange, mode):
    async with connected(exchange, mode) as client:
        done = await client.call_tool("grant_credit", {"cents": 20})
        denied = await client.call_tool("close_line", {})
    assert done.structured_content == {"credited": 20}
    assert denied.is_error
    assert "Lines are closed by people only." in str(denied.content)
    assert await exchange.carried_out("close_line") == 0


@pytest.mark.parametrize("mode", MODES)
async def test_what_waits_for_a_person_goes_on_once(exchange, mode):
    async with connected(exchange, mode) as client:
        held = await client.call_tool("grant_credit", {"cents": 9000})
        assert held.is_error
        stored = await exchange.platform.runtime.ledger.decided((held.meta or {})["io.xop/decision"])
        decision = stored.entry.decision
        await exchange.approve(decision.invocation)
        for _ in range(2):
            result = await client.call_tool("get_request_status", {"request": decision.id})
            assert result.structured_content == {"credited": 9000}
    assert await exchange.carried_out("grant_credit") == 1


@pytest.mark.parametrize("mode", MODES)
async def test_a_tool_that_is_not_there_is_an_error_of_the_protocol(exchange, mode):
    async with connected(exchange, mode) as client:
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool("no_such_tool", {})


@pytest.mark.parametrize("mode", MODES)
async def test_the_context_shows_the_customer_of_the_conversation_alone(exchange, mode):
    async with connected(exchange, mode) as client:
        listed = await client.list_resources()
        read = await client.read_resource("xop://customer")
    assert [str(each.uri) for each in listed.resources] == ["xop://customer"]
    assert "talk-1" in str(read.contents)
    async with connected(exchange, mode, "tied") as client:
        with pytest.raises(MCPError, match="no conversation"):
            await client.read_resource("xop://customer")


async def test_a_session_belongs_to_the_agent_that_began_it(exchange):
    own: list[str] = []

    async def note(response: httpx2.Response) -> None:
        own.append(response.headers.get("mcp-session-id", ""))

    headers = {"authorization": f"Bearer {KEYS['guide']}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, event_hooks={"response": [note]}) as http,
        Client(streamable_http_client(f"{exchange.url}/mcp", http_client=http), mode="legacy"),
    ):
        stolen = {
            "authorization": f"Bearer {KEYS['rival']}",
            "mcp-session-id": next(filter(None, own)),
            "mcp-protocol-version": "2025-11-25",
            "accept": "application/json, text/event-stream",
        }
        body = {"jsonrpc": "2.0", "id": 7, "method": "tools/list"}
        response = await exchange.post(body, stolen)
        assert response.status_code == 404
        owned = await exchange.post(body, {**stolen, "authorization": f"Bearer {KEYS['guide']}"})
        assert owned.status_code == 200
