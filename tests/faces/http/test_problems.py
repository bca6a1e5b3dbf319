"""The table of problems."""

import ast
from pathlib import Path

import pytest

import xop
from xop.faces.http.openapi import codes
from xop.faces.http.problems import KINDS, ProblemError, refused
from xop.faces.http.routes import OPERATIONS
from xop.kernel.base.values import Refusal

SOURCE = Path(xop.__file__).parent
EVERYWHERE = {"path-unknown", "method-not-allowed", "internal"}

IN_THE_CONSOLE = {"form-foreign", "form-outdated", "sign-in-busy", "sign-in-closed", "streams-exceeded"}
"""Codes that only people meet who send forms."""
NOBODY_ASKS = {"transfer-impossible", "run-over", "link-operator", "erasure-not-done"}
"""Refusals that no operation answers with: of commands that none submits, and of requests that cannot be written."""


def refusal_codes(folder: str) -> set[str]:
    """Return the code of every refusal that a folder's source gives."""
    found: set[str] = set()
    for path in (SOURCE / folder).rglob("*.py"):
        tree = ast.parse(path.read_text())
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                code = ast.unparse(node.args[0])
                if isinstance(node.args[0], ast.JoinedStr):
                    continue
                found.add(str(constants[code]) if code in constants else ast.literal_eval(code))
    return found


@pytest.mark.parametrize("folder", ["kernel/steps", "kernel/passage", "engine"])
def test_every_refusal_of_a_command_is_in_the_table(folder):
    codes_found = refusal_codes(folder)
    assert codes_found
    assert codes_found - NOBODY_ASKS <= set(KINDS)


@pytest.mark.parametrize("cause", ["condition", "fault", "reentry", "limit"])
def test_every_cause_that_keeps_a_customer_out_of_a_journey_is_in_the_table(cause):
    assert f"entry-{cause}" in KINDS


def test_a_refusal_keeps_its_code_cause_and_remedy():
    problem = refused(Refusal("merge-declined", "two people", "look closer"))
    assert (problem.code, problem.status, problem.detail, problem.remedy) == (
        "merge-declined",
        409,
        "two people",
        "look closer",
    )


def test_a_refusal_without_a_remedy_gets_that_of_its_kind():
    assert refused(Refusal("merge-declined", "two people")).remedy == KINDS["merge-declined"].remedy


def test_every_problem_can_be_met_by_some_operation():
    assert {code for operation in OPERATIONS for code in codes(operation)} | EVERYWHERE | IN_THE_CONSOLE == set(KINDS)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_problem_says_what_to_do_next(code):
    document = ProblemError(code, "it happened").document("/v1/x")
    assert document.status == KINDS[code].status
    assert document.title
    assert document.remedy


async def test_a_fault_is_a_problem_that_tells_nothing_of_the_inside(bakery, monkeypatch, caplog):
    async def fail(*_):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(bakery.platform, "history", fail)
    response = await bakery.get("/v1/releases")
    assert response.status_code == 500
    assert response.json()["code"] == "internal"
    assert "secret" not in response.text
    assert "secret" in caplog.text
