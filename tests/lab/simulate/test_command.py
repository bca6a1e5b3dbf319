"""`xop simulate` tells what would happen, and writes it down."""

import json

import pytest
from click.testing import CliRunner

from tests.lab.simulate.village import files
from xop.faces.cli.commands.simulate import simulate

PICKS = {"picks": {"signal": "picked", "by": "shop", "per_day": 1}}


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "village"
    for path, content in files(signals=PICKS).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def told(*arguments):
    """Run the command and return what it answered."""
    return CliRunner().invoke(simulate, [str(each) for each in arguments])


def test_the_report_lies_in_the_folder_named(workspace, tmp_path):
    answer = told(workspace, "--customers", 8, "--days", 7, "--jobs", 1, "--out", tmp_path / "out")
    assert answer.exit_code == 0, answer.output
    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert (report["customers"], report["days"], report["seed"]) == (8, 7, 1)
    assert (tmp_path / "out" / "report.html").read_text().startswith("<!doctype html>")
    assert "xop.contact_cap" in answer.output
    assert report["ledger"]["digest"] in answer.output


def test_what_was_refused_is_told_with_cause_and_count(workspace):
    assert "refused of what customers did" not in told(workspace, "--customers", 8, "--days", 7, "--jobs", 1).output
    schema = "  picked:\n    schema: {type: object, properties: {row: {type: integer, maximum: 3}}}\n"
    text = (workspace / "signals.yaml").read_text()
    (workspace / "signals.yaml").write_text(text.replace("  picked:\n", schema))
    picks = {"picks": PICKS["picks"] | {"data": {"row": "{{customer.number}}"}}}
    (workspace / "population.yaml").write_bytes(files(signals=picks)["population.yaml"])
    answer = told(workspace, "--customers", 8, "--days", 7, "--jobs", 1)
    rows = [line for line in answer.output.splitlines() if "signal-unfit" in line]
    assert "refused of what customers did" in answer.output
    assert rows
    assert all(int(row.split()[-1]) > 0 for row in rows)


def test_json_is_the_whole_report(workspace):
    answer = told(workspace, "--customers", 8, "--days", 7, "--jobs", 1, "--seed", 3, "--start", "2026-03-02", "--json")
    report = json.loads(answer.stdout)
    assert (report["seed"], report["from"]) == (3, "2026-03-01T23:00:00.000Z")
    assert report["carried_out"][0]["action"] == "send_news"


def test_problems_are_told_with_their_places(workspace):
    text = (workspace / "population.yaml").read_text().replace("picked", "piked")
    (workspace / "population.yaml").write_text(text)
    answer = told(workspace)
    assert answer.exit_code == 1
    assert "population.yaml:17: there is no signal type 'piked' → did you mean 'picked'?" in answer.output


def test_a_date_that_is_none_is_refused(workspace):
    answer = told(workspace, "--start", "2026-02-30")
    assert answer.exit_code == 2
    assert "'2026-02-30' is no date" in answer.output
