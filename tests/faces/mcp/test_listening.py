"""Listening: what an agent is told without asking again."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.faces.mcp.exchange import FOLDER, KEYS, TASKS, VERSION, Exchange
from xop.assembly import workspace_files
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Halt


@asynccontextmanager
async def listening(exchange: Exchange, notifications: dict[str, Any]) -> AsyncIterator[AsyncIterator[Any]]:
    """Listen, with every message of the stream as it comes."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": TASKS,
    }
    params = {"notifications": notifications, "_meta": meta}
    body = {"jsonrpc": "2.0", "id": "ears", "method": "subscriptions/listen", "params": params}
    headers = {
        "authorization": f"Bearer {KEYS['guide']}",
        "mcp-protocol-version": VERSION,
        "mcp-method": "subscriptions/listen",
    }
    async with exchange.client.stream("POST", "/mcp", json=body, headers=headers) as response:
        assert response.status_code == 200

        async def messages() -> AsyncIterator[Any]:
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

        async with asyncio.timeout(20):
            yield messages()


async def test_a_publication_changes_the_lists(exchange):
    async with listening(exchange, {"toolsListChanged": True}) as messages:
        first = await anext(messages)
        assert first["method"] == "notifications/subscriptions/acknowledged"
        assert first["params"]["notifications"] == {"toolsListChanged": True}
        files = workspace_files(FOLDER)
        words = files["actions/change_plan.yaml"].replace(b"Change the", b"Alter the")
        await exchange.platform.publish({**files, "actions/change_plan.yaml": words}, "sue")
        news = await anext(messages)
        assert news["method"] == "notifications/tools/list_changed"
        assert news["params"]["_meta"] == {"io.modelcontextprotocol/subscriptionId": "ears"}
    listed = await exchange.result("tools/list")
    assert any(tool["description"].startswith("Alter the") for tool in listed["tools"])


async def test_a_halt_changes_the_lists(exchange):
    async with listening(exchange, {"toolsListChanged": True}) as messages:
        await anext(messages)
        halt = Halt("halt:1", Actor("operator", "sue"), "agent:guide", "too eager")
        answer = await exchange.platform.engine.submit(halt)
        assert answer.refusal is None
        assert (await anext(messages))["method"] == "notifications/tools/list_changed"
    assert (await exchange.call("look_up_plan"))["isError"] is True


async def test_a_task_tells_when_it_is_done(exchange):
    task = await exchange.call("grant_credit", {"cents": 6000}, can=TASKS)
    decision = await exchange.decision(task)
    async with listening(exchange, {"taskIds": [task["taskId"], "dec_unknown"]}) as messages:
        assert (await anext(messages))["params"]["notifications"] == {"taskIds": [task["taskId"]]}
        assert (await anext(messages))["params"]["status"] == "working"
        await exchange.approve(decision.invocation)
        done = await anext(messages)
        assert done["method"] == "notifications/tasks"
        assert done["params"]["result"]["structuredContent"] == {"credited": 6000}


async def test_tasks_are_told_only_to_who_knows_them(exchange):
    error = await exchange.error("subscriptions/listen", {"notifications": {"taskIds": ["dec_1"]}})
    assert (error["status"], error["code"]) == (400, -32021)


async def test_a_stream_ends_when_its_agent_is_dismissed(exchange):
    task = await exchange.call("grant_credit", {"cents": 6000}, can=TASKS)
    decision = await exchange.decision(task)
    async with listening(exchange, {"taskIds": [task["taskId"]]}) as messages:
        await anext(messages)
        assert (await anext(messages))["params"]["status"] == "working"
        files = workspace_files(FOLDER)
        agents = files["agents.yaml"].decode()
        rest = agents[: agents.index("  guide:")] + agents[agents.index("  rival:") :]
        await exchange.platform.publish({**files, "agents.yaml": rest.encode()}, "sue")
        await exchange.approve(decision.invocation, approved=False)
        assert [message.get("method", "end") async for message in messages] == ["end"]
    assert (await exchange.ask("tools/list")).status_code == 401
