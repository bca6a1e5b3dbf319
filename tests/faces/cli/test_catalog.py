"""The catalogue on the command line: listed, shown, compared, tested and begun."""

import json
from pathlib import Path

import pytest
import yaml

from tests.adapters import python_actions
from xop.faces.cli import run
from xop.workspace.core_actions import core_actions
from xop.workspace.starter import write_starter

PYTHON = """
connections:
  terminal: {adapter: console}
  mine: {adapter: python, settings: {module: tests.adapters.python_actions}}
  desk: {adapter: simulated}
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    """A workspace with a connection of each kind that needs nothing outside."""
    target = tmp_path / "workspace"
    write_starter(target)
    (target / "connections.yaml").write_text(PYTHON)
    return target


def write(folder: Path, name: str, **more) -> None:
    schema = {"type": "object", "properties": {"text": {"type": "string"}}, "additionalProperties": False}
    whole = {
        "name": name, "version": 1, "description": "Note it.", "kind": "write", "purpose": "service",
        "input": schema, "binding": {"connection": "mine", "request": {"call": name}}, **more,
    }  # fmt: skip
    (folder / "actions" / f"{name}.yaml").write_text(yaml.safe_dump(whole))


def told(capsys, *arguments: str, code: int = 0):
    """Run a command with --json and return its document."""
    assert run([*arguments, "--json"]) == code, capsys.readouterr()
    return json.loads(capsys.readouterr().out)


def test_every_contract_of_the_starter_catalogue_makes_a_sound_workspace(folder, capsys):
    for path in (folder / "connections.yaml",):
        path.write_text(PYTHON)
    for connection in ("desk", "mine", "terminal"):
        added = told(capsys, "catalog", "add", *core_actions(), "--workspace", str(folder), "--connection", connection)
        assert len(added["files"]) == len(core_actions())
        assert run(["check", str(folder)]) == 0, capsys.readouterr().out
        for path in added["files"]:
            Path(path).unlink()
        capsys.readouterr()


def test_every_reversal_of_the_starter_catalogue_leads_to_one_of_its_contracts():
    for action in core_actions().values():
        assert action.reversible_by is None or action.reversible_by in core_actions()
        assert (action.reversible_by is None) == (not action.reversal)


def test_what_undoes_a_contract_is_added_with_it_and_nothing_is_overwritten(folder, capsys):
    arguments = ("catalog", "add", "issue_credit", "--workspace", str(folder), "--connection", "desk")
    assert [Path(each).stem for each in told(capsys, *arguments)["files"]] == ["issue_credit", "revoke_credit"]
    mine = folder / "actions" / "issue_credit.yaml"
    mine.write_text(mine.read_text().replace("goodwill", "kindness"))
    assert told(capsys, *arguments) == {"files": [], "kept": ["issue_credit", "revoke_credit"]}
    assert "kindness" in mine.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("issue_credits", "--connection", "desk"), "issue_credit"),
        (("issue_credit", "--connection", "dask"), "desk"),
        (("issue_credit", "--connection", "desk", "--purpose", "fun"), "purposes.yaml"),
    ],
)
def test_what_cannot_be_added_is_refused_with_a_remedy(folder, capsys, arguments, said):
    assert run(["catalog", "add", *arguments, "--workspace", str(folder)]) == 1
    assert said in capsys.readouterr().err


def test_deprecated_actions_are_listed_last_and_a_check_says_who_still_uses_them(folder, capsys):
    write(folder, "a_note", deprecated={"since": "2026-01-01", "use": "note", "until": "2026-12-31"})
    write(folder, "note")
    agents = folder / "agents.yaml"
    document = yaml.safe_load(agents.read_text())
    document["agents"]["concierge"]["actions"] = ["a_note"]
    agents.write_text(yaml.safe_dump(document))
    listed = told(capsys, "catalog", "list", "--workspace", str(folder))["actions"]
    assert [each["name"] for each in listed][-1] == "a_note"
    assert listed[-1]["deprecated"]["use"] == "note"
    (note,) = [each for each in told(capsys, "check", str(folder))["notes"] if "deprecated" in each]
    assert note == (
        "a_note is deprecated since 2026-01-01, and to be relied on until 2026-12-31; use note instead. "
        "It is used by: agent:concierge."
    )


def test_an_action_is_shown_with_its_contract_and_who_may_use_it(folder, capsys):
    write(folder, "note", reversible_by="unnote", reversal={"text": "{{arguments.text}}"})
    write(folder, "unnote")
    policy = '@id("notes.none")\n@message("No notes.")\nforbid (principal, action == Action::"note", resource);\n'
    (folder / "policies").mkdir(exist_ok=True)
    (folder / "policies" / "notes.cedar").write_text(policy)
    shown = told(capsys, "catalog", "show", "note", "--workspace", str(folder))
    assert shown["action"]["contract"]["binding"] == {"connection": "mine", "request": {"call": "note"}}
    assert "notes.none" in {each["id"] for each in shown["policies"]}
    assert told(capsys, "catalog", "show", "unnote", "--workspace", str(folder))["reversed_by"] == ["note"]
    assert run(["catalog", "show", "not", "--workspace", str(folder)]) == 1
    assert "note" in capsys.readouterr().err


def test_a_contract_that_breaks_callers_needs_a_new_version(folder, tmp_path, capsys):
    write(folder, "note")
    before = tmp_path / "before"
    before.mkdir()
    (before / "actions").mkdir()
    for path in folder.rglob("*"):
        if path.is_file():
            copy = before / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    stricter = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    write(folder, "note", input={**stricter, "additionalProperties": False})
    (change,) = told(capsys, "catalog", "diff", str(before), "--workspace", str(folder), code=1)["changes"]
    assert (change["change"], change["unannounced"]) == ("breaking", True)
    assert change["breaks"] == ["the argument text is required now"]
    write(folder, "note", version=2, input={**stricter, "additionalProperties": False})
    (change,) = told(capsys, "catalog", "diff", str(before), "--workspace", str(folder))["changes"]
    assert (change["after"], change["unannounced"]) == (2, False)


def test_publishing_tells_what_breaks_without_a_new_version(folder, tmp_path, capsys):
    write(folder, "note")
    data = str(tmp_path / "data")
    assert run(["publish", str(folder), "--data", data]) == 0
    stricter = {"type": "object", "properties": {"text": {"type": "integer"}}, "additionalProperties": False}
    write(folder, "note", input=stricter)
    capsys.readouterr()
    (change,) = told(capsys, "catalog", "diff", "active", "--workspace", str(folder), "--data", data, code=1)["changes"]
    assert change["breaks"] == ["the argument text takes string no more"]
    assert run(["publish", str(folder), "--data", data]) == 0
    out = capsys.readouterr().out
    assert "note breaks callers without a new version: the argument text takes string no more" in out


def test_a_release_of_the_past_can_be_compared_with(folder, tmp_path, capsys):
    data = str(tmp_path / "data")
    first = told(capsys, "publish", str(folder), "--data", data)["digest"]
    write(folder, "note")
    told(capsys, "publish", str(folder), "--data", data)
    (change,) = told(capsys, "catalog", "diff", first, "--workspace", str(folder), "--data", data)["changes"]
    assert (change["action"], change["change"]) == ("note", "new")
    assert run(["catalog", "diff", "rel_none", "--workspace", str(folder), "--data", data]) == 1
    assert "rel_none" in capsys.readouterr().err


def test_a_read_is_made_and_its_answer_held_against_the_contract(folder, capsys):
    python_actions.reset()
    request = {"call": "note_later", "arguments": {"text": "{{arguments.text}}"}}
    read = {"kind": "read", "binding": {"connection": "mine", "request": request}}
    fits = {"type": "object", "properties": {"noted": {"type": "string"}}, "required": ["noted"]}
    write(folder, "look", output=fits, **read)
    arguments = ("catalog", "test", "look", "--workspace", str(folder), "--arg", "text=hello")
    assert told(capsys, *arguments) == {
        "action": "look",
        "request": {"arguments": {"text": "hello"}, "call": "note_later"},
        "result": "done",
        "output": {"noted": "hello"},
    }
    write(folder, "look", output={**fits, "required": ["seen"]}, **read)
    (problem,) = told(capsys, *arguments, code=1)["problems"]
    assert "does not fit the contract" in problem


def test_what_is_no_read_is_not_carried_out(folder, capsys):
    python_actions.reset()
    write(folder, "note", binding={"connection": "mine", "request": {"call": "note", "arguments": {"text": "hi"}}})
    assert "result" not in told(capsys, "catalog", "test", "note", "--workspace", str(folder))
    assert python_actions.arrived() == []


def test_a_function_that_takes_other_arguments_does_not_fit(folder, capsys):
    write(folder, "note", binding={"connection": "mine", "request": {"call": "note", "arguments": {"words": "hi"}}})
    (problem,) = told(capsys, "catalog", "test", "note", "--workspace", str(folder), code=1)["problems"]
    assert "cannot be called so" in problem


def test_arguments_that_do_not_fit_the_contract_are_told(folder, capsys):
    write(folder, "note")
    arguments = ("catalog", "test", "note", "--workspace", str(folder), "--arg", "words=hi")
    (problem,) = told(capsys, *arguments, code=1)["problems"]
    assert "words" in problem


def test_a_request_that_needs_an_identifier_is_rendered_with_one(folder, capsys):
    write(folder, "note", binding={"connection": "desk", "request": {"to": "{{customer.identifiers.email[0]}}"}})
    arguments = ("catalog", "test", "note", "--workspace", str(folder))
    (problem,) = told(capsys, *arguments, code=1)["problems"]
    assert "cannot be rendered" in problem
    shown = told(capsys, *arguments, "--customer", "email:ann@example.org")
    assert shown["request"] == {"to": "ann@example.org"}
