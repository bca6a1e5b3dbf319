"""Invariants over actions that a workspace does not have: they hold of nothing, which is said and is no failure."""

import json

import pytest
from click.testing import CliRunner

from tests.lab.prove.material import FILES, bank
from tests.workspace.material import compiled
from xop.faces.cli.commands.prove import prove
from xop.workspace import Problem
from xop.workspace.invariants import BASELINE_FILE, baseline_invariants, read_invariants

pytest.importorskip("z3")

SILENT = {path: content for path, content in FILES.items() if path != "actions/tell.yaml"} | {
    "agents.yaml": FILES["agents.yaml"].replace(b"[pay, tell]", b"[pay]")
}
"""The bank without its one contact."""

OVER_CONTACT = {
    "xop.no_promotion_without_consent",
    "xop.no_contact_without_legal_basis",
    "xop.do_not_contact_is_kept",
    "xop.suppressed_purposes_rest",
    "xop.only_to_addresses_that_agreed",
}


def proved(folder, *more):
    return CliRunner().invoke(prove, [str(folder), *more])


@pytest.fixture
def folder(tmp_path):
    for path, content in SILENT.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    return tmp_path


def test_a_workspace_without_contacts_is_proved_sound(folder):
    done = proved(folder, "--json")
    assert done.exit_code == 0, done.output
    told = {each["invariant"]: each for each in json.loads(done.stdout)["proofs"]}
    assert {each["result"] for each in told.values()} == {"proved"}
    assert {told[name]["requests"] for name in OVER_CONTACT} == {0}
    assert {told[name]["why"] for name in OVER_CONTACT} == {"nobody can ask for any action it speaks of"}
    assert told["xop.verification_comes_first"]["requests"] > 0


def test_a_person_is_told_which_hold_of_nothing(folder):
    done = proved(folder)
    (line,) = [each for each in done.output.splitlines() if "xop.do_not_contact_is_kept" in each]
    assert "proved, vacuous" in line


def test_an_own_invariant_over_contacts_is_no_problem_either(folder):
    text = "invariants:\n  it:\n    message: m\n    over: {actions: [contact]}\n    never: permit\n"
    (folder / "invariants.yaml").write_text(text)
    done = proved(folder)
    assert done.exit_code == 0, done.output


def test_with_a_contact_the_same_invariants_are_checked_and_speak_of_it():
    problems: list[Problem] = []
    found = read_invariants(baseline_invariants(), bank(), problems, BASELINE_FILE, "xop.")
    assert (problems, len(found)) == ([], 10)
    wrong = baseline_invariants().replace(b"context.contact.suppressed\n", b"context.contact.suppresed\n")
    read_invariants(wrong, bank(), problems, BASELINE_FILE)
    assert any("suppresed" in each.cause for each in problems)
    assert read_invariants(wrong, compiled(SILENT), [], BASELINE_FILE)
