"""The MCP conformance suite through the platform: a gateway that lets everything pass is as good as what is behind it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.kit.conformance import require_suite, server_results
from tests.kit.mcp_everything import definitions, prompts, resources
from tests.kit.mcp_gateway import open_gateway
from xop.kernel.facts import InvocationStarted, ProposalDenied

SCORED = {"2026-07-28": 37, "2025-11-25": 30}


@pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
@pytest.mark.parametrize(("requirements", "protocol"), [("2026-07-28", "2026-07-28"), ("2025-11-25", "legacy")])
async def test_every_scored_scenario_passes_through_the_gateway(tmp_path, requirements, protocol):
    require_suite()
    async with open_gateway(tmp_path, protocol) as gateway:
        results = await asyncio.to_thread(server_results, gateway.url, requirements)
    assert not results.missed, results.report[-6000:]
    assert len(results.scored) == SCORED[requirements]


@pytest.mark.parametrize("protocol", ["2026-07-28", "legacy"])
async def test_a_gateway_that_is_shut_lets_nothing_out(tmp_path, protocol):
    async with open_gateway(tmp_path, protocol, shut=True) as gateway, httpx.AsyncClient(trust_env=False) as client:
        answers = [await _ask(client, gateway.url, method, params) for method, params in _requests()]
        heard = " ".join(answers)
        assert len(answers) > 30
        assert all("Nothing is let through." in answer for answer in answers)
        assert not [words for words in _WORDS if words in heard]
        entries = await gateway.platform.runtime.ledger.page(0, 100_000)
    facts = [fact for stored in entries for fact in stored.entry.facts]
    assert not [fact for fact in facts if isinstance(fact, InvocationStarted)]
    assert len([fact for fact in facts if isinstance(fact, ProposalDenied)]) == len(answers)


_WORDS = (
    "static text resource",
    "watched resource",
    "simple prompt",
    "simple text response",
    "Prompt with arguments",
    "templateTest",
    "iVBOR",
    "testValue1",
    "inputRequests",
)
"""What the server behind the gateway would have said."""

_SAMPLES = {"json_schema_2020_12_tool": {"name": "x", "contactMethod": "email", "email": "a@example.org"}}


def _requests() -> Iterator[tuple[str, dict[str, Any]]]:
    for tool in definitions.TOOL_LIST:
        required = dict.fromkeys(tool.input_schema.get("required", ()), "x")
        yield "tools/call", {"name": tool.name, "arguments": _SAMPLES.get(tool.name, required)}
    for resource in resources.RESOURCES:
        yield "resources/read", {"uri": str(resource.uri)}
    yield "resources/read", {"uri": "test://template/7/data"}
    for prompt in prompts.PROMPT_LIST:
        arguments = {each.name: "x" for each in prompt.arguments or ()}
        yield "prompts/get", {"name": prompt.name, "arguments": arguments}
    ref = {"type": "ref/prompt", "name": "test_prompt_with_arguments"}
    yield "completion/complete", {"ref": ref, "argument": {"name": "arg1", "value": "test"}}


async def _ask(client: httpx.AsyncClient, url: str, method: str, params: dict[str, Any]) -> str:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}, "sampling": {}, "roots": {}},
    }
    headers = {"mcp-protocol-version": "2026-07-28", "mcp-method": method}
    named = params.get("name") or params.get("uri")
    if named is not None:
        headers["mcp-name"] = named
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    return (await client.post(url, json=body, headers=headers)).text
