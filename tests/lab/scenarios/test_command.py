"""`xop test` tells a person, a program and continuous integration what came of the scenarios."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from tests.kit.harbour import FOLDER
from tests.lab.scenarios.material import FIRST_LINE, ana
from xop.faces.cli.commands.test import test as command
from xop.faces.cli.failure import CommandFailed

GOOD = """
when:
  - propose: {action: issue_credit, actor: operator:olga, arguments: {cents: 5}}
then:
  - sent: {count: 1}
"""

BAD = GOOD.replace("count: 1", "count: 2")


@pytest.fixture
def workspace(tmp_path) -> Path:
    """A copy of the harbour with one scenario that passes."""
    folder = tmp_path / "harbour"
    shutil.copytree(FOLDER, folder)
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "good.yaml").write_text(ana(GOOD).replace("name: Ana", "name: A credit is given"))
    return folder


def ran(*arguments: object):
    """Run the command and return how it ended."""
    return CliRunner().invoke(command, [str(each) for each in arguments])


def bad(workspace: Path) -> None:
    """Add a scenario that fails."""
    text = ana(BAD).replace("name: Ana", 'name: "Two <credits> & more\\a"')
    (workspace / "scenarios" / "bad.yaml").write_text(text)


def test_all_passed_is_zero(workspace):
    done = ran(workspace)
    assert done.exit_code == 0, done.output
    assert "scenarios/good.yaml\n  ✓ A credit is given\n" in done.output
    assert "1 passed in" in done.output
    assert "rules  0 of 4, 0.0 %" in done.output


def test_a_failure_is_one_and_says_where_what_and_why(workspace):
    bad(workspace)
    done = ran(workspace)
    assert done.exit_code == 1
    assert "  ✗ Two <credits>" in done.output
    assert f"      scenarios/bad.yaml:{FIRST_LINE + 3}\n" in done.output
    assert "expected  that 2 of the invocations left" in done.output
    assert "happened  1 left: issue_credit with {'cents': 5} at 2026-09-28T12:00:00+00:00" in done.output
    assert "1 passed, 1 failed in" in done.output


def test_a_program_gets_everything_as_json(workspace):
    bad(workspace)
    done = ran(workspace, "--json")
    told = json.loads(done.output)
    assert (done.exit_code, told["ok"], told["passed"], told["failed"]) == (1, False, 1, 1)
    assert [each["passed"] for each in told["scenarios"]] == [False, True]
    assert told["scenarios"][0]["failures"][0]["line"] == FIRST_LINE + 3
    assert told["coverage"]["rules"]["total"] == 4
    assert told["coverage"]["triggers"]["missing"][0] == {"name": "page.viewed#1", "file": "signals.yaml", "line": 9}


def test_continuous_integration_gets_junit(workspace, tmp_path):
    bad(workspace)
    report = tmp_path / "report.xml"
    assert ran(workspace, "--junit", report).exit_code == 1
    top = ET.fromstring(report.read_bytes())  # noqa: S314 - the command has just written it
    assert top.attrib == {"tests": "2", "failures": "1", "errors": "0", "skipped": "0"}
    assert [suite.get("name") for suite in top] == ["scenarios/bad.yaml", "scenarios/good.yaml"]
    case = top[0][0]
    assert (case.get("name"), case.get("line")) == ("Two <credits> & more�", "2")
    assert case[0].attrib["message"].startswith(f"scenarios/bad.yaml:{FIRST_LINE + 3}: expected that 2")
    assert len(top[1][0]) == 0


def test_scenarios_are_chosen_by_a_part_of_their_name(workspace):
    bad(workspace)
    assert ran(workspace, "--scenario", "CREDIT IS").exit_code == 0
    both = json.loads(ran(workspace, "--json", "--scenario", "credit is", "--scenario", "two").output)
    assert len(both["scenarios"]) == 2
    unknown = ran(workspace, "--scenario", "A credit is gven")
    assert isinstance(unknown.exception, CommandFailed)
    assert (unknown.exception.code, unknown.exception.remedy) == (2, "did you mean 'A credit is given'?")


def test_a_floor_under_the_coverage_fails_what_passed(workspace):
    assert ran(workspace, "--coverage-floor", "0").exit_code == 0
    low = ran(workspace, "--coverage-floor", "0.1")
    assert low.exit_code == 1
    assert "The coverage of 0.0 % is under its floor of 0.1 %." in low.output


def test_problems_are_two_and_nothing_runs(workspace):
    (workspace / "scenarios" / "good.yaml").write_text(ana(GOOD.replace("issue_credit", "isue_credit")))
    done = ran(workspace)
    assert done.exit_code == 2
    assert (
        f"scenarios/good.yaml:{FIRST_LINE + 1}: there is no action 'isue_credit' → did you mean 'issue_credit'?"
        in done.output
    )
    assert "✓" not in done.output
    told = json.loads(ran(workspace, "--json").output)
    assert (told["ok"], told["problems"][0]["line"]) == (False, FIRST_LINE + 1)


def test_a_workspace_without_scenarios_is_told_so(workspace):
    (workspace / "scenarios" / "good.yaml").unlink()
    done = ran(workspace)
    assert isinstance(done.exception, CommandFailed)
    assert (done.exception.code, done.exception.cause) == (2, "the workspace has no scenarios")


def test_a_report_that_cannot_be_written_is_wrong_usage(workspace, tmp_path):
    done = ran(workspace, "--junit", tmp_path / "nowhere" / "report.xml")
    assert isinstance(done.exception, CommandFailed)
    assert done.exception.code == 2
