"""A file of invariants is checked like the rest of a workspace: every mistake has its file, line and remedy."""

import jsonschema_rs
import pytest
import yaml

from tests.lab.prove.material import bank
from xop.workspace import Problem, read_folder, schemas
from xop.workspace.folder import read_beside
from xop.workspace.invariants import baseline_invariants, read_invariants

RELEASE = bank()
GOOD = """
invariants:
  first:
    message: m
    never: permit
  it:
    message: m
    over: {principals: [Agent], actions: [pay]}
    never: permit
    when: context.facts.owed > 5
"""


def problems(text: str | bytes) -> list[Problem]:
    found: list[Problem] = []
    read_invariants(text if isinstance(text, bytes) else text.encode(), RELEASE, found)
    return found


def test_a_good_file_has_no_problems():
    assert problems(GOOD) == []
    assert problems("") == []


@pytest.mark.parametrize(
    ("old", "new", "line", "cause"),
    [
        ("context.facts.owed > 5", "context.facts.owned > 5", 10, "owned"),
        ("context.facts.owed > 5", "context.facts.score > 5", 10, "optional attribute"),
        ("context.facts.owed > 5", 'context.facts.owed == "5"', 10, "not compatible"),
        ("context.facts.owed > 5", 'context.stage == "propsal"', 10, "never 'propsal'"),
        ("context.facts.owed > 5", "context.facts.owed >", 10, "cannot be read"),
        ("context.facts.owed > 5", "context.facts.owed", 10, "invariant it"),
        ("context.facts.owed > 5", "true } unless { false", 10, "more than one expression"),
        ("context.facts.owed > 5", "true }; permit(principal, action, resource) when { true", 10, "exactly one rule"),
        ("[pay]", "[pya]", 8, "no action or group 'pya'"),
        ("[Agent]", "[Agnet]", 8, "no type of principal 'Agnet'"),
        ("    never: permit\n    when", "    always: hold\n    never: permit\n    when", 6, "either"),
        ("    never: permit\n    when", "    when", 6, "either"),
        ("    never: permit\n    when", "    never: maybe\n    when", 9, "maybe"),
        ("    never: permit\n    when", "    nevr: permit\n    when", 9, "nevr"),
        ("  first:\n    message: m", "  first:\n    name: x\n    message: m", 4, "'name' is given"),
        ("  first:", "  First:", 3, "First"),
        ("invariants:", "invariant:", 2, "no section"),
    ],
)
def test_a_mistake_has_its_file_and_line(old, new, line, cause):
    assert GOOD.count(old) == 1
    found = problems(GOOD.replace(old, new))
    assert {(each.file, each.line) for each in found} == {("invariants.yaml", line)}
    assert any(cause in each.cause for each in found)
    assert all(each.remedy for each in found)


@pytest.mark.parametrize(
    "text", [b"\xff", "- a", "invariants: [a]", "invariants: {it: 5}", "a: b: c", "invariants:\n  it: &x {}"]
)
def test_a_file_that_is_something_else_is_a_problem(text):
    assert problems(text)


def test_the_file_lies_beside_the_release(tmp_path):
    (tmp_path / "invariants.yaml").write_text(GOOD)
    (tmp_path / "workspace.toml").write_text('name = "x"')
    assert set(read_folder(tmp_path).files) == {"workspace.toml"}
    assert read_folder(tmp_path).problems == []
    assert read_beside(tmp_path, "invariants.yaml") == GOOD.encode()
    assert read_beside(tmp_path, "other.yaml") is None
    (tmp_path / "invariants.yaml").unlink()
    (tmp_path / "invariants.yaml").symlink_to("/etc/hostname")
    assert isinstance(read_beside(tmp_path, "invariants.yaml"), Problem)


def test_editors_know_the_file():
    schema = schemas()["invariants.yaml"]
    jsonschema_rs.validate(schema, yaml.safe_load(GOOD))
    jsonschema_rs.validate(schema, yaml.safe_load(baseline_invariants()))
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema, yaml.safe_load(GOOD.replace("never: permit", "never: maybe", 1)))
