"""An action bound to an MCP tool, held against the server that is there now."""

import json

import pytest
import yaml

from tests.kit.mcp_everything.running import running
from xop.kernel.actions.operations import fingerprint
from xop.workspace.starter import write_starter


@pytest.fixture(scope="module")
def url():
    with running() as address:
        yield address


@pytest.fixture
def folder(tmp_path, url, xop):
    folder = tmp_path / "workspace"
    write_starter(folder)
    written = folder / "connections.yaml"
    written.write_text(f"{written.read_text()}\n  everything: {{adapter: mcp, settings: {{url: '{url}'}}}}\n")
    options = ("--actions", "--purpose", "service", "--read", "test_simple_text")
    assert xop("operations", "import", "everything", "--workspace", folder, *options).code == 0
    return folder


def test_a_tool_that_is_as_it_was_accepted_fits(xop, folder):
    tested = xop("catalog", "test", "test_sampling", "--workspace", folder, "--arg", "prompt=hello", "--json")
    assert tested.code == 0, tested.err
    document = json.loads(tested.out)
    assert (document["request"]["params"]["name"], "result" in document) == ("test_sampling", False)


def test_a_read_tool_is_called(xop, folder):
    tested = xop("catalog", "test", "test_simple_text", "--workspace", folder, "--json")
    assert (tested.code, json.loads(tested.out)["result"]) == (0, "done")


def test_a_tool_that_changed_since_is_told(xop, folder):
    path = folder / "operations" / "everything.yaml"
    document = yaml.safe_load(path.read_text())
    pinned = document["tools"]["test_sampling"]
    pinned["definition"]["description"] = "What it was before."
    pinned["sha256"] = fingerprint(pinned["definition"])
    path.write_text(json.dumps(document))
    tested = xop("catalog", "test", "test_sampling", "--workspace", folder, "--arg", "prompt=hello")
    assert (tested.code, "is changed" in tested.out) == (1, True)


def test_arguments_that_the_tool_does_not_take_are_told(xop, folder):
    path = folder / "actions" / "test_sampling.yaml"
    document = yaml.safe_load(path.read_text())
    document["input"]["properties"]["prompt"] = {"type": "integer"}
    path.write_text(json.dumps(document))
    tested = xop("catalog", "test", "test_sampling", "--workspace", folder, "--arg", "prompt=7")
    assert (tested.code, "does not take such arguments" in tested.out) == (1, True)
