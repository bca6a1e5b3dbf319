"""`retention.yaml`: periods that are too short for the law are refused, with the reason."""

import json

import pytest

from tests.kit.harbour import FOLDER
from xop.assembly import KINDS, workspace_files
from xop.kernel.release import Release
from xop.workspace import compile_workspace


def checked(retention, **action):
    files = {**workspace_files(FOLDER), "retention.yaml": json.dumps(retention).encode()}
    files["actions/reset_pin.yaml"] = files["actions/reset_pin.yaml"].replace(b"risk: high", b"risk: low")
    if action:
        text = files["actions/issue_credit.yaml"].decode()
        added = "\n".join(f"{name}: {value}" for name, value in action.items())
        files["actions/issue_credit.yaml"] = text.replace("risk: medium", added).encode()
    return compile_workspace(files, KINDS)


def test_what_is_kept_for_long_enough_is_part_of_the_release():
    release = checked({"evidence": "90d", "customers": "P3Y", "outbox": "30d", "shadows": "30d"}, risk="high")
    assert isinstance(release, Release)
    assert release.retention is not None
    assert release.retention.classes == ("evidence", "outbox", "shadows", "customers")
    assert release.retention.high_risk == "P6M"


def test_a_workspace_without_the_file_keeps_everything():
    release = compile_workspace(workspace_files(FOLDER), KINDS)
    assert isinstance(release, Release)
    assert release.retention is None


@pytest.mark.parametrize("period", ["P5M", "183d"])
def test_a8_records_of_high_risk_are_kept_for_six_months_at_the_least(period):
    (problem,) = checked({"evidence": "90d", "high_risk": period})
    assert (problem.file, "Art. 19 and 26(6)" in problem.cause) == ("retention.yaml", True)
    assert "P6M" in problem.remedy


@pytest.mark.parametrize("action", [{"risk": "high"}, {"risk": "low", "risk_class": "annex_iii:5b"}])
def test_a8_customers_are_not_forgotten_earlier_where_decisions_are_of_high_risk(action):
    problems = checked({"customers": "P2M"}, **action)
    assert not isinstance(problems, Release)
    assert any("decisions about them go" in each.cause for each in problems)


def test_customers_may_be_forgotten_earlier_where_nothing_is_of_high_risk():
    assert isinstance(checked({"customers": "P2M"}, risk="low"), Release)


@pytest.mark.parametrize(
    "retention", [{}, {"suppress": False}, {"evidence": "soon"}, {"evidence": "P"}, {"log": "P1Y"}, {"evidence": 90}]
)
def test_what_says_nothing_or_cannot_be_read_is_a_problem(retention):
    assert not isinstance(checked(retention), Release)
