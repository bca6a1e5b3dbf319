"""Relays: what an upstream says, asks and shows, on its way to an agent of either era."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from mcp import MCPError
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.kit.mcp_gateway import open_gateway

MODES = ("auto", "legacy")
_DEPRECATED = "ignore::mcp.shared.exceptions.MCPDeprecationWarning"


@asynccontextmanager
async def connected(data: Path, mode: str, **callbacks: Any) -> AsyncIterator[Client]:
    """Connect the SDK's client to the gateway, all the way in one era."""
    protocol = "legacy" if mode == "legacy" else "2026-07-28"
    async with (
        open_gateway(data, protocol) as gateway,
        Client(streamable_http_client(gateway.url), mode=mode, **callbacks) as client,
    ):
        yield client


@pytest.mark.parametrize("mode", MODES)
async def test_progress_is_heard_under_the_clients_own_token(tmp_path, mode):
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(progress)

    async with connected(tmp_path, mode) as client:
        result = await client.call_tool("test_tool_with_progress", {}, progress_callback=hear)
    assert not result.is_error
    assert heard == [0, 50, 100]


@pytest.mark.filterwarnings(_DEPRECATED)
async def test_log_messages_are_heard_by_an_older_client(tmp_path):
    heard: list[Any] = []

    async def hear(params: types.LoggingMessageNotificationParams) -> None:
        heard.append(params.data)

    async with connected(tmp_path, "legacy", logging_callback=hear) as client:
        await client.call_tool("test_tool_with_logging", {})
    assert heard


@pytest.mark.parametrize(
    ("mode", "tool", "arguments"),
    [("auto", "test_input_required_result_elicitation", {}), ("legacy", "test_elicitation", {"message": "Who?"})],
)
async def test_a_question_of_the_upstream_reaches_the_user(tmp_path, mode, tool, arguments):
    asked: list[str] = []

    async def answer(_context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        asked.append(params.message)
        return types.ElicitResult(action="accept", content={"name": "Ann", "username": "ann", "email": "a@example.org"})

    async with connected(tmp_path, mode, elicitation_callback=answer) as client:
        result = await client.call_tool(tool, arguments)
    assert len(asked) == 1
    assert not result.is_error
    assert "nn" in str(result.content)


@pytest.mark.parametrize("mode", MODES)
async def test_resources_and_prompts_are_read_through_the_arbiter(tmp_path, mode):
    async with connected(tmp_path, mode) as client:
        uris = {str(each.uri) for each in (await client.list_resources()).resources}
        templates = [each.uri_template for each in (await client.list_resource_templates()).resource_templates]
        text = await client.read_resource("test://static-text")
        data = await client.read_resource("test://template/42/data")
        names = {each.name for each in (await client.list_prompts()).prompts}
        prompt = await client.get_prompt("test_prompt_with_arguments", {"arg1": "one", "arg2": "two"})
        with pytest.raises(MCPError, match="arguments do not fit"):
            await client.get_prompt("test_prompt_with_arguments", {"arg1": "one"})
    assert "test://static-text" in uris
    assert templates == ["test://template/{id}/data"]
    assert "static text resource" in str(text.contents)
    assert '"id":"42"' in str(data.contents)
    assert "test_prompt_with_arguments" in names
    assert "arg1='one'" in str(prompt.messages)


async def test_the_words_of_a_list_are_the_contracts(tmp_path):
    async with connected(tmp_path, "auto") as client:
        listed = {each.name: each for each in (await client.list_resources()).resources}
    assert set(listed) == {"customer", "resource_0", "resource_1", "resource_2"}
