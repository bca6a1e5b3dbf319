"""`xop operations`: from a server that nobody has accepted anything of to a workspace that rules what may be called."""

import json

import pytest
import yaml

from tests.adapters.requests import closed_port
from tests.kit.mcp_everything.running import running
from xop.kernel.actions.operations import fingerprint
from xop.workspace.starter import write_starter


@pytest.fixture(scope="module")
def url():
    with running() as address:
        yield address


@pytest.fixture
def folder(tmp_path, url):
    folder = tmp_path / "workspace"
    write_starter(folder)
    written = folder / "connections.yaml"
    written.write_text(f"{written.read_text()}\n  everything: {{adapter: mcp, settings: {{url: '{url}'}}}}\n")
    return folder


def held(folder):
    return yaml.safe_load((folder / "operations" / "everything.yaml").read_text())


def edit(folder, change):
    """Write the operations file as if the server had said something else before."""
    document = held(folder)
    change(document)
    for each in document["tools"].values():
        each["sha256"] = fingerprint(each["definition"])
    (folder / "operations" / "everything.yaml").write_text(json.dumps(document))


def test_an_import_accepts_everything_once_and_the_workspace_stays_sound(xop, folder):
    first = xop("operations", "import", "everything", "--workspace", folder, "--json")
    again = xop("operations", "import", "everything", "--workspace", folder)

    assert first.code == 0
    assert held(folder)["tools"].keys() >= {"test_simple_text", "test_x_mcp_header"}
    assert held(folder)["prompts"].keys() >= {"test_simple_prompt"}
    assert list(held(folder)["templates"]) == ["test://template/{id}/data"]
    assert xop("check", folder).code == 0
    assert (again.code, "is there already" in again.err) == (1, True)


def test_contracts_are_writes_unless_a_person_says_otherwise(xop, folder):
    answer = xop("operations", "import", "everything", "--workspace", folder, "--actions", "--purpose", "service",
                 "--read", "test_simple_text", "--json")  # fmt: skip
    read, write = (
        yaml.safe_load((folder / "actions" / f"{name}.yaml").read_text())
        for name in ("test_simple_text", "test_sampling")
    )

    assert answer.code == 0
    assert (read["kind"], write["kind"]) == ("read", "write")
    assert write["input"]["required"] == ["prompt"]
    assert xop("check", folder).code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [(("--purpose", "nonsense"), "no purpose 'nonsense'"), (("--purpose", "service", "--read", "x"), "no tool 'x'")],
)
def test_a_mistaken_option_writes_nothing(xop, folder, options, said):
    answer = xop("operations", "import", "everything", "--workspace", folder, "--actions", *options)

    assert answer.code == 1
    assert said in answer.err
    assert not (folder / "operations").exists()


def test_a_difference_is_shown_and_accepted_by_name(xop, folder):
    xop("operations", "import", "everything", "--workspace", folder)

    def change(document):
        document["tools"]["test_simple_text"]["definition"]["description"] = "What it was before."
        del document["tools"]["test_sampling"]
        document["tools"]["gone"] = {"definition": {"name": "gone", "inputSchema": {"type": "object"}}}

    edit(folder, change)
    shown = xop("operations", "diff", "everything", "--workspace", folder, "--json")
    told = xop("operations", "diff", "everything", "--workspace", folder)
    one = xop("operations", "accept", "everything", "test_simple_text", "--workspace", folder, "--json")
    left = xop("operations", "diff", "everything", "--workspace", folder, "--json")
    rest = xop("operations", "accept", "everything", "--workspace", folder)
    none = xop("operations", "diff", "everything", "--workspace", folder)

    changes = {each["name"]: each["change"] for each in shown.json["differences"]}
    assert changes == {"test_simple_text": "changed", "test_sampling": "new", "gone": "gone"}
    assert shown.code == told.code == 1
    assert "What it was before." in told.out
    assert [each["name"] for each in one.json["accepted"]] == ["test_simple_text"]
    assert {each["name"] for each in left.json["differences"]} == {"test_sampling", "gone"}
    assert (rest.code, none.code) == (0, 0)
    assert "gone" not in held(folder)["tools"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("import", "nowhere"), 1, "no connection 'nowhere'"),
        (("import", "terminal"), 1, "has no catalogue"),
        (("accept", "everything", "nonsense"), 1, "does not differ"),
    ],
)
def test_a_mistake_says_what_to_do(xop, folder, arguments, code, said):
    xop("operations", "import", "everything", "--workspace", folder)
    answer = xop("operations", *arguments, "--workspace", folder)

    assert answer.code == code
    assert said in answer.err


def test_a_server_that_is_not_there_is_told_as_such(xop, folder, url):
    written = folder / "connections.yaml"
    written.write_text(written.read_text().replace(url, f"http://127.0.0.1:{closed_port()}/mcp"))
    answer = xop("operations", "import", "everything", "--workspace", folder)

    assert answer.code == 3
    assert "cannot be asked" in answer.err
    assert not (folder / "operations").exists()
