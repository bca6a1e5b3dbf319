"""`xop agents` and `xop connections`: who acts on their own, and how the systems behind them are doing."""

import pytest
import yaml

from tests.kit.mcp_everything.running import running
from xop.kernel.actions.operations import fingerprint


def test_agents_are_listed_with_what_they_asked_for_and_whether_they_are_halted(xop, workspace, tmp_path):
    agents, data = workspace / "agents.yaml", tmp_path / "data"
    agents.write_text(agents.read_text() + "      - halts:write\n")
    assert xop("publish", workspace, "--data", data).code == 0
    assert "agent:concierge" in xop("agents", "--data", data).out
    assert xop("halt", "agent:concierge", "--reason", "odd refunds", "--data", data).code == 0
    assert "odd refunds" in xop("halts", "--data", data).out
    history = xop("halts", "--history", "--limit", "1", "--data", data)
    assert ("halted" in history.out, "xop halts --history --before " in history.err) == (True, True)
    assert xop("halts", "--history", "--scope", "agent:nobody", "--data", data, "--json").json["changes"] == []
    assert xop("halts", "--scope", "all", "--data", data).code == 2
    told = xop("agents", "concierge", "--data", data)
    assert told.code == 0
    assert "odd refunds" in told.out
    assert "issue_credit" in told.out
    document = xop("agents", "concierge", "--data", data, "--json").json
    assert (document["autonomy"], document["halted"]["reason"]) == ({"*": "suggest"}, "odd refunds")


def test_an_agent_that_is_not_there_is_told_with_what_lists_them(xop, data):
    refused = xop("agents", "nobody", "--data", data)
    assert (refused.code, "xop agents" in refused.err) == (1, True)
    assert xop("agents", "--customer", "email:ann@example.org", "--data", data).code == 2


def test_connections_are_listed_with_how_they_are_doing(xop, data):
    listed = xop("connections", "--data", data)
    assert listed.code == 0
    assert "flaky" in listed.out
    one = xop("connections", "billing", "--data", data, "--json").json
    assert (one["actions"], one["circuit"], one["operations"]) == (["issue_credit"], "unused", None)
    assert xop("connections", "--fresh", "--data", data).code == 2
    assert xop("connections", "billing", "--fresh", "--data", data).code == 1


@pytest.fixture(scope="module")
def url():
    with running() as address:
        yield address


def test_a_tool_that_changed_is_told_with_how_to_accept_it(xop, workspace, tmp_path, url):
    connections = workspace / "connections.yaml"
    connections.write_text(f"{connections.read_text()}  everything: {{adapter: mcp, settings: {{url: '{url}'}}}}\n")
    assert xop("operations", "import", "everything", "--workspace", workspace).code == 0
    path = workspace / "operations" / "everything.yaml"
    document = yaml.safe_load(path.read_text())
    pinned = document["tools"]["test_sampling"]
    pinned["definition"]["description"] = "What it was before."
    pinned["sha256"] = fingerprint(pinned["definition"])
    path.write_text(yaml.safe_dump(document))
    folder = tmp_path / "data"
    assert xop("publish", workspace, "--data", folder).code == 0
    assert "ask it with --fresh" in xop("connections", "everything", "--data", folder).out
    told = xop("connections", "everything", "--fresh", "--data", folder)
    assert "tools test_sampling: changed" in told.out
    assert "xop operations accept everything" in told.out
