"""The MCP conformance suite through the platform: a gateway that lets everything pass is as good as what is behind it."""

import asyncio

import pytest

from tests.kit.conformance import require_suite, server_results
from tests.kit.mcp_gateway import open_gateway

SCORED = {"2026-07-28": 37, "2025-11-25": 30}


@pytest.mark.parametrize(("requirements", "protocol"), [("2026-07-28", "2026-07-28"), ("2025-11-25", "legacy")])
async def test_every_scored_scenario_passes_through_the_gateway(tmp_path, requirements, protocol):
    require_suite()
    async with open_gateway(tmp_path, protocol) as gateway:
        results = await asyncio.to_thread(server_results, gateway.url, requirements)
    assert not results.missed, results.report[-6000:]
    assert len(results.scored) == SCORED[requirements]
