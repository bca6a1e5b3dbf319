"""The official conformance suite against our upstream client and against the fixture server of everything."""

import sys

import pytest

from tests.kit.conformance import ROOT, client_results, server_results
from tests.kit.mcp_everything.running import running

CLIENT = f"{sys.executable} {ROOT / 'tests' / 'kit' / 'mcp_client.py'}"


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("revision", "scenarios"), [("2026-07-28", 32), ("2025-11-25", 18)])
def test_our_upstream_client_passes_every_scored_scenario(revision, scenarios):
    results = client_results(CLIENT, revision)

    assert results.missed == frozenset(), results.report[-4000:]
    assert len(results.scored) == scenarios
    assert "auth/client-credentials-basic" in results.passed


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("revision", "scenarios"), [("2026-07-28", 37), ("2025-11-25", 30)])
def test_the_fixture_server_of_everything_passes_every_scored_scenario(revision, scenarios):
    with running() as url:
        results = server_results(url, revision)

    assert results.missed == frozenset(), results.report[-4000:]
    assert len(results.scored) == scenarios
